"""Sign-in: who is at this desk just now, with their own keys unlocked.

Promises: a session is 256 random bits of which only the hash is kept, in memory alone; it ends when idle,
after its longest time, at sign-out, and with the process. A person's keys are closed when it ends, also
where nobody asks the desk for anything any more.
A session knows when its person last proved who they are; proving it again takes what signing in takes, at
the same pace (see `pace`). A name that is nobody's costs what a wrong passphrase costs, in time and in pace,
so that neither tells who works here.
Never: a passphrase or a key is written, logged, or kept beyond the session; where somebody signs in from is
not kept at all; the clock is always a parameter.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from exchange.desk.pace import Pace
from exchange.desk.readwords import ReadWords
from exchange.errors import ProofWrong, SessionEnded, SignInRefused
from keys.errors import KeysProblem
from keys.record import new_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from exchange.desk.pace import Who
    from keys.keyring import Keyring
    from keys.keystore import PasskeyOutput

TOKEN_BYTES = 32
REMEMBERED = 1000  # sessions that ended, of which it is known whose they were
LOCK_EVERY = 15.0  # seconds between two looks for sessions that are over


Given: TypeAlias = "str | PasskeyOutput"
"""What opens a person's keys: a passphrase, or what the authenticator of their passkey gives."""
Lock: TypeAlias = tuple[int, ...]
"""Which writing of a person's keystore it is; empty where nobody says."""


@dataclass(frozen=True, slots=True)
class Session:
    """A person signed in: their keyring, when it must end, and when they last proved who they are.

    `roster` is the version of the agency's roster by which the keyring holds the keys of roles. `id` names
    the session where its person lists theirs, and opens nothing. `lock` says which writing of their keystore
    was opened. `page` tells a browser's session from a program's: neither is any use at the other's door.
    """

    agency: str
    person: str
    roster: int
    keyring: Keyring = field(repr=False)
    since: datetime
    until: datetime
    read: ReadWords = field(default_factory=ReadWords, kw_only=True, repr=False, compare=False)
    proved: datetime
    lock: Lock = ()
    page: bool = False
    id: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Seated:
    """One session as its own person sees it: its name, since when, and when it was last used."""

    id: str
    since: datetime
    used: datetime


@dataclass(slots=True)
class _Seat:
    session: Session
    used: datetime


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()  # any words may come as a token


async def lock_when_idle(sessions: Sessions, now: Callable[[], datetime]) -> None:
    """Close the keys of whoever went away, for ever; else they would stay open until the next request."""
    while True:
        await asyncio.sleep(LOCK_EVERY)
        sessions.end_stale(now())


