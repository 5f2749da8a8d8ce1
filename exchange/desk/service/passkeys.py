"""Passkeys: added, listed, removed, signed in with, and taken as a proof that somebody is still there.

Promises: a passkey is its own person's alone, and of no use once they are suspended or it is removed; one
whose authenticator opens the keys signs in alone, any other is a second proof and needs the passphrase too;
who has such a second proof is not signed in without it.
Never: what an authenticator gives for the keys is kept, but for the few minutes in which a passkey is added.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from exchange.desk.passkeys import LASTS, read_answer
from exchange.desk.service.own_views import HalfView, PasskeyView
from exchange.errors import PasskeyRefused, PasskeyUnknown, ProofWrong, SignInRefused
from exchange.store.casebook import AuditEntry, Change
from keys.ceremony.passkeys import Passkey, add_passkey, count_passkey, read_passkeys, remove_passkeys
from keys.ceremony.secret import written
from keys.errors import KeysProblem, KeyUnknown
from keys.keystore import PasskeyOutput, Passphrase
from keys.record import format_time

if TYPE_CHECKING:
    from datetime import datetime

    from exchange.desk.passkeys import Answer, Purpose
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from exchange.desk.service.views import SignedIn

_MOST: Final = 1000  # people who may be half-way through a sign-in or an addition at once


class Half(NamedTuple):
    """Somebody whose passkey answered, and whose passphrase is still to come."""

    person: str
    until: datetime


class Coming(NamedTuple):
    """A passkey that was made and waits for its person's passphrase."""

    passkey: Passkey
    output: PasskeyOutput | None
    until: datetime


_Waits = TypeVar("_Waits", Half, Coming)


class Halfway:
    """Who is between two steps, by the cookie of their browser. In memory alone, for some minutes."""

    def __init__(self) -> None:
        self.signing_in: dict[str, Half] = {}
        self.adding: dict[str, Coming] = {}

    def tidy(self, now: datetime) -> None:
        """Forget who did not go on, and the oldest where there are too many."""
        _tidy(self.signing_in, now)
        _tidy(self.adding, now)


def _tidy(waiting: dict[str, _Waits], now: datetime) -> None:
    for name, one in list(waiting.items()):
        if now > one.until or len(waiting) > _MOST:
            del waiting[name]


async def passkeys(desk: Premises, session: Session) -> tuple[PasskeyView, ...]:
    """List this person's passkeys, oldest first."""
    found = await asyncio.to_thread(read_passkeys, desk.own.home, session.person)
    return tuple(_view(one) for one in found)


def _view(one: Passkey) -> PasskeyView:
    return PasskeyView(name=one.name, id=one.id, added=one.added, opens=one.opens)


def offered(desk: Premises, session: Session, name: str) -> bool | None:
    """Say whether the new passkey of that name waits in this session, and if so whether it opens the keys."""
    desk.halfway.tidy(desk.now())
    coming = desk.halfway.adding.get(session.id)
    return None if coming is None or coming.passkey.name != name else coming.passkey.opens


async def offer(desk: Premises, token: str, answer: str, output: bytes | None) -> str:
    """Take a new passkey of the session `token`, until its person's passphrase comes; its name.

    `PasskeyRefused`.
    """
    session, now = await desk.session(token), desk.now()
    desk.halfway.tidy(now)
    read = read_answer(answer)
    passkey = desk.doorkeeper.register(read, token, now, opens=output is not None)
    if read.name != passkey.name:
        raise PasskeyRefused
    given = None if output is None else PasskeyOutput(passkey.name, output)
    desk.halfway.adding[session.id] = Coming(passkey, given, now + LASTS)
    asyncio.get_running_loop().call_later(
        LASTS.total_seconds() + 1, desk.halfway.adding.pop, session.id, None
    )
    return passkey.name


async def add(desk: Premises, token: str, name: str, passphrase: str, *, source: str = "") -> PasskeyView:
    """Add the passkey of that name that was offered in this session; `ProofWrong` leaves it waiting.

    `PasskeyRefused` if it does not wait: whoever has the cookie can put another in its place, for which its
    person did not type their passphrase. `TooManyAttempts`, `PasskeysTooMany`, `HomeBusy`.
    """
    session, now = await desk.session(token), desk.now()
    desk.halfway.tidy(now)
    coming = desk.halfway.adding.get(session.id)
    if coming is None or coming.passkey.name != name:
        raise PasskeyRefused
    await desk.prove(token, passphrase, source=source)
    home, person = desk.own.home, session.person
    secret = await asyncio.to_thread(home.secret_of, person, Passphrase(passphrase))
    await asyncio.to_thread(add_passkey, home, person, coming.passkey, secret, coming.output)
    desk.halfway.adding.pop(session.id, None)
    await _relocked(desk, person)
    await _tell(desk, "passkey_added", person)
    return _view(coming.passkey)


