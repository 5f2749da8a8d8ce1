"""Who administers, and who leaves for good.

Promises: whoever is removed leaves the roster with their name, every role (whose key is replaced), and every
office; their own private keys and passkeys are destroyed in the same act. What was sealed to them opens from
then on by the records key alone.
Never: a custodian leaves while they are one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.ceremony.custody import demand_may_leave
from keys.ceremony.home import AgencyHome, changing, load_home, person_keystore
from keys.ceremony.passkeys import passkeys_file
from keys.ceremony.people import with_members
from keys.ceremony.publish import publish
from keys.ceremony.roles import take_away
from keys.errors import PersonSuspended
from keys.files import remove

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path


def remove_person(path: Path, *, person: str, now: datetime) -> AgencyHome:
    """Remove somebody for good; `KeyUnknown` for nobody of that id, `CustodianLeaving`."""
    with changing(path):
        home = load_home(path, now)
        demand_may_leave(home, home.roster.person(person).id)
        roles = [
            with_members(home, role, tuple(m for m in role.members if m != person), now, lenient=True)
            for role in home.roster.roles
            if person in role.members
        ]
        after = publish(
            home,
            now,
            *roles,
            lead=None if home.roster.lead == person else home.roster.lead,
            administrators=tuple(who for who in home.roster.administrators if who != person),
            gone=person,
        )
        for role in home.roster.roles:
            take_away(path, role.id, person)
        remove(person_keystore(path, person))
        remove(passkeys_file(path, person))
        return after


def change_administrators(
    path: Path, *, named: Iterable[str], relieved: Iterable[str], now: datetime
) -> AgencyHome:
    """Name administrators, and relieve others; `KeyUnknown` for nobody of an id, `PersonSuspended`."""
    with changing(path):
        home = load_home(path, now)
        wanted = dict.fromkeys(home.roster.administrators)
        for person in named:
            if home.roster.person(person).suspended is not None:
                raise PersonSuspended
            wanted[person] = None
        for person in relieved:
            wanted.pop(home.roster.person(person).id, None)
        return publish(home, now, administrators=tuple(wanted))
