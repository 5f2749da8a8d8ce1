"""The outbox: what this desk recorded, on its way to the hub, as many envelopes at once as are waiting.

Promises: an envelope is posted until the hub has said that it is accepted (or was before); posting twice is
harmless, since its id makes it one; nothing goes out while the hub's directory contradicts ours; one envelope
that the hub refuses does not hold up the others.
Never: a step goes to an agency that this agency's roster was not sent to first.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.errors import HubRefused, HubUnreachable, MailboxUnknown
from exchange.store.casebook import AlarmRow, AuditEntry, Change
from exchange.wire import limits
from keys.record import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from exchange.desk.courier.rosters import RosterRound
    from exchange.desk.hub_client import HubClient
    from exchange.store.casebook import Casebook, Outgoing

BATCH_BYTES = limits.BATCH - limits.BATCH_COUNT * 4  # what is left for envelopes beside their lengths
UNPOSTABLE = "envelope_unpostable"
DOUBTS = 8  # posts of an envelope to a mailbox that the hub does not know, before that is believed


class OutboxLoop:
    """The loop; `wake` it when something was queued."""

    name = "outbox"

    def __init__(
        self,
        hub: HubClient,
        casebook: Casebook,
        rosters: RosterRound,
        *,
        may_send: asyncio.Event,
        now: Callable[[], datetime],
    ) -> None:
        self._hub = hub
        self._casebook = casebook
        self._rosters = rosters
        self._may_send = may_send
        self._now = now
        self._doubts: dict[str, int] = {}
        self._queued = asyncio.Event()
        self._queued.set()  # something may be left from before the last stop

    def wake(self) -> None:
        """Look into the outbox."""
        self._queued.set()

    async def round(self) -> None:
        """Wait until something is queued and may go, and post until nothing is left."""
        await self._queued.wait()
        await self._may_send.wait()
        self._queued.clear()
        try:
            await self._rosters.distribute()
            while rows := await self._casebook.outbox(limit=limits.BATCH_COUNT, size=BATCH_BYTES):
                if not self._may_send.is_set():
                    self._queued.set()
                    return
                await self._post(rows)
                if not _may_be_more(rows):
                    return  # whatever was queued meanwhile has woken us again
        except BaseException:
            self._queued.set()  # whatever interrupted us, what is left is looked at again
            raise

    async def _post(self, rows: Sequence[Outgoing]) -> None:
        try:
            results = await self._hub.post([row.envelope for row in rows])
        except HubRefused as problem:
            await self._one_by_one(rows, problem)
            return
        at = format_time(self._now())
        change, doubted = Change(), False
        for row, result in zip(rows, results, strict=True):
            if result.status != "refused":
                change |= Change(posted=((row.envelope_id, at),))
                self._doubts.pop(row.envelope_id, None)
            elif result.code == MailboxUnknown.code and self._doubt(row.envelope_id):
                doubted = True
            else:
                change |= self._refused(row, result.code or HubRefused.code, at)
        await self._casebook.record(change)
        if doubted:
            raise HubUnreachable(MailboxUnknown.code)

    def _doubt(self, envelope_id: str) -> bool:
        """Whether to try once more: another process of the hub may just have enrolled that agency."""
        self._doubts[envelope_id] = self._doubts.get(envelope_id, 0) + 1
        return self._doubts[envelope_id] < DOUBTS

    async def _one_by_one(self, rows: Sequence[Outgoing], problem: HubRefused) -> None:
        """Find out which envelope of a refused batch it was."""
        if len(rows) == 1:
            await self._casebook.record(self._refused(rows[0], problem.where, format_time(self._now())))
            return
        half = len(rows) // 2
        await self._post(rows[:half])
        await self._post(rows[half:])

    def _refused(self, row: Outgoing, code: str, at: str) -> Change:
        return Change(
            unpostable=((row.envelope_id, code),),
            alarms=(AlarmRow(UNPOSTABLE, row.thread or row.envelope_id, at),),
            audit=(AuditEntry("envelope_unpostable", at, row.thread, row.step, code=code),),
        )


def _may_be_more(rows: Sequence[Outgoing]) -> bool:
    """Whether the outbox may have held back a row because the batch was full."""
    size = sum(len(row.envelope) for row in rows)
    return len(rows) == limits.BATCH_COUNT or size + limits.ENVELOPE > BATCH_BYTES
