"""Whose hands a thread went through, and which thread a few letters name.

Promises: somebody's threads are found also where nothing waits for them, long after they left.
Never: anything here needs a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, and_, bindparam, func, or_, select, union_all

from exchange.store.casebook import tables
from exchange.store.casebook.reading import Reads
from exchange.store.casebook.rows import StepRow

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

_SEVERAL = 2  # threads of one beginning are too many
_AGENCY: BindParameter[str] = bindparam("agency")
_PERSON: BindParameter[str] = bindparam("person")
_STEPS = select(tables.step.c.thread, tables.step.c.received.label("at")).where(
    tables.step.c.agency == _AGENCY, tables.step.c.person == _PERSON
)

_LEGS = select(tables.leg.c.thread, tables.leg.c.updated.label("at")).where(
    or_(
        and_(tables.leg.c.sender_person == _PERSON, tables.leg.c.sender_agency == _AGENCY),
        and_(tables.leg.c.recipient_person == _PERSON, tables.leg.c.recipient_agency == _AGENCY),
    )
)
_EITHER = union_all(_STEPS, _LEGS).subquery()
_TAKEN_PART = (
    select(_EITHER.c.thread).group_by(_EITHER.c.thread).order_by(func.min(_EITHER.c.at), _EITHER.c.thread)
)

_PAGE = 200  # steps at once: each has its envelope
_AFTER = (
    select(tables.step)
    .where(tables.step.c.number > bindparam("number"))
    .order_by(tables.step.c.number)
    .limit(_PAGE)
)


class HandReads(Reads):
    """Questions about whose a thread is, for when those who would know have left."""

    async def taken_part(self, agency: str, person: str) -> tuple[str, ...]:
        """Name the threads that somebody took a step in, sent, or was sent; oldest first.

        Reads every step of the casebook: for the rare day on which somebody's threads are sought.
        """
        return tuple(await self._values(_TAKEN_PART, agency=agency, person=person))

    async def beginning(self, letters: str) -> tuple[str, ...]:
        """Name the threads whose name begins so, two at most."""
        named = tables.thread.c.thread.startswith(letters, autoescape=True)
        return tuple(await self._values(select(tables.thread.c.thread).where(named).limit(_SEVERAL)))

    async def steps_after(self, number: int) -> tuple[tuple[int, StepRow], ...]:
        """Give a page of all steps behind that number of arrival, each with its own."""
        rows = await self._rows(_AFTER, number=number)
        return tuple((row["number"], _step(row)) for row in rows)


def _step(row: RowMapping) -> StepRow:
    fields = {name: value for name, value in row.items() if name != "number"}
    return StepRow(**{**fields, "leg": None if row["leg"] == tables.WHOLE else row["leg"]})
