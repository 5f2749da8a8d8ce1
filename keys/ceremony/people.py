"""People and roles: enrol, renew, suspend, revoke, and who acts for which role.

Promises: each act ends in a new signed version of the roster; whoever leaves a role loses its key, which is
replaced in the same act; a person's private keys are drawn into a keystore that only that person's passphrase
opens.
Never: an administrator needs, or keeps, a person's or a role's key after the act that drew it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import ValidationError

from keys.ceremony.home import AgencyHome, changing, load_home, person_keystore
from keys.ceremony.publish import publish
from keys.ceremony.roles import give, take_away, wrap
from keys.ceremony.unlocking import fitting
from keys.entry import KEYS_KEPT
from keys.errors import KeyRevoked, KeyUnknown, NameRefused, PersonSuspended
from keys.keystore import DEFAULT_COST, Cost, Keystore, Passphrase
from keys.record import encode, format_time, new_id
from keys.roster import Person, PersonKey, Role, SharedKey
from keys.suite import OpeningKey, SigningKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from keys.keyring import Keyring
    from keys.suite import SealingKey

_Entry = TypeVar("_Entry", Person, Role)

KEY_LIFETIME: Final = timedelta(days=730)
CLOCKS: Final = timedelta(minutes=5)  # other desks' clocks may be behind: a key counts from a little earlier


def enrol_person(  # noqa: PLR0913 - an enrolment names everything once
    path: Path,
    *,
    name: str,
    post: str,
    passphrase: Passphrase,
    now: datetime,
    cost: Cost = DEFAULT_COST,
    administrator: bool = False,
) -> Person:
    """Enrol somebody under a passphrase of their own; `NameRefused`, `PassphraseTooShort`.

    `administrator` names them one of those who run ceremonies.
    """
    with changing(path):
        home = load_home(path, now)
        signing, opening = SigningKey.generate(), OpeningKey.generate()
        try:
            person = Person(
                id=new_id(),
                salt=new_id(),
                name=name,
                post=post,
                suspended=None,
                keys=(_person_key(signing, opening, now),),
            )
        except ValidationError:
            raise NameRefused from None
        Keystore.create(
            person_keystore(path, person.id), passphrase, holder=person.id, keys=(signing, opening), cost=cost
        )
        administrators = (*home.roster.administrators, *((person.id,) if administrator else ()))
        return publish(home, now, person, administrators=administrators).roster.person(person.id)


def renew_person(path: Path, *, person: str, passphrase: Passphrase, now: datetime) -> Person:
    """Give somebody new keys in place of those they have, which stay for what is already written.

    `KeyUnknown` for nobody of that id, `KeystoreLocked`.
    """
    with changing(path):
        home = load_home(path, now)
        entry = home.roster.person(person)
        signing, opening = SigningKey.generate(), OpeningKey.generate()
        keystore = Keystore.open(person_keystore(path, entry.id))
        keystore.add(fitting(path, keystore, passphrase), signing, opening)
        keys = (_person_key(signing, opening, now), *entry.keys)[:KEYS_KEPT]
        return publish(home, now, _changed(entry, keys=keys)).roster.person(person)


def change_passphrase(
    path: Path, *, person: str, old: Passphrase, new: Passphrase, cost: Cost = DEFAULT_COST
) -> None:
    """Put a person's keys under another passphrase; `KeystoreLocked`, `PassphraseTooShort`, `KeyUnknown`."""
    with changing(path):
        entry = load_home(path).roster.person(person)
        keystore = Keystore.open(person_keystore(path, entry.id))
        keystore.change_secret(fitting(path, keystore, old), new, cost=cost)


def revoke_person_key(
    path: Path, *, person: str, key_id: str, now: datetime, revoked_from: int | None = None
) -> Person:
    """Revoke the pair of keys of which `key_id` names either; `KeyUnknown`, or `KeyRevoked` if it was.

    `revoked_from` is the log index from which it counts no more for what is first received there or later,
    whatever time it claims; without one, the time of this act alone decides. If it was the newest, they can
    neither sign nor be sent anything until `renew_person`.
    """
    with changing(path):
        home = load_home(path, now)
        entry = home.roster.person(person)
        keys = tuple(_revoked(key, now, revoked_from) if _named(key, key_id) else key for key in entry.keys)
        if keys == entry.keys:
            raise KeyUnknown
        return publish(home, now, _changed(entry, keys=keys)).roster.person(person)


def suspend(path: Path, *, person: str, now: datetime) -> Person:
    """Suspend somebody from this moment on, and take them out of every role.

    `KeyUnknown` for nobody of that id, `KeyRevoked` if they are suspended already.
    """
    with changing(path):
        home = load_home(path, now)
        entry = home.roster.person(person)
        if entry.suspended is not None:
            raise KeyRevoked
        suspended = _changed(entry, suspended=format_time(now))
        roles = [
            with_members(home, role, tuple(m for m in role.members if m != person), now, lenient=True)
            for role in home.roster.roles
            if person in role.members
        ]
        lead = None if home.roster.lead == person else home.roster.lead
        after = publish(home, now, suspended, *roles, lead=lead)
        for role in roles:
            take_away(path, role.id, person)
        return after.roster.person(person)


