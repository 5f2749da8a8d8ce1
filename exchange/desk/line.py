"""The line to the hub: whether it holds, and how a loop goes on when it does not.

Promises: a loop is never given up; it waits longer after each failure, up to `LONGEST`, never quite as long
as its neighbours, and goes on at once when any of them got through.
Never: a failure is swallowed: it is in the state that the pages show, and in the log by its code.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

from exchange.errors import HubUnreachable, ProofRefused
from keys.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

SHORTEST = 0.1  # seconds before the second attempt
LONGEST = 5.0  # seconds between two attempts, at most

_log = structlog.get_logger("desk.courier")
_dice = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class LineState:
    """What the pages say of the hub: `up` is None before the first answer; `since` is when that changed.

    `trouble` is the code of what last went wrong, None while all is well.
    """

    up: bool | None
    since: datetime | None
    trouble: str | None


class Line:
    """The state of the line, told by whoever uses it, and watched by whoever waits for it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._state = LineState(None, None, None)
        self._back = asyncio.Event()

    @property
    def state(self) -> LineState:
        """How it is now."""
        return self._state

    def holds(self) -> None:
        """Note that the hub answered: everybody who waits goes on."""
        if self._state.up is not True or self._state.trouble is not None:
            since = self._state.since if self._state.up is True else self._now()
            self._state = LineState(up=True, since=since, trouble=None)
        self._back.set()

    def broke(self, code: str) -> None:
        """Note that the hub did not answer, or not sensibly."""
        since = self._state.since
        if self._state.up is not False:
            _log.warning("line.broke", code=code)
            since = self._now()
        self._state = LineState(up=False, since=since, trouble=code)
        self._back.clear()

    async def rest(self, seconds: float) -> None:
        """Wait so long, or until the line holds again if it does not now."""
        if self._back.is_set():
            await asyncio.sleep(seconds)
            return
        try:
            await asyncio.wait_for(self._back.wait(), seconds)
        except TimeoutError:
            return


class Backoff:
    """How long to wait after the next failure: doubling, capped, and scattered by up to a half."""

    def __init__(self) -> None:
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait now, after one more failure."""
        pause: float = min(LONGEST, SHORTEST * 2 ** min(self._failures, 16))
        self._failures += 1
        return pause * _dice.uniform(0.5, 1.0)

    def reset(self) -> None:
        """Note that it went well."""
        self._failures = 0


class Loop(Protocol):
    """One of the courier's tasks, as `keep_going` runs it."""

    name: str

    async def round(self) -> None:
        """Wait for something to do, and do it. It must be safe to break off at any point."""


async def keep_going(loop: Loop, line: Line) -> None:
    """Run `loop` for ever; only cancelling ends it."""
    backoff = Backoff()
    while True:
        try:
            await loop.round()
        except (HubUnreachable, ProofRefused):
            await line.rest(backoff.next())
        except Problem as problem:
            _log.warning("courier.refused", loop=loop.name, code=problem.code)
            await asyncio.sleep(backoff.next())
        except Exception as error:  # noqa: BLE001 - a fault in one round must not end the mail of an agency
            _log.error("courier.failed", loop=loop.name, kind=type(error).__name__)
            await asyncio.sleep(backoff.next())
        else:
            backoff.reset()
