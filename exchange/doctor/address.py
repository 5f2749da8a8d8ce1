"""Whether the way to an address is safe: by TLS, or within this machine.

Never: a name is looked up, or believed for how it begins.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def has_tls(address: str) -> bool:
    """Whether the address is one of https."""
    return urlsplit(address).scheme == "https"


def is_here(address: str) -> bool:
    """Whether the address is this machine's own: a loopback number, or `localhost`."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
