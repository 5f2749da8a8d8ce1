"""Following the key log: our own events registered, everybody's taken over, each disagreement named.

Promises: what the hub shows counts only as a continuation of what this desk verified; it is stored, entries
and checkpoint together, before anything relies on it and before this agency's witness cosigns it. A log that
was set back, forked, thinned or forged raises an alarm by name, is not proceeded with, and stops what goes
out; a fork stops it until people have decided. An event for this agency that its ceremonies did not make is
an alarm too, and so is a log that stands still.
Never: a key counts that no quorum of witnesses vouched for (see `desk.keylog`).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from exchange.desk.courier.alarming import Bells
from exchange.desk.courier.refused import Refusals, foreign, look_at_home
from exchange.desk.courier.rosters import all_owed
from exchange.desk.courier.taken_back import taken_back
from exchange.desk.courier.witness import Witness
from exchange.desk.keylog import Shown, claimed_size, weight
from exchange.desk.known import own_events
from exchange.desk.log_reader import AT_ONCE
from exchange.errors import (
    DeskBehind,
    EntryDropped,
    HubRefused,
    HubUnreachable,
    LogForked,
    LogFrozen,
    LogRolledBack,
    ProofRefused,
)
from exchange.store.casebook import AlarmRow, AuditEntry, Change, CheckpointRow, ContradictionRow, LogEntryRow
from keys.errors import (
    CheckpointForged,
    CheckpointMalformed,
    CosignatureForged,
    EventReplayed,
    HomeSetBack,
    KeysProblem,
    ProofInvalid,
)
from keys.event import Enrol, read_logged
from keys.record import decode, digest, format_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from exchange.desk.behind import Memory
    from exchange.desk.hub_client import HubClient
    from exchange.desk.keylog import Continuation
    from exchange.desk.trust import Trust
    from exchange.store.casebook import Casebook
    from keys.ceremony.home import AgencyHome
    from keys.errors import Problem
    from keys.statement import Signed

EVERY = 15.0  # seconds between two looks, when nothing asks for one
LIVELY = 1.0  # the same while the log grows: agencies often join together
CALM = 60.0  # seconds without news after which it is not
OVERDUE = 600  # seconds after which a quorum should vouch for an event that the hub has
STALE = 86_400  # seconds after which a quorum should have vouched for the log anew
NOT_OURS = "directory_event_not_ours"
UNBELIEVABLE = "directory_event_refused"
NOT_ADMITTED = "agency_not_admitted"
NAMED: tuple[type[Problem], ...] = (
    CheckpointForged,
    CheckpointMalformed,
    CosignatureForged,
    ProofInvalid,
    LogForked,
    LogRolledBack,
    EntryDropped,
)
DISAGREEMENTS = (*(problem.code for problem in NAMED if problem is not LogForked), UNBELIEVABLE)


class DirectoryLoop:
    """The loop; `may_send` is set while the hub's log continues ours."""

    name = "directory"

    def __init__(  # noqa: PLR0913 - the loop stands between all of them
        self,
        hub: HubClient,
        trust: Trust,
        casebook: Casebook,
        memory: Memory,
        *,
        home: Callable[[], AgencyHome],
        grown: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        """`home` gives this agency's home as ceremonies left it; `grown` hears that there are more keys."""
        self._hub = hub
        self._trust = trust
        self._casebook = casebook
        self._memory = memory
        self._home = home
        self._grown = grown
        self._now = now
        self._bells = Bells(casebook, now)
        self._refusals = Refusals(hub, self._bells, now)
        self._witness = Witness(hub, trust, casebook, home=home, now=now)
        self._news = 0.0  # when the log last grew, on the loop's clock
        self._given: int | None = None  # since when the hub has an event of ours that nobody vouched for
        self._asked = asyncio.Event()
        self.may_send = asyncio.Event()

    def ask(self) -> None:
        """Look at once: something here relies on a log that this desk has not seen."""
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
        """Take over what is new, register what is ours, cosign it, and raise or clear the alarms."""
        if self._memory.behind:
            self.may_send.clear()
            await self._memory.recall()  # people may have decided
            if self._memory.behind:
                raise DeskBehind
        try:
            await self._follow()
        except ProofRefused:
            shown = await self._refusals.look(self._trust.log.ahead.size)
            if shown is not None:
                await self._take(shown)
            raise
        self._refusals.over()

    async def _follow(self) -> None:
        await self._remind()  # before it takes anything: a hub that was set back may not even know us
        await self._register()  # until the hub knows our newest transport key, it shows us nothing
        await self._take(await self._shown())
        await self._witness.cosign()
        await self._check_standing()

    async def _take(self, shown: Shown) -> None:
        """Take over what is shown; `DeskBehind`, `HomeSetBack` where we went on without what is here."""
        async with self._judging(shown.note):
            continuation = await asyncio.to_thread(self._trust.log.check, shown)
        await self._check_memory(continuation)
        await self._keep(continuation)
        try:
            await look_at_home(self._home(), self._trust.log.ahead, self._memory, self._bells)
        except HomeSetBack:
            self.may_send.clear()
            raise

    # --- what the hub shows ----------------------------------------------------------------------

    async def _remind(self) -> None:
        """Look at what the hub shows anybody; where it was set back, show it what this desk holds."""
        if self._trust.log.newest is None:
            return
        note = await self._hub.checkpoint()
        async with self._judging(note):
            self._trust.log.compare_note(note)

    async def _shown(self) -> Shown:
        """Fetch the entries up to the checkpoint that comes with the first of them."""
        start = self._trust.log.ahead.size
        page = await self._hub.directory(start)
        note, proof = page.checkpoint.encode(), tuple(map(decode, page.consistency))
        wanted = claimed_size(note) - start
        async with self._judging(note):  # what is no entry at all is refused by name too
            entries: list[Signed] = [entry.signed for entry in page.entries]
            size = weight(entries)
            while 0 < len(entries) < wanted:
                more = [entry.signed for entry in (await self._hub.directory(start + len(entries))).entries]
                size += weight(more)
                if not more or size > AT_ONCE:  # it says what it will until all of it is there to be judged
                    break
                entries += more
        return Shown(tuple(entries[: max(wanted, 0)]), note, proof)

    async def _register(self) -> None:
        """Register those of our events that the hub's log is not known to have; twice is once."""
        listed = self._trust.own_events_listed()
        for event in self._home().events[listed:]:
            try:
                await self._hub.publish(event, enrol=isinstance(read_logged(event.payload), Enrol))
            except HubRefused as problem:
                if problem.where == EventReplayed.code:
                    continue
                await self._bells.ring(
                    NOT_ADMITTED if problem.where == NOT_ADMITTED else problem.code, problem
                )
                raise
            self._given = self._given or _seconds(self._now())

    # --- what follows from it --------------------------------------------------------------------

    @asynccontextmanager
    async def _judging(self, note: bytes) -> AsyncIterator[None]:
        """Send nothing, and raise the alarm, where what the hub shows under `note` is refused."""
        try:
            yield
        except (KeysProblem, LogForked, LogRolledBack, EntryDropped) as problem:
            self.may_send.clear()
            await self._disagree(problem, note)
            raise

    async def _disagree(self, problem: Problem, note: bytes) -> None:
        """Say by name what is wrong, keep both sides of a contradiction, and tell the hub what it forgot."""
        named = problem.code if isinstance(problem, NAMED) else UNBELIEVABLE
        newest = self._trust.log.newest
        kept: tuple[ContradictionRow, ...] = ()
        if newest is not None and isinstance(problem, LogForked | LogRolledBack):
            at = format_time(self._now())
            kept = (ContradictionRow(digest(note), problem.code, None, note, newest.note, at),)
        also = Change(contradictions=kept)
        if isinstance(problem, LogRolledBack):
            also |= await all_owed(self._casebook)  # what it lost of the mail, it cannot say
        await self._bells.ring(named, None if named == problem.code else problem, also)
        if newest is not None and isinstance(problem, LogForked | LogRolledBack):
            with suppress(HubRefused, HubUnreachable):
                await self._hub.confront(newest.note)

    async def _check_memory(self, continuation: Continuation) -> None:
        """Look whether the log has more of ours than this desk remembers."""
        verified = continuation.verified
        ours = any(name == self._trust.agency for name, _ in verified.witnessed.witnesses)
        try:
            await self._memory.check(continuation.entries, verified.size if ours else 0, self._now())
        except DeskBehind:
            self.may_send.clear()
            raise

    async def _keep(self, continuation: Continuation) -> None:
        """Store what was verified, then rely on it."""
        verified, newest, relied = continuation.verified, self._trust.log.newest, self._trust.log.relied
        counted = not verified.quorum or (relied is not None and relied.note == verified.note)
        if newest is not None and newest.note == verified.note and counted and not continuation.entries:
            return  # where it does not count yet, another policy was pinned since
        at = format_time(self._now())
        rows = tuple(
            LogEntryRow(index, signed.payload, signed.signature)
            for index, signed in enumerate(continuation.entries, continuation.start)
        )
        row = CheckpointRow(verified.size, verified.root, verified.note, verified.quorum, at)
        audit = (AuditEntry("log_followed", at, code=str(verified.size)),) if rows else ()
        alarms = await taken_back(self._casebook, self._trust.agency, continuation, at)
        if foreign(self._home(), continuation.entries):
            alarms += (AlarmRow(NOT_OURS, self._trust.agency, at),)
        cursors = own_events(self._trust.agency, continuation.ahead)
        await self._casebook.record(
            Change(log_entries=rows, checkpoints=(row,), alarms=alarms, audit=audit, cursors=cursors)
        )
        grown = await asyncio.to_thread(self._trust.take_log, continuation)
        if rows or grown:
            self._news = asyncio.get_running_loop().time()
        if grown:
            self._grown()

    async def _check_standing(self) -> None:
        """Clear what is over, raise what stands still, and send again unless people have to decide first."""
        standing = await self._bells.standing()
        await self._bells.clear(*DISAGREEMENTS, NOT_ADMITTED, HubRefused.code, ProofRefused.code)
        if self._stands_still(_seconds(self._now())):
            await self._bells.ring(LogFrozen.code)
        else:
            await self._bells.clear(LogFrozen.code)
        forked = {subject for name, subject in standing if name == LogForked.code}
        self._trust.disputed = frozenset(forked - {""})
        if "" in forked:
            self.may_send.clear()
        else:
            self.may_send.set()

    def _stands_still(self, now: int) -> bool:
        """Whether the witnesses have vouched for too little, too long ago."""
        relied, events = self._trust.log.relied, len(self._home().events)
        if self._trust.own_events_vouched() >= events:
            self._given = None
        elif self._given is not None and now - self._given > OVERDUE:
            return True
        return relied is not None and now - (relied.vouched or 0) > STALE


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
