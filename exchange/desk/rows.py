"""A folded thread as the casebook's rows: states and times, so that lists need not open anything.

Promises: the rows say what the fold says, of the legs that this agency has a side in: of the others it holds
no steps, and would only guess. A deadline is that of whoever's turn it is.
Never: a word, a name, or a status that the fold did not give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from exchange.share.clocks import due
from exchange.share.lifecycle import FINISHED, RequestState, State
from exchange.share.thread import whose_turn
from exchange.store.casebook import LegRow, StepRow, ThreadRow
from keys.record import format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import date

    from exchange.share.thread import Leg, Step, ThreadStatus
    from exchange.wire.slip import Urgency

RECORDED = "recorded"  # the one state of a decision


def step_row(step: Step, received: str, received_at: int, envelope: bytes, *, mine: bool) -> StepRow:
    """Write a step as the casebook keeps it."""
    slip = step.slip
    return StepRow(
        digest=step.digest,
        envelope_id=slip.id,
        thread=slip.thread,
        leg=slip.leg,
        kind=slip.kind,
        agency=slip.author.agency,
        person=slip.author.person,
        seq=slip.seq,
        answers=slip.answers,
        created=slip.created,
        received=received,
        received_at=received_at,
        mine=mine,
        envelope=envelope,
    )


@dataclass(frozen=True, slots=True)
class Lists:
    """How one agency's lists see a thread. `holidays` are the days that deadlines skip."""

    agency: str
    holidays: AbstractSet[date]

    def legs_of(self, status: ThreadStatus) -> tuple[Leg, ...]:
        """List the legs that the agency has a side in."""
        opening = status.opening
        if opening is None or opening.slip.author.agency == self.agency:
            return status.legs
        return tuple(leg for leg in status.legs if leg.party.agency == self.agency)

    def is_closed(self, status: ThreadStatus) -> bool:
        """Whether, as far as the agency has a side, no leg is open and at least one closed."""
        states = {leg.state for leg in self.legs_of(status)}
        return states <= FINISHED and State.CLOSED in states

    def is_open(self, status: ThreadStatus) -> bool:
        """Whether anything may still happen that somebody at the agency waits for."""
        if status.kind is None or status.request is RequestState.REQUESTED:
            return True
        return any(leg.state not in FINISHED for leg in self.legs_of(status))

    def thread_row(
        self, thread: str, status: ThreadStatus, before: ThreadRow | None, *, folded: int, now: str
    ) -> ThreadRow:
        """Say where a thread stands; `folded` is how many steps the fold saw."""
        opening = status.opening
        since = before.waiting_since if before is not None else None
        return ThreadRow(
            thread=thread,
            kind=status.kind,
            agency=opening.slip.author.agency if opening else None,
            person=opening.slip.author.person if opening else None,
            state=status.request.value if status.request else None,
            open=self.is_open(status),
            closed=self.is_closed(status),
            waiting=len(status.waiting),
            waiting_since=(since or now) if status.waiting else None,
            forks=len(status.forks),
            folded=folded,
            opened=opening.slip.created if opening else None,
            updated=now,
        )

    def leg_rows(self, status: ThreadStatus, now: str) -> tuple[LegRow, ...]:
        """Say where each of the agency's legs stands; a request or decision has a single row."""
        opening = status.opening
        if opening is None:
            return ()
        if status.kind != "share":
            return (_whole_row(status, opening, now),)
        return tuple(self._leg_row(status, opening, leg, now) for leg in self.legs_of(status))

    def _leg_row(self, status: ThreadStatus, opening: Step, leg: Leg, now: str) -> LegRow:
        return LegRow(
            thread=opening.slip.thread,
            leg=leg.index,
            sender_agency=opening.slip.author.agency,
            sender_person=opening.slip.author.person,
            recipient_agency=leg.party.agency,
            recipient_person=leg.party.person,
            recipient_role=leg.party.role,
            state=leg.state.value,
            open=leg.state not in FINISHED,
            turn=whose_turn(status, leg.index),
            urgency=leg.urgency,
            due=self.due(status, leg),
            version=leg.version,
            read_back=leg.read_back,
            hear_back=leg.hear_back,
            updated=now,
        )

    def due(self, status: ThreadStatus, leg: Leg) -> str | None:
        """When the step of whoever's turn it is should be there.

        A first read-back is due when the share says. A hear-back, and the read-back after a correction, are
        due as long after what they answer as the urgency allows.
        """
        if leg.state in FINISHED:
            return None
        last = {State.READ_BACK: leg.read_back, State.CORRECTED: leg.hear_back}.get(leg.state)
        if last is None or leg.urgency is None:
            return leg.due
        places = {step.digest: place for place, step in enumerate(status.order)}
        if places[leg.version] > places[last]:
            return leg.due
        created = status.order[places[last]].slip.created
        return format_time(due(cast("Urgency", leg.urgency), parse_time(created), self.holidays))


def _whole_row(status: ThreadStatus, opening: Step, now: str) -> LegRow:
    slip = opening.slip
    party = slip.to[0] if slip.to else None
    asked = status.request is RequestState.REQUESTED
    return LegRow(
        thread=slip.thread,
        leg=None,
        sender_agency=slip.author.agency,
        sender_person=slip.author.person,
        recipient_agency=party.agency if party else None,
        recipient_person=party.person if party else None,
        recipient_role=party.role if party else None,
        state=status.request.value if status.request else RECORDED,
        open=asked,
        turn=whose_turn(status, None),
        urgency=slip.urgency,
        due=slip.due if asked else None,
        version=opening.digest,
        read_back=None,
        hear_back=None,
        updated=now,
    )
