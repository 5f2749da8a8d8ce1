"""How long what nobody finished writing is kept, and that it is forgotten then.

Promises: a draft is gone `LIFE` after it was last saved, also where its writer never comes back.
Never: a draft is opened for it.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from exchange.store.casebook import Change
from keys.record import format_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from exchange.store.casebook import Casebook

PREFIX: Final = "draft/"
LIFE: Final = timedelta(days=30)
LOOK_EVERY: Final = 600.0  # seconds between two looks for drafts that are too old


async def forget_old(casebook: Casebook, now: datetime) -> int:
    """Forget every draft that is too old; how many there were."""
    gone = await casebook.kept_before(PREFIX, format_time(now - LIFE))
    if gone:
        await casebook.record(Change(forgotten=gone))
    return len(gone)


class UnsentLoop:
    """Has old drafts forgotten."""

    name = "unsent"

    def __init__(self, casebook: Casebook, *, now: Callable[[], datetime]) -> None:
        self._casebook = casebook
        self._now = now

    async def round(self) -> None:
        """Look once, and wait."""
        await forget_old(self._casebook, self._now())
        await asyncio.sleep(LOOK_EVERY)
