"""Sign-in: who is at this desk just now, with their own keys unlocked.

Promises: a session is 256 random bits of which only the hash is kept, in memory alone; it ends when idle,
after its longest time, at sign-out, and with the process. A person's keys are closed when it ends, also
where nobody asks the desk for anything any more.
Wrong passphrases slow the next attempt for that person from where they came, and for nobody else: a locked
account in an emergency is a harm of its own, and a stranger must not be able to do it to somebody. A name
that is nobody's costs what a wrong passphrase costs, in time and in pace, so that neither tells who works
here. How many wait for the costly part is bounded, together and from one place.
Never: a passphrase or a key is written, logged, or kept beyond the session; the clock is always a parameter.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from exchange.errors import SessionEnded, SignInRefused, TooManyAttempts
from keys.errors import KeysProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.keyring import Keyring

FREE_ATTEMPTS = 5
LONGEST_WAIT = timedelta(seconds=60)
UNLOCKS_AT_ONCE = 2  # each Argon2id takes a quarter of a gibibyte
WAITING = 32  # attempts that may wait for their turn or have it, together
WAITING_FROM_ONE = 8  # and from one place: fewer, so that one place cannot fill the queue
TOKEN_BYTES = 32
LOCK_EVERY = 15.0  # seconds between two looks for sessions that are over


@dataclass(frozen=True, slots=True)
class Session:
    """A person signed in: their keyring, and when it must end.

    `roster` is the version of the agency's roster by which the keyring holds the keys of roles.
    """

    agency: str
    person: str
    roster: int
    keyring: Keyring = field(repr=False)
    since: datetime
    until: datetime


@dataclass(slots=True)
class _Seat:
    session: Session
    used: datetime


_Pace: TypeAlias = tuple[str, str]
"""Where attempts come from, and for whom."""


@dataclass(slots=True)
class _Failures:
    count: int
    last: datetime


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
        unlock: Callable[[str, str], Keyring],
        *,
        idle: timedelta,
        longest: timedelta,
    ) -> None:
        """`unlock(person, passphrase)` gives the keyring or raises a `KeysProblem`; it may be slow."""
        self._agency = agency
        self._unlock = unlock
        self._idle = idle
        self._longest = longest
        self._seats: dict[bytes, _Seat] = {}
        self._failures: dict[_Pace, _Failures] = {}
        self._gate = asyncio.Semaphore(UNLOCKS_AT_ONCE)
        self._waiting: Counter[str] = Counter()  # by place

    async def sign_in(
        self, person: str, passphrase: str, now: datetime, roster: int, *, source: str = ""
    ) -> str:
        """Unlock the person's keys and return a fresh session token; `SignInRefused` otherwise.

        `source` is where the attempt comes from, such as a network address; empty where nobody knows.
        """
        pace = (source, person)
        keyring = await self._try(pace, person, passphrase, now)
        self._failures.pop(pace, None)
        self.end_stale(now)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = Session(self._agency, person, roster, keyring, now, now + self._longest)
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
            keyring = await self._try(pace, stand_in, passphrase, now)
            keyring.close()
        self._note_failure(pace, now)
        raise SignInRefused

    async def _try(self, pace: _Pace, person: str, passphrase: str, now: datetime) -> Keyring:
        """Unlock, one of a few at a time; `SignInRefused`, which is noted, or `TooManyAttempts`."""
        self._check_pace(pace, now)
        source = pace[0]
        if self._waiting.total() >= WAITING or self._waiting[source] >= WAITING_FROM_ONE:
            raise TooManyAttempts
        self._waiting[source] += 1
        try:
            async with self._gate:
                self._check_pace(pace, now)  # others may have failed while this one waited for its turn
                return await asyncio.to_thread(self._unlock, person, passphrase)
        except KeysProblem:
            self._note_failure(pace, now)
            raise SignInRefused from None
        finally:
            self._waiting[source] -= 1
            self._waiting += Counter()  # forget the places from which nobody waits

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

    def sign_out(self, token: str) -> None:
        """End the session of `token` and close its keys; nothing happens if it has ended already."""
        seat = self._seats.pop(_hashed(token), None)
        if seat is not None:
            seat.session.keyring.close()

    def end_stale(self, now: datetime) -> None:
        """End every session that is idle or too old, and forget old failures."""
        for name, seat in list(self._seats.items()):
            if now >= seat.session.until or now - seat.used >= self._idle:
                del self._seats[name]
                seat.session.keyring.close()
        for pace, failures in list(self._failures.items()):
            if now - failures.last > 2 * LONGEST_WAIT:
                del self._failures[pace]

    def end_all(self) -> None:
        """End every session, as when the desk stops."""
        for token in list(self._seats):
            self._seats.pop(token).session.keyring.close()

    def end_person(self, person: str) -> None:
        """End every session of one person, as when they are suspended."""
        for name, seat in list(self._seats.items()):
            if seat.session.person == person:
                del self._seats[name]
                seat.session.keyring.close()

    def _check_pace(self, pace: _Pace, now: datetime) -> None:
        failures = self._failures.get(pace)
        if failures is None or failures.count < FREE_ATTEMPTS:
            return
        wait = min(timedelta(seconds=2 ** min(failures.count - FREE_ATTEMPTS, 10)), LONGEST_WAIT)
        if now - failures.last < wait:
            raise TooManyAttempts

    def _note_failure(self, pace: _Pace, now: datetime) -> None:
        failures = self._failures.setdefault(pace, _Failures(0, now))
        failures.count, failures.last = failures.count + 1, now
