"""Servers at an address: whether that is this machine, and when one that has no time asks to be asked again."""

import ipaddress
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from urllib.parse import urlsplit
from urllib.request import getproxies


def is_local(host: str) -> bool:
    """Whether an address or a name is one of this machine alone, which nothing else can ask; nothing is looked up."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_safe(url: str) -> bool:
    """Whether nobody on the way can change what an address says: https, or this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_local(host)))


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine, in whatever form: 127.1, a name in /etc/hosts, ::ffff:127.0.0.1."""
    host = host.rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        # A name is looked up only where a proxy could come between.
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, None)} if getproxies() else {host}
        return any(_is_own(ipaddress.ip_address(each)) for each in found)
    except (OSError, ValueError):
        return False


def _is_own(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a server asks to be left alone, from ``retry-after-ms`` or ``Retry-After``; ``None``: it does not say."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
        if isfinite(seconds):
            return max(0.0, seconds)
    try:
        at = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())
