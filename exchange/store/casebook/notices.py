"""Notices in the casebook: their tables, their writing, and the questions of whoever sends them.

Promises: a notice and what it is about are written together; what is settled stays settled, however late
somebody records otherwise. A look at some threads costs those threads; only the look at everything, after a
start and now and then, costs all that is open.
Never: an address, a name, or a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, and_, bindparam, delete, or_, select

from exchange.store.casebook import tables
from exchange.store.casebook.notice_rows import WAITING, NoticeRow, ToldRow
from exchange.store.casebook.put import put, put_new
from exchange.store.casebook.reading import Reads
from exchange.store.casebook.rows import LegRow
from exchange.store.casebook.tables import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from exchange.store.casebook.change import Change

MANY = 500  # values of one IN
_WORD = String(96)

notice = Table(
    "notice",
    tables.metadata,
    Column("id", _WORD, primary_key=True),
    Column("to", _WORD, nullable=False),
    Column("lane", _WORD, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("state", _WORD, nullable=False),
    Column("made", _WORD, nullable=False),
    Column("next", _WORD, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("code", _WORD, nullable=True),
    Index(None, "state", "next"),
    Index(None, "to", "made"),
)

told = Table(
    "told",
    tables.metadata,
    Column("matter", _WORD, primary_key=True),
    Column("to", _WORD, primary_key=True),
    Column("notice", _WORD, nullable=False),
    Column("thread", _WORD, nullable=False),
    Column("at", _WORD, nullable=False),
    Index(None, "notice"),
    Index(None, "at"),
)

_LEGS = select(*(tables.leg.c[name] for name in LegRow.__dataclass_fields__))
_SETTLED = select(notice.c.id).where(
    notice.c.id.in_(bindparam("ids", expanding=True)), notice.c.state != WAITING
)
_ABOUT = select(told).where(told.c.notice == bindparam("of"))
_LAST = select(notice).where(notice.c.to == bindparam("of")).order_by(notice.c.made.desc()).limit(1)


class NoticeReads(Reads):
    """Questions about notices, and about what may call for one."""

    async def lanes_waiting(self, by: str) -> frozenset[str]:
        """Name the lanes in which a notice is to be tried `by` then."""
        row = notice.c
        due = select(row.lane).where(row.state == WAITING, row.next <= by).distinct()
        return frozenset(await self._values(due))

    async def notices_due(self, by: str, lane: str, *, limit: int = 50) -> tuple[NoticeRow, ...]:
        """Give a lane's notices to be tried `by` then, what is urgent first, then the longest due."""
        row = notice.c
        due = select(notice).where(row.state == WAITING, row.next <= by, row.lane == lane)
        rows = await self._rows(due.order_by(row.urgent.desc(), row.next).limit(limit))
        return tuple(NoticeRow(**entry) for entry in rows)

    async def next_notice(self, after: str) -> str | None:
        """Say when the next notice is to be tried `after` then; None if none waits so long."""
        row = notice.c
        later = select(row.next).where(row.state == WAITING, row.next > after)
        found = await self._values(later.order_by(row.next).limit(1))
        return found[0] if found else None

    async def last_notice(self, to: str) -> NoticeRow | None:
        """Give the newest notice to this recipient."""
        rows = await self._rows(_LAST, of=to)
        return NoticeRow(**rows[0]) if rows else None

    async def told_in(self, notice_id: str) -> tuple[ToldRow, ...]:
        """Say what a notice is about."""
        return tuple(ToldRow(**row) for row in await self._rows(_ABOUT, of=notice_id))

    async def told_of(self, matters: Sequence[str]) -> frozenset[tuple[str, str]]:
        """Say who has been told of these matters: matter and recipient."""
        found: set[tuple[str, str]] = set()
        for some in _parts(matters):
            rows = await self._rows(select(told.c.matter, told.c.to).where(told.c.matter.in_(some)))
            found.update((row["matter"], row["to"]) for row in rows)
        return frozenset(found)

    async def told_before(self, at: str) -> tuple[tuple[str, str], ...]:
        """Give matter and recipient of everything told before then."""
        rows = await self._rows(select(told.c.matter, told.c.to).where(told.c.at < at))
        return tuple((row["matter"], row["to"]) for row in rows)

    async def wished(self, prefix: str) -> frozenset[str]:
        """Name the people who keep something under names that begin with `prefix`."""
        row = tables.kept.c
        found = select(row.person).where(row.name.startswith(prefix, autoescape=True)).distinct()
        return frozenset(await self._values(found))

    async def legs_among(self, threads: Sequence[str]) -> tuple[LegRow, ...]:
        """Give every leg of these threads."""
        found: list[LegRow] = []
        for some in _parts(threads):
            rows = await self._rows(_LEGS.where(tables.leg.c.thread.in_(some)))
            found += (LegRow(**{**row, "leg": None if row["leg"] == WHOLE else row["leg"]}) for row in rows)
        return tuple(found)

    async def threads_in_hand(self, agency: str, people: Sequence[str], since: str) -> frozenset[str]:
        """Name the threads in which it is our turn, or that ended since then for one of `people`."""
        leg = tables.leg.c
        ours = or_(
            and_(leg.turn == "sender", leg.sender_agency == agency),
            and_(leg.turn == "recipient", leg.recipient_agency == agency),
        )
        found = set(await self._values(select(leg.thread).where(leg.open.is_(True), ours)))
        for some in _parts(people):
            ended = and_(leg.sender_person.in_(some), leg.sender_agency == agency, leg.open.is_(False))
            found.update(await self._values(select(leg.thread).where(ended, leg.updated >= since)))
        return frozenset(found)


def write_notices(connection: Connection, change: Change) -> None:
    """Write the notices of a change, and what they are about."""
    if change.notices:
        ids = [row.id for row in change.notices]
        settled = set(connection.scalars(_SETTLED, {"ids": ids}))
        put(connection, notice, [_row(row) for row in change.notices if row.id not in settled])
    put_new(connection, told, map(_row, change.told))
    for matter, to in change.untold:
        connection.execute(delete(told).where(told.c.matter == matter, told.c.to == to))
    if change.notices_gone:
        row = notice.c
        connection.execute(delete(notice).where(row.state != WAITING, row.made < max(change.notices_gone)))


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), MANY):
        yield values[start : start + MANY]


def _row(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}
