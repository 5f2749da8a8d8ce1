"""Noticing: from what waits to the notices that are to go out.

Promises: nobody is told of one matter twice; what comes within `TOGETHER` is one notice, and in quiet hours
only an immediate risk makes one; a notice and what it is about are recorded in one transaction, and after a
start everything is looked at, so that a desk that was killed neither loses one nor makes it again.
Never: it sends anything, or waits for who does.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog

from exchange.desk.notifying.matters import ALARMS
from exchange.desk.notifying.quiet import quiet_until
from exchange.desk.notifying.wishes import PREFIX
from exchange.store.casebook import Change
from exchange.store.casebook.notice_rows import NoticeRow, ToldRow
from keys.record import format_time, new_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date, datetime

    from exchange.desk.notifying.audience import Audience, Recipient
    from exchange.desk.notifying.matters import Matter, Matters
    from exchange.store.casebook import Casebook, Recorded

TOGETHER: Final = timedelta(seconds=60)  # how long others of its kind are waited for
SOON: Final = timedelta(seconds=5)  # the same, where a child may be in danger
EVERYTHING: Final = timedelta(hours=1)  # between two looks at all that waits
KEPT: Final = timedelta(days=30)  # for which it is known what became of a notice
_LOOK: Final = 30.0  # seconds between two looks at the settings, at most
_PAUSE: Final = 1.0  # seconds between two looks, at least
_log = structlog.get_logger("desk.notices")


class Plan(NamedTuple):
    """Which matters are told now (none: not yet), and when to look again (None: no need)."""

    told: tuple[Matter, ...]
    again: datetime | None


def plan(fresh: Sequence[Matter], quiet: datetime | None, now: datetime) -> Plan:
    """Say what one recipient is told now, of what they were not told before; `quiet` until then."""
    urgent = tuple(one for one in fresh if one.urgent)
    if urgent:
        due = min(one.since for one in urgent) + SOON
        if due <= now:
            return Plan(urgent if quiet else tuple(fresh), quiet if len(urgent) < len(fresh) else None)
        return Plan((), due)
    if not fresh:
        return Plan((), None)
    due = quiet or min(one.since for one in fresh) + TOGETHER
    return Plan(tuple(fresh), None) if due <= now else Plan((), due)


class Noticing:
    """Makes notices. Tell it of every commit; `round` goes on for ever."""

    name = "notices"

    def __init__(
        self,
        casebook: Casebook,
        matters: Matters,
        audience: Callable[[], Awaitable[Audience]],
        *,
        holidays: AbstractSet[date],
        now: Callable[[], datetime],
    ) -> None:
        self._casebook = casebook
        self._matters = matters
        self._audience = audience
        self._holidays = holidays
        self._now = now
        self._touched: set[str] = set()
        self._all_at: datetime | None = None  # when all was looked at last
        self._waiting: dict[str, tuple[Matter, ...]] = {}  # by thread
        self._told: set[tuple[str, str]] = set()
        self._told_whom: Audience | None = None
        self._woken = asyncio.Event()

    def committed(self, change: Change, _: Recorded) -> None:
        """Note what a commit touched."""
        touched = {row.thread for row in change.legs} | {row.thread for row in change.reminders}
        if change.alarms or change.cleared:
            touched.add(ALARMS)
        if touched:
            self._touched |= touched
            self._woken.set()
        if any(row.name.startswith(PREFIX) for row in change.kept):
            self._woken.set()

    async def round(self) -> None:
        """Look, and wait until there may be something to tell."""
        now = self._now()
        again = await self.look(now)
        await asyncio.sleep(_PAUSE)
        try:
            await asyncio.wait_for(self._woken.wait(), min(_LOOK, max(0.0, (again - now).total_seconds())))
        except TimeoutError:
            return

    async def look(self, now: datetime) -> datetime:
        """Make the notices that are due at `now`; when to look again."""
        self._woken.clear()
        touched, self._touched = self._touched, set()
        try:
            audience = await self._audience()
            if audience is not self._told_whom:
                self._all_at, self._told_whom = None, audience  # others are told now, or otherwise
            if audience.nobody:
                self._waiting, self._all_at = {}, None  # all of it is looked at once somebody can be told
                return now + EVERYTHING
            if self._all_at is None or now - self._all_at >= EVERYTHING:
                await self._look_at_all(now)
            elif touched:
                await self._look_at(touched, now)
            return await self._tell(audience, now)
        except BaseException:
            self._touched |= touched  # whatever interrupted us, it is looked at again
            raise

    async def _look_at_all(self, now: datetime) -> None:
        self._all_at = now
        try:
            found = await self._matters.everywhere(now)
            self._waiting, self._told = {}, set()
            await self._take(found)
            await self._forget({one.key for one in found}, now)
        except BaseException:
            self._all_at = None
            raise

    async def _look_at(self, threads: Iterable[str], now: datetime) -> None:
        names = tuple(threads)
        found = await self._matters.among(names, now)
        for thread in names:
            self._waiting.pop(thread, None)
        await self._take(found)

    async def _take(self, found: Sequence[Matter]) -> None:
        self._told |= await self._casebook.told_of([one.key for one in found])
        for one in found:
            self._waiting[one.thread] = (*self._waiting.get(one.thread, ()), one)

    async def _forget(self, standing: AbstractSet[str], now: datetime) -> None:
        """Forget of whom was told what that is over, and what became of old notices."""
        before = await self._casebook.told_before(format_time(now - KEPT))
        over = tuple((matter, to) for matter, to in before if matter not in standing)
        if over:
            gone = format_time(now - KEPT)
            await self._casebook.record(Change(untold=over, notices_gone=(gone,)))

    async def _tell(self, audience: Audience, now: datetime) -> datetime:
        """Record a notice for everybody whose time has come; keep only what somebody is still to be told."""
        fresh: dict[Recipient, list[Matter]] = {}
        for thread, matters in list(self._waiting.items()):
            left = [one for one in matters if self._untold(one, audience, fresh)]
            if left:
                self._waiting[thread] = tuple(left)
            else:
                del self._waiting[thread]
        change, again = Change(), (self._all_at or now) + EVERYTHING
        for recipient, news in fresh.items():
            told, later = plan(news, quiet_until(recipient.quiet, now, self._holidays), now)
            if told:
                change |= _notice(recipient, told, now)
            again = min(again, later or again)
        if not change.empty:
            await self._casebook.record(change)
            self._told |= {(row.matter, row.to) for row in change.told}
            _log.info("notices.made", count=len(change.notices))
        return again

    def _untold(self, one: Matter, audience: Audience, fresh: dict[Recipient, list[Matter]]) -> bool:
        """Add a matter to what each recipient is still to be told of; whether there is any."""
        some = False
        for recipient in audience.of(one):
            if (one.key, recipient.to) not in self._told:
                fresh.setdefault(recipient, []).append(one)
                some = True
        return some


def _notice(recipient: Recipient, matters: Sequence[Matter], now: datetime) -> Change:
    at, name = format_time(now), new_id()
    urgent = any(one.urgent for one in matters)
    row = NoticeRow(name, recipient.to, recipient.lane, urgent, "waiting", at, at)
    about = (ToldRow(recipient.to, one.key, name, one.thread, at) for one in matters)
    return Change(notices=(row,), told=tuple(about))