class Sessions:
    """All who are signed in at one desk."""

    def __init__(
        self,
        agency: str,
        unlock: Callable[[str, Given], Keyring],
        *,
        idle: timedelta,
        longest: timedelta,
    ) -> None:
        """`unlock(person, given)` gives the keyring or raises a `KeysProblem`; it may be slow."""
        self._agency = agency
        self._unlock = unlock
        self._idle = idle
        self._longest = longest
        self._seats: dict[bytes, _Seat] = {}
        self._ended: OrderedDict[bytes, str] = OrderedDict()  # whose they were, the newest last
        self.pace = Pace()

    async def sign_in(  # noqa: PLR0913 - who, with what, when, and what they were let in by
        self,
        person: str,
        given: Given,
        now: datetime,
        roster: int,
        *,
        source: str = "",
        lock: Lock = (),
        page: bool = False,
    ) -> str:
        """Unlock the person's keys and return a fresh session token; `SignInRefused` otherwise.

        `source` is where the attempt comes from, such as a network address; empty where nobody knows.
        """
        keyring = await self._try((source, person), person, given, now)
        self.end_stale(now)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = Session(self._agency, person, roster, keyring, now, now + self._longest, now, lock, page)
        self._seats[_hashed(token)] = _Seat(session, now)
        return token

    async def sign_in_nobody(
        self, named: str, stand_in: str | None, passphrase: str, now: datetime, *, source: str = ""
    ) -> NoReturn:
        """Refuse a name that is nobody's: `SignInRefused`, as slowly as a wrong passphrase.

        `stand_in` is somebody whose lock is tried in their place; what it opens is closed at once.
        """
        pace = (source, "nobody:" + hashlib.sha256(named.encode()).hexdigest())
        if stand_in is not None:
            keyring = await self._try(pace, stand_in, passphrase, now, right=False)
            keyring.close()
        self.pace.failed(pace, now)
        raise SignInRefused

    async def prove(self, token: str, passphrase: str, now: datetime, *, source: str = "") -> Session:
        """Let the person of a session prove again who they are; `ProofWrong`, at the pace of signing in.

        `SessionEnded` if there is no session, or it ended meanwhile; `TooManyAttempts`.
        """
        person = self.find(token, now).person
        try:
            keyring = await self._try((source, person), person, passphrase, now)
        except SignInRefused:
            raise ProofWrong from None
        keyring.close()
        return self.proved(token, now)

    def proved(self, token: str, now: datetime) -> Session:
        """Note that the person of a session has just proved who they are; `SessionEnded`."""
        seat = self._seats.get(_hashed(token))
        if seat is None:
            raise SessionEnded
        seat.session = replace(seat.session, proved=now)
        return seat.session

    async def _try(
        self, pace: Who, person: str, given: Given, now: datetime, *, right: bool = True
    ) -> Keyring:
        """Unlock, one of a few at a time; `SignInRefused`, which is noted, or `TooManyAttempts`.

        With `right`, what opens is forgiven what failed before.
        """
        async with self.pace.turn(pace, now):
            try:
                keyring = await asyncio.to_thread(self._unlock, person, given)
            except KeysProblem:
                self.pace.failed(pace, now)
                raise SignInRefused from None
        if right:
            self.pace.succeeded(pace)
        return keyring

    def find(self, token: str, now: datetime) -> Session:
        """Return the session of `token`, which this use keeps awake; `SessionEnded` if there is none."""
        self.end_stale(now)
        seat = self._seats.get(_hashed(token))
        if seat is None:
            raise SessionEnded
        seat.used = now
        return seat.session

    def renew(self, token: str, keyring: Keyring, roster: int) -> Session:
        """Give a session's person the keyring of a newer roster; `SessionEnded` if there is no session."""
        seat = self._seats.get(_hashed(token))
        if seat is None:
            raise SessionEnded
        seat.session = replace(seat.session, keyring=keyring, roster=roster)
        return seat.session

    def look(self, token: str, now: datetime) -> Session:
        """Return the session of `token` without keeping it awake; `SessionEnded` if there is none."""
        self.end_stale(now)
        seat = self._seats.get(_hashed(token))
        if seat is None:
            raise SessionEnded
        return seat.session

    def of(self, person: str) -> tuple[Seated, ...]:
        """List one person's sessions, newest first."""
        mine = [seat for seat in self._seats.values() if seat.session.person == person]
        mine.sort(key=lambda seat: seat.session.since, reverse=True)
        return tuple(Seated(seat.session.id, seat.session.since, seat.used) for seat in mine)

    def end(self, person: str, keep: str = "", only: str | None = None) -> int:
        """End the sessions of one person but `keep`, or `only` one of them, by their ids; how many ended."""
        count = 0
        for name, seat in list(self._seats.items()):
            one = seat.session
            if one.person == person and one.id != keep and only in {None, one.id}:
                self._close(name, seat)
                count += 1
        return count

    def relocked(self, person: str, lock: Lock) -> None:
        """Note that this desk itself wrote the person's keystore anew, with the same keys."""
        for seat in self._seats.values():
            if seat.session.person == person:
                seat.session = replace(seat.session, lock=lock)

    def whose(self, token: str) -> str | None:
        """Say whose session it is, or was if it ended lately without signing out; None if unknown."""
        name = _hashed(token)
        seat = self._seats.get(name)
        return seat.session.person if seat is not None else self._ended.get(name)

    def _close(self, name: bytes, seat: _Seat) -> None:
        del self._seats[name]
        seat.session.keyring.close()
        self._ended[name] = seat.session.person
        while len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

    def sign_out(self, token: str) -> None:
        """End the session of `token` and close its keys; nothing happens if it has ended already."""
        seat = self._seats.pop(_hashed(token), None)
        if seat is not None:
            seat.session.keyring.close()

    def end_stale(self, now: datetime) -> None:
        """End every session that is idle or too old, and forget old failures."""
        for name, seat in list(self._seats.items()):
            if now >= seat.session.until or now - seat.used >= self._idle:
                self._close(name, seat)
        self.pace.forget_old(now)

    def end_all(self) -> None:
        """End every session, as when the desk stops."""
        for token in list(self._seats):
            self._seats.pop(token).session.keyring.close()
