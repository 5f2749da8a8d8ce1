"""What the desk was told about keys, as it was told, and the trail of what happened here.

Promises: the key log's entries come back in its order; the audit trail is checked line by line.
Never: anything here is believed without `desk.trust` verifying it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from exchange.store.casebook import chain, tables
from exchange.store.casebook.reading import Reads
from exchange.store.casebook.rows import AuditEntry, AuditRow
from exchange.store.casebook.trusted_rows import (
    CheckpointRow,
    ContradictionRow,
    LogEntryRow,
    RosterRow,
    RosterSent,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

AUDIT_PAGE = 1000
_AT_ONCE = 500


class TrustedReads(Reads):
    """Questions about the key log, rosters, cursors and the audit trail."""

    async def log_entries(self, after: int = 0, *, limit: int | None = None) -> tuple[LogEntryRow, ...]:
        """Entries of the key log from index `after` on, in order; `limit` of them, or all."""
        index = tables.log_entry.c.index
        chosen = select(tables.log_entry).where(index >= after).order_by(index).limit(limit)
        rows = await self._rows(chosen)
        return tuple(LogEntryRow(**row) for row in rows)

    async def log_entries_at(self, indexes: Sequence[int]) -> tuple[LogEntryRow, ...]:
        """Entries of the key log at these indexes, in order."""
        index = tables.log_entry.c.index
        found: list[LogEntryRow] = []
        for start in range(0, len(indexes), _AT_ONCE):
            chosen = index.in_(indexes[start : start + _AT_ONCE])
            rows = await self._rows(select(tables.log_entry).where(chosen).order_by(index))
            found += [LogEntryRow(**row) for row in rows]
        return tuple(found)

    async def checkpoint_from(self, size: int) -> CheckpointRow | None:
        """Give the smallest checkpoint of at least that size that has a quorum of witnesses."""
        row = tables.checkpoint.c
        statement = select(tables.checkpoint).where(row.size >= size, row.quorum.is_(True))
        rows = await self._rows(statement.order_by(row.size).limit(1))
        return CheckpointRow(**rows[0]) if rows else None

    async def checkpoint(self, *, quorum: bool = False) -> CheckpointRow | None:
        """Give the largest checkpoint that was verified here, or the largest with a quorum of witnesses."""
        row = tables.checkpoint.c
        statement = select(tables.checkpoint).order_by(row.size.desc()).limit(1)
        rows = await self._rows(statement.where(row.quorum.is_(True)) if quorum else statement)
        return CheckpointRow(**rows[0]) if rows else None

    async def cosigned(self) -> int:
        """Give the size of the largest checkpoint that this agency's witness key signed; 0 for none."""
        row = tables.checkpoint.c
        values = await self._values(select(func.max(row.size)).where(row.cosigned.is_not(None)))
        return int(values[0] or 0)

    async def received_from(self, agency: str, size: int, person: str | None = None) -> bool:
        """Whether a step of that agency was received when the log had at least that size. Rare, and slow.

        With `person`, one of that person alone.
        """
        row = tables.step.c
        chosen = select(row.digest).where(row.agency == agency, row.received_at >= size).limit(1)
        if person is not None:
            chosen = chosen.where(row.person == person)
        return bool(await self._rows(chosen))

    async def contradictions(self) -> tuple[ContradictionRow, ...]:
        """Give every pair of histories that contradict each other, newest first."""
        rows = await self._rows(select(tables.contradiction).order_by(tables.contradiction.c.at.desc()))
        return tuple(ContradictionRow(**row) for row in rows)

    async def rosters(self) -> tuple[RosterRow, ...]:
        """Give the newest roster of each agency that sent one."""
        row = tables.roster.c
        newest = select(row.agency, func.max(row.version).label("version")).group_by(row.agency).subquery()
        chosen = select(tables.roster).join(
            newest, (newest.c.agency == row.agency) & (newest.c.version == row.version)
        )
        return tuple(RosterRow(**entry) for entry in await self._rows(chosen))

    async def roster(self, agency: str, version: int) -> RosterRow | None:
        """Give that version of the agency's roster, for judging what was signed under it."""
        row = tables.roster.c
        rows = await self._rows(select(tables.roster).where(row.agency == agency, row.version == version))
        return RosterRow(**rows[0]) if rows else None

    async def rosters_of(self, agency: str) -> tuple[RosterRow, ...]:
        """Every version of the agency's roster that is here, oldest first."""
        row = tables.roster.c
        rows = await self._rows(select(tables.roster).where(row.agency == agency).order_by(row.version))
        return tuple(RosterRow(**entry) for entry in rows)

    async def rosters_sent(self) -> tuple[RosterSent, ...]:
        """Which version of this agency's own roster was last queued for whom."""
        return tuple(RosterSent(**row) for row in await self._rows(select(tables.roster_sent)))

    async def cursor(self, name: str) -> int:
        """How far the reader of this name has come; 0 at first."""
        values = await self._values(select(tables.cursor.c.position).where(tables.cursor.c.name == name))
        return int(values[0]) if values else 0

    async def audit(self, after: int = 0, *, limit: int = AUDIT_PAGE) -> tuple[AuditRow, ...]:
        """Give the trail from the entry behind number `after` on."""
        number = tables.audit.c.number
        rows = await self._rows(select(tables.audit).where(number > after).order_by(number).limit(limit))
        return tuple(map(_audit, rows))

    async def audit_back(
        self, before: int | None, *, events: Sequence[str] = (), limit: int = AUDIT_PAGE
    ) -> tuple[tuple[AuditRow, bool], ...]:
        """Give the trail backwards, from the entry before number `before` or from the newest one.

        Each with whether it follows from the one before it. `events` leaves out all but those.
        """
        row, earlier = tables.audit.c, tables.audit.alias()
        chosen = select(tables.audit, earlier.c.chain.label("link")).join_from(
            tables.audit, earlier, earlier.c.number == row.number - 1, isouter=True
        )
        if before is not None:
            chosen = chosen.where(row.number < before)
        if events:
            chosen = chosen.where(row.event.in_(events))
        rows = await self._rows(chosen.order_by(row.number.desc()).limit(limit))
        return tuple((_audit(one), _follows(one)) for one in rows)

    async def last_audit(self) -> AuditRow | None:
        """Give the newest entry of the trail: its number and chain are the trail's head."""
        rows = await self._rows(select(tables.audit).order_by(tables.audit.c.number.desc()).limit(1))
        return _audit(rows[0]) if rows else None

    async def broken_audit(self) -> int | None:
        """Find the first entry that does not follow from the one before it: its number, or None."""
        number, link = 0, chain.START
        while page := await self.audit(number):
            for row in page:
                if row.number != number + 1 or row.chain != chain.follow(link, row.number, row.entry):
                    return row.number
                number, link = row.number, row.chain
        return None


def _follows(row: RowMapping) -> bool:
    found = _audit(row)
    link = chain.START if found.number == 1 else row["link"]
    return link is not None and found.chain == chain.follow(link, found.number, found.entry)


def _audit(row: RowMapping) -> AuditRow:
    words = {name: row[name] for name in ("event", "at", "thread", "step", "agency", "person", "code")}
    return AuditRow(row["number"], AuditEntry(**words), row["chain"])
