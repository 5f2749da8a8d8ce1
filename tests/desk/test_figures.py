"""The lead's numbers are those of the threads' own steps, and never one person's."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from doubles import Town

from exchange.desk.service.figures import FEWEST, INSTANT, PEOPLE, HeardFigures, partition, week_starts
from exchange.errors import PageUnknown
from exchange.store.casebook import Change, DivergenceRow, HeardRow
from keys.ceremony.home import load_home
from keys.ceremony.people import change_role, create_role, name_lead, suspend
from keys.record import parse_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from doubles import Agency

    from exchange.desk.people import Session
    from exchange.desk.service.drafts import HearBackDraft
    from exchange.desk.service.figures import FiguresView

PEOPLE_HERE = ("Helen Marsh", "Tom Reed", "Una Bell", "Vic Dodd", "Wim Fell")
LEAD = "Helen Marsh"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    school = await town.open(
        "moorfield-primary",
        dict.fromkeys(PEOPLE_HERE, "teacher"),
        {"Duty": ("Tom Reed", "Una Bell", "Vic Dodd")},
    )
    await town.open("northshire-childrens", {"Ruth Okafor": "social worker", "Ben Hale": "social worker"})
    name_lead(school.home, person=school.person(LEAD).person or "", now=town.clock())
    await school.desk.own.refresh()
    await town.settle()
    yield town
    await town.close()


async def figures(school: Agency) -> FiguresView:
    return await school.desk.figures(await school.sign_in(LEAD))


async def one_loop(town: Town, who: str, dice: random.Random) -> list[tuple[Any, ...]]:
    """One share and everything that follows, with pauses as the dice fall; what was heard, as told by hand."""
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    sender, ruth = await school.sign_in(who), await duty.sign_in("Ruth Okafor")
    thread = (await school.desk.share(sender, spoken.share(duty.person("Ruth Okafor")))).thread
    began = town.clock()
    await town.settle()
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    heard = []
    for _ in range(dice.randint(1, 2)):
        town.clock.forward(minutes=dice.randint(0, 500))
        sender, ruth = await school.sign_in(who), await duty.sign_in("Ruth Okafor")
        words = await duty.desk.read(ruth, thread, 0)
        other = {"F1": "The bruise was 5 cm long."} if dice.random() < 0.5 else {}
        back = spoken.restated(words, **other)
        await duty.desk.read_back(ruth, thread, 0, back)
        await town.settle()
        came = town.clock()
        town.clock.forward(seconds=dice.choice([0, 10, 11, 600]))
        view = await school.desk.compare(sender, thread, 0)
        kinds = Counter(flag.kind for flag in view.flags)
        agree = dice.random() < 0.7
        draft: HearBackDraft = spoken.agreed(words) if agree else spoken.corrected(words, "F1", "No: 3 cm.")
        posted = await school.desk.hear_back(sender, thread, 0, draft)
        await town.settle()
        pause = (town.clock() - came).total_seconds()
        took = round((town.clock() - began).total_seconds()) if agree else None
        heard.append((posted.digest, agree, pause, took, kinds))
        if agree:
            break
    return heard


async def test_the_numbers_are_those_of_the_steps(town: Town) -> None:
    school, dice = town["moorfield-primary"], random.Random(4)
    told = [one for at in range(9) for one in await one_loop(town, PEOPLE_HERE[at % 4], dice)]
    view = await figures(school)
    agreed = [one for one in told if one[1]]
    took = sorted(one[3] for one in agreed)
    kinds = sum((one[4] for one in told), Counter[str]())
    assert view.whole == HeardFigures(
        heard=len(told),
        agreed=len(agreed),
        instant=sum(one[2] <= INSTANT for one in agreed),
        diverged=kinds.total(),
        median=took[(len(took) - 1) // 2],
        ninetieth=took[-(-len(took) * 9 // 10) - 1],
    )
    assert {one.kind: one.times for one in view.kinds or ()} == kinds
    assert view.weeks[-1].heard == view.whole
    await demand_the_fold(town, view)


async def demand_the_fold(town: Town, view: FiguresView) -> None:
    """The same once more from nothing but the steps at the school's desk, folded, and the clock's answers."""
    desk = town["moorfield-primary"].desk
    rows = [row for _, row in await desk.casebook.steps_after(0)]
    threads = {row.thread for row in rows if row.kind == "share"}
    heard, agreed, instant, took, states = 0, 0, 0, [], Counter[str]()
    for thread in threads:
        file = await desk.files.load(thread)
        status = file.status
        states.update(leg.state.value for leg in status.legs if leg.state.value != "closed")
        for step in status.order:
            if step.slip.kind != "hear_back" or step.digest in status.without_effect:
                continue
            heard += 1
            assert step.slip.answers is not None
            came = parse_time(file.opened[step.slip.answers].received)
            at = parse_time(step.slip.created)
            if step.slip.verdict == "agreed":
                agreed += 1
                instant += (at - came).total_seconds() <= INSTANT
                assert status.opening is not None
                took.append((at - parse_time(status.opening.slip.created)).total_seconds())
    assert (view.whole.heard, view.whole.agreed, view.whole.instant) == (heard, agreed, instant)
    assert view.whole.median == sorted(took)[(len(took) - 1) // 2]
    assert {one.state: one.open for one in view.states} == states


async def test_a_loop_that_an_amendment_reopened_counts_from_there(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    ruth = await duty.sign_in("Ruth Okafor")
    tom = await school.sign_in("Tom Reed")
    thread = (await school.desk.share(tom, spoken.share(duty.person("Ruth Okafor")))).thread
    await town.settle()
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    for again in (False, True):
        town.clock.forward(days=3)
        ruth, tom = await duty.sign_in("Ruth Okafor"), await school.sign_in("Tom Reed")
        if again:
            await school.desk.amend(tom, thread, spoken.amendment((0,)))
            await town.settle()
            town.clock.forward(minutes=7)
        words = await duty.desk.read(ruth, thread, 0)
        await duty.desk.read_back(ruth, thread, 0, spoken.restated(words))
        await town.settle()
        await school.desk.hear_back(tom, thread, 0, spoken.agreed(words))
        await town.settle()
    rows = await school.desk.casebook._rows(_everything_heard())
    assert sorted(row["took"] for row in rows) == [7 * 60, 3 * 86400]


def _everything_heard() -> Any:
    from sqlalchemy import select

    from exchange.store.casebook import tables

    return select(tables.heard)


async def test_what_is_counted_has_no_word_and_no_thread(town: Town) -> None:
    await one_loop(town, "Tom Reed", random.Random(1))
    desk = town["moorfield-primary"].desk
    (row, *_) = await desk.casebook._rows(_everything_heard())
    assert set(row) == {"hear_back", "person", "at", "agreed", "compared", "pause", "took"}


# --- who may see it ------------------------------------------------------------------------------


async def test_the_lead_alone_may_ask(town: Town) -> None:
    school = town["moorfield-primary"]
    for who in PEOPLE_HERE:
        session = await school.sign_in(who)
        if who == LEAD:
            await school.desk.figures(session)
        else:
            with pytest.raises(PageUnknown):
                await school.desk.figures(session)


async def test_a_lead_who_is_replaced_may_ask_no_more_at_once(town: Town) -> None:
    school = town["moorfield-primary"]
    before = await school.sign_in(LEAD)
    after = await school.sign_in("Una Bell")
    name_lead(school.home, person=after.person, now=town.clock())
    with pytest.raises(PageUnknown):
        await school.desk.figures(before)
    await school.desk.figures(after)
    suspend(school.home, person=after.person, now=town.clock())
    with pytest.raises(PageUnknown):
        await school.desk.figures(after)


# --- never one person's --------------------------------------------------------------------------


def heard(school: Agency, who: str, number: int, at: str, *, kinds: int = 0) -> Change:
    person = school.person(who).person or ""
    name = f"{who}-{number}"
    row = HeardRow(name, person, at, agreed=True, compared=True, pause=60, took=number)
    return Change(heard=(row,), divergences=(DivergenceRow(name, "copied", kinds),) if kinds else ())


async def put(school: Agency, counts: dict[str, int], week: int = -1) -> None:
    at = week_starts(school.desk.now())[week]
    for who, many in counts.items():
        for number in range(many):
            await school.desk.casebook.record(heard(school, who, number + 100 * (week + 1), at, kinds=1))


async def test_fewer_than_five_or_fewer_than_three_people_are_not_shown(town: Town) -> None:
    school = town["moorfield-primary"]
    hidden = HeardFigures()
    await put(school, {"Tom Reed": 40})
    assert (await figures(school)).whole == hidden
    await put(school, {"Una Bell": 1})
    view = await figures(school)
    assert view.whole == hidden
    assert view.kinds is None
    assert all(
        week.heard in {hidden, HeardFigures(heard=0, agreed=0, instant=0, diverged=0)} for week in view.weeks
    )
    await put(school, {"Vic Dodd": 1})
    assert (await figures(school)).whole.heard == 42


async def test_one_hidden_row_hides_another_so_that_the_total_tells_nothing(town: Town) -> None:
    school = town["moorfield-primary"]
    for week, many in ((-1, 2), (-2, 3), (-3, 9)):
        await put(school, dict.fromkeys(("Tom Reed", "Una Bell", "Vic Dodd"), many), week)
    await put(school, {"Tom Reed": 1}, -4)
    view = await figures(school)
    shown = [week.heard.heard for week in view.weeks]
    assert shown == [0] * 8 + [None, 27, 9, None]


async def test_what_is_hidden_in_several_rows_is_not_one_person_s_together(town: Town) -> None:
    """The total less the rows that are shown would else be all that one person heard."""
    school = town["moorfield-primary"]
    for week in (-1, -2):
        await put(school, dict.fromkeys(("Tom Reed", "Una Bell", "Vic Dodd"), 9 + week), week)
    for week in (-3, -4, -5):
        await put(school, {"Wim Fell": 4}, week)
    view = await figures(school)
    shown = [week.heard.heard for week in view.weeks]
    assert shown == [0] * 7 + [None, None, None, None, 24]


async def test_a_small_team_is_nobody_s_own(town: Town) -> None:
    """Of five people three are on duty: the other two would be alone, so that no team is left to tell."""
    school = town["moorfield-primary"]
    await put(school, dict.fromkeys(PEOPLE_HERE, 9))
    assert (await figures(school)).teams == ()


def test_everybody_counts_once(tmp_path: Path) -> None:
    from doubles import START, furnish

    home = tmp_path / "moorfield-primary"
    people = [f"Person {number}" for number in range(12)]
    furnish(home, dict.fromkeys(people, "teacher"), {}, START)
    ids = [load_home(home, START).roster.find(name)[0].id for name in people]
    dice = random.Random(7)
    for number in range(4):
        create_role(home, name=f"Team {number}", members=dice.sample(ids, dice.randint(1, 6)), now=START)
    suspend(home, person=ids[0], now=START)
    roster = load_home(home, START).roster
    made = partition(roster)
    counted = [person for _, team in made.teams for person in team]
    assert len(counted) == len(set(counted))
    assert len(counted) + made.others == len(people) - 1
    assert all(len(team) >= PEOPLE for _, team in made.teams)
    assert made.others >= PEOPLE or made.others == 0
    assert ids[0] not in counted


async def test_what_a_leaver_heard_is_among_everybody_else_s(town: Town) -> None:
    school = town["moorfield-primary"]
    team = [
        school.person(name).person or ""
        for name in ("Helen Marsh", "Wim Fell", "Tom Reed", "Una Bell", "Vic Dodd")
    ]
    role = school.role("Duty").role or ""
    change_role(school.home, role=role, members=team, now=town.clock())
    await put(school, dict.fromkeys(PEOPLE_HERE, FEWEST))
    assert (await figures(school)).teams == ()  # everybody is in it: that is the whole
    at = week_starts(school.desk.now())[-1]
    gone = HeardRow("gone", "a" * 26, at, agreed=True, compared=True, pause=1, took=1)
    await school.desk.casebook.record(Change(heard=(gone,)))
    assert (await figures(school)).teams == ()


def test_weeks_begin_on_mondays_in_london() -> None:
    from datetime import UTC, datetime

    starts = week_starts(datetime(2026, 11, 1, 12, tzinfo=UTC))
    assert starts[-1] == "2026-10-25T23:00:00Z".replace("25T23", "26T00")
    assert starts[-2] == "2026-10-18T23:00:00Z"  # summer time
    assert len(starts) == 12


async def test_a_read_back_that_does_not_open_is_heard_all_the_same(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    tom, ruth = await school.sign_in("Tom Reed"), await duty.sign_in("Ruth Okafor")
    thread = (await school.desk.share(tom, spoken.share(duty.person("Ruth Okafor")))).thread
    await town.settle()
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    words = await duty.desk.read(ruth, thread, 0)
    await duty.desk.read_back(ruth, thread, 0, spoken.restated(words))
    await town.settle()

    async def broken(*_: Any, **__: Any) -> None:
        return None

    monkeypatch.setattr("exchange.desk.service.hearing._said", broken)
    session: Session = await school.sign_in("Tom Reed")
    await school.desk.hear_back(session, thread, 0, spoken.corrected(words, "F1", "No: 3 cm."))
    (row,) = await school.desk.casebook._rows(_everything_heard())
    assert (row["compared"], row["agreed"], row["took"]) == (False, False, None)


async def test_what_is_heard_counts_at_once(town: Town) -> None:
    school = town["moorfield-primary"]
    for many in (2, 3, 4):
        await put(school, dict.fromkeys(("Tom Reed", "Una Bell", "Vic Dodd"), many))
        assert (await figures(school)).whole.heard == 3 * many


async def test_what_is_heard_while_it_is_counted_is_not_forgotten(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = town["moorfield-primary"]
    people = dict.fromkeys(("Tom Reed", "Una Bell", "Vic Dodd"), 2)
    await put(school, people)
    book = school.desk.casebook
    counting = book.diverged_by_week

    async def meanwhile(weeks: Any) -> Any:
        monkeypatch.setattr(book, "diverged_by_week", counting)
        await put(school, dict.fromkeys(people, 5))
        return await counting(weeks)

    monkeypatch.setattr(book, "diverged_by_week", meanwhile)
    await figures(school)
    assert (await figures(school)).whole.heard == 15


async def test_no_more_than_the_newest_are_counted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    school = town["moorfield-primary"]
    monkeypatch.setattr("exchange.store.casebook.figures.MOST", 20)
    for week in (-1, -2, -3):
        await put(school, dict.fromkeys(("Tom Reed", "Una Bell", "Vic Dodd"), 3), week)
    view = await figures(school)
    assert view.whole.heard == 18  # the third week began in one second: all of it, or nothing
    assert view.whole.diverged == 18