def reinstate(path: Path, *, person: str, now: datetime) -> Person:
    """End a suspension; roles are given anew. `KeyUnknown` for nobody of that id."""
    with changing(path):
        home = load_home(path, now)
        entry = _changed(home.roster.person(person), suspended=None)
        return publish(home, now, entry).roster.person(person)


def create_role(path: Path, *, name: str, members: Iterable[str], now: datetime) -> Role:
    """Create a role with a key of its own, sealed to each member; `KeyUnknown`, `NameRefused`."""
    with changing(path):
        home = load_home(path, now)
        opening, members = OpeningKey.generate(), tuple(dict.fromkeys(members))
        try:
            role = Role(
                id=new_id(),
                salt=new_id(),
                name=name,
                members=members,
                keys=(_shared_key(opening, 1, now, revoked=not members),),
            )
        except ValidationError:
            raise NameRefused from None
        _hand_out(home, role, opening)
        return publish(home, now, role).roster.role(role.id)


def change_role(  # noqa: PLR0913 - who passes what on to whom
    path: Path,
    *,
    role: str,
    members: Iterable[str],
    now: datetime,
    passed_on_by: Keyring | None = None,
    lenient: bool = False,
) -> Role:
    """Give a role these members and a new key.

    `passed_on_by` is the unlocked keyring of a present member, who thereby hands the earlier keys to those
    who join; without it they open only what is sealed from now on. `lenient` passes over members without a
    key in force, who get the next one. `KeyUnknown` for nobody of an id.
    """
    with changing(path):
        home = load_home(path, now)
        before = home.roster.role(role)
        wanted = tuple(dict.fromkeys(members))
        if passed_on_by is not None:
            for person in set(wanted) - set(before.members):
                _pass_on(home, before, person, passed_on_by)
        after = with_members(home, before, wanted, now, lenient=lenient)
        published = publish(home, now, after)
        for person in set(before.members) - set(after.members):
            take_away(path, role, person)
        return published.roster.role(role)


def name_lead(path: Path, *, person: str, now: datetime) -> AgencyHome:
    """Name the agency's lead, who is told last of what nobody handled; `KeyUnknown`."""
    with changing(path):
        home = load_home(path, now)
        return publish(home, now, lead=home.roster.person(person).id)


def renew_roster(path: Path, *, now: datetime) -> AgencyHome:
    """Sign the same people again for another term."""
    with changing(path):
        return publish(load_home(path, now), now)


def with_members(
    home: AgencyHome, role: Role, members: tuple[str, ...], now: datetime, *, lenient: bool = False
) -> Role:
    """Replace a role's key, and hand the new one out. Without members there is nobody to open anything."""
    opening = OpeningKey.generate()
    key = _shared_key(opening, role.keys[0].epoch + 1, now, revoked=not members)
    after = _changed(role, members=members, keys=(key, *role.keys)[:KEYS_KEPT])
    _hand_out(home, after, opening, lenient=lenient)
    return after


def _hand_out(home: AgencyHome, role: Role, opening: OpeningKey, *, lenient: bool = False) -> None:
    """Seal a role's key to each member. `lenient` passes over members without a key, who get the next one."""
    sealing: dict[str, SealingKey] = {}
    for member in role.members:
        try:
            sealing[member] = _key_of(home.roster.person(member))
        except KeyRevoked:
            if not lenient:
                raise
    for member, key in sealing.items():
        give(home.path, role.id, member, wrap(role.id, member, opening, key))


def _pass_on(home: AgencyHome, role: Role, person: str, held: Keyring) -> None:
    sealing = _key_of(home.roster.person(person))
    present = set(held.ids("opening"))
    earlier = [key.sealing_key.key_id for key in role.keys]
    wrapped = [wrap(role.id, person, held.opening(key), sealing) for key in earlier if key in present]
    give(home.path, role.id, person, *wrapped)


def _key_of(person: Person) -> SealingKey:
    """Give the key to which a role's key is sealed. An expired one will do: its holder may still read."""
    if person.suspended is not None:
        raise PersonSuspended
    if person.keys[0].revoked is not None:
        raise KeyRevoked
    return person.keys[0].sealing_key


def _changed(entry: _Entry, **fields: object) -> _Entry:
    return type(entry).model_validate({**dict(iter(entry)), **fields, "salt": new_id()})


def _named(key: PersonKey, key_id: str) -> bool:
    return key_id in {key.verifying_key.key_id, key.sealing_key.key_id}


def _revoked(key: PersonKey, now: datetime, revoked_from: int | None) -> PersonKey:
    if key.revoked is not None:
        raise KeyRevoked
    return key.model_copy(update={"revoked": format_time(now), "revoked_from": revoked_from})


def _person_key(signing: SigningKey, opening: OpeningKey, now: datetime) -> PersonKey:
    return PersonKey(
        signing=encode(signing.verifying_key.to_bytes()),
        sealing=encode(opening.sealing_key.to_bytes()),
        not_before=format_time(now - CLOCKS),
        not_after=format_time(now + KEY_LIFETIME),
        revoked=None,
        revoked_from=None,
    )


def _shared_key(opening: OpeningKey, epoch: int, now: datetime, *, revoked: bool) -> SharedKey:
    created = format_time(now)
    return SharedKey(
        epoch=epoch,
        sealing=encode(opening.sealing_key.to_bytes()),
        created=created,
        revoked=created if revoked else None,
    )
