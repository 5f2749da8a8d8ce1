"""The ceremonies held in this desk's home, taken up into its audit trail.

Promises: every transcript stands in the trail, in its order, once; a home whose transcripts are not those
that were taken up before is an alarm, since somebody put older ones in their place. Where two administrators
have caught that home up since (`readback keys catch-up`), what was done from then on is taken up still.
Never: a transcript that did not count is taken up: `load_home` checked them.

In the trail, `code` is the ceremony and its number, `step` the digest of the transcript's file; whoever held
it has a line each. As the trail's head goes into the log every day, no ceremony can be denied afterwards.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from exchange.store.casebook import AlarmRow, AuditEntry, Change
from keys.record import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from exchange.store.casebook import Casebook
    from keys.ceremony.home import AgencyHome
    from keys.ceremony.transcript import Kept

ALTERED: Final = "ceremonies_altered"  # the alarm
EVENT: Final = "ceremony"
_TAKEN: Final = "ceremonies"  # cursor: how many were taken up
_MARKS: Final = tuple(f"ceremonies_mark_{part}" for part in range(5))  # cursors: the last one's digest, whole
_CAUGHT_UP: Final = "ceremonies_caught_up"  # cursor: the beginning of the last catching up's digest
_PART: Final = 13  # hexadecimal digits of it in each: 52 bits, so that any database's integer holds them


class Ceremonies:
    """Takes transcripts up into one casebook's audit trail."""

    def __init__(self, casebook: Casebook, now: Callable[[], datetime]) -> None:
        self._casebook = casebook
        self._now = now
        self._turn = asyncio.Lock()

    async def take_up(self, home: AgencyHome) -> None:
        """Put into the trail what was not in it yet, or raise the alarm."""
        async with self._turn:
            taken, kept = await self._casebook.cursor(_TAKEN), home.ceremonies
            if taken and not await self._continues(taken, kept):
                await self._ring()
                taken = await self._caught_up(kept)
            new = kept[taken:]
            if new:
                at = format_time(self._now())
                trail = tuple(entry for one in new for entry in _entries(one, at))
                caught = tuple((_CAUGHT_UP, _beginning(one)) for one in new if _catches_up(one))
                cursors = ((_TAKEN, len(kept)), *_marks(kept[-1]), *caught)
                await self._casebook.record(Change(audit=trail, cursors=cursors))

    async def _continues(self, taken: int, kept: tuple[Kept, ...]) -> bool:
        if taken > len(kept):
            return False
        known = [(mark, await self._casebook.cursor(mark)) for mark in _MARKS]
        return known == list(_marks(kept[taken - 1]))

    async def _caught_up(self, kept: tuple[Kept, ...]) -> int:
        """Give the place of the newest catching up that was not taken up yet; all, if there is none."""
        for place in reversed(range(len(kept))):
            if _catches_up(kept[place]):
                known = _beginning(kept[place]) == await self._casebook.cursor(_CAUGHT_UP)
                return len(kept) if known else place
        return len(kept)

    async def _ring(self) -> None:
        if any(alarm.name == ALTERED for alarm in await self._casebook.alarms()):
            return
        at = format_time(self._now())
        audit = (AuditEntry("alarm", at, code=ALTERED),)
        await self._casebook.record(Change(alarms=(AlarmRow(ALTERED, "", at),), audit=audit))


def _entries(kept: Kept, at: str) -> Iterator[AuditEntry]:
    transcript, digest = kept
    rehearsal = ":rehearsal" if transcript.rehearsal else ""
    code = f"{transcript.ceremony}:{transcript.number}{rehearsal}"
    for person in transcript.by or (None,):
        yield AuditEntry(EVENT, at, None, digest, transcript.agency, person, code)


def _catches_up(kept: Kept) -> bool:
    return kept.transcript.ceremony == "catch-up" and not kept.transcript.rehearsal


def _beginning(kept: Kept) -> int:
    return int(kept.digest[:_PART], 16)


def _marks(kept: Kept) -> Iterator[tuple[str, int]]:
    for part, mark in enumerate(_MARKS):
        yield mark, int(kept.digest[part * _PART : (part + 1) * _PART], 16)
