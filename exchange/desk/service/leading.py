"""What the agency's lead is shown: every alarm that stands, and why custodians opened a thread.

Promises: the lead sees each in words, with what to do; the reasons for breaking the glass open with the
lead's own key. Nobody else is shown anything here.
Never: an alarm ends by being looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from exchange.desk.alarms import MEANINGS
from exchange.desk.service.breakglass import OPENED, kept_under, why_opened
from exchange.desk.service.naming import person_view
from exchange.desk.service.views import PersonView
from keys.errors import Problem
from keys.record import Frozen, Time

if TYPE_CHECKING:
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from exchange.store.casebook import AlarmRow


class OpeningView(Frozen):
    """One time that custodians opened a thread: when, who, and why; `signed` if each of them signed that."""

    at: Time
    by: tuple[PersonView, ...]
    reasons: str
    signed: bool


class AlarmView(Frozen):
    """An alarm in words; `openings` are those of the thread that it names.

    `ended` is when somebody said that it was dealt with: that a thread was opened is shown all the same.
    """

    name: str
    subject: str
    about: str
    since: Time
    ended: Time | None
    grave: Literal["act now", "today", "look"]
    meaning: str
    what_to_do: str
    openings: tuple[OpeningView, ...]


async def alarms(desk: Premises, session: Session) -> tuple[AlarmView, ...]:
    """List the alarms that stand, newest first, for the agency's lead; nothing for anybody else.

    Who opened a thread, and why, the lead is shown also when an administrator has ended the alarm.
    """
    if desk.own.home.roster.lead != session.person:
        return ()
    every = await desk.casebook.alarms(standing=False)
    shown = [row for row in every if row.cleared is None or row.name == OPENED]
    return tuple([await _alarm(desk, session, row) for row in shown])


async def _alarm(desk: Premises, session: Session, row: AlarmRow) -> AlarmView:
    meaning = MEANINGS[row.name]
    return AlarmView(
        name=row.name,
        subject=row.subject,
        about=meaning.about,
        since=row.raised,
        ended=row.cleared,
        grave=meaning.grave,
        meaning=meaning.says,
        what_to_do=meaning.do,
        openings=await _openings(desk, session, row.subject) if row.name == OPENED else (),
    )


async def _openings(desk: Premises, session: Session, thread: str) -> tuple[OpeningView, ...]:
    found = []
    for kept in await desk.casebook.kept_of(session.person, kept_under(thread)):
        try:
            why, signed = why_opened(kept, session.keyring.opening, desk.own.home.roster)
        except Problem:
            continue  # sealed while somebody else led: the audit trail still says who
        by = tuple(person_view(desk, desk.agency, person) for person in why.by)
        whole = signed.issuperset(why.by)
        found.append(OpeningView(at=why.at, by=by, reasons=why.reasons, signed=whole))
    return tuple(sorted(found, key=lambda one: one.at))
