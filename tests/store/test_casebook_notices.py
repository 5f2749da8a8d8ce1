"""Notices in the casebook: written with what they are about, settled once, found without reading what is over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from exchange.store.casebook import Casebook, Change, LegRow
from exchange.store.casebook.notice_rows import NoticeRow, ToldRow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NOON, LATER, NIGHT = "2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z", "2026-11-23T23:00:00Z"
US, THEM = "northshire-childrens", "moorfield-primary"
ONE = NoticeRow("n1", "ann", "mail", False, "waiting", NOON, NOON)
ABOUT = ToldRow("ann", "m1", "n1", "t1", NOON)


def leg(thread: str, **changed: object) -> LegRow:
    row = LegRow(
        thread, 0, THEM, "theirs", US, "ann", None, "sent", True, "recipient", "routine", None, "v", None,
        None, NOON,
    )  # fmt: skip
    return replace(row, **changed)  # type: ignore[arg-type]  # names of its own fields


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Casebook]:
    book = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    yield book
    await book.close()


async def test_a_notice_and_what_it_is_about_are_there_together(book: Casebook) -> None:
    await book.record(Change(notices=(ONE,), told=(ABOUT,)))
    await book.record(Change(notices=(ONE,), told=(replace(ABOUT, notice="n2"),)))
    assert await book.notices_due(NOON, "mail") == (ONE,)
    assert await book.told_in("n1") == (ABOUT,)
    assert await book.told_in("n2") == ()
    assert await book.told_of(["m1", "m2"]) == {("m1", "ann")}
    assert await book.last_notice("ann") == ONE
    assert await book.last_notice("ben") is None


async def test_what_is_not_due_yet_is_not_given_and_what_is_urgent_comes_first(book: Casebook) -> None:
    late = replace(ONE, id="n2", next=LATER)
    urgent = replace(ONE, id="n3", urgent=True)
    await book.record(Change(notices=(ONE, late, urgent)))
    assert [row.id for row in await book.notices_due(NOON, "mail")] == ["n3", "n1"]
    assert [row.id for row in await book.notices_due(LATER, "mail")] == ["n3", "n1", "n2"]
    assert await book.next_notice(NOON) == LATER
    assert await book.lanes_waiting(NOON) == {"mail"}


async def test_what_is_settled_stays_settled(book: Casebook) -> None:
    await book.record(Change(notices=(replace(ONE, state="sent"),)))
    await book.record(Change(notices=(replace(ONE, next=LATER, attempts=3),)))
    assert await book.notices_due(NIGHT, "mail") == ()
    assert await book.next_notice(NOON) is None
    assert await book.lanes_waiting(NIGHT) == frozenset()


async def test_what_is_over_is_forgotten_but_nothing_that_waits(book: Casebook) -> None:
    sent = replace(ONE, id="n2", state="sent")
    await book.record(Change(notices=(ONE, sent), told=(ABOUT,)))
    assert await book.told_before(LATER) == (("m1", "ann"),)
    assert await book.told_before(NOON) == ()
    await book.record(Change(untold=(("m1", "ann"),), notices_gone=(LATER,)))
    assert await book.told_of(["m1"]) == frozenset()
    assert await book.notices_due(NIGHT, "mail") == (ONE,)
    assert await book.last_notice("ann") == ONE


async def test_threads_in_hand_are_ours_to_act_on_or_ended_of_late(book: Casebook) -> None:
    mine = {"sender_agency": US, "sender_person": "ann", "recipient_agency": THEM}
    ended = {**mine, "open": False, "turn": None, "state": "declined"}
    await book.record(
        Change(
            legs=(
                leg("ours"),
                leg("theirs", turn="sender"),
                leg("heard", **mine, turn="sender"),
                leg("waits", **mine),
                leg("declined", **ended, updated=LATER),
                leg("long ago", **ended),
                leg("somebody's", **{**ended, "sender_person": "ben"}, updated=LATER),
            )
        )
    )
    found = await book.threads_in_hand(US, ["ann"], LATER)
    assert found == {"ours", "heard", "declined"}
    assert {row.thread for row in await book.legs_among(["ours", "declined", "none"])} == {"ours", "declined"}
