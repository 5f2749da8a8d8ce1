"""A new version of the roster.

Promises: a version follows the one before by one, but after an old backup (see `catching_up`); it lasts a
bounded time, and is opened as a stranger would open it before it takes the old one's place.
Never: an entry that changed keeps its salt, so that who has seen the old entry cannot guess at the new one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from keys.ceremony.home import OURS, AgencyHome, load_home, write_roster
from keys.record import encode, format_time, new_id
from keys.roster import Records, RosterDraft, SharedKey, open_roster, sign_roster

if TYPE_CHECKING:
    from datetime import datetime

    from keys.entry import Custodians, Entry, RosterDocument
    from keys.suite import OpeningKey, SigningKey

SAME: Final = "the same lead as before"
LIFETIME: Final = timedelta(days=90)  # how long a roster is believed without being renewed


def first_roster(agency: str, signing: SigningKey, records: OpeningKey, now: datetime) -> RosterDocument:
    """Sign version 1: nobody yet, but the records key."""
    created = format_time(now)
    key = SharedKey(epoch=1, sealing=encode(records.sealing_key.to_bytes()), created=created, revoked=None)
    draft = RosterDraft(agency=agency, version=1, created=created, expires=format_time(now + LIFETIME))
    return sign_roster(draft, (Records(id=new_id(), salt=new_id(), keys=(key,)),), signing)


def publish(  # noqa: PLR0913 - what stays as it was is not named
    home: AgencyHome,
    now: datetime,
    *changed: Entry,
    lead: str | None = SAME,
    administrators: tuple[str, ...] | None = None,
    custodians: Custodians | None = None,
    key: SigningKey | None = None,
    gone: str | None = None,
    above: int = 0,
) -> AgencyHome:
    """Put `changed` entries in the place of those of their ids (or at the end), and sign the next version.

    `lead` names another lead, or None for nobody; `administrators` and `custodians` take the place of the
    present ones, where given; `key`, revoked or not, that of the present signing key. The entry `gone` is
    left out; the version is above `above` too. Raises what `open_roster` would, and `RosterTooLarge`; the
    roster in force is then untouched.
    """
    entries = {entry.id: entry for entry in home.roster.entries}
    entries.update((entry.id, entry) for entry in changed)
    entries.pop(gone or "", None)
    draft = RosterDraft(
        agency=home.agency,
        version=max(home.roster.version, above) + 1,
        created=format_time(now),
        expires=format_time(now + LIFETIME),
        lead=home.roster.lead if lead == SAME else lead,
        administrators=home.roster.administrators if administrators is None else administrators,
        custodians=custodians or home.roster.custodians,
    )
    document = sign_roster(draft, tuple(entries.values()), key or home.signing_key)
    index = None if key is None else OURS
    open_roster(document, home.keys, now, newer_than=home.roster.version, index=index)
    write_roster(home.path, home.keyring, document)
    return load_home(home.path, now)
