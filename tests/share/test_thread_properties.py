"""No sequence of steps by any hands closes a share without its hear-back, and order never matters."""

from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING, Any

import pytest
from closing import may_be_closed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thread_steps import (
    DUTY,
    EVERYBODY,
    LEAD,
    NURSE,
    PARTY_OF_NURSE,
    SECOND_WORKER,
    SOCIAL_WORKER,
    STRANGER,
    Table,
    make,
)

from exchange.share.lifecycle import State
from exchange.share.thread import Step, ThreadStatus, fold, heads, next_seq

if TYPE_CHECKING:
    from random import Random

    from exchange.wire.slip import Author

KINDS = ["accept", "decline", "read_back", "hear_back", "amend", "withdraw", "note"]
ANYTHING = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from(EVERYBODY),
    st.sampled_from([0, 0, 0, 1, 2]),
    st.sampled_from(["agreed", "corrected"]),
    st.integers(0, 12),  # which step it answers; 12: what stands
    st.integers(0, 12),  # which step it follows; 12: the heads; 11: one that nobody has
    st.booleans(),  # a place already taken
    st.booleans(),  # addressed to the other side, or to everybody but them
)
NEXT = st.tuples(
    st.just("next"),
    st.sampled_from(["agreed", "corrected", "amend", "note", "agree_to_older", "restate_older"]),
    st.sampled_from([0, 1]),
)
# Where to begin: at the opening, or where something older lies about that somebody could take for what stands.
BEGINNINGS = st.sampled_from(
    [
        [],
        [],
        [("next", "agreed", 0)] * 2,  # it was read back
        [("next", "corrected", 0)] * 4,  # read back, corrected, and read back again
        [("next", "agreed", 0)] * 2 + [("next", "amend", 0)],  # amended since it was read back
        [("next", "agreed", 0)] * 2 + [("next", "amend", 0), ("next", "restate_older", 0)],
        [("next", "agreed", 0), ("next", "amend", 0)],  # amended before it was read back
    ]
)
SCRIPTS = st.builds(list.__add__, BEGINNINGS, st.lists(st.one_of(NEXT, NEXT, ANYTHING), max_size=14))
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _honest(table: Table, choice: str, leg: int) -> None:
    """Take the step that the leg waits for, or an amendment or note in between, or confuse it with an older."""
    recipient = NURSE if leg else SOCIAL_WORKER
    at = table.status.legs[leg]
    state = at.state
    reads = [step.digest for step in table.steps if (step.slip.kind, step.slip.leg) == ("read_back", leg)]
    if choice == "agree_to_older" and state in {State.READ_BACK, State.CORRECTED}:
        older = [read for read in reads if read != at.read_back] or [table.opening.digest]
        table.lay("hear_back", LEAD, leg, verdict="agreed", answers=older[-1])
    elif choice == "restate_older" and state in {State.ACCEPTED, State.CORRECTED}:
        table.lay("read_back", recipient, leg, answers=at.versions[-2:][0])
    elif choice == "amend" and state not in {State.DECLINED, State.WITHDRAWN}:
        table.lay("amend", LEAD, leg)
    elif choice == "note" or state in {State.CLOSED, State.DECLINED, State.WITHDRAWN}:
        table.lay("note", recipient, leg)
    elif state is State.SENT:
        table.lay("accept", recipient, leg)
    elif state is State.READ_BACK:
        table.lay("hear_back", LEAD, leg, verdict="corrected" if choice == "corrected" else "agreed")
    else:
        table.lay("read_back", recipient, leg)


def _anything(table: Table, script: tuple[Any, ...], salt: int) -> None:
    kind, who, leg, verdict, answers, follows, taken, right = script
    known = [step.digest for step in table.steps]
    status = table.status
    fields: dict[str, Any] = {"salt": salt, "verdict": verdict if kind == "hear_back" else None}
    if leg >= len(status.legs):
        fields |= {"to": (DUTY,), "prev": (), "answers": known[0], "seq": 0}
        table.steps.append(make(kind, who, leg=leg, **fields))
        return
    if answers < 12:
        fields["answers"] = known[answers % len(known)]
    elif kind == "hear_back" and status.legs[leg].read_back is None:
        fields["answers"] = known[-1]
    if follows < 11:
        fields["prev"] = (known[follows % len(known)],)
    elif follows == 11:
        fields["prev"] = ("f" * 64,)
    if taken:
        fields["seq"] = max(0, next_seq(table.steps, leg, who.agency, who.person) - 1)
    if not right:
        fields["to"] = (PARTY_OF_NURSE if leg == 0 else DUTY,)
    table.lay(kind, who, leg, **fields)


