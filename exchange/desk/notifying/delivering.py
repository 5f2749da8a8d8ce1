"""Delivering: the notices that were made, on their way out.

Promises: just before a notice goes it is asked whether anything that it is about still waits for this
recipient: what does not is not counted, and a notice of nothing is dropped. What is not taken is tried again,
longer and longer apart, for a day; what was handed over is recorded afterwards, so that a desk killed in
between sends the same notice again, by the same id. One way that fails holds up no other.
Never: a notice goes out in quiet hours, but of an immediate risk.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from exchange.desk.notifying.message import Notice
from exchange.desk.notifying.quiet import quiet_until
from exchange.errors import NoticeUnsent
from exchange.store.casebook import AlarmRow, AuditEntry, Change
from keys.record import format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from collections.abc import Set as AbstractSet
    from datetime import date, datetime

    from exchange.desk.notifying.audience import Audience, Recipient
    from exchange.desk.notifying.matters import Matter, Matters
    from exchange.store.casebook import Casebook, Recorded
    from exchange.store.casebook.notice_rows import NoticeRow, NoticeState

UNSENT: Final = "notices_unsent"
FIRST: Final = timedelta(seconds=15)  # until the second attempt; twice as long before each further one
LONGEST: Final = timedelta(minutes=10)  # between two attempts
GIVEN_UP: Final = timedelta(hours=24)
TROUBLE: Final = timedelta(minutes=10)  # for which a way may fail before that is an alarm
_LOOK: Final = 60.0  # seconds: whatever woke nobody is found by a look now and then
_PAUSE: Final = 0.2
_log = structlog.get_logger("desk.notices")


class Ways(Protocol):
    """How a notice gets out: `desk.notifying.ways`."""

    async def send(self, recipient: Recipient, notice: Notice) -> None:
        """Hand a notice over; `NoticeUnsent`."""


@dataclass(slots=True)
class _Trouble:
    """A way that fails: since when, how often, and until when it rests."""

    since: datetime
    count: int
    until: datetime


class Delivering:
    """Sends notices. Tell it of every commit; `round` goes on for ever."""

    name = "notice delivery"

    def __init__(  # noqa: PLR0913 - each is a part of its own, and a test has others
        self,
        casebook: Casebook,
        matters: Matters,
        audience: Callable[[], Awaitable[Audience]],
        ways: Ways,
        *,
        holidays: AbstractSet[date],
        now: Callable[[], datetime],
    ) -> None:
        self._casebook = casebook
        self._matters = matters
        self._audience = audience
        self._ways = ways
        self._holidays = holidays
        self._now = now
        self._troubles: dict[str, _Trouble] = {}
        self._going: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    def committed(self, change: Change, _: Recorded) -> None:
        """Wake up for a notice that was made."""
        if change.notices:
            self._woken.set()

    async def round(self) -> None:
        """Set every way going that has something to send, and wait for more."""
        self._woken.clear()
        now = self._now()
        for lane in await self._ready(now):
            if lane not in self._going:
                self._going[lane] = asyncio.create_task(self._lane(lane), name=f"notices {lane}")
                self._going[lane].add_done_callback(partial(self._ended, lane))
        await asyncio.sleep(_PAUSE)
        coming = await self._casebook.next_notice(format_time(now))
        times = [one.until for one in self._troubles.values() if one.until > now]
        if coming is not None:
            times.append(parse_time(coming))
        pause = min((at - now).total_seconds() for at in times) if times else _LOOK
        try:
            await asyncio.wait_for(self._woken.wait(), min(_LOOK, max(pause, 1.0)))
        except TimeoutError:
            return

    async def deliver(self) -> None:
        """Send what is due now, each way by itself, and wait for all of them."""
        await asyncio.gather(*map(self._lane, await self._ready(self._now())))

    async def close(self) -> None:
        """Break everything off, wherever it is."""
        going = list(self._going.values())
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)

    async def _ready(self, now: datetime) -> list[str]:
        """Name the ways that have something to send and do not rest."""
        lanes = await self._casebook.lanes_waiting(format_time(now))
        return sorted(lane for lane in lanes if not self._rests(lane, now))

    def _rests(self, lane: str, now: datetime) -> bool:
        trouble = self._troubles.get(lane)
        return trouble is not None and trouble.until > now

    def _ended(self, lane: str, task: asyncio.Task[None]) -> None:
        """Note that a way has done what it could; a fault of ours makes it rest, and ends nothing else."""
        self._going.pop(lane, None)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            now = self._now()
            self._troubles.setdefault(lane, _Trouble(now, 0, now)).until = now + FIRST
            _log.error("notices.failed", kind=type(error).__name__)
        self._woken.set()

    async def _lane(self, lane: str) -> None:
        """Send the notices of one way, until none is due or it fails."""
        while rows := await self._casebook.notices_due(format_time(self._now()), lane):
            for row in rows:
                await self._one(row)
                if self._rests(lane, self._now()):
                    return

    async def _one(self, row: NoticeRow) -> None:
        found = await self._still(row)
        if found is None:
            await self._settle(row, "dropped", None)
            return
        recipient, waiting = found
        now = self._now()
        urgent = any(one.urgent for one in waiting)
        quiet = None if urgent else quiet_until(recipient.quiet, now, self._holidays)
        if quiet is not None:
            await self._casebook.record(Change(notices=(replace(row, next=format_time(quiet)),)))
            return
        kind = recipient.kind or "new"
        notice = Notice(row.id, parse_time(row.made), len(waiting), urgent, kind)
        try:
            await self._ways.send(recipient, notice)
        except NoticeUnsent as problem:
            await self._failed(row, problem)
        else:
            await self._settle(row, "sent", None, await self._well(row.lane))

    async def _still(self, row: NoticeRow) -> tuple[Recipient, list[Matter]] | None:
        """Give what still waits of all that a notice is about, and where it goes; None if nothing does."""
        about = await self._casebook.told_in(row.id)
        keys = {one.matter for one in about}
        threads = sorted({one.thread for one in about})
        audience = await self._audience()
        found: dict[Recipient, list[Matter]] = {}
        for one in await self._matters.among(threads, self._now()):
            if one.key in keys:
                for recipient in audience.of(one):
                    if (recipient.to, recipient.lane) == (row.to, row.lane):
                        found.setdefault(recipient, []).append(one)
        return next(iter(found.items()), None)

    async def _failed(self, row: NoticeRow, problem: NoticeUnsent) -> None:
        """Put it off, or give it up; rest the way that failed."""
        now, code = self._now(), problem.where or problem.code
        _log.warning("notice.unsent", kind=row.lane, code=code)
        if problem.lasting:
            await self._settle(row, "failed", code)  # this address, not this way
            return
        known = self._troubles.get(row.lane)
        trouble = known or _Trouble(now, 0, now)
        pause = min(FIRST * 2 ** min(trouble.count, 16), LONGEST)
        trouble.count, trouble.until = trouble.count + 1, now + pause
        self._troubles[row.lane] = trouble
        alarm = await self._alarm(row.lane, now) if now - trouble.since >= TROUBLE else Change()
        if now - parse_time(row.made) >= GIVEN_UP:
            await self._settle(row, "failed", code, alarm)
            return
        later = replace(row, next=format_time(now + pause), attempts=row.attempts + 1, code=code)
        await self._casebook.record(alarm | Change(notices=(later,)))

    async def _settle(
        self, row: NoticeRow, state: NoticeState, code: str | None, also: Change | None = None
    ) -> None:
        at = format_time(self._now())
        done = replace(row, state=state, next=at, code=code, attempts=row.attempts + (state != "dropped"))
        person = row.to if row.lane == "mail" else None
        audit = AuditEntry(f"notice_{state}", at, person=person, code=code or row.lane)
        change = Change(notices=(done,), audit=(audit,))
        await self._casebook.record(change if also is None else change | also)

    async def _well(self, lane: str) -> Change:
        """Note that a way works; its alarm ends."""
        self._troubles.pop(lane, None)
        at = format_time(self._now())
        standing = any((one.name, one.subject) == (UNSENT, lane) for one in await self._casebook.alarms())
        return Change(cleared=(AlarmRow(UNSENT, lane, at, at),)) if standing else Change()

    async def _alarm(self, lane: str, now: datetime) -> Change:
        at = format_time(now)
        if any((one.name, one.subject) == (UNSENT, lane) for one in await self._casebook.alarms()):
            return Change()
        return Change(alarms=(AlarmRow(UNSENT, lane, at),), audit=(AuditEntry("alarm", at, code=UNSENT),))
