"""The pace of attempts at a door: wrong proofs slow the next one, and nobody is locked out.

Promises: what failed slows whoever it was for from where it came, and nobody else: a locked account in an
emergency is a harm of its own, and a stranger must not be able to do it to somebody. How many wait for the
costly part is bounded, together and from one place.
Never: a place or a name is logged, or remembered longer than the pace needs it; the clock is always a
parameter.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from exchange.errors import TooManyAttempts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

FREE_ATTEMPTS = 5
LONGEST_WAIT = timedelta(seconds=60)
UNLOCKS_AT_ONCE = 2  # each Argon2id takes a quarter of a gibibyte
WAITING = 32  # attempts that may wait for their turn or have it, together
WAITING_FROM_ONE = 8  # and from one place: fewer, so that one place cannot fill the queue

Who: TypeAlias = tuple[str, str]
"""Where attempts come from, and for whom."""


@dataclass(slots=True)
class _Failures:
    count: int
    last: datetime


class Pace:
    """What failed lately at one desk, and who waits for a turn."""

    def __init__(self) -> None:
        self._failures: dict[Who, _Failures] = {}
        self._gate = asyncio.Semaphore(UNLOCKS_AT_ONCE)
        self._waiting: Counter[str] = Counter()  # by place

    @asynccontextmanager
    async def turn(self, who: Who, now: datetime) -> AsyncIterator[None]:
        """Wait for one of the few turns at the costly part; `TooManyAttempts`."""
        self.check(who, now)
        source = who[0]
        if self._waiting.total() >= WAITING or self._waiting[source] >= WAITING_FROM_ONE:
            raise TooManyAttempts
        self._waiting[source] += 1
        try:
            async with self._gate:
                self.check(who, now)  # others may have failed while this one waited for its turn
                yield
        finally:
            self._waiting[source] -= 1
            self._waiting += Counter()  # forget the places from which nobody waits

    def check(self, who: Who, now: datetime) -> None:
        """Refuse an attempt that comes too soon after those that failed: `TooManyAttempts`."""
        failures = self._failures.get(who)
        if failures is None or failures.count < FREE_ATTEMPTS:
            return
        wait = min(timedelta(seconds=2 ** min(failures.count - FREE_ATTEMPTS, 10)), LONGEST_WAIT)
        if now - failures.last < wait:
            raise TooManyAttempts

    def failed(self, who: Who, now: datetime) -> None:
        """Note an attempt that failed."""
        failures = self._failures.setdefault(who, _Failures(0, now))
        failures.count, failures.last = failures.count + 1, now

    def succeeded(self, who: Who) -> None:
        """Forget what failed before."""
        self._failures.pop(who, None)

    def forget_old(self, now: datetime) -> None:
        """Forget what failed long enough ago."""
        for who, failures in list(self._failures.items()):
            if now - failures.last > 2 * LONGEST_WAIT:
                del self._failures[who]
