"""What the desk looks at by itself: mail held back, its own home, and what is overdue.

Promises: held mail is judged again after every change that may explain it, and once after a start; a ceremony
is noticed within seconds; nothing overdue waits longer than `LOOK_EVERY` for its reminder.
Never: it asks the hub for anything.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from exchange.desk.notify import Chaser
    from exchange.desk.own import Own
    from exchange.store.casebook.rows import Awaits

LOOK_EVERY = 30.0  # seconds between two looks for what is overdue
HOME_EVERY = 2.0  # seconds between two looks at the home folder


class Retries(Protocol):
    """Whoever judges held mail again: `desk.receive`."""

    async def retry(self, awaits: Awaits, agency: str | None = None) -> None:
        """Judge again what was held for a roster of `agency` (None: of any), or for the directory."""


class HeldLoop:
    """Has held mail judged again; `wake` it with what has changed."""

    name = "held"

    def __init__(self, receiver: Retries) -> None:
        self._receiver = receiver
        self._changed: set[Awaits] = {"directory", "roster"}
        self._woken = asyncio.Event()
        self._woken.set()

    def wake(self, changed: Awaits) -> None:
        """Note what has changed."""
        self._changed.add(changed)
        self._woken.set()

    async def round(self) -> None:
        """Wait for a change, and judge again what awaited it."""
        await self._woken.wait()
        self._woken.clear()
        while self._changed:
            awaits = self._changed.pop()
            try:
                await self._receiver.retry(awaits)
            except BaseException:
                self.wake(awaits)
                raise


class HomeLoop:
    """Follows the agency's home."""

    name = "home"

    def __init__(self, own: Own, *, renewed: Callable[[], None]) -> None:
        self._own = own
        self._renewed = renewed

    async def round(self) -> None:
        """Look once, and wait."""
        if await self._own.refresh():
            self._renewed()
        await asyncio.sleep(HOME_EVERY)


class WatchLoop:
    """Has reminders given, and alarms raised for steps that never came."""

    name = "watch"

    def __init__(self, chaser: Chaser, *, now: Callable[[], datetime]) -> None:
        self._chaser = chaser
        self._now = now

    async def round(self) -> None:
        """Look once, and wait."""
        await self._chaser.look(self._now())
        await asyncio.sleep(LOOK_EVERY)
