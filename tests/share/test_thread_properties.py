"""No sequence of steps by any hands closes a share without its hear-back, and order never matters."""

from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thread_scripts import ANYTHING, NEXT, SCRIPTS, anything, check_closed, play
from thread_steps import (
    DUTY,
    EVERYBODY,
    LEAD,
    PARTY_OF_NURSE,
    SECOND_WORKER,
    SOCIAL_WORKER,
    STRANGER,
    Table,
    make,
)

from exchange.share.lifecycle import State
from exchange.share.thread import Step, fold, heads

if TYPE_CHECKING:
    from random import Random

    from exchange.wire.slip import Author

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
        anything(table, (script[0], STRANGER, *script[2:]), 100 + salt)
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
        anything(table, (script[0], who, *script[2:]), 200 + salt)
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
