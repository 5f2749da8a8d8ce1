"""What a ceremony did: the difference between a home before it and after it.

Promises: a transcript says what was done, because it is read off what is there, and not what somebody meant;
only what leaves no such difference (another secret for the same keys, a backup) is told by who did it.
Never: a name or a word is among it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from keys.agency import EVERYDAY
from keys.ceremony.parts import in_custody
from keys.ceremony.policy import POLICY, pinned_policy
from keys.ceremony.transcript import Act
from keys.errors import KeystoreMissing
from keys.event import read_event
from keys.keystore import Keystore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keys.agency import AgencyKeys
    from keys.ceremony.home import AgencyHome
    from keys.ceremony.kinds import Deed
    from keys.roster import Person, PersonKey, Role, Roster

_RECORDS = "offline/records.keystore"


def acts_of_founding(after: AgencyHome) -> tuple[Act, ...]:
    """Say what a founding did."""
    keys = (*after.keys.roots, *after.keys.current.values(), after.roster.records_key.key_id)
    return (Act(act="agency_founded", agency=after.agency, keys=keys), *_signed(None, after))


def acts_between(before: AgencyHome, after: AgencyHome, *, events: Deed = "event_signed") -> tuple[Act, ...]:
    """Say what became of a home; `events` names what was done with the events that it has beside."""
    return (
        *_agency(before, after),
        *_people(before.roster, after.roster),
        *_roles(before.roster, after.roster),
        *_offices(before.roster, after.roster),
        *_custody(before, after),
        *_erased(before, after),
        *_pinned(before, after),
        *_signed(before, after, events),
    )


def _agency(before: AgencyHome, after: AgencyHome) -> Iterator[Act]:
    was, now = before.keys, after.keys
    for newcomer in now.sponsorships.keys() - was.sponsorships.keys():
        yield Act(act="agency_sponsored", agency=newcomer)
    if now.root != was.root:
        yield Act(act="root_succeeded", keys=(now.root.key_id,))
    for kind in EVERYDAY:
        if now.current[kind] != was.current[kind]:
            yield Act(act="agency_key_replaced", keys=(now.current[kind],))
    for key, said in _revocations(now).items():
        if key not in _revocations(was):
            yield Act(act="agency_key_revoked", keys=(key,), index=said)


def _revocations(keys: AgencyKeys) -> dict[str, int]:
    return {key: said.from_index for key, said in keys.revoked.items()}


def _people(before: Roster, after: Roster) -> Iterator[Act]:
    was = {person.id: person for person in before.people}
    now = {person.id: person for person in after.people}
    for who, person in now.items():
        if who not in was:
            yield Act(act="person_enrolled", person=who, keys=_ids(person.keys))
        else:
            yield from _person(was[who], person)
    for who in was.keys() - now.keys():
        yield Act(act="person_removed", person=who, keys=_ids(was[who].keys))


def _person(was: Person, now: Person) -> Iterator[Act]:
    if (was.suspended is None) != (now.suspended is None):
        yield Act(act="person_restored" if now.suspended is None else "person_suspended", person=now.id)
    revoked = {key.signing: key for key in was.keys if key.revoked is not None}
    new = [key for key in now.keys if key.signing not in {old.signing for old in was.keys}]
    kept = {key.signing for key in now.keys}
    dropped = [key for key in was.keys if key.signing not in kept]
    if new:
        yield Act(act="keys_renewed", person=now.id, keys=_ids(new))
    for key in now.keys:
        if key.revoked is not None and key.signing not in revoked:
            yield Act(act="keys_revoked", person=now.id, keys=_ids((key,)), index=key.revoked_from)
    if dropped:
        yield Act(act="keys_dropped", person=now.id, keys=_ids(dropped))


def _ids(keys: Iterable[PersonKey]) -> tuple[str, ...]:
    return tuple(one for key in keys for one in (key.verifying_key.key_id, key.sealing_key.key_id))


def _roles(before: Roster, after: Roster) -> Iterator[Act]:
    was = {role.id: role for role in before.roles}
    for role in after.roles:
        if role == was.get(role.id):
            continue
        old: Role | None = was.get(role.id)
        newest = (role.keys[0].sealing_key.key_id,)
        yield Act(act="role_created" if old is None else "role_changed", role=role.id, keys=newest)
        members = set() if old is None else set(old.members)
        for who in role.members:
            if who not in members:
                yield Act(act="member_joined", role=role.id, person=who)
        for who in sorted(members - set(role.members)):
            yield Act(act="member_left", role=role.id, person=who)


def _offices(before: Roster, after: Roster) -> Iterator[Act]:
    if before.lead != after.lead:
        yield Act(act="lead_named", person=after.lead)
    yield from _office(
        "administrator_named", "administrator_relieved", before.administrators, after.administrators
    )
    was = () if before.custodians is None else before.custodians.people
    now = () if after.custodians is None else after.custodians.people
    yield from _office("custodian_named", "custodian_relieved", was, now)
    if after.custodians is not None and before.custodians != after.custodians:
        yield Act(act="custodians_needed", number=after.custodians.need)


def _office(named: Deed, relieved: Deed, was: tuple[str, ...], now: tuple[str, ...]) -> Iterator[Act]:
    for who in now:
        if who not in was:
            yield Act(act=named, person=who)
    for who in was:
        if who not in now:
            yield Act(act=relieved, person=who)


def _custody(before: AgencyHome, after: AgencyHome) -> Iterator[Act]:
    if before.roster.records_key != after.roster.records_key:
        yield Act(act="records_key_replaced", keys=(after.roster.records_key.key_id,))
    was = {one.key: one.sealed for one in in_custody(before.path)}
    for one in in_custody(after.path):
        if one.sealed != was.get(one.key):
            for who in one.people:
                yield Act(act="parts_given", person=who, keys=(one.key,))
    if (before.path / _RECORDS).exists() and not (after.path / _RECORDS).exists():
        yield Act(act="records_file_destroyed", keys=(before.roster.records_key.key_id,))


def _erased(before: AgencyHome, after: AgencyHome) -> Iterator[Act]:
    """Private halves of sealing keys that are in no keystore any more."""
    places = [path.relative_to(before.path) for path in sorted((before.path / "people").glob("*.keystore"))]
    desk = set(before.keyring.ids("opening")) - set(after.keyring.ids("opening"))
    if desk:
        yield Act(act="keys_erased", keys=tuple(sorted(desk)))
    for place in places:
        old, new = before.path / place, after.path / place
        with suppress(FileNotFoundError):
            if old.samefile(new):
                continue
        gone = _openings(before, place.as_posix()) - _openings(after, place.as_posix())
        if gone:
            yield Act(act="keys_erased", person=place.stem, keys=tuple(sorted(gone)))


def _openings(home: AgencyHome, place: str) -> set[str]:
    try:
        return {name for kind, name in Keystore.open(home.path / place).names if kind == "opening"}
    except KeystoreMissing:
        return set()


def _pinned(before: AgencyHome, after: AgencyHome) -> Iterator[Act]:
    for agency, root in sorted(after.pins.items()):
        if before.pins.get(agency) != root:
            yield Act(act="root_pinned", agency=agency, fingerprint=root)
    with suppress(FileNotFoundError):
        if (before.path / POLICY).samefile(after.path / POLICY):
            return
    policy = pinned_policy(after.path)
    if policy not in {"", pinned_policy(before.path)}:
        yield Act(act="policy_pinned", fingerprint=policy)


def _signed(before: AgencyHome | None, after: AgencyHome, events: Deed = "event_signed") -> Iterator[Act]:
    for event in after.events[0 if before is None else len(before.events) :]:
        yield Act(act=events, number=read_event(event.payload).seq)
    if before is None or before.roster.version != after.roster.version:
        yield Act(act="roster_signed", number=after.roster.version)
