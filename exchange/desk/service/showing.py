"""Looking at a thread and at one's inbox.

Promises: a person sees the legs that they sent or received, each step with who signed it under which key, and
the words that their own key opens; a recipient sees a share's words after accepting, and both rankings after
the hear-back. Whatever is amiss is shown, never smoothed over: steps without effect, forks, missing causes,
words that break the rules, a ranking that is not the one committed to.
Never: looking changes where anything stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from exchange.desk.service.attaching import described
from exchange.desk.service.keeping import emphasis_in, kept_reveal
from exchange.desk.service.reading import (
    demand_accepted,
    is_author,
    leg_of,
    open_version,
    open_words,
    revealed,
    visible,
)
from exchange.desk.service.steps import is_for
from exchange.desk.service.views import (
    CatalogueView,
    DeliveryView,
    ForkView,
    InboxRow,
    LegView,
    PersonView,
    ReminderView,
    StepView,
    ThreadView,
    WordsView,
)
from exchange.errors import EmphasisUnknown
from exchange.share.clocks import day_in_london
from exchange.share.thread import whose_turn
from exchange.store.casebook import AuditEntry, Change
from exchange.wire.slip import Party
from keys.errors import Problem
from keys.record import format_time

if TYPE_CHECKING:
    from exchange.desk.casefile import CaseFile, Opened
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from exchange.desk.service.views import Side
    from exchange.share.catalogue import Entry
    from exchange.share.thread import Leg
    from exchange.store.casebook import Delivery, LegRow
    from exchange.store.casebook import Entry as Line
    from exchange.wire.contents import Contents, Emphasis
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


async def show(desk: Premises, session: Session, thread: str) -> ThreadView:
    """Show a whole thread, as far as it is this person's to see."""
    file = await visible(desk, session, thread)
    status = file.status
    author = is_author(desk, session, file)
    legs = [leg for leg in status.legs if author or is_for(desk, session, leg.party)]
    numbers = {None, *(leg.index for leg in legs)}
    placed = [step.digest for step in status.order]
    loose = sorted(name for name in file.opened if name not in set(placed))
    steps = [file.opened[name] for name in (*placed, *loose)]
    return ThreadView(
        thread=thread,
        kind=status.kind,
        request=status.request.value if status.request else None,
        closed=desk.lists.is_closed(status),
        legs=tuple([await _leg(desk, session, file, leg) for leg in legs]),
        steps=tuple([await _step(desk, session, file, one) for one in steps if one.step.slip.leg in numbers]),
        forks=tuple(
            ForkView(
                leg=fork.leg,
                who=person_view(desk, fork.agency, fork.person),
                seq=fork.seq,
                steps=fork.digests,
            )
            for fork in status.forks
            if fork.leg in numbers
        ),
        waiting=len(status.waiting),
        answered_by=tuple(sorted({file.citing[name].step.slip.thread for name in status.answered_by})),
    )


async def read(desk: Premises, session: Session, thread: str, leg: int) -> WordsView:
    """Read the version that stands on a leg; that it was read is recorded.

    `AcceptFirst` for a recipient before accepting; `ContentsRefused` for words that break the rules.
    """
    file = await visible(desk, session, thread)
    at = leg_of(desk, session, file, leg)
    demand_accepted(desk, session, file, at)
    share, _ = await open_version(desk, session, file, at)
    now = format_time(desk.now())
    trail = AuditEntry("read", now, thread, at.version, desk.agency, session.person)
    await desk.casebook.record(Change(audit=(trail,)))
    return WordsView(
        version=at.version,
        version_number=at.version_number,
        words=share,
        attachments=await described(desk, share, file.opened[at.version].step.slip.attachments),
    )


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


def person_view(desk: Premises, agency: str, person: str) -> PersonView:
    """Describe a person with the name that their agency's roster gives them."""
    entry = desk.trust.entry(Party(agency=agency, person=person))
    post = getattr(entry, "post", "")
    return PersonView(agency=agency, person=person, name=entry.name if entry else "", post=post)


def party_name(desk: Premises, party: Party) -> str:
    """Give a person's or role's name by the newest roster; empty where it no longer says."""
    entry = desk.trust.entry(party)
    return entry.name if entry else ""


async def _leg(desk: Premises, session: Session, file: CaseFile, leg: Leg) -> LegView:
    emphasis, refused = await _ranking(desk, session, file, leg)
    accepted = leg.accepted_by
    return LegView(
        index=leg.index,
        party=leg.party,
        name=party_name(desk, leg.party),
        state=leg.state.value,
        turn=whose_turn(file.status, leg.index),
        version=leg.version,
        version_number=leg.version_number,
        read_back=leg.read_back,
        hear_back=leg.hear_back,
        accepted_by=person_view(desk, leg.party.agency, accepted) if accepted else None,
        due=desk.lists.due(file.status, leg),
        sender_emphasis=emphasis,
        emphasis_refused=refused,
    )


async def _ranking(
    desk: Premises, session: Session, file: CaseFile, leg: Leg
) -> tuple[Emphasis | None, str | None]:
    try:
        if is_author(desk, session, file):
            return emphasis_in(await kept_reveal(desk, session, leg.version, leg.index)), None
        return await revealed(desk, session, file, leg), None
    except EmphasisUnknown:
        return None, None
    except Problem as problem:
        return None, problem.code


async def _step(desk: Premises, session: Session, file: CaseFile, one: Opened) -> StepView:
    slip = one.step.slip
    words, refused = await _words(desk, session, file, one)
    why = file.status.without_effect.get(one.step.digest)
    return StepView(
        digest=one.step.digest,
        kind=slip.kind,
        leg=slip.leg,
        who=person_view(desk, slip.author.agency, slip.author.person),
        key=slip.author.key,
        when=slip.created,
        answers=slip.answers,
        verdict=slip.verdict,
        purpose=slip.purpose,
        basis=slip.basis,
        urgency=slip.urgency,
        due=slip.due,
        without_effect=why.value if why else None,
        words=words,
        words_refused=refused,
        attachments=len(slip.attachments),
    )


async def _words(
    desk: Premises, session: Session, file: CaseFile, one: Opened
) -> tuple[Contents | None, str | None]:
    slip = one.step.slip
    leg = slip.leg
    if slip.kind == "share":
        mine = [at for at in file.status.legs if _may_read(desk, session, file, at)]
        if not mine:
            return None, None
        leg = mine[0].index
    elif slip.kind == "amend" and not (
        leg is not None
        and leg < len(file.status.legs)
        and _may_read(desk, session, file, file.status.legs[leg])
    ):
        return None, None
    try:
        return (await open_words(desk, session, one, leg)).contents, None
    except Problem as problem:
        return None, problem.code


def _may_read(desk: Premises, session: Session, file: CaseFile, leg: Leg) -> bool:
    if is_author(desk, session, file):
        return True
    return leg.accepted_by is not None and is_for(desk, session, leg.party)


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
