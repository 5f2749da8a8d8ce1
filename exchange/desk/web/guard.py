"""What stands between a page and a stranger's page: headers, cookies, and whether a form is one of ours.

Promises: no page runs code or loads anything that is not this desk's own, is framed, kept by a browser, or
told where somebody came from. A form is believed only with a token bound to this very sign-in, and only from
this very desk, as the browser itself says. The cookie is `__Host-`: this host's alone, Secure, not for
scripts, and never sent along from another site.
Never: a session is named by anything but the hash that the desk keeps of its token; a form token tells it.

Browsers keep a Secure cookie also from plain http on this machine itself (Chromium, Edge and Firefox do;
Safari does not), so that the demonstration needs no certificate. Everywhere else the desk stands behind TLS.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from aiohttp import hdrs

from exchange.errors import CookieMissing, FormStale

if TYPE_CHECKING:
    from aiohttp import web

_COOKIE: Final = "__Host-readback"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: a browser would then call this desk's own forms cross-origin (`Origin: null`).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), "
        "midi=(), payment=(), usb=()"
    ),
    "Strict-Transport-Security": "max-age=31536000",  # browsers ignore it but over TLS
}
_OURS: Final = frozenset({"same-origin", "none"})
_LABEL: Final = b"readback/desk/form\0"
_BYTES: Final = 32


def seat(agency: str) -> str:
    """Name the cookie of whoever is signed in.

    A browser's cookies do not know ports, so that two agencies' desks on one host need a name each.
    """
    return f"{_COOKIE}.{agency}"


def door(agency: str) -> str:
    """Name the cookie to which the sign-in form is bound, before anybody is signed in."""
    return f"{_COOKIE}-door.{agency}"


def new_door() -> str:
    """Draw the name of a visit before anybody is signed in."""
    return secrets.token_urlsafe(_BYTES)


def form_token(bound_to: str) -> str:
    """Make the token for the forms of a sign-in, or of a visit to the door; it does not tell which."""
    made = hmac.new(bound_to.encode(), _LABEL, sha256).digest()
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def demand_own_form(request: web.Request, bound_to: str, token: str) -> None:
    """Refuse a form that is not this desk's own, or not of this sign-in: `FormStale`, `CookieMissing`."""
    demand_same_origin(request)
    if not bound_to:
        raise CookieMissing
    if not hmac.compare_digest(form_token(bound_to).encode(), token.encode("utf-8", "replace")):
        raise FormStale


def demand_same_origin(request: web.Request) -> None:
    """Refuse what the browser says is from another site, or what no browser sends: `FormStale`."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:  # the browser's own word, which no page can change, nor a proxy's idea of our name
        if site not in _OURS:
            raise FormStale
        return
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None or origin.partition("://")[2] != request.host:
        raise FormStale


def remember(answer: web.StreamResponse, name: str, value: str) -> None:
    """Give the browser a cookie that ends with it."""
    answer.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="Strict")


def forget(answer: web.StreamResponse, name: str) -> None:
    """Take a cookie back."""
    answer.del_cookie(name, path="/", secure=True, httponly=True, samesite="Strict")
