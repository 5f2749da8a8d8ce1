"""Who may come to the pages of those who look after an agency: its administrators, and its lead.

Promises: judged by the agency's list of people as it is this moment, not as it was at the sign-in; whoever it
does not name so gets the answer that an unknown address gets, so that nobody learns who is named.
Never: a right that the list does not give; an administrator is no reader, and neither is the lead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.errors import PageUnknown

if TYPE_CHECKING:
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from keys.roster import Roster


async def demand_administrator(desk: Premises, session: Session) -> Roster:
    """Give the agency's list of people to one of its administrators; `PageUnknown` to anybody else."""
    roster = await present(desk)
    if session.person not in roster.administrators or _suspended(roster, session):
        raise PageUnknown
    return roster


async def demand_lead(desk: Premises, session: Session) -> Roster:
    """Give the agency's list of people to its lead; `PageUnknown` to anybody else."""
    roster = await present(desk)
    if session.person != roster.lead or _suspended(roster, session):
        raise PageUnknown
    return roster


def offices(desk: Premises, session: Session) -> frozenset[str]:
    """Name what somebody looks after, for the links that they are shown: `keys`, `lead`, both or neither."""
    roster = desk.own.home.roster
    held = {"keys": session.person in roster.administrators, "lead": session.person == roster.lead}
    return frozenset(name for name, holds in held.items() if holds)


async def present(desk: Premises) -> Roster:
    """Give the agency's list of people as it is this moment."""
    if await desk.own.refresh():  # a ceremony may have changed it a moment ago
        await desk.keep_own_roster()
    return desk.own.home.roster


def _suspended(roster: Roster, session: Session) -> bool:
    return any(one.id == session.person and one.suspended is not None for one in roster.people)
