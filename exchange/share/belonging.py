"""Which steps belong to a thread, and which are strangers', strays or forks.

Promises: whether a step belongs depends on the opening and on the step alone, so that whatever else arrived,
and at which desk, cannot matter. Steps that do not belong have no place in the order: nobody can make one
side wait for something that only the other side received.
Never: it says what a step does. See `leg` and `whole`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from exchange.share.leg import Step, Why, addressee, hand_of, move_of
from keys.record import parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exchange.wire.slip import Slip

ThreadKind = Literal["share", "request", "decision"]
OPENINGS: dict[str, ThreadKind] = {"share": "share", "request": "request", "decision": "decision"}

_WITHOUT_LEG = {
    "share": frozenset({"note"}),
    "request": frozenset({"note", "refuse", "withdraw"}),
    "decision": frozenset({"note"}),
}
CLOCKS = timedelta(hours=1)  # by which two agencies' clocks may differ
STRANGE = frozenset({Why.NOT_YOURS, Why.OTHER_THREAD, Why.OTHER_LEG, Why.SECOND_OPENING})


@dataclass(frozen=True, slots=True)
class Fork:
    """Different slips that one hand signed for one place: evidence, for both sides to see."""

    leg: int | None
    agency: str
    person: str
    seq: int
    digests: tuple[str, ...]


def opens(slip: Slip) -> bool:
    """Say whether this slip can open a thread."""
    return slip.kind in OPENINGS and slip.seq == 0 and not slip.prev


def everybody(first: Slip) -> frozenset[str]:
    """Name the agencies that take part in the thread that `first` opened."""
    return frozenset({first.author.agency, *(party.agency for party in first.to)})


def same_hand(one: Slip, other: Slip) -> bool:
    """Say whether the same person of the same agency signed both."""
    return (one.author.agency, one.author.person) == (other.author.agency, other.author.person)


def agrees(slip: Slip, first: Slip) -> bool:
    """Say whether this is the sender's word that something was understood."""
    return slip.kind == "hear_back" and slip.verdict == "agreed" and same_hand(slip, first)


def outside(step: Step, opening: Step) -> Why | None:
    """Say why a step has no part in the thread that `opening` opened; None if it has."""
    slip, first = step.slip, opening.slip
    if step.digest == opening.digest:
        return None
    if slip.thread != first.thread:
        return Why.OTHER_THREAD
    if slip.kind in OPENINGS:
        return Why.SECOND_OPENING
    return _outside_whole(slip, first) if slip.leg is None else _outside_leg(slip, first, slip.leg)


def _outside_leg(slip: Slip, first: Slip, leg: int) -> Why | None:
    if first.kind != "share" or leg >= len(first.to):
        return Why.OTHER_LEG
    party = first.to[leg]
    hand = hand_of(first, party, move_of(slip))
    if hand is None:
        return Why.NOT_YOURS
    return None if addressee(first, party, hand) in slip.to else Why.MISADDRESSED


def _outside_whole(slip: Slip, first: Slip) -> Why | None:
    if slip.kind not in _WITHOUT_LEG[first.kind]:
        return Why.OTHER_LEG
    if slip.author.agency not in everybody(first):
        return Why.NOT_YOURS
    reached = {slip.author.agency, *(party.agency for party in slip.to)}
    return None if everybody(first) <= reached else Why.MISADDRESSED


def causes(step: Step, opening: Step) -> frozenset[str]:
    """Name what must come before a step."""
    if step.digest == opening.digest:  # what an opening answers stands in another thread
        return frozenset()
    answers = step.slip.answers
    return frozenset(step.slip.prev if answers is None else (*step.slip.prev, answers))


def antedated(step: Step, known: Mapping[str, Step]) -> bool:
    """Say whether a step claims to be older than what it follows, by more than clocks may differ."""
    latest = parse_time(step.slip.created) + CLOCKS
    before = (known.get(cause) for cause in (*step.slip.prev, step.slip.answers) if cause is not None)
    return any(cause is not None and parse_time(cause.slip.created) > latest for cause in before)


def crosses(step: Step, before: frozenset[str], opening: Step, ours: Mapping[str, Step]) -> bool:
    """Say whether a step leans on another leg, which its other side may be unable to see."""
    return any(
        ours[cause].slip.leg != step.slip.leg for cause in before if cause in ours and cause != opening.digest
    )


def forks(known: Mapping[str, Step], reasons: Mapping[str, Why | None], opening: Step) -> tuple[Fork, ...]:
    """List the places for which one hand of this thread signed different slips."""
    places: dict[tuple[int, str, str, int], list[str]] = {}
    for name, step in known.items():
        slip, why = step.slip, reasons[name]
        reopened = why is Why.SECOND_OPENING and same_hand(slip, opening.slip)
        if why is None or reopened:
            leg = -1 if slip.leg is None else slip.leg
            places.setdefault((leg, slip.author.agency, slip.author.person, slip.seq), []).append(name)
    return tuple(
        Fork(None if leg < 0 else leg, agency, person, seq, tuple(sorted(names)))
        for (leg, agency, person, seq), names in sorted(places.items())
        if len(names) > 1
    )
