"""Service accounts: what another system may ask of a desk, by scope, and the token with which it asks.

Promises: a closed list of scopes, each for one kind of question; a token is 256 random bits behind a prefix
by which scanners know one that leaked, and only its SHA-256 is kept.
Never: a scope with which anything is signed, opened, accepted or read: a system has no person's keys.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final, Literal, get_args

from keys.record import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

Scope = Literal["waiting:read", "figures:read", "audit:read", "line:read", "directory:read", "drafts:write"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
SAYS: Final[Mapping[Scope, str]] = {
    "waiting:read": "what waits for one person or role: threads by id, states, dates and urgency",
    "figures:read": "the lead's figures of how loops go",
    "audit:read": "the audit trail as administrators see it",
    "line:read": "whether the hub answers, and how much waits for it",
    "directory:read": "who can be written to, by parts of their names",
    "drafts:write": "leave a half-written share for one person, who checks and sends it",
}
PREFIX: Final = "readback_service_"
LONGEST: Final = 400  # days that an account lasts at most
NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")
ACCOUNT_ADDED: Final = "service_account_added"
ACCOUNT_REVOKED: Final = "service_account_revoked"
DRAFT_LEFT: Final = "draft_left"
_BYTES: Final = 32


def new_token() -> str:
    """Draw a token."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def hashed(token: str) -> str:
    """Give what is kept of a token: any words may come as one."""
    return digest(token.encode(errors="surrogatepass"))
