"""One's own sign-ins: where one is signed in just now, ending that elsewhere, and another passphrase.

Promises: a person sees and ends their own sessions and nobody else's; another passphrase ends every session
but the one in which it was changed, whichever way it was changed.
Never: what anybody signs in with, or from where, is kept.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.desk.service.own_views import SignInView
from exchange.errors import SignInUnknown
from exchange.store.casebook import AuditEntry, Change
from keys.ceremony.secret import change_secret, keystore_of, written
from keys.errors import SecretUnfit
from keys.keystore import Keystore, Passphrase
from keys.record import format_time

if TYPE_CHECKING:
    from exchange.desk.people import Lock, Session
    from exchange.desk.service.premises import Premises


def sign_ins(desk: Premises, session: Session) -> tuple[SignInView, ...]:
    """List where this person is signed in, newest first."""
    return tuple(
        SignInView(
            id=one.id,
            since=format_time(one.since),
            used=format_time(one.used),
            here=one.id == session.id,
        )
        for one in desk.sessions.of(session.person)
    )


def end_sign_in(desk: Premises, session: Session, name: str) -> None:
    """End one of this person's sessions; `SignInUnknown` if it is none of theirs, or over."""
    if not desk.sessions.end(session.person, only=name):
        raise SignInUnknown


def end_others(desk: Premises, session: Session) -> int:
    """End all of this person's sessions but this one; how many ended."""
    return desk.sessions.end(session.person, keep=session.id)


async def change_passphrase(desk: Premises, token: str, present: str, new: str, *, source: str = "") -> None:
    """Put this person's keys under another passphrase, and end their other sessions.

    `ProofWrong` and `TooManyAttempts` as `prove`; `PassphraseTooShort`; `SecretUnfit` where a token opens
    these keys; `HomeBusy` while a ceremony is under way.
    """
    session = await desk.prove(token, present, source=source)
    lock = await asyncio.to_thread(_change, desk, session.person, present, new)
    desk.sessions.relocked(session.person, lock)
    end_others(desk, session)
    at = format_time(desk.now())
    await desk.casebook.record(Change(audit=(AuditEntry("passphrase_changed", at, person=session.person),)))


def _change(desk: Premises, person: str, present: str, new: str) -> Lock:
    home = desk.own.home.path
    if Keystore.open(keystore_of(home, person)).kind != "argon2id":
        raise SecretUnfit
    change_secret(home, person, Passphrase(present), Passphrase(new))
    return written(home, person)
