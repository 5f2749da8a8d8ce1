"""What the casebook knows of threads: their steps, where they stand, and what is due.

Promises: everything here is found by index. People's own lists are in `lists`.
Never: anything here needs a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Select, and_, bindparam, or_, select

from exchange.store.casebook import tables
from exchange.store.casebook.folding import count_folded
from exchange.store.casebook.reading import Reads
from exchange.store.casebook.rows import Entry, LegRow, ReminderRow, StepRow, ThreadRow
from exchange.store.casebook.tables import WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from sqlalchemy import RowMapping

MANY = 500  # values of one IN

_STEP = select(*(column for column in tables.step.c if column.name != "number"))
_ONE_STEP = _STEP.where(tables.step.c.digest == bindparam("digest"))
_STEPS = _STEP.where(tables.step.c.thread == bindparam("thread")).order_by(tables.step.c.number)
_CITING = _STEP.where(
    tables.step.c.answers.in_(bindparam("digests", expanding=True)), tables.step.c.kind == "share"
).order_by(tables.step.c.number)
_PRESENT = (
    select(tables.step.c.thread)
    .where(tables.step.c.thread.in_(bindparam("threads", expanding=True)))
    .distinct()
)
_THREAD = select(tables.thread).where(tables.thread.c.thread == bindparam("thread"))
_LEG = select(*(column for column in tables.leg.c if column.name not in {"queue", "sort"}))
_LEGS = _LEG.where(tables.leg.c.thread == bindparam("thread")).order_by(tables.leg.c.leg)


class ThreadReads(Reads):
    """Questions about threads, legs and steps."""

    async def step(self, digest: str) -> StepRow | None:
        """Give the step with this digest (of its exact slip bytes)."""
        rows = await self._rows(_ONE_STEP, digest=digest)
        return _step(rows[0]) if rows else None

    async def steps(self, thread: str) -> tuple[StepRow, ...]:
        """All steps of a thread, in the order in which they came here."""
        return tuple(map(_step, await self._rows(_STEPS, thread=thread)))

    async def present(self, threads: Sequence[str]) -> frozenset[str]:
        """Say of which of these threads any step is here."""
        found: set[str] = set()
        for start in range(0, len(threads), MANY):
            found.update(await self._values(_PRESENT, threads=threads[start : start + MANY]))
        return frozenset(found)

    async def citing(self, *digests: str) -> tuple[StepRow, ...]:
        """Give the shares that answer one of the steps `digests`, also those of the same thread."""
        return tuple(map(_step, await self._rows(_CITING, digests=digests)))

    async def folded(self, thread: str) -> int:
        """How many steps a fold of `thread` must see: its own, and the shares that cite its request."""
        async with self._reader.connect() as connection:
            return (await connection.run_sync(count_folded, [thread])).get(thread, 0)

    async def thread(self, thread: str) -> ThreadRow | None:
        """Where the thread stands, or None if nothing of it is here."""
        rows = await self._rows(_THREAD, thread=thread)
        return ThreadRow(**rows[0]) if rows else None

    async def legs(self, thread: str) -> tuple[LegRow, ...]:
        """Give the legs of a thread, by number."""
        return tuple(map(_leg, await self._rows(_LEGS, thread=thread)))

    async def waiting(self, before: str) -> tuple[ThreadRow, ...]:
        """Threads that have missed a cause since `before` or longer: something was lost, or is withheld."""
        late = tables.thread.c.waiting_since <= before
        rows = await self._rows(
            select(tables.thread).where(late).order_by(tables.thread.c.waiting_since).limit(1000)
        )
        return tuple(ThreadRow(**row) for row in rows)

    async def due(self, agency: str, by: str) -> tuple[Entry, ...]:
        """Open legs whose turn is this agency's and whose step was due `by` then."""
        leg = tables.leg.c
        ours = or_(
            and_(leg.turn == "sender", leg.sender_agency == agency),
            and_(leg.turn == "recipient", leg.recipient_agency == agency),
        )
        chosen = select(leg.thread, leg.leg).where(leg.open.is_(True), leg.due <= by, ours)
        return await self._entries(chosen)

    async def reminders(self, threads: Sequence[str]) -> tuple[ReminderRow, ...]:
        """Give the reminders that were given about these threads."""
        found: list[ReminderRow] = []
        for start in range(0, len(threads), MANY):
            about = tables.reminder.c.thread.in_(threads[start : start + MANY])
            rows = await self._rows(select(tables.reminder).where(about))
            found += (ReminderRow(**{**row, "leg": _from_column(row["leg"])}) for row in rows)
        return tuple(found)

    async def _entries(self, chosen: Select[Any]) -> tuple[Entry, ...]:
        leg, thread = tables.leg, tables.thread
        places = chosen.subquery()
        joined = places.join(leg, and_(leg.c.thread == places.c.thread, leg.c.leg == places.c.leg)).join(
            thread, thread.c.thread == places.c.thread
        )
        columns = [
            *(column.label(f"leg_{column.name}") for column in leg.c if column.name not in {"queue", "sort"}),
            *(column.label(f"thread_{column.name}") for column in thread.c),
        ]
        newest = leg.c.updated.desc(), leg.c.thread.desc(), leg.c.leg.desc()
        return tuple(map(_entry, await self._rows(select(*columns).select_from(joined).order_by(*newest))))


def _from_column(leg: int) -> int | None:
    return None if leg == WHOLE else leg


def _step(row: RowMapping) -> StepRow:
    return StepRow(**{**row, "leg": _from_column(row["leg"])})


def _leg(row: RowMapping) -> LegRow:
    return LegRow(**{**row, "leg": _from_column(row["leg"])})


def _entry(row: RowMapping) -> Entry:
    leg = {name.removeprefix("leg_"): value for name, value in row.items() if name.startswith("leg_")}
    thread = {
        name.removeprefix("thread_"): value for name, value in row.items() if name.startswith("thread_")
    }
    return Entry(ThreadRow(**thread), LegRow(**{**leg, "leg": _from_column(leg["leg"])}))
