"""What is still to be done: envelopes to post, attachments to move, mail held or refused, things kept.

Promises: the outbox gives rosters before steps and otherwise the order in which they were queued; an envelope
whose attachments are not all uploaded yet is passed over, not waited for.
Never: a question here changes anything; what was done is recorded as a `Change`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Integer, and_, bindparam, exists, func, or_, select

from exchange.store.casebook import tables
from exchange.store.casebook.reading import Reads
from exchange.store.casebook.rows import (
    AlarmRow,
    Awaits,
    BlobRow,
    BlobState,
    Delivery,
    HeldRow,
    KeptRow,
    Outgoing,
    RefusedRow,
)

if TYPE_CHECKING:
    from sqlalchemy import RowMapping


_OUT, _NEEDED, _BLOB = tables.outbox.c, tables.outbox_needs.c, tables.attachment.c
_UPLOADING = exists().where(
    _NEEDED.envelope_id == _OUT.envelope_id, _BLOB.digest == _NEEDED.digest, _BLOB.state == "upload"
)
_READY = (
    select(_OUT.number, _OUT.size)
    .where(_OUT.state == "waiting", ~_UPLOADING)
    .order_by(_OUT.rank, _OUT.number)
    .limit(bindparam("limit", type_=Integer))
)
_TO_POST = (
    select(tables.outbox)
    .where(_OUT.number.in_(bindparam("numbers", expanding=True)), _OUT.state == "waiting")
    .order_by(_OUT.rank, _OUT.number)
)
_KEPT = select(tables.kept).where(tables.kept.c.name == bindparam("of"))


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How much has not reached the hub: envelopes waiting, since when the oldest; and refused for good."""

    waiting: int
    oldest: str | None
    refused: int


