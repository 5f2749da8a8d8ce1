"""The properties of threads are able to fail: with either of two rules taken out, each of them finds it.

The rules are those on which closing rests: a hear-back answers the read-back that waits, and a read-back the
version that stands. Without this, properties that never reach such states would look like properties that hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test
from test_two_desks import TwoDesks
from thread_scripts import SCRIPTS, check_closed, play

from exchange.share import leg as legs
from exchange.share.thread import fold

if TYPE_CHECKING:
    from exchange.share.leg import Leg, Move, Step

# The same runs each time, as many as the properties have, and what is found is not kept for them.
ONCE = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


@pytest.fixture(params=["hear_back", "read_back"])
def without_the_rule(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this kind of step answer anything."""
    judged = legs._answers_what_stands

    def lax(leg: Leg, opening: Step, move: Move) -> bool:
        return move.kind == request.param or judged(leg, opening, move)

    monkeypatch.setattr(legs, "_answers_what_stands", lax)


@ONCE
@given(SCRIPTS)
def closes_only_on_its_hear_back(scripts: list[tuple[object, ...]]) -> None:
    check_closed(fold(play(scripts).steps))


def test_they_hold_as_it_is() -> None:
    closes_only_on_its_hear_back()


@pytest.mark.usefixtures("without_the_rule")
def test_the_sequences_find_it() -> None:
    with pytest.raises(AssertionError):
        closes_only_on_its_hear_back()


@pytest.mark.usefixtures("without_the_rule")
def test_the_two_desks_find_it() -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(TwoDesks, settings=ONCE)
