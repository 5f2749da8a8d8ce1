"""Steps that belong to no leg: a request's answer, refusal and withdrawal, and notes to everybody.

Promises: a request is refused by whom it was put to, withdrawn by whom it came from, and answered by a share
of the agency that was asked, to the agency that asked.
Never: it raises, or moves a leg.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.share.belonging import everybody
from exchange.share.leg import Move, Step, Why, hand_of, other_hand
from exchange.share.lifecycle import Hand, RequestState, transition_request

if TYPE_CHECKING:
    from exchange.wire.slip import Slip


def judge_whole(request: RequestState | None, opening: Step, move: Move) -> RequestState | Why | None:
    """Say where a step without a leg leads a request, or why it changes nothing.

    `request` is None in a thread that is no request; the answer None means: in order, no state to change.
    """
    first = opening.slip
    if move.kind == "note":
        return request if move.agency in everybody(first) else Why.NOT_YOURS
    if request is None or not first.to:
        return Why.NOT_ALLOWED
    by_asked_agency = move.kind == "share" and move.agency == first.to[0].agency
    hand: Hand | None = "recipient" if by_asked_agency else hand_of(first, first.to[0], move)
    if hand is None:
        return Why.NOT_YOURS
    if move.answers != opening.digest:
        return Why.SUPERSEDED
    state = transition_request(request, move.kind, hand)
    if state is not None:
        return state
    theirs = transition_request(request, move.kind, other_hand(hand))
    return Why.NOT_ALLOWED if theirs is None else Why.NOT_YOURS


def answers(slip: Slip, opening: Step) -> bool:
    """Say whether a share is the answer of whoever was asked, to whoever asked."""
    first = opening.slip
    return (
        first.kind == "request"
        and slip.kind == "share"
        and slip.answers == opening.digest
        and slip.author.agency == first.to[0].agency
        and any(party.agency == first.author.agency for party in slip.to)
    )
