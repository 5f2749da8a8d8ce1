"""Whom one may write to: a search over the names in all agencies' rosters.

Promises: each person and role is found with its state. Whoever is in force can be written to at that moment,
and stands first, with the fingerprint of the key that words would be sealed to, for comparing aloud; whoever
is not is found too, so that they are not taken for unknown. `why_not` says why, as a refusal.
Never: a query or a name is logged or kept; somebody of an agency whose root differs from the one compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from exchange.errors import RecipientKeyExpired, RecipientKeyRevoked, RecipientUnknown, RoleUnattended
from exchange.wire.slip import Party
from keys.errors import Problem
from keys.record import parse_time
from keys.roster import Person, Role
from keys.suite import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from exchange.desk.trust import Trust

State = Literal["in force", "key revoked", "key expired", "suspended", "nobody on duty"]
IN_FORCE: Final = "in force"
FOUND: Final = 50  # parties that one search answers with


@dataclass(frozen=True, slots=True)
class Found:
    """A person or role; one may write to those in force."""

    party: Party
    name: str
    post: str  # a role has none
    agency_name: str
    state: State
    fingerprint: str  # of the key that words would be sealed to; empty unless in force


def find(trust: Trust, query: str, now: datetime, agency: str | None = None) -> tuple[Found, ...]:
    """Search names for every word of `query`, in any case; at most `FOUND`. No word finds everybody.

    With an `agency`, only its own people and roles.
    """
    found: list[Found] = []
    others: list[Found] = []
    words = query.casefold().split()
    for one in trust.directory.agencies():
        if agency not in {None, one.agency}:
            continue
        for party, name, post in _named(trust, one.agency, words):
            described = _described(trust, party, name, post, one.name, now)
            if described is None:
                continue
            if described.state == IN_FORCE:
                found.append(described)
            elif len(others) < FOUND:
                others.append(described)
            if len(found) == FOUND:
                return tuple(found)
    return tuple((*found, *others)[:FOUND])


def describe(trust: Trust, party: Party, now: datetime) -> Found | None:
    """Describe one person or role; None where no roster that is believed names them."""
    entry = trust.entry(party)
    agency = next((one for one in trust.directory.agencies() if one.agency == party.agency), None)
    if entry is None or agency is None:
        return None
    return _described(trust, party, entry.name, getattr(entry, "post", ""), agency.name, now)


def why_not(trust: Trust, party: Party, now: datetime, where: str) -> Problem | None:
    """Say why nothing can be sealed to a party now, as a problem at `where`; None if it can."""
    try:
        trust.sealing_key(party, now)
        trust.records_key(party.agency, now)
        trust.postal_slot(party.agency)
    except Problem as problem:
        entry = trust.entry(party)
        if isinstance(problem, RecipientUnknown) and isinstance(entry, Role) and not entry.members:
            return RoleUnattended(where)
        return type(problem)(where)
    return None


def _described(  # noqa: PLR0913, PLR0917 - what is known of one party
    trust: Trust, party: Party, name: str, post: str, agency_name: str, now: datetime
) -> Found | None:
    try:
        digits = fingerprint(trust.sealing_key(party, now).to_bytes())
    except Problem as problem:
        state = _state(trust, party, problem, now)
        return None if state is None else Found(party, name, post, agency_name, state, "")
    return Found(party, name, post, agency_name, IN_FORCE, digits)


def _state(trust: Trust, party: Party, problem: Problem, now: datetime) -> State | None:
    """Say why nothing can be sealed to somebody; None where their agency itself is not believed."""
    if isinstance(problem, RecipientKeyRevoked):
        entry = trust.entry(party)
        suspended = entry.suspended if isinstance(entry, Person) else None
        return "suspended" if suspended is not None and parse_time(suspended) <= now else "key revoked"
    if isinstance(problem, RecipientKeyExpired):
        return "key expired"
    return "nobody on duty" if isinstance(problem, RecipientUnknown) and party.role is not None else None


def _named(trust: Trust, agency: str, words: list[str]) -> Iterator[tuple[Party, str, str]]:
    roster = trust.roster(agency)
    if roster is None:
        return
    for person in roster.people:
        if _says(person.name, words):
            yield Party(agency=agency, person=person.id), person.name, person.post
    for role in roster.roles:
        if _says(role.name, words):
            yield Party(agency=agency, role=role.id), role.name, ""


def _says(name: str, words: list[str]) -> bool:
    folded = name.casefold()
    return all(word in folded for word in words)
