"""People's lists: the most pressing first, page by page in both directions, and nobody else's business in them."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from exchange.store.casebook import Asker, Casebook, Change, LegRow, Wanted
from exchange.store.casebook.lists import COUNTED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOON = "2026-11-22T12:00:00Z"
US, THEM = "northshire-childrens", "moorfield-primary"
ME = Asker(US, "p-me", ("r-duty", "r-night"))


def leg(thread: str, **other: Any) -> LegRow:
    values = {
        "thread": thread,
        "leg": 0,
        "sender_agency": THEM,
        "sender_person": "p-them",
        "recipient_agency": US,
        "recipient_person": "p-me",
        "recipient_role": None,
        "state": "sent",
        "open": True,
        "turn": "recipient",
        "urgency": "routine",
        "due": NOON,
        "version": None,
        "read_back": None,
        "hear_back": None,
        "updated": NOON,
    }
    return LegRow(**(values | other))


def over(thread: str, **other: Any) -> LegRow:
    return leg(thread, **({"state": "closed", "open": False, "turn": None, "due": None} | other))


def sent(thread: str, **other: Any) -> LegRow:
    mine = {"sender_agency": US, "sender_person": "p-me", "recipient_agency": THEM, "recipient_person": "x"}
    return leg(thread, **(mine | other))


async def keep(casebook: Casebook, *legs: LegRow) -> None:
    await casebook.record(Change(legs=legs))


async def names(casebook: Casebook, wanted: Wanted, asker: Asker = ME) -> list[str]:
    return [one.leg.thread for one in await casebook.listed(asker, wanted, limit=100)]


@pytest.fixture
async def casebook(database_url: str) -> AsyncIterator[Casebook]:
    book = await Casebook.open(database_url)
    yield book
    await book.close()


async def test_what_is_immediate_stands_first_then_what_is_due_soonest_and_what_has_no_time_last(
    casebook: Casebook,
) -> None:
    await keep(
        casebook,
        leg("d-no-time", due=None),
        leg("c-tomorrow", due="2026-11-23T09:00:00Z"),
        leg("b-late", due="2026-11-20T09:00:00Z"),
        leg("a-danger", urgency="immediate", due="2026-11-24T09:00:00Z"),
    )
    assert await names(casebook, Wanted("needs")) == ["a-danger", "b-late", "c-tomorrow", "d-no-time"]
    assert await names(casebook, Wanted("needs", late=NOON)) == ["b-late"]
    assert await names(casebook, Wanted("needs", urgency="immediate")) == ["a-danger"]


async def test_each_list_holds_what_belongs_there_once(casebook: Casebook) -> None:
    role = {"recipient_person": None, "recipient_role": "r-duty"}
    decision = {"recipient_agency": None, "recipient_person": None, "leg": None, "state": "recorded"}
    await keep(
        casebook,
        leg("to-me"),
        leg("to-my-role", **role),
        leg("asked-me", leg=None, state="requested"),
        leg("heard-by-them", turn="sender"),
        sent("by-me"),
        sent("back-to-me", turn="sender"),
        sent("to-a-role-of-mine", recipient_agency=US, **role),
        over("done"),
        over("decided", sender_agency=US, sender_person="p-me", **decision),
        leg("somebody-elses", recipient_person="p-else"),
        leg("another-role", recipient_person=None, recipient_role="r-other"),
        leg("a-namesake-elsewhere", recipient_agency=THEM),
        sent("a-namesake-sender", sender_agency=THEM),
    )
    needs = {"to-me", "to-my-role", "asked-me", "back-to-me"}
    others = {"heard-by-them", "by-me", "to-a-role-of-mine"}
    for wanted, held in (
        (Wanted("needs"), needs),
        (Wanted("others"), others),
        (Wanted("open"), needs | others),
        (Wanted("over"), {"done", "decided"}),
        (Wanted("open", side="sender"), {"by-me", "back-to-me", "to-a-role-of-mine"}),
        (Wanted("open", side="recipient"), {"to-me", "to-my-role", "asked-me", "heard-by-them"}),
        (Wanted("needs", hands="roles"), {"to-my-role"}),
        (Wanted("needs", hands="me"), needs - {"to-my-role"}),
        (Wanted("needs", kind="request"), {"asked-me"}),
        (Wanted("over", kind="decision"), {"decided"}),
        (Wanted("over", kind="share"), {"done"}),
        (Wanted("open", beginning="to-"), {"to-me", "to-my-role", "to-a-role-of-mine"}),
    ):
        found = await names(casebook, wanted)
        assert (len(found), set(found)) == (len(held), held), wanted
        assert await casebook.counted(ME, wanted, "needs") == (len(held), len(needs))
    assert await names(casebook, Wanted("needs"), Asker(US, "p-me")) == [
        "asked-me",
        "back-to-me",
        "to-me",
    ]
    assert await names(casebook, Wanted("needs", hands="roles"), Asker(US, "p-me")) == []


@pytest.mark.parametrize("which", ["needs", "over"])
async def test_pages_lead_through_the_whole_list_and_back(casebook: Casebook, which: Any) -> None:
    make = leg if which == "needs" else over
    chance = random.Random(4)
    rows = [
        make(
            f"t{chance.randrange(10**6):06}",
            leg=number % 3,
            urgency=chance.choice(["immediate", "routine"]),
            updated=f"2026-11-22T12:00:{number % 7:02}Z",
            recipient_person="p-me" if number % 2 else None,
            recipient_role=None if number % 2 else "r-night",
            **({"due": f"2026-11-2{number % 5}T12:00:00Z"} if which == "needs" else {}),
        )
        for number in range(40)
    ]
    await keep(casebook, *rows)
    wanted = Wanted(which)
    whole = await casebook.listed(ME, wanted, limit=100)
    assert {one.leg for one in whole} == set(rows)
    assert [one.mark for one in whole] == sorted((one.mark for one in whole), reverse=which == "over")
    pages, page = [], await casebook.listed(ME, wanted, limit=6)
    while page:
        pages.append(page)
        page = await casebook.listed(ME, wanted, after=page[-1].mark, limit=6)
    assert [one for page in pages for one in page] == list(whole)
    for earlier, later in pairwise(pages):
        assert await casebook.listed(ME, wanted, before=later[0].mark, limit=6) == earlier
    assert await casebook.listed(ME, wanted, before=whole[0].mark, limit=6) == ()


async def test_a_leg_changes_its_list_with_its_turn(casebook: Casebook) -> None:
    await keep(casebook, leg("t"))
    assert await names(casebook, Wanted("needs")) == ["t"]
    await keep(casebook, leg("t", turn="sender", state="read_back"))
    assert await names(casebook, Wanted("needs")) == []
    assert await names(casebook, Wanted("others")) == ["t"]
    await keep(casebook, over("t"))
    assert await names(casebook, Wanted("open")) == []
    assert await names(casebook, Wanted("over")) == ["t"]


async def test_counting_stops_where_nobody_counts_any_more(casebook: Casebook) -> None:
    await keep(casebook, *(leg(f"t{number}") for number in range(COUNTED + 30)))
    assert await casebook.counted(ME, Wanted("needs"), "others") == (COUNTED + 1, 0)


async def test_answers_are_those_to_ones_own_requests(casebook: Casebook) -> None:
    whole: Any = {"leg": None}
    await keep(
        casebook,
        over("mine", **whole, sender_agency=US, sender_person="p-me", state="answered"),
        over("no", **whole, sender_agency=US, sender_person="p-me", state="refused", updated="2026-11-23"),
        over("taken-back", **whole, sender_agency=US, sender_person="p-me", state="withdrawn"),
        over("theirs", **whole, state="answered"),
        over("a-share", sender_agency=US, sender_person="p-me"),
    )
    assert [one.leg.thread for one in await casebook.answers(ME, limit=5)] == ["no", "mine"]