async def remove(desk: Premises, session: Session, name: str) -> None:
    """Remove one of this person's passkeys, and end their other sessions, which it may have opened.

    `ProofNeeded`, `PasskeyUnknown`, `HomeBusy`.
    """
    desk.demand_proof(session)
    try:
        await asyncio.to_thread(remove_passkeys, desk.own.home, session.person, frozenset({name}))
    except KeyUnknown:
        raise PasskeyUnknown from None
    await _relocked(desk, session.person)
    desk.sessions.end(session.person, keep=session.id)
    await _tell(desk, "passkey_removed", session.person)


async def answered(  # noqa: PLR0913 - who is to answer, what, for what, and from where
    desk: Premises, answer: str, purpose: Purpose, bound_to: str, *, only: str | None = None, source: str = ""
) -> tuple[Passkey, str]:
    """Verify a passkey's answer: which passkey, and whose; `PasskeyRefused`, at the pace of signing in.

    With `only`, it must be that person's.
    """
    now, read = desk.now(), read_answer(answer)
    listed = any(one.id == read.person for one in desk.own.home.roster.people)
    who = (source, read.person if listed else "")  # what a stranger makes up is not remembered
    desk.sessions.pace.check(who, now)
    try:
        return await _verified(desk, read, purpose, bound_to, only), read.person
    except PasskeyRefused:
        desk.sessions.pace.failed(who, now)
        raise


async def _verified(
    desk: Premises, read: Answer, purpose: Purpose, bound_to: str, only: str | None
) -> Passkey:
    home = desk.own.home
    known = any(one.id == read.person and one.suspended is None for one in home.roster.people)
    if not known or only not in {None, read.person}:
        raise PasskeyRefused
    found = await asyncio.to_thread(read_passkeys, home, read.person)
    passkey = next((one for one in found if one.name == read.name), None)
    if passkey is None:
        raise PasskeyRefused
    counter = desk.doorkeeper.verify(read, passkey, purpose, bound_to, desk.now())
    try:
        await asyncio.to_thread(count_passkey, home, read.person, passkey.name, counter)
    except KeyUnknown:
        raise PasskeyRefused from None  # it was removed just now
    return passkey


async def demand_second(desk: Premises, person: str, bound_to: str) -> bool:
    """Say whether this person may sign in with their passphrase: alone, or since their passkey answered."""
    found = await asyncio.to_thread(read_passkeys, desk.own.home, person)
    if all(one.opens for one in found):
        return True
    desk.halfway.tidy(desk.now())
    half = desk.halfway.signing_in.get(bound_to) if bound_to else None
    return half is not None and half.person == person


async def sign_in(
    desk: Premises, answer: str, output: bytes | None, bound_to: str, *, source: str = ""
) -> SignedIn | HalfView:
    """Sign in with a passkey: at once where it opens the keys; else the passphrase is still to come.

    `PasskeyRefused`, `TooManyAttempts`, `PasskeysOff`.
    """
    desk.memory.demand_whole()
    if await desk.own.refresh():
        await desk.keep_own_roster()
    passkey, who = await answered(desk, answer, "sign-in", bound_to, source=source)
    person = next(one for one in desk.own.home.roster.people if one.id == who)
    if passkey.opens and output is not None:
        try:
            return await desk.let_in(person, PasskeyOutput(passkey.name, output), source=source, page=True)
        except (KeysProblem, SignInRefused):
            raise PasskeyRefused from None
    now = desk.now()
    desk.halfway.tidy(now)
    desk.halfway.signing_in[bound_to] = Half(who, now + LASTS)
    return HalfView(person=who, name=person.name)


async def prove(desk: Premises, token: str, answer: str, *, source: str = "") -> Session:
    """Prove again whose session it is, by that person's passkey; `ProofWrong`, `TooManyAttempts`."""
    session = await desk.session(token)
    try:
        await answered(desk, answer, "prove", token, only=session.person, source=source)
    except PasskeyRefused:
        raise ProofWrong from None
    return desk.sessions.proved(token, desk.now())


async def _relocked(desk: Premises, person: str) -> None:
    lock = await asyncio.to_thread(written, desk.own.home.path, person)
    desk.sessions.relocked(person, lock)


async def _tell(desk: Premises, event: str, person: str) -> None:
    at = format_time(desk.now())
    await desk.casebook.record(Change(audit=(AuditEntry(event, at, person=person),)))
