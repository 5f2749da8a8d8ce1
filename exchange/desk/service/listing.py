"""One's lists: what waits, what is over, what is overdue, what became of what was sent, what can be chosen.

Promises: lists cost what they show: they come from the casebook's rows alone, and open nothing.
Never: a word of anybody's, or another person's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from exchange.desk.service.asked import ListView
from exchange.desk.service.naming import party_name
from exchange.desk.service.views import CatalogueView, DeliveryView, InboxRow, ReminderView
from exchange.share.clocks import day_in_london
from exchange.store.casebook import Asker, Mark, Wanted
from exchange.wire.slip import Party
from keys.record import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exchange.desk.people import Session
    from exchange.desk.service.asked import Asked
    from exchange.desk.service.premises import Premises
    from exchange.desk.service.views import Side
    from exchange.share.catalogue import Entry
    from exchange.store.casebook import Delivery, LegRow, Listed
    from exchange.store.casebook.lists import ListKind
    from exchange.wire.slip import StepKind, Urgency

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


async def inbox(desk: Premises, session: Session, asked: Asked) -> ListView:
    """Give a page of what waits for this person or on their account, or of what is over."""
    asker, wanted = asker_of(desk, session), _wanted(desk, asked)
    after = None if asked.after is None else _mark(asked.after)
    before = None if asked.before is None else _mark(asked.before)
    more = asked.rows + 1  # the one beyond the page tells that there is another page
    found = await desk.casebook.listed(asker, wanted, after=after, before=before, limit=more)
    if not found and (after or before):
        return await inbox(desk, session, asked.model_copy(update={"after": None, "before": None}))
    beyond = len(found) > asked.rows
    page = found[-asked.rows :] if before else found[: asked.rows]
    total, needs, others = await desk.casebook.counted(asker, wanted, "needs", "others")
    return ListView(
        rows=rows_of(desk, session, page),
        total=total,
        needs=needs,
        others=others,
        before=_text(page[0].mark) if page and (after or (before and beyond)) else None,
        after=_text(page[-1].mark) if page and (before or beyond) else None,
    )


async def answers(desk: Premises, session: Session, *, limit: int) -> tuple[InboxRow, ...]:
    """List what became of the newest requests of this person."""
    return rows_of(desk, session, await desk.casebook.answers(asker_of(desk, session), limit=limit))


async def theirs(desk: Premises, session: Session, threads: Sequence[str]) -> frozenset[str]:
    """Keep those of `threads` that stand in this person's own lists."""
    return frozenset(await desk.casebook.own(asker_of(desk, session), threads))


def asker_of(desk: Premises, session: Session) -> Asker:
    """Say whose lists they are: this person's, with the roles of this moment."""
    return Asker(desk.agency, session.person, desk.trust.own_roles(session.person))


def rows_of(desk: Premises, session: Session, found: Iterable[Listed]) -> tuple[InboxRow, ...]:
    """Put what the casebook found into words."""
    now, names = format_time(desk.now()), _Names(desk)
    return tuple(_row(desk, session, names, one.leg, now) for one in found)


def _wanted(desk: Premises, asked: Asked) -> Wanted:
    return Wanted(
        asked.list,
        None if asked.kind == "all" else asked.kind,
        None if asked.urgency == "all" else asked.urgency,
        format_time(desk.now()) if asked.overdue else None,
        None if asked.side == "all" else asked.side,
        asked.hands,
        asked.thread or None,
    )


def _text(mark: Mark) -> str:
    return f"{mark.sort}.{mark.thread}.{mark.leg}"


def _mark(text: str) -> Mark:
    sort, thread, leg = text.rsplit(".", 2)
    return Mark(sort, thread, int(leg))


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


def _row(desk: Premises, session: Session, names: _Names, leg: LegRow, now: str) -> InboxRow:
    kind: ListKind = "share" if leg.leg is not None else "request" if leg.recipient_agency else "decision"
    mine = (leg.sender_agency, leg.sender_person) == (desk.agency, session.person)
    side: Side = "sender" if mine else "recipient"
    yours = leg.open and leg.turn == side
    return InboxRow(
        thread=leg.thread,
        leg=leg.leg,
        kind=kind,
        side=side,
        state=leg.state,
        turn=leg.turn,
        yours=yours,
        urgency=cast("Urgency | None", leg.urgency),
        due=leg.due,
        overdue=leg.open and leg.due is not None and leg.due <= now,
        counterpart=names.counterpart(leg, side),
        why=_why(kind, leg, yours=yours),
    )


def _why(kind: str, leg: LegRow, *, yours: bool) -> str:
    if yours and leg.turn is not None:
        return _WHY[kind, leg.state, leg.turn]
    return _WAITING.get(leg.state, "") if leg.open else _ENDED.get(leg.state, "")


class _Names:
    """The names of one page's people and agencies, each looked up once."""

    def __init__(self, desk: Premises) -> None:
        self._desk = desk
        self._found: dict[tuple[str | None, ...], str] = {}

    def counterpart(self, leg: LegRow, side: Side) -> str:
        if side == "recipient":
            return self._named(leg.sender_agency, leg.sender_person, None)
        if leg.recipient_agency is None:
            return ""
        return self._named(leg.recipient_agency, leg.recipient_person, leg.recipient_role)

    def _named(self, agency: str, person: str | None, role: str | None) -> str:
        key = agency, person, role
        found = self._found.get(key)
        if found is None:
            party = Party(agency=agency, role=role) if role else Party(agency=agency, person=person)
            name, called = party_name(self._desk, party), self._desk.agency_name(agency)
            found = self._found[key] = f"{name}, {called}" if name else called
        return found
