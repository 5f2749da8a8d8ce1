"""Whose hands a thread went through: found by steps and by legs, long after it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_casebook import LATER, NOON, THEM, US, leg, status, step

from exchange.store.casebook import Casebook, Change

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def casebook(database_url: str) -> AsyncIterator[Casebook]:
    book = await Casebook.open(database_url)
    yield book
    await book.close()


async def test_threads_are_found_by_what_somebody_did_and_by_what_was_sent_to_them(
    casebook: Casebook,
) -> None:
    change = Change(
        steps=(
            step("sent to us", "t1", received=LATER),
            step("a note of ours", "t2", agency=US, person="p-us"),
            step("somebody else's", "t3"),
            step("of the same id elsewhere", "t4", agency=THEM, person="p-us"),
        ),
        threads=(status("t1"), status("t2"), status("t3"), status("t4")),
        legs=(
            leg("t1", open=False, state="CLOSED", updated=LATER),
            leg("t2", recipient_person=None, recipient_role="r-us"),
            leg("t3", recipient_person="p-other"),
            leg("t4", recipient_person="p-other"),
        ),
    )
    await casebook.record(change)
    assert await casebook.taken_part(US, "p-us") == ("t2", "t1")
    assert await casebook.taken_part(THEM, "p-them") == ("t2", "t3", "t4", "t1")
    assert await casebook.taken_part(US, "nobody") == ()


async def test_a_thread_is_found_by_its_beginning(casebook: Casebook) -> None:
    threads = ("abcdefgh", "abcxyzuv", "zzzz")
    steps = tuple(step(name, name) for name in threads)
    await casebook.record(Change(steps=steps, threads=tuple(status(name, updated=NOON) for name in threads)))
    assert await casebook.beginning("abcd") == ("abcdefgh",)
    assert len(await casebook.beginning("abc")) == 2
    assert await casebook.beginning("%") == ()
    assert await casebook.beginning("_bcd") == ()
