"""Two desks and a postman who delays, repeats and reorders: each acts on what it has; in the end they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from closing import may_be_closed
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from thread_steps import DUTY, LEAD, SECOND_WORKER, SOCIAL_WORKER, STRANGER, make, other_side

from exchange.errors import NotYours, StepNotAllowed, Superseded
from exchange.share.lifecycle import State, transition
from exchange.share.thread import Step, admit, fold, heads, next_seq, permit

if TYPE_CHECKING:
    from exchange.share.thread import ThreadStatus
    from exchange.wire.slip import Author

KINDS = ["note", "accept", "read_back", "hear_back", "amend", "note"]
ENDS = [*["note"] * 8, "decline", "withdraw"]  # seldom, or few stories would get any further
HANDS = {LEAD: "sender", SOCIAL_WORKER: "recipient", SECOND_WORKER: "recipient"}


def is_member(_role: str, _person: str) -> bool:
    return True


def _older(status: ThreadStatus, kind: str) -> str | None:
    """Give what somebody who missed the last step would answer."""
    opening = status.opening
    assert opening is not None
    reads = [step.digest for step in status.order if step.slip.kind == "read_back"]
    if kind == "hear_back":
        return (reads[-2:-1] or [opening.digest])[0]
    return None if kind == "note" else status.legs[0].versions[-2:][0]


class TwoDesks(RuleBasedStateMachine):
    """`sender` and `recipient` are what each desk holds; `post` what is on its way."""

    @initialize()
    def begin(self) -> None:
        opening = make("share", LEAD, (DUTY,))
        self.sender = [opening]
        self.recipient: list[Step] = []
        self.post = [("recipient", opening)]
        self.salt = 0

    def _desk(self, who: Author) -> list[Step]:
        return self.sender if who.agency == LEAD.agency else self.recipient

    @rule(
        who=st.sampled_from(list(HANDS)),
        kind=st.one_of(st.sampled_from(KINDS), st.sampled_from(ENDS)),
        verdict=st.sampled_from(["agreed", "corrected"]),
        stale=st.booleans(),
        careless=st.booleans(),
    )
    def act(self, who: Author, kind: Any, verdict: Any, stale: bool, careless: bool) -> None:
        """Take a step that one's own desk permits; what it permits has the effect of the table.

        `stale`: it answers what stood before. `careless`: the desk was not asked whether it permits that.
        """
        desk = self._desk(who)
        before = fold(desk)
        if before.opening is None:
            return
        leg = before.legs[0]
        stands = {"hear_back": leg.read_back, "withdraw": before.opening.digest, "note": None}
        answers = _older(before, kind) if stale else stands.get(kind, leg.version)
        given = verdict if kind == "hear_back" else None
        try:
            permit(before, kind, 0, who, answers=answers, verdict=given, is_member=is_member)
            permitted = True
        except (NotYours, StepNotAllowed, Superseded):
            permitted = False
        if not permitted and not (careless and stale):
            return
        self.salt += 1
        step = make(
            kind,
            who,
            (other_side(before.opening, 0, who),),
            leg=0,
            seq=next_seq(desk, 0, who.agency, who.person),
            prev=heads(before, 0),
            answers=answers,
            verdict=given,
            salt=self.salt,
        )
        desk.append(step)
        after = fold(desk)
        if permitted:
            assert after.legs[0].state is transition(leg.state, kind, given, HANDS[who])  # type: ignore[arg-type]
            assert step.digest not in after.without_effect
            assert after.order[-1] == step
        self.post.append(("recipient" if who == LEAD else "sender", step))

    @rule(
        verdict=st.sampled_from(["agreed", "agreed", "corrected"]),
        steps=st.integers(1, 6),
        stale=st.booleans(),
    )
    def go_on(self, verdict: Any, steps: int, stale: bool) -> None:
        """For a while everybody does what is expected of them, and the post is quick.

        `stale`: the last of them takes something older for what stands, and their desk does not stop them.
        """
        for step in range(steps):
            while self.post:
                self._receive(*self.post.pop(0))
            self._next(verdict, stale=stale and step == steps - 1)

    def _next(self, verdict: Any, *, stale: bool) -> None:
        expected = {
            ("recipient", State.SENT): "accept",
            ("recipient", State.ACCEPTED): "read_back",
            ("recipient", State.CORRECTED): "read_back",
            ("sender", State.READ_BACK): "hear_back",
        }
        for who in (SOCIAL_WORKER, LEAD):
            legs = fold(self._desk(who)).legs
            kind = expected.get((HANDS[who], legs[0].state)) if legs else None
            if kind is not None:
                self.act(who, kind, verdict, stale=stale, careless=stale)
                return

    @rule(
        who=st.sampled_from([SOCIAL_WORKER, STRANGER]), kind=st.sampled_from(["accept", "read_back", "note"])
    )
    def forge(self, who: Author, kind: Any) -> None:
        """Send the sender something that fits nowhere, or is nobody's business."""
        self.salt += 1
        known = [step.digest for step in self.sender]
        fields: dict[str, Any] = {"leg": 0, "answers": known[self.salt % len(known)], "salt": self.salt}
        step = make(kind, who, (other_side(self.sender[0], 0, who),), **fields)
        self.post.append(("sender", step))
        if who == SOCIAL_WORKER:
            self.recipient.append(step)

    @precondition(lambda self: self.post)
    @rule(data=st.data(), again=st.booleans())
    def deliver(self, data: st.DataObject, again: bool) -> None:
        """Hand over any letter; sometimes keep it to hand it over again."""
        place = data.draw(st.integers(0, len(self.post) - 1))
        where, step = self.post[place] if again else self.post.pop(place)
        self._receive(where, step)

    def _receive(self, where: str, step: Step) -> None:
        desk = self.sender if where == "sender" else self.recipient
        try:
            admit(fold(desk), step)
        except NotYours:
            return
        desk.append(step)

    @invariant()
    def nothing_is_closed_but_by_its_hear_back(self) -> None:
        for status in self._both():
            for leg in status.legs:
                assert leg.state is not State.CLOSED or may_be_closed(status, leg.index)

    def teardown(self) -> None:
        """Once everything has arrived, both see the same."""
        if not hasattr(self, "post"):
            return
        for where, step in self.post:
            self._receive(where, step)
        one, other = self._both()
        assert one.legs == other.legs
        assert one.closed == other.closed
        assert one.forks == other.forks
        assert heads(one, 0) == heads(other, 0)

    def _both(self) -> tuple[ThreadStatus, ThreadStatus]:
        return fold(self.sender), fold(self.recipient)


TestTwoDesks = TwoDesks.TestCase
TestTwoDesks.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
