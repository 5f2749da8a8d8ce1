"""Numbers for the agency's lead: what is open, what is late, how long it took until it was understood.

Promises: each answer is counted by the database, over rows that hold no word and no name, at most `MOST` of
them, the newest. A percentile is the nearest rank: the smallest time within which that part of them ended.
Never: a number of one person. Whoever asks says which people belong together, and is told how many of them
stand behind each number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, func, literal, or_, select

from exchange.store.casebook import tables
from exchange.store.casebook.reading import Reads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Select

MOST: Final = 10_000
NOBODY: Final = -1  # the part of whatever belongs to none

Groups = tuple[tuple[str, ...], ...]
"""People, and roles, that belong together, by their ids; nobody in two."""


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many open legs stand there, and how many of them are late."""

    part: str | int
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class HeardCount:
    """What was heard, in one part: how many, by how many people; of the agreed ones how long it took.

    `median` and `ninetieth` are seconds, None where none was agreed to; `instant` were agreed to at once.
    """

    part: int
    heard: int
    people: int
    agreed: int
    agreeing: int  # people
    instant: int
    median: int | None
    ninetieth: int | None


class FigureReads(Reads):
    """Questions about how an agency's loops go."""

    async def open_by_state(self, agency: str, now: str) -> tuple[OpenCount, ...]:
        """Count the open legs in which the agency takes part, by state."""
        return await self._open(_opened(agency, tables.leg.c.state), now)

    async def open_by_group(self, agency: str, now: str, groups: Groups) -> tuple[OpenCount, ...]:
        """Count the same by whose they are: the sender's where they are ours, the recipient's otherwise."""
        return await self._open(_opened(agency, _owner(agency, groups)), now)

    async def heard(self, since: str, instant: int) -> HeardCount | None:
        """Count what was heard since then; `instant` is how many seconds are "at once". None for nothing."""
        found = await self._heard(literal(0), since, instant)
        return found[0] if found else None

    async def heard_by_week(self, weeks: Sequence[str], instant: int) -> tuple[HeardCount, ...]:
        """Count the same by the weeks that begin at these times, in their order."""
        return await self._heard(_week(weeks), weeks[0], instant)

    async def heard_by_group(self, since: str, instant: int, groups: Groups) -> tuple[HeardCount, ...]:
        """Count the same by who heard."""
        return await self._heard(_group(tables.heard.c.person, groups), since, instant)

    async def diverged_by_kind(self, since: str) -> Mapping[str, int]:
        """Count how often what was heard since then differed, by kind."""
        return await self._diverged(tables.divergence.c.kind, since)

    async def diverged_by_week(self, weeks: Sequence[str]) -> Mapping[int, int]:
        """Count the same by week."""
        return await self._diverged(_week(weeks), weeks[0])

    async def diverged_by_group(self, since: str, groups: Groups) -> Mapping[int, int]:
        """Count the same by who heard."""
        return await self._diverged(_group(tables.heard.c.person, groups), since)

    async def _open(self, chosen: Select[Any], now: str) -> tuple[OpenCount, ...]:
        row = chosen.limit(MOST).subquery().c
        late = func.sum(case((row.due <= now, 1), else_=0))
        counted = select(row.part, func.count().label("n"), late.label("late")).group_by(row.part)
        rows = await self._rows(counted.order_by(row.part))
        return tuple(OpenCount(one["part"], int(one["n"]), int(one["late"])) for one in rows)

    async def _heard(self, part: ColumnElement[Any], since: str, instant: int) -> tuple[HeardCount, ...]:
        recent = await self._recent(since)
        newest = select(tables.heard, part.label("part")).where(recent).subquery()
        row = newest.c
        alike = [row.part, row.agreed]
        placed = select(
            newest,
            func.row_number().over(partition_by=alike, order_by=row.took).label("place"),
            func.count().over(partition_by=alike).label("of"),
        ).subquery()
        row = placed.c
        agreed = row.agreed.is_(True)
        counted = select(
            row.part,
            func.count().label("heard"),
            func.count(row.person.distinct()).label("people"),
            func.count(case((agreed, 1))).label("agreed"),
            func.count(case((agreed, row.person)).distinct()).label("agreeing"),
            func.count(case((and_(agreed, row.pause <= instant), 1))).label("instant"),
            func.max(case((and_(agreed, row.place == (row.of + 1) // 2), row.took))).label("median"),
            func.max(case((and_(agreed, row.place == (row.of * 9 + 9) // 10), row.took))).label("ninetieth"),
        )
        rows = await self._rows(counted.group_by(row.part).order_by(row.part))
        return tuple(HeardCount(**one) for one in rows)

    async def _diverged(self, part: ColumnElement[Any], since: str) -> dict[Any, int]:
        heard, row = tables.heard, tables.divergence.c
        counted = (
            select(part.label("part"), func.sum(row.times).label("n"))
            .join_from(heard, tables.divergence, heard.c.hear_back == row.hear_back)
            .where(await self._recent(since))
            .group_by("part")
        )
        return {one["part"]: int(one["n"]) for one in await self._rows(counted)}

    async def _recent(self, since: str) -> ColumnElement[bool]:
        """Say which were heard since then, and are among the newest `MOST`."""
        at = tables.heard.c.at
        too_old = select(at).where(at >= since).order_by(at.desc()).offset(MOST).limit(1)
        found = await self._values(too_old)
        return at > found[0] if found else at >= since


def _opened(agency: str, part: ColumnElement[Any]) -> Select[Any]:
    leg = tables.leg.c
    ours = or_(leg.sender_agency == agency, leg.recipient_agency == agency)
    return select(part.label("part"), leg.due).where(leg.open.is_(True), ours)


def _owner(agency: str, groups: Groups) -> ColumnElement[int]:
    leg = tables.leg.c
    theirs = case(
        (leg.recipient_role.is_not(None), _group(leg.recipient_role, groups)),
        else_=_group(leg.recipient_person, groups),
    )
    return case((leg.sender_agency == agency, _group(leg.sender_person, groups)), else_=theirs)


def _group(column: ColumnElement[str], groups: Groups) -> ColumnElement[int]:
    whens = [(column.in_(ids), number) for number, ids in enumerate(groups)]
    return case(*whens, else_=NOBODY) if whens else literal(NOBODY)


def _week(weeks: Sequence[str]) -> ColumnElement[int]:
    at = tables.heard.c.at
    later = reversed(list(enumerate(weeks)))
    return case(*((at >= begins, number) for number, begins in later), else_=NOBODY)
