"""Where a request comes from, for the pace of signing in alone.

Promises: behind the agency's own proxy it is the address that this proxy added last; otherwise the
connection's.
An IPv6 network of one household or office counts as one place, since whoever has it has all its addresses.
Never: it is logged, kept beyond the pace, or believed for who somebody is.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aiohttp import web

_FORWARDED: Final = "X-Forwarded-For"
_ONE_PLACE: Final = 64  # bits of an IPv6 address that name a network


def source_of(request: web.Request, proxied: bool) -> str:
    """Say where `request` comes from; empty where nobody knows."""
    given = request.remote or ""
    if proxied:
        lines = request.headers.getall(_FORWARDED, ())
        given = lines[-1].rsplit(",", 1)[-1].strip() if lines else given
    try:
        address = ip_address(given)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Network((address, _ONE_PLACE), strict=False))
    return str(address)
