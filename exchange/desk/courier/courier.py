"""The courier: everything between this desk and the hub, one loop for each errand.

Promises: what is recorded goes out, and what comes in is recorded before the hub is told; every loop goes on
through outages, and at once when the hub is back; whatever woke nobody is found by a look now and then.
Never: a person waits for it. The desk works while the hub is away: what was sent is safe here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from exchange.desk.courier.anchor import AnchorLoop
from exchange.desk.courier.attachments import DownloadLoop, UploadLoop
from exchange.desk.courier.directory import DirectoryLoop
from exchange.desk.courier.mailbox import MailboxLoop
from exchange.desk.courier.outbox import OutboxLoop
from exchange.desk.courier.rosters import RosterRound
from exchange.desk.courier.watch import HeldLoop, HomeLoop, WatchLoop
from exchange.desk.hub_client import HubClient
from exchange.desk.line import Line, LineState, keep_going
from exchange.desk.notify import Chaser
from exchange.desk.unsent import UnsentLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date, datetime

    from exchange.desk.behind import Memory
    from exchange.desk.blobfolder import BlobFolder
    from exchange.desk.own import Own
    from exchange.desk.trust import Trust
    from exchange.store.casebook import AlarmRow, Casebook, Change, Recorded
    from exchange.store.casebook.rows import Awaits

_log = structlog.get_logger("desk.courier")
PATIENCE = timedelta(minutes=15)  # for which a step may arrive after one that follows it


class Receiver(Protocol):
    """Whoever judges what comes in: `desk.receive`."""

    async def receive(self, envelopes: Sequence[bytes], also: Change) -> None:
        """Judge `envelopes` and record what follows together with `also`, in one transaction."""

    async def retry(self, awaits: Awaits, agency: str | None = None) -> None:
        """Judge again what was held for a roster of `agency` (None: of any), or for the directory."""


@dataclass(frozen=True, slots=True)
class CourierState:
    """What the pages show: whether the hub answers, what has not reached it, and what is wrong."""

    line: LineState
    waiting: int
    oldest: str | None
    refused: int
    sending: bool  # false while the hub's directory contradicts ours, or was not seen yet
    alarms: tuple[AlarmRow, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a courier works with. `hub` is the hub's address, `now` reads the clock."""

    hub: str
    own: Own
    trust: Trust
    casebook: Casebook
    memory: Memory
    receiver: Receiver
    blobs: BlobFolder
    holidays: AbstractSet[date]
    now: Callable[[], datetime]


class Courier:
    """One desk's courier: `start` it, ask for its `state`, `stop` it before the casebook closes."""

    def __init__(self, parts: Parts) -> None:
        casebook, trust, now = parts.casebook, parts.trust, parts.now
        self.line = Line(now)
        self.chaser = Chaser(casebook, trust, holidays=parts.holidays, patience=PATIENCE)
        self._casebook = casebook
        self._hub = HubClient(
            parts.hub, trust.agency, key=lambda: parts.own.home.transport_key, now=now, line=self.line
        )
        self._rosters = RosterRound(trust, casebook, now=now)
        self._directory = DirectoryLoop(
            self._hub,
            trust,
            casebook,
            parts.memory,
            home=lambda: parts.own.home,
            grown=self._more_keys,
            now=now,
        )
        self._anchor = AnchorLoop(
            self._hub,
            trust,
            casebook,
            home=lambda: parts.own.home,
            may_send=self._directory.may_send,
            now=now,
        )
        self._mailbox = MailboxLoop(self._hub, casebook, parts.receiver, line=self.line, now=now)
        self._outbox = OutboxLoop(
            self._hub, casebook, self._rosters, may_send=self._directory.may_send, now=now
        )
        self._uploads = UploadLoop(self._hub, casebook, parts.blobs, now=now)
        self._downloads = DownloadLoop(self._hub, casebook, parts.blobs, now=now)
        self._held = HeldLoop(parts.receiver)
        self._home = HomeLoop(parts.own, renewed=self._renewed)
        self._watch = WatchLoop(self.chaser, now=now)
        self._unsent = UnsentLoop(casebook, now=now)
        self._tasks: list[asyncio.Task[None]] = []
        casebook.subscribe(self._committed)

    async def start(self) -> None:
        """Begin all errands."""
        loops = (
            self._directory,
            self._anchor,
            self._mailbox,
            self._outbox,
            self._uploads,
            self._downloads,
            self._held,
            self._home,
            self._watch,
            self._unsent,
        )
        self._tasks = [
            asyncio.create_task(keep_going(loop, self.line), name=f"courier {loop.name}") for loop in loops
        ]

    async def stop(self) -> None:
        """Break everything off, wherever it is: what is not recorded as done is done again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._hub.close()

    async def state(self) -> CourierState:
        """How things stand between this desk and the hub."""
        outbox = await self._casebook.outbox_state()
        return CourierState(
            self.line.state,
            outbox.waiting,
            outbox.oldest,
            outbox.refused,
            self._directory.may_send.is_set(),
            await self._casebook.alarms(),
        )

    def _renewed(self) -> None:
        """Go on with a home that a ceremony changed: register its events, send its roster."""
        self._directory.ask()
        self._outbox.wake()

    def _committed(self, change: Change, _: Recorded) -> None:
        """Wake whoever has something to do after a commit, and say every alarm in the log."""
        for alarm in change.alarms:
            _log.warning("alarm", alarm=alarm.name, subject=alarm.subject)
        if change.outgoing:
            self._outbox.wake()
        if change.expiries:
            self._rosters.unfetched(change.expiries)
            self._outbox.wake()
        if any(not row.version for row in change.rosters_sent):
            self._rosters.recall()
            self._outbox.wake()
        if change.blobs:
            self._wake_transfers(change)
        if change.rosters:
            self._held.wake("roster")
        if any(row.awaits == "directory" for row in change.held):
            self._directory.ask()
        if change.held and not change.released:
            # What it awaits may have come in the same batch, or while it was being judged.
            for row in change.held:
                self._held.wake(row.awaits)

    def _more_keys(self) -> None:
        """Go on with a log of which more can be relied on: it may explain what is held."""
        self._held.wake("directory")
        self._held.wake("roster")
        self._outbox.wake()  # a new agency is owed our roster

    def _wake_transfers(self, change: Change) -> None:
        states = {blob.state for blob in change.blobs}
        if "upload" in states:
            self._uploads.wake()
        if "download" in states:
            self._downloads.wake()
        if not states.isdisjoint({"uploaded", "refused"}):
            self._outbox.wake()
