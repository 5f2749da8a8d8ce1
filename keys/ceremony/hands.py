"""The people who hold a ceremony: administrators, each with their own keys unlocked.

Promises: whoever holds one is an administrator of the roster in force, not suspended, with a key that was not
revoked, and proved it by their own secret; what cannot be undone has two different ones; once two
administrators can act, two can act after every ceremony; nobody takes themselves out. What is a person's own,
their secret, is theirs alone to change; what a program does each month needs nobody.
Never: one person undoes this rule: who could act alone until a second was named never can again.

An agency begins without administrators. Until two can act, one person is enough to enrol or name another, and
the very first signs their own enrolment. An expired key still holds ceremonies: else everybody's could end
before anybody renewed one, and its holder has just shown that they have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.ceremony.home import person_keystore
from keys.ceremony.kinds import BEGINNINGS, FEWEST, HANDS, IRREVERSIBLE, OWN, UNATTENDED, UNTIL_TWO
from keys.errors import (
    AdministratorNeeded,
    KeyUnknown,
    LastAdministrator,
    NotAnAdministrator,
    NotYourself,
    PersonSuspended,
    TwoPeopleNeeded,
)
from keys.keystore import Keystore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keys.ceremony.home import AgencyHome
    from keys.ceremony.kinds import Ceremony
    from keys.keyring import Keyring
    from keys.keystore import HolderSecret, Passphrase
    from keys.roster import Person, Roster
    from keys.suite import SigningKey


@dataclass(frozen=True, slots=True, repr=False)
class Hand:
    """Somebody who holds a ceremony, and the key with which they sign its transcript."""

    person: str
    key: SigningKey


def able(roster: Roster) -> frozenset[str]:
    """Give the ids of the administrators who can act: not suspended, and with a key that was not revoked."""
    people = {person.id: person for person in roster.people}
    return frozenset(who for who in roster.administrators if who in people and _in_force(people[who]))


def unlock_hand(home: AgencyHome, person: str, passphrase: Passphrase) -> Hand:
    """Let an administrator show who they are; slow.

    `NotAnAdministrator`, `PersonSuspended`, `KeystoreLocked`. Whether they may is asked before their secret.
    """
    demand_administrator(home.roster, person)
    with home.unlock_person(person, passphrase) as keyring:
        return hand_of(home.roster, person, keyring)


def own_hand(home: AgencyHome, person: str, secret: HolderSecret) -> Hand:
    """Let a person show who they are, for what is their own; slow. `PersonSuspended`, `KeystoreLocked`."""
    demand_enough(home.roster, "own-secret", [person])
    with Keystore.open(person_keystore(home.path, person)).unlock(secret) as keyring:
        return hand_of(home.roster, person, keyring)


def hand_of(roster: Roster, person: str, keyring: Keyring) -> Hand:
    """Take the key in force of somebody whose keyring is open; `KeyUnknown` if it is not theirs."""
    return Hand(person, keyring.signing(roster.person(person).keys[0].verifying_key.key_id))


def demand_administrator(roster: Roster, person: str) -> None:
    """Raise `PersonSuspended`, `NotAnAdministrator`, unless that person may hold a ceremony.

    While no administrator can act, whoever becomes the first may.
    """
    try:
        entry = roster.person(person)
    except KeyUnknown:
        raise NotAnAdministrator from None
    if entry.suspended is not None:
        raise PersonSuspended
    standing = able(roster)
    if standing and person not in standing:
        raise NotAnAdministrator


def demand_enough(roster: Roster, ceremony: Ceremony, people: Sequence[str]) -> None:
    """Raise unless these people may hold that ceremony together.

    `AdministratorNeeded`, `TwoPeopleNeeded`, `NotAnAdministrator`, `PersonSuspended`.
    """
    if (ceremony in UNATTENDED and not people) or (ceremony in OWN and len(people) == 1):
        if any(roster.person(person).suspended is not None for person in people):
            raise PersonSuspended
        return
    standing = able(roster)
    if standing and not people:
        raise AdministratorNeeded
    for person in people:
        demand_administrator(roster, person)
    if len(set(people)) != len(people) or len(people) > HANDS:
        raise TwoPeopleNeeded
    alone = ceremony in UNTIL_TWO and len(standing) < FEWEST
    if ceremony in IRREVERSIBLE and len(people) < FEWEST and not alone:
        raise TwoPeopleNeeded
    if not people and ceremony not in BEGINNINGS:
        raise AdministratorNeeded


def demand_lasting(before: Roster, after: Roster, people: Sequence[str]) -> None:
    """Raise if what these people did leaves too few who can act, or went beyond what they may do.

    `LastAdministrator`, `NotYourself`; `TwoPeopleNeeded` if fewer changed who the administrators are,
    `NotAnAdministrator` or `AdministratorNeeded` if the first did not sign their own naming.
    """
    was, now = able(before), able(after)
    taken = set(before.administrators) - {
        who for who in after.administrators if after.person(who).suspended is None
    }
    if taken & set(people):
        raise NotYourself
    if len(now) < min(FEWEST, len(was)):
        raise LastAdministrator
    changed = set(before.administrators) != set(after.administrators)
    if changed and len(was) >= FEWEST and len(people) < FEWEST:
        raise TwoPeopleNeeded
    if not people:
        raise AdministratorNeeded
    if not set(people) <= (was or now):
        raise NotAnAdministrator


def _in_force(person: Person) -> bool:
    return person.suspended is None and person.keys[0].revoked is None
