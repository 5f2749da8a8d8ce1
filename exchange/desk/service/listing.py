"""One's lists: what waits, what is over, what is overdue, what became of what was sent, what can be chosen.

Promises: lists cost what they show: they come from the casebook's rows alone, and open nothing.
Never: a word of anybody's, or another person's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from exchange.desk.service.naming import party_name
from exchange.desk.service.views import CatalogueView, DeliveryView, InboxRow, ReminderView
from exchange.share.clocks import day_in_london
from exchange.wire.slip import Party
from keys.record import format_time

if TYPE_CHECKING:
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from exchange.desk.service.views import Side
    from exchange.share.catalogue import Entry
    from exchange.store.casebook import Delivery, LegRow
    from exchange.store.casebook import Entry as Line
    from exchange.wire.slip import StepKind

NEWEST = 100  # deliveries that are looked at

_WHY = {
    ("share", "sent", "recipient"): "Accept it if it is yours to have, or decline it unread.",
    ("share", "accepted", "recipient"): "Read it, and say in your own words what it means.",
    ("share", "corrected", "recipient"): "The sender corrected something: read it, and restate it.",
    ("share", "read_back", "sender"): "They restated it: say whether that is what you meant.",
    ("request", "requested", "recipient"): "Share what is needed, or refuse and say why.",
}
_WAITING = {
    "sent": "Waiting for them to accept.",
    "accepted": "Waiting for them to restate it.",
    "corrected": "Waiting for them to restate it.",
    "read_back": "Waiting for the sender to say whether that is what they meant.",
    "requested": "Waiting for their answer.",
}
_ENDED = {
    "closed": "Understood, and agreed.",
    "declined": "Declined: it was not theirs to have.",
    "withdrawn": "Withdrawn by its sender.",
    "answered": "Answered with a share.",
    "refused": "Refused, with reasons.",
    "recorded": "Recorded.",
}


async def inbox(desk: Premises, session: Session, *, finished: bool = False) -> tuple[InboxRow, ...]:
    """List what waits for this person or on their account; or (`finished`) the newest that is over."""
    roles = desk.trust.own_roles(session.person)
    book, who = desk.casebook, (desk.agency, session.person, roles)
    entries = await (book.finished(*who) if finished else book.inbox(*who))
    now = format_time(desk.now())
    return tuple(_row(desk, session, entry, now) for entry in entries if entry.thread.kind is not None)


async def deliveries(desk: Premises, session: Session) -> tuple[DeliveryView, ...]:
    """Say what became of the newest of this person's own steps."""
    found = []
    for one in await desk.casebook.deliveries(limit=NEWEST):
        row = await desk.casebook.step(one.step) if one.step is not None else None
        if row is None or row.person != session.person:
            continue
        found.append(
            DeliveryView(
                thread=row.thread,
                digest=row.digest,
                kind=cast("StepKind", row.kind),
                state=_delivered(one),
                since=one.posted or one.queued,
                code=one.refused,
                expired=tuple(mailbox for mailbox, _ in one.expired),
            )
        )
    return tuple(found)


def _delivered(one: Delivery) -> Literal["waiting", "posted", "refused", "expired"]:
    if one.expired:
        return "expired"
    if one.refused:
        return "refused"
    return "posted" if one.posted else "waiting"


async def reminders(desk: Premises, session: Session) -> tuple[ReminderView, ...]:
    """List the reminders to this person or a role of theirs that nobody has handled yet."""
    standing = await desk.chaser.standing(session.person, desk.now())
    return tuple(
        ReminderView(thread=row.thread, leg=row.leg, stage=row.stage, due=row.due, at=row.at)
        for row in standing
    )


def choices(desk: Premises) -> CatalogueView:
    """List what can be chosen today."""
    day = day_in_london(desk.now())
    sections: dict[str, tuple[Entry, ...]] = {}
    for name in desk.catalogue.sections:
        sections[name] = desk.catalogue.entries(name, day)
    return CatalogueView(version=desk.catalogue.version, sections=sections)


def _row(desk: Premises, session: Session, entry: Line, now: str) -> InboxRow:
    leg, kind = entry.leg, entry.thread.kind
    assert kind in {"share", "request", "decision"}
    mine = (leg.sender_agency, leg.sender_person) == (desk.agency, session.person)
    side: Side = "sender" if mine else "recipient"
    yours = leg.open and leg.turn == side
    return InboxRow.model_validate(
        {
            "thread": leg.thread,
            "leg": leg.leg,
            "kind": kind,
            "side": side,
            "state": leg.state,
            "turn": leg.turn,
            "yours": yours,
            "urgency": leg.urgency,
            "due": leg.due,
            "overdue": leg.open and leg.due is not None and leg.due <= now,
            "counterpart": _counterpart(desk, leg, side),
            "why": _why(kind, leg, yours=yours),
        }
    )


def _why(kind: str, leg: LegRow, *, yours: bool) -> str:
    if yours and leg.turn is not None:
        return _WHY[kind, leg.state, leg.turn]
    return _WAITING.get(leg.state, "") if leg.open else _ENDED.get(leg.state, "")


def _counterpart(desk: Premises, leg: LegRow, side: Side) -> str:
    if side == "recipient":
        party = Party(agency=leg.sender_agency, person=leg.sender_person)
    elif leg.recipient_agency is None:
        return ""
    elif leg.recipient_role is not None:
        party = Party(agency=leg.recipient_agency, role=leg.recipient_role)
    else:
        party = Party(agency=leg.recipient_agency, person=leg.recipient_person)
    agency = desk.agency_name(party.agency)
    name = party_name(desk, party)
    return f"{name}, {agency}" if name else agency
