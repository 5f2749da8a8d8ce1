"""An agency takes back a key from a place in the log at which this desk had steps of that agency already.

Promises: whenever a revocation, of an agency's key in the log or of a person's in a roster, reaches back
before something that this desk received, people hear of it by name: a thief may have made those steps, or the
agency may want not to have said them.
Never: a step is judged anew, or taken out. What to make of it, only the two agencies can tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.store.casebook import AlarmRow
from keys.event import Revoke, read_logged

if TYPE_CHECKING:
    from exchange.desk.keylog import Continuation
    from exchange.store.casebook import Casebook
    from keys.roster import Roster

TAKEN_BACK: Final = "key_taken_back"


async def taken_back(
    casebook: Casebook, own: str, continuation: Continuation, at: str
) -> tuple[AlarmRow, ...]:
    """Name, by alarms, the other agencies whose new revocations reach back before steps of theirs here."""
    alarms: dict[str, AlarmRow] = {}
    for signed in continuation.entries:
        event = read_logged(signed.payload)
        if not isinstance(event, Revoke) or event.agency == own:
            continue
        keys = continuation.ahead.agency(event.agency)
        vouches = event.key in keys.signing_keys or event.key in keys.roots
        if vouches and await casebook.received_from(event.agency, event.from_index):
            alarms[event.agency] = AlarmRow(TAKEN_BACK, event.agency, at)
    return tuple(alarms.values())


async def taken_back_in_roster(
    casebook: Casebook, before: Roster | None, now: Roster, at: str
) -> tuple[AlarmRow, ...]:
    """Name the agency, by an alarm, if its roster takes back a person's key from before steps of theirs here.

    What `before` said already is no news.
    """
    known = {} if before is None else _revoked(before)
    for (person, key), index in _revoked(now).items():
        said = known.get((person, key))
        news = said is None or index < said
        if news and await casebook.received_from(now.agency, index, person):
            return (AlarmRow(TAKEN_BACK, now.agency, at),)
    return ()


def _revoked(roster: Roster) -> dict[tuple[str, str], int]:
    """Give the log index from which each revoked key of a person counts no more."""
    return {
        (person.id, key.signing): key.revoked_from
        for person in roster.people
        for key in person.keys
        if key.revoked_from is not None
    }
