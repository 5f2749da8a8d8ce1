"""Notices at work: what makes them and what sends them, as two loops beside the desk.

Promises: neither keeps anybody waiting who uses the desk; settings that cannot be read are an alarm until
they can.
Never: it is needed for anything else: without it every step is taken and seen as ever.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.desk.line import keep_going
from exchange.desk.notifying.audience import Everybody
from exchange.desk.notifying.delivering import UNSENT, Delivering
from exchange.desk.notifying.matters import Matters
from exchange.desk.notifying.noticing import Noticing
from exchange.desk.notifying.ways import Ways
from exchange.store.casebook import AlarmRow, AuditEntry, Change
from keys.record import format_time

if TYPE_CHECKING:
    from exchange.desk.line import Line
    from exchange.desk.notifying.audience import Audience
    from exchange.desk.service.premises import Premises
    from exchange.store.casebook import Recorded

SETTINGS = "settings"  # what the alarm names where it is not a way that fails


class Notices:
    """One desk's notices: `start` them, and `stop` them before the casebook closes."""

    def __init__(self, desk: Premises) -> None:
        self._desk = desk
        casebook, now, holidays = desk.casebook, desk.now, desk.catalogue.holidays
        self._everybody = Everybody(
            casebook, desk.trust, desk.notice_settings, lambda: desk.own.home.storage_secret
        )
        matters = Matters(casebook, desk.trust)
        self._ways = Ways(desk.notice_settings, agency=lambda: desk.agency_name(desk.agency), now=now)
        self.noticing = Noticing(casebook, matters, self._audience, holidays=holidays, now=now)
        self.delivering = Delivering(
            casebook, matters, self._audience, self._ways, holidays=holidays, now=now
        )
        self._alarmed: bool | None = None  # whether the alarm of the settings stands; None: not known yet
        self._tasks: list[asyncio.Task[None]] = []
        casebook.subscribe(self._committed)

    def start(self, line: Line) -> None:
        """Begin both loops; `line` is the one to the hub, which they go on without."""
        self._tasks = [
            asyncio.create_task(keep_going(loop, line), name=loop.name)
            for loop in (self.noticing, self.delivering)
        ]

    async def stop(self) -> None:
        """Break off; what is not recorded as sent is sent again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.delivering.close()
        await self._ways.close()

    def _committed(self, change: Change, recorded: Recorded) -> None:
        self._everybody.committed(change, recorded)
        self.noticing.committed(change, recorded)
        self.delivering.committed(change, recorded)

    async def _audience(self) -> Audience:
        found = await self._everybody.now()
        refused = self._desk.notice_settings.problem is not None
        if refused is not self._alarmed:
            self._alarmed = refused
            await self._alarm(standing=refused)
        return found

    async def _alarm(self, *, standing: bool) -> None:
        casebook, at = self._desk.casebook, format_time(self._desk.now())
        stood = any((one.name, one.subject) == (UNSENT, SETTINGS) for one in await casebook.alarms())
        if standing and not stood:
            audit = AuditEntry("alarm", at, code=UNSENT)
            await casebook.record(Change(alarms=(AlarmRow(UNSENT, SETTINGS, at),), audit=(audit,)))
        elif stood and not standing:
            await casebook.record(Change(cleared=(AlarmRow(UNSENT, SETTINGS, at, at),)))
