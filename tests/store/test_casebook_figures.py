"""The lead's numbers, counted by the database, are those that counting by hand gives."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.store.casebook import (
    NOBODY,
    Casebook,
    Change,
    DivergenceRow,
    HeardCount,
    HeardRow,
    LegRow,
    OpenCount,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

US, THEM = "northshire-childrens", "moorfield-primary"
INSTANT = 10
WEEKS = tuple(f"2026-11-{day:02}T00:00:00Z" for day in (2, 9, 16))
GROUPS = (("ann", "ben", "r-duty"), ("cat",))
NOW = "2026-11-22T12:00:00Z"
KINDS = ("not_covered", "copied", "number_changed")

_times = st.integers(1, 22).map(lambda day: f"2026-11-{day:02}T10:00:00Z")
_people = st.sampled_from(["ann", "ben", "cat", "dan"])


@st.composite
def _heard(draw: st.DrawFn) -> list[tuple[HeardRow, dict[str, int]]]:
    found = []
    for number in range(draw(st.integers(0, 25))):
        agreed = draw(st.booleans())
        took = draw(st.integers(0, 10**6)) if agreed else None
        row = HeardRow(
            f"h-{number}", draw(_people), draw(_times), agreed, True, draw(st.integers(0, 30)), took
        )
        found.append((row, draw(st.dictionaries(st.sampled_from(KINDS), st.integers(1, 4)))))
    return found


@st.composite
def _legs(draw: st.DrawFn) -> list[LegRow]:
    found = []
    for number in range(draw(st.integers(0, 25))):
        sender, recipient = draw(st.sampled_from([(US, THEM), (THEM, US), (US, US), (THEM, THEM)]))
        role = draw(st.sampled_from([None, "r-duty", "r-other"]))
        state = draw(st.sampled_from(["sent", "read_back", "closed"]))
        found.append(
            LegRow(
                thread=f"t-{number}",
                leg=draw(st.sampled_from([None, 0, 1])),
                sender_agency=sender,
                sender_person=draw(_people),
                recipient_agency=recipient,
                recipient_person=None if role else draw(_people),
                recipient_role=role,
                state=state,
                open=state != "closed",
                turn=None if state == "closed" else "sender",
                urgency="routine",
                due=draw(st.none() | _times),
                version=None,
                read_back=None,
                hear_back=None,
                updated=NOW,
            )
        )
    return found


def group_of(person: str | None) -> int:
    return next((number for number, ids in enumerate(GROUPS) if person in ids), NOBODY)


def week_of(at: str) -> int:
    return max((number for number, begins in enumerate(WEEKS) if begins <= at), default=NOBODY)


def ranked(values: Iterable[int], percent: int) -> int | None:
    """The smallest value within which that many in a hundred of them lie."""
    every = sorted(values)
    return next(
        (v for v in every if sum(one <= v for one in every) * 100 >= percent * len(every)),
        None,
    )


def by_hand(rows: Sequence[HeardRow], part: Callable[[HeardRow], int]) -> list[HeardCount]:
    parts: dict[int, list[HeardRow]] = {}
    for row in rows:
        parts.setdefault(part(row), []).append(row)
    found = []
    for name, those in sorted(parts.items()):
        agreed = [row for row in those if row.agreed]
        took = [row.took for row in agreed if row.took is not None]
        found.append(
            HeardCount(
                part=name,
                heard=len(those),
                people=len({row.person for row in those}),
                agreed=len(agreed),
                agreeing=len({row.person for row in agreed}),
                instant=sum(row.pause <= INSTANT for row in agreed),
                median=ranked(took, 50),
                ninetieth=ranked(took, 90),
            )
        )
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("figures")


async def demand_the_same(url: str, heard: list[Any], legs: list[LegRow]) -> None:
    book = await Casebook.open(url)
    try:
        rows = tuple(row for row, _ in heard)
        different = tuple(
            DivergenceRow(row.hear_back, kind, times) for row, kinds in heard for kind, times in kinds.items()
        )
        await book.record(Change(heard=rows, divergences=different, legs=tuple(legs)))
        await book.record(Change(heard=rows, divergences=different))  # twice is once
        since = WEEKS[0]
        recent = [row for row in rows if row.at >= since]
        whole = await book.heard(since, INSTANT)
        assert ([] if whole is None else [whole]) == by_hand(recent, lambda _: 0)
        assert list(await book.heard_by_week(WEEKS, INSTANT)) == by_hand(recent, lambda row: week_of(row.at))
        assert list(await book.heard_by_group(since, INSTANT, GROUPS)) == by_hand(
            recent, lambda row: group_of(row.person)
        )
        kinds: Counter[str] = Counter()
        weeks: Counter[int] = Counter()
        groups: Counter[int] = Counter()
        for row, named in heard:
            if row.at >= since:
                kinds.update(named)
                weeks.update(dict.fromkeys([week_of(row.at)], sum(named.values())) if named else {})
                groups.update(dict.fromkeys([group_of(row.person)], sum(named.values())) if named else {})
        assert await book.diverged_by_kind(since) == kinds
        assert await book.diverged_by_week(WEEKS) == weeks
        assert await book.diverged_by_group(since, GROUPS) == groups
        await demand_open(book, legs)
    finally:
        await book.close()


async def demand_open(book: Casebook, legs: list[LegRow]) -> None:
    ours = [leg for leg in legs if leg.open and US in {leg.sender_agency, leg.recipient_agency}]

    def owner(leg: LegRow) -> int:
        if leg.sender_agency == US:
            return group_of(leg.sender_person)
        return group_of(leg.recipient_role or leg.recipient_person)

    def counted(part: Callable[[LegRow], Any]) -> list[OpenCount]:
        every = Counter(part(leg) for leg in ours)
        late = Counter(part(leg) for leg in ours if leg.due is not None and leg.due <= NOW)
        return [OpenCount(name, every[name], late[name]) for name in sorted(every)]

    assert list(await book.open_by_state(US, NOW)) == counted(lambda leg: leg.state)
    assert list(await book.open_by_group(US, NOW, GROUPS)) == counted(owner)


_made: list[int] = []


@given(heard=_heard(), legs=_legs())
@settings(max_examples=15, deadline=None)
async def test_the_database_counts_as_a_hand_would(
    folder: Path, heard: list[Any], legs: list[LegRow]
) -> None:
    _made.append(1)
    await demand_the_same(f"sqlite+aiosqlite:///{folder / f'{len(_made)}.db'}", heard, legs)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_postgresql_counts_the_same(database_url: str) -> None:
    heard = [
        (
            HeardRow(f"h-{n}", ["ann", "cat", "dan"][n % 3], f"2026-11-{n + 1:02}T10:00:00Z", n % 4 > 0, True, n, n * n if n % 4 else None),
            {KINDS[n % 3]: n} if n else {},
        )
        for n in range(20)
    ]  # fmt: skip
    await demand_the_same(database_url, heard, [])


async def test_nothing_heard_is_no_number(tmp_path: Path) -> None:
    book = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    assert await book.heard(WEEKS[0], INSTANT) is None
    assert await book.heard_by_week(WEEKS, INSTANT) == ()
    assert await book.heard_by_group(WEEKS[0], INSTANT, ()) == ()
    assert await book.open_by_group(US, NOW, ()) == ()
    await book.close()
