"""E-mail addresses, phone numbers, IP addresses."""

import ipaddress
import re
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatcher

from memos_graph.language.sensitivity.kinds import Finding, FindingKind

_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%'-]{1,64}@(?:[^\W_](?:[\w-]{0,62}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w-])")

# Countries whose own way of writing a number is known; with a leading + every country's is.
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT")
_PHONE = re.compile(r"(?<![\w.,])(?:\+|\()?\d(?:[ .()/\u00a0-]{0,3}\d){6,17}(?![\w])")
_PLAIN_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PHONE_CUE = re.compile(
    r"(?i)\b(?:phone|telephone|tel|call|ring|cell|mobile|whatsapp|sms|text me|fax|reach me|handy|telefon|tel\u00e9fono|"
    r"m\u00f3vil|t\u00e9l\u00e9phone|portable)\b[^\n]{0,25}$"
)
_CUE_CHARS = 40

_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:]*\d)[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")
_VERSION_CUE = re.compile(r"(?i)(?:\bv|version|release|build|firmware|driver|section|chapter|\u00a7)[ :.=-]{0,3}$")
_IPV6_GROUPS = 3


def emails(text: str) -> Iterator[Finding]:
    """Yield e-mail addresses."""
    for match in _EMAIL.finditer(text):
        yield Finding(FindingKind.EMAIL, match.start(), match.end())


def phones(text: str) -> Iterator[Finding]:
    """Yield phone numbers: with +, as a country writes its own, or bare digits after a word such as "call"."""
    for candidate in _PHONE.finditer(text):
        written, at = candidate[0], candidate.start()
        found = _phone(written, cued=_PHONE_CUE.search(text, max(0, at - _CUE_CHARS), at) is not None)
        if found is not None:
            yield Finding(FindingKind.PHONE, at + found[0], at + found[1])


def _phone(written: str, *, cued: bool) -> tuple[int, int] | None:
    if written.startswith(("+", "00")):
        international = f"+{written[2:]}" if written.startswith("00") else written
        for match in PhoneNumberMatcher(international, None, leniency=Leniency.POSSIBLE):
            if match.start == 0:
                return 0, match.end + len(written) - len(international)
    if _PLAIN_NUMBER.fullmatch(written) and not cued:
        return None  # a number of something
    leniency = Leniency.VALID if cued else Leniency.STRICT_GROUPING
    for region in _REGIONS:
        for match in PhoneNumberMatcher(written, region, leniency=leniency):
            return match.start, match.end
    return None


def addresses(text: str) -> Iterator[Finding]:
    """Yield IP addresses of machines; loopback, netmasks and what reads like a version are none."""
    for match in _IPV4.finditer(text):
        if not _VERSION_CUE.search(text, max(0, match.start() - 12), match.start()) and _of_a_machine(match[0]):
            yield Finding(FindingKind.IP_ADDRESS, match.start(), match.end())
    for match in _IPV6.finditer(text):
        if len([group for group in match[0].split(":") if group]) >= _IPV6_GROUPS and _of_a_machine(match[0]):
            yield Finding(FindingKind.IP_ADDRESS, match.start(), match.end())


def _of_a_machine(written: str) -> bool:
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address) and (address.is_reserved or address.packed[0] == 0):
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)
