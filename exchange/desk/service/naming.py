"""Names for what the casebook keeps as ids: from the newest rosters and the directory, when asked for.

Promises: a name that an agency removed from its roster is nowhere any more.
Never: a name is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.desk.service.views import FoundParty, PersonView
from exchange.wire.slip import Party

if TYPE_CHECKING:
    from exchange.desk.service.premises import Premises
    from exchange.desk.whom import Found


def person_view(desk: Premises, agency: str, person: str) -> PersonView:
    """Describe a person with the name that their agency's roster gives them."""
    entry = desk.trust.entry(Party(agency=agency, person=person))
    post = getattr(entry, "post", "")
    return PersonView(agency=agency, person=person, name=entry.name if entry else "", post=post)


def party_name(desk: Premises, party: Party) -> str:
    """Give a person's or role's name by the newest roster; empty where it no longer says."""
    entry = desk.trust.entry(party)
    return entry.name if entry else ""


def found_party(one: Found) -> FoundParty:
    """Describe somebody who was looked up."""
    return FoundParty(
        party=one.party,
        name=one.name,
        post=one.post,
        agency_name=one.agency_name,
        state=one.state,
        fingerprint=one.fingerprint,
    )
