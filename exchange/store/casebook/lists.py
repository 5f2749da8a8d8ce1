"""The lists that people look at: what needs somebody, what waits for others, what is over; page by page.

Promises: a page is read from the ends of a few index ranges, one for each hand in which somebody holds
something, and costs what it shows: neither what is over nor what lies further down makes it slower. A page is
found again by where the last one ended, not by counting. Counts stop at `COUNTED`.
Never: anything here needs a key, or shows a leg in which neither the person nor a role of theirs takes part.

What is open stands by how pressing it is: immediate first, then by when it is due, which puts what is overdue
before what is not. What is over stands newest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from sqlalchemy import Select, and_, bindparam, func, literal, not_, or_, select, tuple_, union_all
from sqlalchemy.exc import DBAPIError

from exchange.errors import StoreUnavailable
from exchange.store.casebook import tables
from exchange.store.casebook.reading import Reads
from exchange.store.casebook.rows import LegRow
from exchange.store.casebook.tables import OVER, WHOLE
from exchange.store.naming import Number
from exchange.store.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement

Which = Literal["needs", "others", "open", "over"]
Hands = Literal["all", "me", "roles"]
ListKind = Literal["share", "request", "decision"]

COUNTED: Final = 1000  # beyond that a list is "more than a thousand"
NEWEST: Final = 50  # of what is over: where answers to one's own requests are looked for

_LEG = tables.leg.c
_COLUMNS: Final = tuple(column for column in tables.leg.c if column.name not in {"queue", "sort"})
_NAMES: Final = tuple(column.name for column in _COLUMNS)
_ORDER: Final = (_LEG.sort, _LEG.thread, _LEG.leg)
_WHOSE: Final[dict[Which, tuple[tuple[str, str], ...]]] = {  # the queue of what one sent, and of what one got
    "needs": (("sender", "recipient"),),
    "others": (("recipient", "sender"),),
    "open": (("sender", "recipient"), ("recipient", "sender")),
    "over": ((OVER, OVER),),
}


class Mark(NamedTuple):
    """Where a row stands in its list: a page goes on after it, or ends before it."""

    sort: str
    thread: str
    leg: int


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose lists: a person of an agency, with the roles for which they act."""

    agency: str
    person: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which list, and what of it: what was due by `late`, what one's own `hands` or a role's hold."""

    which: Which
    kind: ListKind | None = None
    urgency: str | None = None
    late: str | None = None
    side: Literal["sender", "recipient"] | None = None
    hands: Hands = "all"
    beginning: str | None = None

    @property
    def forwards(self) -> bool:
        """Whether the list is in the order of its index; what is over is read from the end."""
        return self.which != "over"


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list, and where it stands."""

    leg: LegRow
    mark: Mark


