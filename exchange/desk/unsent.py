"""How long what nobody finished writing is kept, and that it is forgotten then.

Promises: a draft is gone `LIFE` after it was last saved, also where its writer never comes back; and so is
the key of a file `LIFE` after it was attached, if it was not sent, so that its sealed bytes open no more.
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
FILES: Final = "file/"
LIFE: Final = timedelta(days=30)
LOOK_EVERY: Final = 600.0  # seconds between two looks for drafts that are too old


async def forget_old(casebook: Casebook, now: datetime) -> int:
    """Forget every draft that is too old, and every unsent file's key; how many there were."""
    before = format_time(now - LIFE)
    gone = (*await casebook.kept_before(PREFIX, before), *await casebook.kept_before(FILES, before))
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