def play(scripts: list[tuple[Any, ...]]) -> Table:
    table = Table(DUTY, PARTY_OF_NURSE)
    for salt, script in enumerate(scripts):
        if script[0] == "next":
            _honest(table, script[1], script[2])
        else:
            _anything(table, script, salt)
    return table


def check_closed(status: ThreadStatus) -> None:
    for leg in status.legs:
        if leg.state is State.CLOSED:
            assert may_be_closed(status, leg.index)
    assert not status.closed or any(leg.state is State.CLOSED for leg in status.legs)


@quick
@given(SCRIPTS)
def test_a_leg_closes_only_on_an_agreed_hear_back_of_the_read_back_of_the_version(
    scripts: list[tuple[Any, ...]],
) -> None:
    steps = play(scripts).steps
    check_closed(fold(steps))


def test_scripts_reach_every_state() -> None:
    """Or the properties would hold of nothing."""
    agree, correct = ("next", "agreed", 0), ("next", "corrected", 0)
    decline = ("decline", SOCIAL_WORKER, 0, "agreed", 12, 12, False, True)
    withdraw = ("withdraw", LEAD, 0, "agreed", 12, 12, False, True)
    ways = {
        State.SENT: [],
        State.ACCEPTED: [agree],
        State.READ_BACK: [agree] * 2,
        State.CORRECTED: [correct] * 3,
        State.CLOSED: [agree] * 3,
        State.DECLINED: [decline],
        State.WITHDRAWN: [withdraw],
    }
    assert {state: play(way).status.legs[0].state for state, way in ways.items()} == {s: s for s in State}


@quick
@given(SCRIPTS, st.randoms(use_true_random=False), st.integers(0, 10))
def test_the_status_is_a_function_of_the_set(
    scripts: list[tuple[Any, ...]], random: Random, repeats: int
) -> None:
    steps = play(scripts).steps
    arrived = [*steps, *random.choices(steps, k=repeats)]
    random.shuffle(arrived)
    assert fold(arrived) == fold(steps)


@quick
@given(SCRIPTS, st.sampled_from([LEAD, STRANGER]), st.integers(0, 9), st.randoms(use_true_random=False))
def test_two_openings_of_one_thread_have_one_status(
    scripts: list[tuple[Any, ...]], who: Author, salt: int, random: Random
) -> None:
    steps = [*play(scripts).steps, make("share", who, (DUTY, PARTY_OF_NURSE), salt=salt)]
    status = fold(steps)
    check_closed(status)
    random.shuffle(steps)
    assert fold(steps) == status
    assert bool(status.forks) >= (who == LEAD)


@quick
@given(SCRIPTS, st.randoms(use_true_random=False))
def test_whatever_has_arrived_so_far_closes_nothing_too_early(
    scripts: list[tuple[Any, ...]], random: Random
) -> None:
    steps = play(scripts).steps
    some = [step for step in steps if random.random() < 0.7]
    status = fold(some)
    if status.opening is not None:
        check_closed(status)
    counted = {step.digest for step in status.order} | set(status.without_effect)
    assert counted == {step.digest for step in some}


@quick
@given(SCRIPTS)
def test_both_sides_of_a_leg_agree_though_each_holds_only_its_own(scripts: list[tuple[Any, ...]]) -> None:
    steps = play(scripts).steps
    whole = fold(steps)
    for leg in (0, 1):
        theirs = [step for step in steps if step.slip.leg in {None, leg}]
        recipient = fold(theirs)
        assert recipient.legs[leg] == whole.legs[leg]
        assert heads(recipient, leg) == heads(whole, leg)
        assert [fork for fork in recipient.forks if fork.leg == leg] == [
            fork for fork in whole.forks if fork.leg == leg
        ]


