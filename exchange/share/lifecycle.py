"""The lifecycle of one leg of a share, and of a request, as two literal tables.

Rules
    1. A step that the table does not name changes nothing: `transition` answers None.
    2. Nothing but a step moves a leg. Silence, a timeout, an opened message or an administrator has no row.

Theory of operation
    A leg is the conversation between the sender and one recipient. Each row of `SHARE` says: in these
    states, this kind of step (with this verdict, where it has one), taken by this hand, leads to that
    state. `next=None` stands for "unchanged". A request is the same machine with the table `REQUEST`,
    whose hands are the one who asks (`sender`) and the one who is asked (`recipient`).

    The tables know states and hands. What they cannot say (which version a read-back restates, which
    read-back a hear-back answers, that two different people confirm) is in `leg`; the order of steps is
    in `order`; the page `docs/reference/lifecycle.md` is printed from here by `lifecycle_page`.

Promises: both functions are total and pure.
Never: a row leads to CLOSED but the sender's agreed hear-back on a waiting read-back.
"""

from __future__ import annotations

from enum import Enum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exchange.wire.slip import StepKind, Verdict

Hand = Literal["sender", "recipient"]


@unique
class State(Enum):
    """Where one leg of a share stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    READ_BACK = "read_back"
    CORRECTED = "corrected"
    CLOSED = "closed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@unique
class RequestState(Enum):
    """Where a request stands."""

    REQUESTED = "requested"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


STANDS: Mapping[State | RequestState, str] = MappingProxyType(
    {
        State.SENT: "it was sent and waits to be accepted",
        State.ACCEPTED: "it was accepted and waits to be read back",
        State.READ_BACK: "it was read back and waits for its sender's answer",
        State.CORRECTED: "it was corrected and waits to be read back again",
        State.CLOSED: "it is closed: understood as it was meant",
        State.DECLINED: "it was declined",
        State.WITHDRAWN: "it was withdrawn",
        RequestState.REQUESTED: "it was asked and waits for an answer",
        RequestState.ANSWERED: "it was answered",
        RequestState.REFUSED: "it was refused",
        RequestState.WITHDRAWN: "it was withdrawn",
    }
)
"""Where a leg or a request stands, in plain words."""


class Row(NamedTuple):
    """In one of `states`, this step by this hand leads to `next` (None: the state stays as it is)."""

    states: tuple[State, ...]
    kind: StepKind
    verdict: Verdict | None
    by: Hand
    next: State | None
    meaning: str


class RequestRow(NamedTuple):
    """The same for a request."""

    states: tuple[RequestState, ...]
    kind: StepKind
    by: Hand
    next: RequestState | None
    meaning: str


_ANY = tuple(State)
_OPEN = (State.SENT, State.ACCEPTED, State.READ_BACK, State.CORRECTED)
_READ = (State.READ_BACK, State.CORRECTED, State.CLOSED)

# A row with no states is the opening: it makes the leg.
SHARE: tuple[Row, ...] = (
    Row((), "share", None, "sender", State.SENT, "here is what you need to know"),
    Row((State.SENT,), "accept", None, "recipient", State.ACCEPTED, "I am the right person; this is my part"),
    Row((State.SENT, State.ACCEPTED), "decline", None, "recipient", State.DECLINED, "not mine to have"),
    Row((State.SENT, State.ACCEPTED), "amend", None, "sender", None, "a new version, before it was restated"),
    Row(
        (State.ACCEPTED, State.CORRECTED),
        "read_back",
        None,
        "recipient",
        State.READ_BACK,
        "what I understood, in my own words",
    ),
    Row((State.READ_BACK,), "hear_back", "agreed", "sender", State.CLOSED, "that is what I meant"),
    Row((State.READ_BACK,), "hear_back", "corrected", "sender", State.CORRECTED, "that is not what I meant"),
    Row(_READ, "amend", None, "sender", State.CORRECTED, "a fact was wrong or retracted: restate it again"),
    Row(_OPEN, "withdraw", None, "sender", State.WITHDRAWN, "taken back; what was read cannot be unread"),
    Row(_ANY, "note", None, "sender", None, "a question or an answer"),
    Row(_ANY, "note", None, "recipient", None, "a question or an answer"),
)

_ASKED = (RequestState.REQUESTED,)
_ANY_REQUEST = tuple(RequestState)

# `share` stands for a share in a thread of its own that cites the request. It answers even one that was
# refused or withdrawn: whoever was asked may think again, and what was given was given.
REQUEST: tuple[RequestRow, ...] = (
    RequestRow((), "request", "sender", RequestState.REQUESTED, "please tell us, and why"),
    RequestRow(_ANY_REQUEST, "share", "recipient", RequestState.ANSWERED, "a share that cites the request"),
    RequestRow(_ASKED, "refuse", "recipient", RequestState.REFUSED, "no, why, and what would change it"),
    RequestRow(_ASKED, "withdraw", "sender", RequestState.WITHDRAWN, "no longer needed"),
    RequestRow(_ANY_REQUEST, "note", "sender", None, "a question or an answer"),
    RequestRow(_ANY_REQUEST, "note", "recipient", None, "a question or an answer"),
)

_SHARE_NEXT = {
    (state, row.kind, row.verdict, row.by): row.next or state
    for row in SHARE
    for state in (row.states or (None,))
}
_REQUEST_NEXT = {
    (state, row.kind, row.by): row.next or state for row in REQUEST for state in (row.states or (None,))
}

FINISHED = frozenset({State.CLOSED, State.DECLINED, State.WITHDRAWN})

_TURN: dict[State, Hand | None] = {
    State.SENT: "recipient",
    State.ACCEPTED: "recipient",
    State.READ_BACK: "sender",
    State.CORRECTED: "recipient",
    State.CLOSED: None,
    State.DECLINED: None,
    State.WITHDRAWN: None,
}


def transition(state: State | None, kind: StepKind, verdict: Verdict | None, by: Hand) -> State | None:
    """Say where this step leads from `state` (None: nothing yet); None if it may not be taken there."""
    return _SHARE_NEXT.get((state, kind, verdict, by))


def transition_request(state: RequestState | None, kind: StepKind, by: Hand) -> RequestState | None:
    """Say where this step leads a request from `state`; None if it may not be taken there."""
    return _REQUEST_NEXT.get((state, kind, by))


def turn(state: State) -> Hand | None:
    """Say who has to act next on a leg in `state`; None when nobody has."""
    return _TURN[state]
