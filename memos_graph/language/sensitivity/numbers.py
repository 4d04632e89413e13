"""Payment cards, bank accounts and identity numbers, each told by its own checksum (python-stdnum)."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from stdnum import iban, luhn
from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ssn

from memos_graph.language.sensitivity.kinds import Finding, FindingKind

_CARD = re.compile(r"(?<![\w.,+-])\d(?:[ -]?\d){11,18}(?![\w-]|[.,]\d)")
# Networks by first digits and length (ISO/IEC 7812); Luhn alone is true of every tenth number.
_NETWORKS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|"
    r"6(?:011|4[4-9]\d|5\d\d)\d{12}(?:\d{3})?|3(?:0[0-5]|095|[689]\d)\d{11,16}|35\d{14}|"
    r"(?:2131|1800)\d{11}|(?:50|5[6-9]|6[0-9])\d{10,17}|0604\d{8,15}|62\d{14,17}"
)

_IBAN = re.compile(r"(?<![\w])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_SHORTEST_IBAN, _LONGEST_IBAN = 15, 34


def cards(text: str) -> Iterator[Finding]:
    """Yield payment card numbers: a network's prefix and length, and a right check digit."""
    for match in _CARD.finditer(text):
        digits = match[0].replace(" ", "").replace("-", "")
        if _NETWORKS.fullmatch(digits) and luhn.is_valid(digits):
            yield Finding(FindingKind.PAYMENT_CARD, match.start(), match.end())


def accounts(text: str) -> Iterator[Finding]:
    """Yield IBANs, told from the words after them by length, structure and checksum of their country."""
    at = 0
    while (match := _IBAN.search(text, at)) is not None:
        length = _length_of_iban(match[0])
        if length:
            yield Finding(FindingKind.IBAN, match.start(), match.start() + length)
        at = match.start() + (length or 4)


def _length_of_iban(written: str) -> int:
    signs = [place for place, sign in enumerate(written) if sign not in " -"]
    for count in range(min(_LONGEST_IBAN, len(signs)), _SHORTEST_IBAN - 1, -1):
        end = signs[count - 1] + 1
        cut_short = end < len(written) and written[end] not in " -"
        if not cut_short and iban.is_valid(written[:end], check_country=False):
            return end
    return 0


class _Scheme(NamedTuple):
    """One country's number: how it is written, its check, and the words that must come before a weak one."""

    written: re.Pattern[str]
    valid: Callable[[str], bool]
    cue: re.Pattern[str] | None = None


def _cue(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?i)(?:{words})[^\n]{{0,30}}$")


def _as(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.,-]){pattern}(?![\w-]|[.,]\d)")


# Checksums that one number in ten passes need a word that says what the number is.
_SCHEMES = (
    _Scheme(_as(r"\d{3}-\d{2}-\d{4}"), ssn.is_valid),
    _Scheme(_as(r"\d{3}[ -]?\d{2}[ -]?\d{4}"), ssn.is_valid, _cue(r"\bssn\b|social security")),
    _Scheme(_as(r"\d{8}[ -]?[A-Za-z]"), dni.is_valid),
    _Scheme(_as(r"[XYZxyz][ -]?\d{7}[ -]?[A-Za-z]"), nie.is_valid),
    _Scheme(_as(r"\d{2} ?\d{3} ?\d{3} ?\d{3}"), idnr.is_valid, _cue(r"steuer|tax|idnr|\btin\b|identifikationsnummer")),
    _Scheme(_as(r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}"), nir.is_valid),
    # No library knows the letters that a UK National Insurance number can't have.
    _Scheme(
        _as(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"), lambda _: True
    ),
    _Scheme(_as(r"\d{3}[ -]?\d{3}[ -]?\d{4}"), nhs.is_valid, _cue(r"\bnhs\b")),
    _Scheme(_as(r"[A-Za-z]{6}\d{2}[A-Za-z]\d{2}[A-Za-z]\d{3}[A-Za-z]"), codicefiscale.is_valid),
    _Scheme(_as(r"\d{11}"), pesel.is_valid, _cue(r"pesel")),
    _Scheme(_as(r"\d{4}[ .]?\d{2}[ .]?\d{3}|\d{9}"), bsn.is_valid, _cue(r"\bbsn\b|burgerservice|sofi")),
    _Scheme(_as(r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"), nn.is_valid),
    _Scheme(_as(r"(?:\d{2})?\d{6}[-+]\d{4}"), personnummer.is_valid),
    _Scheme(_as(r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]"), hetu.is_valid),
    _Scheme(_as(r"\d{6}-\d{4}"), cpr.is_valid, _cue(r"\bcpr\b|personnummer")),
    _Scheme(_as(r"\d{3}\.\d{3}\.\d{3}-\d{2}"), cpf.is_valid),
    _Scheme(_as(r"\d{4}[ -]\d{4}[ -]\d{4}"), aadhaar.is_valid),
    _Scheme(_as(r"\d{3}[ -]?\d{3}[ -]?\d{3}"), sin.is_valid, _cue(r"\bsin\b|social insurance")),
)
_CUE_CHARS = 60


def identity_numbers(text: str) -> Iterator[Finding]:
    """Yield numbers by which a state knows a person: US, ES, DE, FR, UK, IT, PL, NL, BE, SE, FI, DK, BR, IN, CA."""
    for scheme in _SCHEMES:
        for match in scheme.written.finditer(text):
            cued = scheme.cue is None or scheme.cue.search(text, max(0, match.start() - _CUE_CHARS), match.start())
            if cued and scheme.valid(match[0]):
                yield Finding(FindingKind.IDENTITY_NUMBER, match.start(), match.end())
