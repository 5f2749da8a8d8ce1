"""Scripts: random sequences of steps by any hands, laid on a table, and what must hold of a leg that they closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from closing import may_be_closed
from hypothesis import strategies as st
from thread_steps import DUTY, EVERYBODY, LEAD, NURSE, PARTY_OF_NURSE, SOCIAL_WORKER, Table, make

from exchange.share.lifecycle import State
from exchange.share.thread import next_seq

if TYPE_CHECKING:
    from exchange.share.thread import ThreadStatus

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


def honest(table: Table, choice: str, leg: int) -> None:
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


def anything(table: Table, script: tuple[Any, ...], salt: int) -> None:
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
            honest(table, script[1], script[2])
        else:
            anything(table, script, salt)
    return table


def check_closed(status: ThreadStatus) -> None:
    for leg in status.legs:
        if leg.state is State.CLOSED:
            assert may_be_closed(status, leg.index)
    assert not status.closed or any(leg.state is State.CLOSED for leg in status.legs)