@quick
@given(SCRIPTS, st.lists(ANYTHING, max_size=6))
def test_a_stranger_who_reaches_one_side_alone_cannot_set_them_apart(
    scripts: list[tuple[Any, ...]], more: list[tuple[Any, ...]]
) -> None:
    table = play(scripts)
    before = table.status
    for salt, script in enumerate(more):
        _anything(table, (script[0], STRANGER, *script[2:]), 100 + salt)
    after = table.status
    assert (after.legs, after.forks, after.closed) == (before.legs, before.forks, before.closed)
    assert [heads(after, leg) for leg in (None, 0, 1)] == [heads(before, leg) for leg in (None, 0, 1)]


@quick
@given(
    st.lists(NEXT, max_size=4),
    SCRIPTS,
    st.lists(ANYTHING, max_size=8),
    st.data(),
)
def test_closing_is_final_against_everybody_but_the_sender(
    start: list[tuple[Any, ...]],
    scripts: list[tuple[Any, ...]],
    late: list[tuple[Any, ...]],
    data: st.DataObject,
) -> None:
    """However many steps the others sign for places long past, a closed leg stays closed."""
    table = play([*start, *[("next", "agreed", 0)] * 3, *scripts])
    before = table.status
    for salt, script in enumerate(late):
        who = data.draw(st.sampled_from([who for who in EVERYBODY if who != LEAD]))
        _anything(table, (script[0], who, *script[2:]), 200 + salt)
    after = table.status
    for one, other in zip(before.legs, after.legs, strict=True):
        if one.state is State.CLOSED:
            assert other == one
    assert after.closed >= before.closed


@quick
@given(SCRIPTS, st.data())
def test_one_altered_slip_closes_nothing_that_was_open(
    scripts: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    """As if a signature did not protect them: any one field of any one step replaced."""
    steps = play(scripts).steps
    place = data.draw(st.integers(0, len(steps) - 1))
    step = steps[place]
    change: dict[str, Any] = data.draw(
        st.sampled_from(
            [
                {"leg": 1 - step.slip.leg} if step.slip.leg is not None else {},
                {"answers": steps[data.draw(st.integers(0, len(steps) - 1))].digest},
                {"author": data.draw(st.sampled_from(EVERYBODY))},
                {"verdict": "agreed" if step.slip.kind == "hear_back" else None},
                {"thread": "y" * 26},
                {"prev": ("e" * 64,)},
            ]
        )
    )
    altered = Step("a" * 64, step.slip.model_copy(update=change))
    status = fold([*steps[:place], altered, *steps[place + 1 :]])
    if status.opening is not None:
        check_closed(status)


def test_cycles_and_self_references_have_no_place_and_end() -> None:
    table = Table()
    one = Step("1" * 64, table.lay("accept", SOCIAL_WORKER, prev=("2" * 64,)).slip)
    two = Step("2" * 64, table.lay("note", SECOND_WORKER, prev=("1" * 64,)).slip)
    own = Step("3" * 64, table.lay("decline", SOCIAL_WORKER, prev=("3" * 64,)).slip)
    status = fold([table.opening, one, two, own])
    assert status.order == (table.opening,)
    assert status.waiting == frozenset()
    assert len(status.without_effect) == 3


@pytest.mark.parametrize("shape", ["chain", "fan", "crowd"])
def test_the_cost_grows_with_the_number_of_steps_and_no_faster(shape: str) -> None:
    """Twice the steps, at most thrice the time (the best of several runs), whatever their shape."""

    def build(count: int) -> list[Step]:
        table = Table()
        steps = [table.opening]
        for n in range(count):
            prev = {"chain": steps[-1:], "fan": steps[:1], "crowd": steps[-32:]}[shape]
            amend = {"answers": steps[-1].digest} if shape == "chain" else {}
            kind = "amend" if amend else "note"
            names = tuple(step.digest for step in prev)
            steps.append(make(kind, LEAD, (DUTY,), leg=0, seq=n, prev=names, salt=n, **amend))
        return steps

    def cost(steps: list[Step]) -> float:
        best = 60.0
        for _ in range(5):
            start = process_time()
            fold(steps)
            best = min(best, process_time() - start)
        return best

    half, whole = build(900), build(1800)
    assert cost(whole) < 3 * cost(half) + 0.01