class ListReads(Reads):
    """Questions about what waits for whom."""

    async def listed(
        self,
        asker: Asker,
        wanted: Wanted,
        *,
        after: Mark | None = None,
        before: Mark | None = None,
        limit: int,
    ) -> tuple[Listed, ...]:
        """Give at most `limit` rows of a list, in its order: the first, or those next to a mark."""
        mark, back = (after, False) if before is None else (before, True)
        shape = _Shape(_plain(wanted), len(asker.roles), back, marked=mark is not None)
        values = _values(asker, wanted) | {"limit": limit}
        if mark is not None:
            values |= {"sort": mark.sort, "thread": mark.thread, "leg": mark.leg}
        rows = [_listed(row) for row in await self._ask(_page(shape), values)]
        return tuple(reversed(rows)) if back else tuple(rows)

    async def counted(self, asker: Asker, wanted: Wanted, *whole: Which) -> tuple[int, ...]:
        """Count `wanted`, and the `whole` lists, to one more than `COUNTED` at most, in one question."""
        every = (wanted, *map(Wanted, whole))
        shapes = tuple(_Shape(_plain(one), len(asker.roles)) for one in every)
        ((*counts,),) = await self._ask(_counts(shapes), _values(asker, wanted))
        return tuple(min(int(count), COUNTED + 1) for count in counts)

    async def answers(self, asker: Asker, *, limit: int) -> tuple[Listed, ...]:
        """Give what became of the newest requests of this person, among the newest of what is over."""
        values = _values(asker, Wanted("over")) | {"limit": limit, "newest": NEWEST}
        return tuple(map(_listed, await self._ask(_ANSWERS, values)))

    async def sought(
        self, asker: Asker, which: Which, where: ColumnElement[bool], *, limit: int
    ) -> tuple[Listed, ...]:
        """Give at most `limit` rows of a list for which `where` holds, in its order.

        Looks at every row that is in the list: for what a person seeks, and not for every page.
        """
        wanted = Wanted(which)
        hands = or_(*_hands(_Shape(wanted, len(asker.roles))))
        order = _ordered(_ORDER, descending=not wanted.forwards)
        chosen = select(*_COLUMNS, _LEG.sort).where(hands, where).order_by(*order).limit(limit)
        rows = await self._rows(chosen, **_values(asker, wanted))
        return tuple(_listed(tuple(row.values())) for row in rows)

    async def own(self, asker: Asker, threads: Sequence[str]) -> tuple[str, ...]:
        """Keep those of a few `threads` that stand in somebody's lists."""
        among = _LEG.thread.in_(threads)
        found = [
            *await self.sought(asker, "open", among, limit=NEWEST),
            *await self.sought(asker, "over", among, limit=NEWEST),
        ]
        return tuple(dict.fromkeys(one.leg.thread for one in found))

    async def _ask(self, prepared: Prepared, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        try:
            async with self._reader.connect() as connection:
                return await connection.run_sync(prepared.rows, values)
        except (DBAPIError, OSError) as error:
            raise StoreUnavailable from error


class _Shape(NamedTuple):
    """All that the words of a question depend on."""

    wanted: Wanted
    roles: int
    back: bool = False
    marked: bool = False


def _plain(wanted: Wanted) -> Wanted:
    """Give the same without its values, so that one statement serves all of them."""
    return Wanted(
        wanted.which,
        wanted.kind,
        None if wanted.urgency is None else "?",
        None if wanted.late is None else "?",
        wanted.side,
        wanted.hands,
        None if wanted.beginning is None else "?",
    )


def _values(asker: Asker, wanted: Wanted) -> dict[str, Any]:
    roles = {f"role{number}": role for number, role in enumerate(asker.roles)}
    begins = None if wanted.beginning is None else f"{wanted.beginning}%"
    filters = {"urgency": wanted.urgency, "late": wanted.late, "beginning": begins}
    return {"agency": asker.agency, "person": asker.person, **filters, **roles}


@lru_cache(maxsize=512)
def _page(shape: _Shape) -> Prepared:
    return Prepared(_select(shape))


@lru_cache(maxsize=512)
def _counts(shapes: tuple[_Shape, ...]) -> Prepared:
    return Prepared(select(*(_count(shape) for shape in shapes)))


def _count(shape: _Shape) -> Any:
    parts = [part.with_only_columns(_LEG.thread).limit(COUNTED + 1) for part in _parts(shape)]
    if not parts:
        return literal(0)
    every = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(func.count()).select_from(every).scalar_subquery()


def _select(shape: _Shape) -> Select[Any]:
    """Put the beginnings (or ends) of all parts together, and keep the first of those."""
    descending = shape.back == shape.wanted.forwards
    limit: Any = bindparam("limit", type_=Number)
    parts = []
    for part in _parts(shape):
        chosen = part.where(_beyond(descending=descending)) if shape.marked else part
        parts.append(chosen.order_by(*_ordered(_ORDER, descending=descending)).limit(limit))
    if not parts:
        return select(*_COLUMNS, _LEG.sort).where(literal(1) == literal(0)).limit(limit)
    # A part is limited, so it needs a SELECT of its own around it (SQLite's rule for UNION).
    every = union_all(*(select(part.subquery()) for part in parts)).subquery()
    order = _ordered((every.c.sort, every.c.thread, every.c.leg), descending=descending)
    return select(*(every.c[name] for name in (*_NAMES, "sort"))).order_by(*order).limit(limit)


def _parts(shape: _Shape) -> list[Select[Any]]:
    """Make one index range for each hand and queue."""
    filters = _filters(shape.wanted)
    return [select(*_COLUMNS, _LEG.sort).where(hand, *filters) for hand in _hands(shape)]


def _hands(shape: _Shape) -> list[ColumnElement[bool]]:
    """Say of each hand and queue which rows are in it, disjoint: what one sent is counted as sent alone."""
    wanted = shape.wanted
    mine = and_(_LEG.sender_person == bindparam("person"), _LEG.sender_agency == bindparam("agency"))
    got: list[ColumnElement[bool]] = []
    if wanted.hands != "roles":
        got.append(_LEG.recipient_person == bindparam("person"))
    if wanted.hands != "me":
        got += [_LEG.recipient_role == bindparam(f"role{number}") for number in range(shape.roles)]
    to_us = _LEG.recipient_agency == bindparam("agency")
    parts = []
    for sent, received in _WHOSE[wanted.which]:
        if wanted.side != "recipient" and wanted.hands != "roles":
            parts.append(and_(mine, _LEG.queue == sent))
        if wanted.side != "sender":
            parts += [and_(hand, to_us, _LEG.queue == received, not_(mine)) for hand in got]
    return parts


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    kinds: dict[str, Callable[[], ColumnElement[bool]]] = {
        "share": lambda: _LEG.leg != WHOLE,
        "request": lambda: and_(_LEG.leg == WHOLE, _LEG.recipient_agency.is_not(None)),
        "decision": lambda: and_(_LEG.leg == WHOLE, _LEG.recipient_agency.is_(None)),
    }
    found = [] if wanted.kind is None else [kinds[wanted.kind]()]
    if wanted.urgency is not None:
        found.append(_LEG.urgency == bindparam("urgency"))
    if wanted.late is not None:
        found.append(_LEG.due <= bindparam("late"))
    if wanted.beginning is not None:
        found.append(_LEG.thread.like(bindparam("beginning")))
    return found


def _beyond(*, descending: bool) -> ColumnElement[bool]:
    mark = tuple_(
        bindparam("sort", type_=_LEG.sort.type),
        bindparam("thread", type_=_LEG.thread.type),
        bindparam("leg", type_=_LEG.leg.type),
    )
    return tuple_(*_ORDER) < mark if descending else tuple_(*_ORDER) > mark


def _ordered(columns: Sequence[Any], *, descending: bool) -> list[Any]:
    return [column.desc() if descending else column.asc() for column in columns]


def _listed(row: tuple[Any, ...]) -> Listed:
    *values, sort = row
    given = dict(zip(_NAMES, values, strict=True))
    leg = given["leg"]
    told = {**given, "leg": None if leg == WHOLE else leg, "open": bool(given["open"])}
    return Listed(LegRow(**told), Mark(sort, given["thread"], leg))


def _answers() -> Select[Any]:
    part = _parts(_Shape(Wanted("over", side="sender"), 0))[0]
    newest = part.order_by(*_ordered(_ORDER, descending=True)).limit(bindparam("newest", type_=Number))
    among = newest.subquery().c
    return (
        select(*(among[name] for name in (*_NAMES, "sort")))
        .where(among.leg == WHOLE, or_(among.state == "answered", among.state == "refused"))
        .order_by(*_ordered((among.sort, among.thread, among.leg), descending=True))
        .limit(bindparam("limit", type_=Number))
    )


_ANSWERS: Final = Prepared(_answers())
