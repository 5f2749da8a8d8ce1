"""A thread's status: a fold over the set of its steps, the same on both sides.

Promises
    - `fold` is total: any set of steps has a status, hostile ones too; it never raises and its cost grows
      with the number of steps (and the logarithm that a heap takes).
    - It is a function of the set: order of arrival, repetition and delay cannot matter.
    - A leg's status follows from the opening and from those steps of that leg that its two sides took and
      addressed to each other, so that both desks agree on a leg although one of them also sees the other
      legs, and although a stranger may have sent something to one of them alone.
    - Nothing is dropped silently: a step without effect is listed with its reason, a missing cause by name,
      and two different slips at one place by one hand as a fork.
    - Closing is final for its version: what an agreed hear-back was built on comes first in the order, so
      that no step of anybody else, however late and at whatever place, undoes it; only an amendment does.
    - What `permit` allows has the effect that the table promises, once it is signed upon `heads`.

Never: it reads a clock, opens contents, or checks a signature. The steps it is given were verified.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.errors import NotYours, StepNotAllowed, Superseded
from exchange.share import belonging
from exchange.share.belonging import OPENINGS, STRANGE, Fork, ThreadKind
from exchange.share.leg import Leg, Move, Step, Why, advance, hand_of, judge, move_of, open_leg
from exchange.share.lifecycle import FINISHED, STANDS, Hand, RequestState, State, transition_request, turn
from exchange.share.order import place
from exchange.share.whole import answers as answers_request
from exchange.share.whole import judge_whole
from exchange.wire import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from exchange.wire.slip import Author, Party, StepKind, Verdict

__all__ = [
    "Fork",
    "Leg",
    "Step",
    "ThreadKind",
    "ThreadStatus",
    "Why",
    "admit",
    "fold",
    "heads",
    "next_seq",
    "permit",
    "whose_turn",
]


@dataclass(frozen=True, slots=True)
class ThreadStatus:
    """Where a thread stands."""

    thread: str | None
    kind: ThreadKind | None  # None: the opening has not arrived
    opening: Step | None
    legs: tuple[Leg, ...]  # of a share
    request: RequestState | None
    answered_by: tuple[str, ...]  # of a request: the shares that cite it
    refusal: str | None  # of a request: what a new request after it answers
    closed: bool  # a share: no leg is open, and at least one closed
    forks: tuple[Fork, ...]
    waiting: frozenset[str]  # causes that have not arrived
    without_effect: Mapping[str, Why]
    order: tuple[Step, ...]  # every step that has its place


def fold(steps: Iterable[Step], citing: Iterable[Step] = ()) -> ThreadStatus:
    """Fold a set of verified steps; `citing` are shares of other threads that may answer this request."""
    known = {step.digest: step for step in steps}
    openings = [step for step in known.values() if belonging.opens(step.slip)]
    opening = min(openings, key=lambda step: step.digest, default=None)
    if opening is None:
        return _unopened(known)
    reasons = {name: belonging.outside(step, opening) for name, step in known.items()}
    forks = belonging.forks(known, reasons, opening)
    ours = {name: step for name, step in known.items() if reasons[name] is None}
    causes = {name: belonging.causes(step, opening) for name, step in ours.items()}
    for name, step in ours.items():
        if belonging.crosses(step, causes[name], opening, ours):
            reasons[name] = Why.OTHER_LEG
            del causes[name]
    agreements = {name for name in causes if belonging.agrees(known[name].slip, opening.slip)}
    order = tuple(known[name] for name in place(causes, agreements))
    reasons.update(dict.fromkeys(causes.keys() - {step.digest for step in order}, Why.WAITING))
    outcome = _run(opening, order)
    reasons.update(outcome.idle)
    answered_by = tuple(sorted({step.digest for step in citing if answers_request(step.slip, opening)}))
    answered = transition_request(outcome.request, "share", "recipient") if answered_by else outcome.request
    return ThreadStatus(
        thread=opening.slip.thread,
        kind=OPENINGS[opening.slip.kind],
        opening=opening,
        legs=tuple(outcome.legs),
        request=answered,
        answered_by=answered_by,
        refusal=outcome.refusal,
        closed=_is_closed(outcome.legs),
        forks=forks,
        waiting=frozenset(cause for before in causes.values() for cause in before if cause not in known),
        without_effect={name: why for name, why in sorted(reasons.items()) if why is not None},
        order=order,
    )


def heads(thread: ThreadStatus | Iterable[Step], leg: int | None) -> tuple[str, ...]:
    """Name the newest steps of a leg (None: of what has no leg): what the next step's `prev` must be.

    At most `limits.HEADS`. Should an attacker have made more loose ends than that, those that changed the
    state come first, so that the next step still follows all that counts.
    """
    status = thread if isinstance(thread, ThreadStatus) else fold(thread)
    scope = [step for step in status.order if step is status.opening or step.slip.leg == leg]
    moved = [s for s in scope if s.slip.kind != "note" and s.digest not in status.without_effect]
    first = dict.fromkeys([*_loose(moved), *_loose(scope)])
    ends = set(_loose(scope))
    if len(ends) > limits.HEADS:
        return tuple(sorted(list(first)[: limits.HEADS]))
    return tuple(sorted(ends))


def next_seq(steps: Iterable[Step], leg: int | None, agency: str, person: str) -> int:
    """Count on from the last step that this hand took in this leg (None: in what has no leg)."""
    hand = (leg, agency, person)
    taken = (
        step.slip.seq
        for step in steps
        if (step.slip.leg, step.slip.author.agency, step.slip.author.person) == hand
    )
    return 1 + max(taken, default=-1)


def whose_turn(status: ThreadStatus, leg: int | None) -> Hand | None:
    """Say who has to act next: on a leg of a share, or (`leg` None) on a request."""
    if leg is None:
        return "recipient" if status.request is RequestState.REQUESTED else None
    return turn(status.legs[leg].state) if leg < len(status.legs) else None


def permit(  # noqa: PLR0913 -- these are the parts of a step that decide, each by its own name
    status: ThreadStatus,
    kind: StepKind,
    leg: int | None,
    author: Author | Party,
    *,
    answers: str | None,
    verdict: Verdict | None = None,
    is_member: Callable[[str, str], bool],
) -> None:
    """Refuse a step that would change nothing, before it is signed.

    `is_member(role, person)` says who is in a role by the roster in force. A share that cites a request is
    asked of the request's thread, with `kind="share"` and `leg=None`.
    Raises `NotYours`, `Superseded` or `StepNotAllowed`.
    """
    opening = status.opening
    if opening is None or (leg is not None and leg >= len(status.legs)):
        raise StepNotAllowed
    move = Move(kind, verdict, author.agency, author.person, answers)
    outcome: object
    if leg is None:
        party = opening.slip.to[0] if opening.slip.to else None
        outcome = judge_whole(status.request, opening, move)
    else:
        party = status.legs[leg].party
        outcome = judge(status.legs[leg], opening, move)
    if isinstance(outcome, Why):
        kind_of = _PROBLEM.get(outcome)
        at = status.request if leg is None else status.legs[leg].state
        raise kind_of if kind_of is not None else StepNotAllowed(STANDS[at] if at is not None else "")
    if kind in {"note", "share"} or party is None or party.role is None or move.person is None:
        return
    if hand_of(opening.slip, party, move) == "recipient" and not is_member(party.role, move.person):
        raise NotYours


def admit(status: ThreadStatus, step: Step) -> None:
    """Raise `NotYours` if this verified step is a stranger's, who could only crowd the thread.

    A second opening by the hand that made the first is admitted: it is evidence of a fork.
    """
    opening = status.opening
    if opening is None or belonging.same_hand(step.slip, opening.slip):
        return
    if belonging.outside(step, opening) in STRANGE:
        raise NotYours


_PROBLEM: dict[Why, type[NotYours | Superseded | StepNotAllowed]] = {
    Why.NOT_YOURS: NotYours,
    Why.SUPERSEDED: Superseded,
}


@dataclass(slots=True)
class _Outcome:
    legs: list[Leg]
    request: RequestState | None
    refusal: str | None
    idle: dict[str, Why]


def _run(opening: Step, order: tuple[Step, ...]) -> _Outcome:
    kind = opening.slip.kind
    legs = [open_leg(opening, index) for index in range(len(opening.slip.to))] if kind == "share" else []
    request = transition_request(None, "request", "sender") if kind == "request" else None
    outcome = _Outcome(legs, request, None, {})
    for step in order:
        if step is not opening:
            _take(outcome, opening, step)
    return outcome


def _take(outcome: _Outcome, opening: Step, step: Step) -> None:
    leg = step.slip.leg
    if leg is not None:
        after = advance(outcome.legs[leg], opening, step)
        if isinstance(after, Why):
            outcome.idle[step.digest] = after
        else:
            outcome.legs[leg] = after
        return
    state = judge_whole(outcome.request, opening, move_of(step.slip))
    if isinstance(state, Why):
        outcome.idle[step.digest] = state
        return
    outcome.request = state
    if step.slip.kind == "refuse":
        outcome.refusal = step.digest


def _loose(steps: list[Step]) -> list[str]:
    followed = {cause for step in steps for cause in (*step.slip.prev, step.slip.answers)}
    return [step.digest for step in steps if step.digest not in followed]


def _is_closed(legs: list[Leg]) -> bool:
    states = {leg.state for leg in legs}
    return states <= FINISHED and State.CLOSED in states


def _unopened(known: Mapping[str, Step]) -> ThreadStatus:
    awaited = {cause for step in known.values() for cause in (*step.slip.prev, step.slip.answers) if cause}
    return ThreadStatus(
        thread=min((step.slip.thread for step in known.values()), default=None),
        kind=None,
        opening=None,
        legs=(),
        request=None,
        answered_by=(),
        refusal=None,
        closed=False,
        forks=(),
        waiting=frozenset(awaited - known.keys()),
        without_effect=dict.fromkeys(sorted(known), Why.NO_OPENING),
        order=(),
    )