class QueueReads(Reads):
    """Questions about what is still to be done."""

    async def outbox(self, *, limit: int, size: int) -> tuple[Outgoing, ...]:
        """Give the next envelopes to post: at most `limit`, and `size` bytes together (but always one)."""
        numbers: list[int] = []
        total = 0
        for entry in await self._rows(_READY, limit=limit):
            total += entry["size"]
            if numbers and total > size:
                break
            numbers.append(entry["number"])
        if not numbers:
            return ()
        return tuple(map(_outgoing, await self._rows(_TO_POST, numbers=numbers)))

    async def outbox_state(self) -> OutboxState:
        """Count what the pages show beside "what you sent is safe"."""
        row = tables.outbox.c
        counted = select(row.state, func.count().label("n"), func.min(row.queued).label("oldest"))
        counts = {
            entry["state"]: (entry["n"], entry["oldest"])
            for entry in await self._rows(
                counted.where(row.state.in_(["waiting", "refused"])).group_by(row.state)
            )
        }
        waiting, oldest = counts.get("waiting", (0, None))
        return OutboxState(waiting, oldest, counts.get("refused", (0, None))[0])

    async def deliveries(self, thread: str | None = None, *, limit: int = 200) -> tuple[Delivery, ...]:
        """Tell what became of the envelopes of `thread`, or of the newest of all, newest first."""
        row, gone = tables.outbox.c, tables.expiry.c
        statement = select(tables.outbox).order_by(row.number.desc()).limit(limit)
        if thread is not None:
            statement = statement.where(row.thread == thread)
        rows = await self._rows(statement)
        of_these = select(tables.expiry).where(gone.envelope_id.in_([entry["envelope_id"] for entry in rows]))
        expired: dict[str, list[tuple[str, str]]] = {}
        for entry in await self._rows(of_these.order_by(gone.mailbox)):
            expired.setdefault(entry["envelope_id"], []).append((entry["mailbox"], entry["at"]))
        return tuple(_delivery(entry, tuple(expired.get(entry["envelope_id"], ()))) for entry in rows)

    async def sent(self, envelope_id: str) -> Delivery | None:
        """Tell what became of one envelope; None if this desk never queued it."""
        rows = await self._rows(select(tables.outbox).where(tables.outbox.c.envelope_id == envelope_id))
        return _delivery(rows[0], ()) if rows else None

    async def blobs(
        self, state: BlobState, *, after: BlobRow | None = None, limit: int = 100
    ) -> tuple[BlobRow, ...]:
        """Give the attachments in this state, the smallest first; `after` is the last of an earlier page."""
        row = tables.attachment.c
        chosen = select(tables.attachment).where(row.state == state)
        if after is not None:
            further = and_(row.size == after.size, row.digest > after.digest)
            chosen = chosen.where(or_(row.size > after.size, further))
        rows = await self._rows(chosen.order_by(row.size, row.digest).limit(limit))
        return tuple(BlobRow(**row) for row in rows)

    async def blob(self, digest: str) -> BlobRow | None:
        """Tell what is known of the attachment with this digest (of its ciphertext)."""
        rows = await self._rows(select(tables.attachment).where(tables.attachment.c.digest == digest))
        return BlobRow(**rows[0]) if rows else None

    async def held(
        self, awaits: Awaits | None = None, agency: str | None = None, *, after: int = 0, limit: int = 64
    ) -> tuple[HeldRow, ...]:
        """Envelopes that wait to be judged, oldest first: those that await this, from this agency.

        `after` is the number of the last one of an earlier page.
        """
        row = tables.held.c
        statement = select(tables.held).where(row.number > after)
        if awaits is not None:
            statement = statement.where(row.awaits == awaits)
        if agency is not None:
            statement = statement.where(row.agency == agency)
        rows = await self._rows(statement.order_by(row.number).limit(limit))
        return tuple(HeldRow(**entry) for entry in rows)

    async def held_count(self) -> int:
        """Count the envelopes that wait to be judged."""
        return sum((await self.held_crowds()).values())

    async def held_crowds(self) -> dict[tuple[str, str | None], int]:
        """Count them by why they wait, and by the agency that is said to have sent them."""
        row = tables.held.c
        counted = select(row.code, row.agency, func.count().label("n")).group_by(row.code, row.agency)
        return {(entry["code"], entry["agency"]): int(entry["n"]) for entry in await self._rows(counted)}

    async def held_last(self, code: str, agency: str | None) -> HeldRow | None:
        """Give the newest of those that wait for that reason and are said to be from that agency."""
        row = tables.held.c
        statement = select(tables.held).where(row.code == code, row.agency.is_not_distinct_from(agency))
        rows = await self._rows(statement.order_by(row.number.desc()).limit(1))
        return HeldRow(**rows[0]) if rows else None

    async def refused_more_than(self, count: int) -> bool:
        """Whether more than `count` refused envelopes are kept whole."""
        row = tables.refused.c
        statement = select(row.digest).where(func.length(row.envelope) > 0).offset(count).limit(1)
        return bool(await self._rows(statement))

    async def refused(self, *, limit: int = 200) -> tuple[RefusedRow, ...]:
        """Envelopes that were refused, newest first."""
        rows = await self._rows(select(tables.refused).order_by(tables.refused.c.at.desc()).limit(limit))
        return tuple(RefusedRow(**row) for row in rows)

    async def kept(self, name: str) -> KeptRow | None:
        """Give what is kept under `name`."""
        rows = await self._rows(_KEPT, of=name)
        return KeptRow(**rows[0]) if rows else None

    async def kept_of(self, person: str, prefix: str = "") -> tuple[KeptRow, ...]:
        """Give what `person` keeps under names that begin with `prefix`, by name."""
        row = tables.kept.c
        theirs = and_(row.person == person, row.name.startswith(prefix, autoescape=True))
        return tuple(
            KeptRow(**entry)
            for entry in await self._rows(select(tables.kept).where(theirs).order_by(row.name))
        )

    async def kept_before(self, prefix: str, moment: str) -> tuple[str, ...]:
        """Name what anybody kept under names that begin with `prefix`, at `moment` or before."""
        row = tables.kept.c
        old = and_(row.name.startswith(prefix, autoescape=True), row.kept <= moment)
        return tuple(str(entry["name"]) for entry in await self._rows(select(row.name).where(old)))

    async def alarms(self, *, standing: bool = True) -> tuple[AlarmRow, ...]:
        """Alarms that stand, or with `standing` false all there ever were, newest first."""
        statement = select(tables.alarm).order_by(tables.alarm.c.raised.desc())
        if standing:
            statement = statement.where(tables.alarm.c.cleared.is_(None))
        return tuple(AlarmRow(**row) for row in await self._rows(statement))


def _outgoing(row: RowMapping) -> Outgoing:
    return Outgoing(
        row["envelope_id"],
        row["thread"],
        row["step"],
        tuple(row["mailboxes"].split()),
        tuple(row["blobs"].split()),
        row["queued"],
        row["envelope"],
    )


def _delivery(row: RowMapping, expired: tuple[tuple[str, str], ...]) -> Delivery:
    return Delivery(
        row["envelope_id"],
        row["thread"],
        row["step"],
        tuple(row["mailboxes"].split()),
        row["queued"],
        row["posted"],
        row["code"],
        expired,
    )
