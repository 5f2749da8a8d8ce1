"""One leg: the conversation between the sender of a share and one of its recipients.

Promises: what the table of `lifecycle` cannot say is said here, once, for steps that arrived and for steps
about to be signed alike:

- the sender's hand is the author of the share, the same person at the same agency; the recipient's hand is
  the named person, or anybody of the agency whose role is named, but never the author of the share. So the
  person who confirms is not the one who restated. A note may come from anybody at either agency.
- a read-back and an amendment name the version that stands, a hear-back the read-back that waits, a
  withdrawal the share itself; an acceptance or refusal of the leg names any of its versions.
- a step is addressed to the other side, or it would be known to one desk alone.

Never: it raises on a step, reads a clock, or asks who is a member of a role (the desk does, from the roster).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, unique
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from exchange.share.lifecycle import Hand, State, transition
from exchange.wire.slip import Party, Slip

if TYPE_CHECKING:
    from exchange.wire.slip import StepKind, Verdict


@dataclass(frozen=True, slots=True)
class Step:
    """A signed slip under its name: `digest` is the SHA-256 of the slip's exact bytes."""

    digest: str
    slip: Slip


@unique
class Why(Enum):
    """Why a step that is there changed nothing. The value is the stable code."""

    WAITING = "waiting"
    NO_OPENING = "no_opening"
    SECOND_OPENING = "second_opening"
    OTHER_THREAD = "other_thread"
    OTHER_LEG = "other_leg"
    NOT_YOURS = "not_yours"
    MISADDRESSED = "misaddressed"
    NOT_ALLOWED = "not_allowed"
    SUPERSEDED = "superseded"

    @property
    def words(self) -> str:
        """The same for people."""
        return _WORDS[self]


_WORDS = {
    Why.WAITING: "A step that it follows has not arrived.",
    Why.NO_OPENING: "The share or request that it belongs to has not arrived.",
    Why.SECOND_OPENING: "Another share, request or decision already opened this thread.",
    Why.OTHER_THREAD: "It belongs to another thread.",
    Why.OTHER_LEG: "It names a conversation with another recipient, or one that does not exist.",
    Why.NOT_YOURS: "Its author has no part in this conversation that would allow it.",
    Why.MISADDRESSED: "It was not addressed to the other side.",
    Why.NOT_ALLOWED: "It could not follow from where the conversation stood.",
    Why.SUPERSEDED: "It names another version or read-back than the one that stood.",
}


class Move(NamedTuple):
    """What a step does, whether signed already or not yet."""

    kind: StepKind
    verdict: Verdict | None
    agency: str
    person: str | None
    answers: str | None


@dataclass(frozen=True, slots=True)
class Leg:
    """Where one leg stands. Digests name steps; persons are ids, never names."""

    index: int
    party: Party
    state: State
    version: str  # the share or amendment that stands
    versions: tuple[str, ...]  # every one so far, oldest first
    due: str | None
    urgency: str | None
    accepted_by: str | None = None
    read_back: str | None = None  # the one that waits, or the last
    read_back_by: str | None = None
    restated: str | None = None  # the version that the last read-back restates
    hear_back: str | None = None  # the last

    @property
    def version_number(self) -> int:
        """1 for the share itself, then one more for each amendment."""
        return len(self.versions)


def open_leg(opening: Step, index: int) -> Leg:
    """Make the leg of recipient `index` as the share opens it."""
    state = transition(None, "share", None, "sender")
    assert state is not None
    slip = opening.slip
    return Leg(
        index, slip.to[index], state, opening.digest, (opening.digest,), due=slip.due, urgency=slip.urgency
    )


def move_of(slip: Slip) -> Move:
    """Read the move off a slip."""
    return Move(slip.kind, slip.verdict, slip.author.agency, slip.author.person, slip.answers)


def hand_of(opening: Slip, party: Party, move: Move) -> Hand | None:
    """Say whose hand took this step; None if neither's."""
    sender = opening.author
    mine = move.agency == sender.agency
    if mine and (move.person == sender.person or (move.kind == "note" and move.agency != party.agency)):
        return "sender"
    if move.agency != party.agency or move.person == sender.person:
        return None
    if move.kind == "note" or party.role is not None or move.person == party.person:
        return "recipient"
    return None


def other_hand(hand: Hand) -> Hand:
    """Name the other side."""
    return "recipient" if hand == "sender" else "sender"


def addressee(opening: Slip, party: Party, hand: Hand) -> Party:
    """Say to whom a step by `hand` must be addressed: the other side of the leg."""
    return party if hand == "sender" else _person(opening.author.agency, opening.author.person)


@lru_cache(maxsize=1024)  # a fold asks for the same one at every step
def _person(agency: str, person: str) -> Party:
    return Party(agency=agency, person=person)


def judge(leg: Leg, opening: Step, move: Move) -> State | Why:
    """Say where `move` would take the leg, or why it would change nothing."""
    hand = hand_of(opening.slip, leg.party, move)
    if hand is None:
        return Why.NOT_YOURS
    if not _answers_what_stands(leg, opening, move):
        return Why.SUPERSEDED
    state = transition(leg.state, move.kind, move.verdict, hand)
    if state is not None:
        return state
    theirs = transition(leg.state, move.kind, move.verdict, other_hand(hand))
    return Why.NOT_ALLOWED if theirs is None else Why.NOT_YOURS


def advance(leg: Leg, opening: Step, step: Step) -> Leg | Why:
    """Take one step: the leg as it then stands, or why nothing changed."""
    slip, move = step.slip, move_of(step.slip)
    state = judge(leg, opening, move)
    if isinstance(state, Why):
        return state
    person = slip.author.person
    match slip.kind:
        case "accept":
            return replace(leg, state=state, accepted_by=person)
        case "read_back":
            read = step.digest
            return replace(leg, state=state, read_back=read, read_back_by=person, restated=leg.version)
        case "hear_back":
            return replace(leg, state=state, hear_back=step.digest)
        case "amend":
            versions = (*leg.versions, step.digest)
            due, urgency = slip.due, slip.urgency
            return replace(leg, state=state, version=step.digest, versions=versions, due=due, urgency=urgency)
        case _:
            return replace(leg, state=state)


def _answers_what_stands(leg: Leg, opening: Step, move: Move) -> bool:
    match move.kind:
        case "accept" | "decline":
            return move.answers in leg.versions
        case "read_back" | "amend":
            return move.answers == leg.version
        case "hear_back":
            # With no read-back yet it is the table that refuses, which says it better.
            return leg.read_back is None or (leg.restated, leg.read_back) == (leg.version, move.answers)
        case "withdraw":
            return move.answers == opening.digest
        case _:
            return True
