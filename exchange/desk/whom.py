"""Whom one may write to: a search over the names in all agencies' rosters.

Promises: only people and roles are found to whom words can be sealed at that moment, each with the
fingerprint of the key that it would be, for comparing aloud.
Never: a query or a name is logged or kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.wire.slip import Party
from keys.errors import Problem
from keys.suite import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from exchange.desk.trust import Trust

FOUND = 50  # parties that one search answers with


@dataclass(frozen=True, slots=True)
class Found:
    """A person or role that one may write to."""

    party: Party
    name: str
    post: str  # a role has none
    agency_name: str
    fingerprint: str  # of the key that words would be sealed to


def find(trust: Trust, query: str, now: datetime) -> tuple[Found, ...]:
    """Search names for every word of `query`, in any case; at most `FOUND`. No word finds everybody."""
    found: list[Found] = []
    words = query.casefold().split()
    for agency in trust.directory.agencies():
        for party, name, post in _named(trust, agency.agency, words):
            try:
                key = trust.sealing_key(party, now)
            except Problem:
                continue
            found.append(Found(party, name, post, agency.name, fingerprint(key.to_bytes())))
            if len(found) == FOUND:
                return tuple(found)
    return tuple(found)


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
