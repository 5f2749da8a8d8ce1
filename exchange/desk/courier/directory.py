"""Following the hub's directory: our own events registered, everybody's taken over, each disagreement named.

Promises: what the hub shows counts only as a continuation of what this desk knows; a shorter or different
directory raises an alarm by name, is not proceeded with, and stops what goes out until the hub shows a
continuation again. An event for this agency that its ceremonies did not make is an alarm too.
Never: an event is believed and not stored, or the other way round.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.errors import DirectoryDiffers, DirectoryShorter, HubRefused
from exchange.store.casebook import AlarmRow, AuditEntry, Change, LogEntryRow
from exchange.wire import limits
from keys.directory import Enrol, read_event
from keys.errors import EventReplayed
from keys.record import decode, format_time
from keys.statement import Signed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from exchange.desk.hub_client import HubClient
    from exchange.desk.trust import Taken, Trust
    from exchange.store.casebook import Casebook
    from exchange.wire.api import IndexedEvent
    from keys.errors import Problem

EVERY = 15.0  # seconds between two looks, when nothing asks for one
LIVELY = 1.0  # the same while the directory is changing: agencies often join together
AT_ONCE = 256 * limits.MIB  # of events, in one look: those of thousands of agencies, and no endless lie
CALM = 60.0  # seconds without news after which it is not
NOT_OURS = "directory_event_not_ours"
UNBELIEVABLE = "directory_event_refused"
NOT_ADMITTED = "agency_not_admitted"
DISAGREEMENTS = (DirectoryShorter.code, DirectoryDiffers.code, UNBELIEVABLE)


class DirectoryLoop:
    """The loop; `may_send` is set while the hub's directory continues ours."""

    name = "directory"

    def __init__(
        self,
        hub: HubClient,
        trust: Trust,
        casebook: Casebook,
        *,
        own_events: Callable[[], tuple[Signed, ...]],
        now: Callable[[], datetime],
    ) -> None:
        """`own_events` gives this agency's events, oldest first, as its ceremonies made them."""
        self._hub = hub
        self._trust = trust
        self._casebook = casebook
        self._own_events = own_events
        self._now = now
        self._unsaved: list[LogEntryRow] = []
        self._standing: set[str] | None = None
        self._news = 0.0  # when the directory last grew, on the loop's clock
        self._asked = asyncio.Event()
        self.may_send = asyncio.Event()

    def ask(self) -> None:
        """Look at once: something here relies on a directory that this desk has not seen."""
        self._asked.set()

    async def round(self) -> None:
        """Follow once, then wait for the next time."""
        self._asked.clear()
        await self.follow()
        self._news = self._news or asyncio.get_running_loop().time()
        calm = asyncio.get_running_loop().time() - self._news > CALM
        try:
            await asyncio.wait_for(self._asked.wait(), EVERY if calm else LIVELY)
        except TimeoutError:
            return

    async def follow(self) -> None:
        """Take over what is new, register what is ours, and raise or clear the alarms."""
        try:
            await self._register()  # until the hub knows our newest transport key, it shows us nothing
            refusal = await self._take()
        except (DirectoryShorter, DirectoryDiffers) as problem:
            self.may_send.clear()
            await self._alarm(problem.code)
            raise
        if refusal is not None:
            self.may_send.clear()
            await self._alarm(UNBELIEVABLE, refusal)
            raise refusal
        await self._all_clear()
        self.may_send.set()

    async def _take(self) -> Problem | None:
        """Fetch and take over; the refusal of an event that no agency could have made."""
        fetched: list[Signed] = []
        size = 0
        while True:
            page = await self._hub.directory(self._trust.directory.size + len(fetched))
            fetched += map(_signed, page.events)
            size += sum(limits.KIB + len(event.payload) + len(event.signature) for event in page.events)
            if size > AT_ONCE:  # it says what it will until all of it is there to be folded
                raise DirectoryDiffers("size")
            if not page.events or self._trust.directory.size + len(fetched) >= page.size:
                break
        start = self._trust.directory.size
        taken: Taken = await asyncio.to_thread(self._trust.take_events, fetched, page.size, page.root)
        self._unsaved += [
            LogEntryRow(number, event.payload, event.signature)
            for number, event in enumerate(taken.events, start)
        ]
        await self._save()
        return taken.refusal

    async def _save(self) -> None:
        """Store what was taken; after a failure it is stored with what comes next."""
        if not self._unsaved:
            return
        rows, at = tuple(self._unsaved), format_time(self._now())
        ours = {(event.payload, event.signature) for event in self._own_events()}
        foreign = tuple(
            AlarmRow(NOT_OURS, self._trust.agency, at)
            for row in rows
            if read_event(row.payload).agency == self._trust.agency
            and (row.payload, row.signature) not in ours
        )
        audit = AuditEntry("directory_followed", at, code=str(self._trust.directory.size))
        await self._casebook.record(Change(log_entries=rows, alarms=foreign, audit=(audit,)))
        del self._unsaved[: len(rows)]
        self._news = asyncio.get_running_loop().time()

    async def _register(self) -> None:
        """Register those of our events that the hub is not known to list; it takes them twice as once."""
        for event in self._own_events()[self._trust.own_events_listed() :]:
            try:
                await self._hub.publish(event, enrol=isinstance(read_event(event.payload), Enrol))
            except HubRefused as problem:
                if problem.where == EventReplayed.code:
                    continue
                await self._alarm(NOT_ADMITTED if problem.where == NOT_ADMITTED else problem.code, problem)
                raise

    async def _alarm(self, name: str, problem: Problem | None = None) -> None:
        at = format_time(self._now())
        if self._standing is not None and name in self._standing:
            return
        code = None if problem is None else (problem.where or problem.code)
        audit = AuditEntry("alarm", at, code=name if code is None else f"{name}:{code}"[:96])
        await self._casebook.record(Change(alarms=(AlarmRow(name, "", at),), audit=(audit,)))
        self._standing = {*(self._standing or ()), name}

    async def _all_clear(self) -> None:
        if self._standing is None:
            self._standing = {alarm.name for alarm in await self._casebook.alarms()}
        ended = self._standing.intersection((*DISAGREEMENTS, NOT_ADMITTED, HubRefused.code))
        if ended:
            at = format_time(self._now())
            cleared = tuple(AlarmRow(name, "", at, at) for name in sorted(ended))
            await self._casebook.record(Change(cleared=cleared))
            self._standing -= ended


def _signed(event: IndexedEvent) -> Signed:
    try:
        return Signed(decode(event.payload), decode(event.signature))
    except ValueError:
        raise DirectoryDiffers("base64") from None
