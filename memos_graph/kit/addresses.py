"""Addresses of machines: which of them are this one."""

from ipaddress import ip_address


def is_local(host: str) -> bool:
    """Whether an address or a name is one of this machine alone, which nothing else can ask."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
