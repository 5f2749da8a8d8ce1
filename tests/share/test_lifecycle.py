"""The tables say what the design says, and the printed page says what the tables say."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from exchange.share.lifecycle import (
    FINISHED,
    REQUEST,
    SHARE,
    Hand,
    RequestState,
    State,
    transition,
    transition_request,
    turn,
)
from exchange.share.lifecycle_page import PATH, page
from exchange.wire.slip import StepKind, Verdict

KINDS: tuple[StepKind, ...] = get_args(StepKind)
VERDICTS: tuple[Verdict | None, ...] = (None, *get_args(Verdict))
HANDS: tuple[Hand, ...] = get_args(Hand)
S = State
R = RequestState

# Design §4, written out again by hand: every move there is, and no other.
DESIGN = {
    (None, "share", None, "sender"): S.SENT,
    (S.SENT, "accept", None, "recipient"): S.ACCEPTED,
    (S.SENT, "decline", None, "recipient"): S.DECLINED,
    (S.ACCEPTED, "decline", None, "recipient"): S.DECLINED,
    (S.SENT, "amend", None, "sender"): S.SENT,
    (S.ACCEPTED, "amend", None, "sender"): S.ACCEPTED,
    (S.ACCEPTED, "read_back", None, "recipient"): S.READ_BACK,
    (S.CORRECTED, "read_back", None, "recipient"): S.READ_BACK,
    (S.READ_BACK, "hear_back", "agreed", "sender"): S.CLOSED,
    (S.READ_BACK, "hear_back", "corrected", "sender"): S.CORRECTED,
    (S.READ_BACK, "amend", None, "sender"): S.CORRECTED,
    (S.CORRECTED, "amend", None, "sender"): S.CORRECTED,
    (S.CLOSED, "amend", None, "sender"): S.CORRECTED,
    (S.SENT, "withdraw", None, "sender"): S.WITHDRAWN,
    (S.ACCEPTED, "withdraw", None, "sender"): S.WITHDRAWN,
    (S.READ_BACK, "withdraw", None, "sender"): S.WITHDRAWN,
    (S.CORRECTED, "withdraw", None, "sender"): S.WITHDRAWN,
} | {(state, "note", None, hand): state for state in State for hand in HANDS}


def test_every_move_of_the_design_is_in_the_table_and_no_other() -> None:
    every = product((None, *State), KINDS, VERDICTS, HANDS)
    assert {move: to for move in every if (to := transition(*move)) is not None} == DESIGN


def test_nothing_but_an_agreed_hear_back_on_a_waiting_read_back_closes() -> None:
    closing = [row for row in SHARE if row.next is S.CLOSED]
    assert [(row.states, row.kind, row.verdict, row.by) for row in closing] == [
        ((S.READ_BACK,), "hear_back", "agreed", "sender")
    ]


def test_a_read_back_that_waits_cannot_be_replaced() -> None:
    assert transition(S.READ_BACK, "read_back", None, "recipient") is None


def test_from_declined_and_withdrawn_only_notes_follow() -> None:
    for state in (S.DECLINED, S.WITHDRAWN):
        moves = {
            kind for kind, v, hand in product(KINDS, VERDICTS, HANDS) if transition(state, kind, v, hand)
        }
        assert moves == {"note"}


def test_each_state_is_reached_and_no_move_has_two_outcomes() -> None:
    moves = [(state, row.kind, row.verdict, row.by) for row in SHARE for state in row.states or (None,)]
    assert len(moves) == len(set(moves))
    assert {row.next for row in SHARE} - {None} == set(State)
    asked = [(state, row.kind, row.by) for row in REQUEST for state in row.states or (None,)]
    assert len(asked) == len(set(asked))
    assert {row.next for row in REQUEST} - {None} == set(RequestState)


@pytest.mark.parametrize("state", State)
def test_whoever_has_the_turn_has_a_move_and_where_nobody_has_it_is_finished(state: State) -> None:
    hand = turn(state)
    moves = [
        (kind, v)
        for kind, v in product(KINDS, VERDICTS)
        if kind != "note" and hand and transition(state, kind, v, hand) not in {None, state}
    ]
    assert bool(moves) == (state not in FINISHED)


def test_a_request_ends_in_an_answer_a_refusal_or_a_withdrawal() -> None:
    every = product((None, *RequestState), KINDS, HANDS)
    moves = {m: to for m in every if m[1] != "note" and (to := transition_request(*m)) is not None}
    assert moves == {
        (None, "request", "sender"): R.REQUESTED,
        (R.REQUESTED, "refuse", "recipient"): R.REFUSED,
        (R.REQUESTED, "withdraw", "sender"): R.WITHDRAWN,
    } | {(state, "share", "recipient"): R.ANSWERED for state in RequestState}


def test_the_printed_page_is_the_one_that_the_tables_print() -> None:
    committed = Path(__file__).resolve().parents[2] / PATH
    assert committed.read_text(encoding="utf-8") == page()


def test_the_diagram_has_exactly_the_moves_of_the_tables() -> None:
    of_a_share = page().partition("## A request")[0]
    drawn = {line.strip() for line in of_a_share.splitlines() if "-->" in line and "[*]" not in line}
    told = {
        f"{state.name} --> {to.name}: {kind}{f' {verdict}' if verdict else ''}"
        for (state, kind, verdict, _), to in DESIGN.items()
        if state is not None and kind != "note"
    }
    assert drawn == told
