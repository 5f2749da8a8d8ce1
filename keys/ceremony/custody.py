"""Custody of the records key: given to several people, passed on, rehearsed, used.

Promises: the key is destroyed nowhere before enough of its new custodians have opened their parts and had it
back from them; there are at least two custodians always, and two of them are needed; an old records key stays
recoverable by those who held it, or by those to whom they passed it on.
Never: the key stands in a file again once it was given, or leaves the memory of the act that rebuilt it. No
administrator's secret opens a part.

Whoever runs the act that gives the key has it in memory for that act; Python cannot wipe it. Run it on a
machine that you trust as much as the custodians.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from keys.ceremony.home import AgencyHome, changing, load_home, offline_keystore
from keys.ceremony.parts import InCustody, SealedPart, find, in_custody, open_part, put, seal
from keys.ceremony.publish import publish
from keys.ceremony.unlocking import fitting
from keys.custody import Part, check_terms, recover, split
from keys.entry import KEYS_KEPT, Custodians
from keys.errors import (
    CustodianLeaving,
    CustodiansAbsent,
    KeyRevoked,
    KeyUnknown,
    Malformed,
    PartsDoNotFit,
    PersonSuspended,
    RecordsKeyUndivided,
    TooFewCustodians,
)
from keys.files import remove
from keys.keystore import Keystore
from keys.record import encode, format_time, new_id
from keys.roster import Records, SharedKey
from keys.suite import OpeningKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from keys.keyring import Keyring
    from keys.keystore import Passphrase
    from keys.roster import Person
    from keys.suite import SealingKey

RECORDS: Final = "records"


@dataclass(frozen=True, slots=True)
class Entrusted:
    """What giving custody did: the home after it, the keys that were split, and whether one was destroyed."""

    home: AgencyHome
    keys: tuple[str, ...]
    destroyed: bool


def undivided(home: AgencyHome) -> bool:
    """Whether the present records key was not given to custodians, or a file of it was left behind."""
    given = {one.key for one in in_custody(home.path)}
    left = offline_keystore(home.path, RECORDS).exists()
    return home.roster.custodians is None or home.roster.records_key.key_id not in given or left


def entrust(  # noqa: PLR0913 - custody names everything once
    path: Path,
    *,
    people: Sequence[str],
    need: int,
    present: Mapping[str, Keyring],
    now: datetime,
    passphrase: Passphrase | None = None,
    fresh: bool = False,
) -> Entrusted:
    """Make `people` the custodians of every records key, any `need` of them together.

    `present` are the unlocked keyrings of those in the room: enough of the old custodians to have the keys
    back, and enough of the new ones to show that they have them. `passphrase` opens the records keystore as
    founding left it, which is then destroyed. `fresh` also draws a new records key, for all that is sealed
    from now on.

    `TooFewCustodians`, `CustodiansAbsent`, `KeyUnknown` for nobody of an id, `PersonSuspended`, `KeyRevoked`
    for somebody without a key in force, `KeystoreLocked`, `PartsDoNotFit`.
    """
    with changing(path):
        home = load_home(path, now)
        sealing = _custodians(home, people, need)
        keys = {**_checked_all(home, present), **_founding(home, passphrase)}
        _demand_newest(home, keys, fresh=fresh)
        drawn = OpeningKey.generate() if fresh else None
        if drawn is not None:
            keys[drawn.sealing_key.key_id] = drawn
        whole = {name: _split(home, name, key, sealing, need) for name, key in keys.items()}
        for name, sealed in whole.items():
            _checked(InCustody(name, need, tuple(people), sealed), home.agency, present)
        for name, sealed in whole.items():
            put(path, name, tuple(sealed.values()))
        changed = () if drawn is None else (_with_key(home, drawn, now),)
        home = publish(home, now, *changed, custodians=Custodians(need=need, people=tuple(people)))
        left = offline_keystore(path, RECORDS)
        destroyed = left.exists()
        remove(left)
        return Entrusted(home, tuple(whole), destroyed)


def rehearse(home: AgencyHome, present: Mapping[str, Keyring]) -> tuple[str, ...]:
    """Rebuild every records key of which enough custodians are present, and throw it away; their names.

    Every group of them that is large enough must have it back: an altered part is found before it is needed.
    `RecordsKeyUndivided` before custody; `CustodiansAbsent` or `PartsDoNotFit` if the present records key is
    not among them.
    """
    if undivided(home):
        raise RecordsKeyUndivided
    _checked(find(home.path, home.roster.records_key.key_id), home.agency, present)
    return tuple(_checked_all(home, present))


def recovered(home: AgencyHome, present: Mapping[str, Keyring]) -> dict[str, OpeningKey]:
    """Rebuild, in memory, each records key that the custodians present can, by its name.

    One group among them that has a key back is enough, whatever others hold. `RecordsKeyUndivided` if no
    key is in custody, `CustodiansAbsent` if too few came for any, `PartsDoNotFit` if none comes back.
    """
    held = in_custody(home.path)
    if not held:
        raise RecordsKeyUndivided
    able = [one for one in held if _enough(one, present)]
    if not able:
        raise CustodiansAbsent
    found: dict[str, OpeningKey] = {}
    for one in able:
        parts = [part for who in one.people if who in present and (part := _part(one, who, present[who]))]
        for group in combinations(parts, one.need):
            with suppress(PartsDoNotFit):
                found[one.key] = recover(group, agency=home.agency, key=one.key)
                break
    if not found:
        raise PartsDoNotFit
    return found


def demand_may_leave(home: AgencyHome, person: str) -> None:
    """Raise `CustodianLeaving` for a custodian, or while too few others hold an old records key."""
    custodians = home.roster.custodians
    if custodians is not None and person in custodians.people:
        raise CustodianLeaving
    staying = {one.id for one in home.roster.people if one.suspended is None} - {person}
    for held in in_custody(home.path):
        if person in held.people and len(staying & set(held.people)) < held.need:
            raise CustodianLeaving


def _custodians(home: AgencyHome, people: Sequence[str], need: int) -> dict[str, SealingKey]:
    check_terms(need, len(people))
    if len(set(people)) != len(people):
        raise TooFewCustodians
    return {person: _key_of(home.roster.person(person)) for person in people}


def _key_of(person: Person) -> SealingKey:
    if person.suspended is not None:
        raise PersonSuspended
    if person.keys[0].revoked is not None:
        raise KeyRevoked
    return person.keys[0].sealing_key


def _founding(home: AgencyHome, passphrase: Passphrase | None) -> dict[str, OpeningKey]:
    """Open what founding left; nothing without its passphrase."""
    if passphrase is None:
        return {}
    keystore = Keystore.open(offline_keystore(home.path, RECORDS))
    keyring = keystore.unlock(fitting(home.path, keystore, passphrase))
    return {name: keyring.opening(name) for name in keyring.ids("opening")}


def _demand_newest(home: AgencyHome, keys: Mapping[str, OpeningKey], *, fresh: bool) -> None:
    """Leave no records key in use behind with others than its custodians, unless a fresh one replaces it."""
    newest = home.roster.records_key.key_id
    if newest not in keys and newest not in {one.key for one in in_custody(home.path)}:
        raise RecordsKeyUndivided
    if newest not in keys and not fresh:
        raise CustodiansAbsent


def _checked_all(home: AgencyHome, present: Mapping[str, Keyring]) -> dict[str, OpeningKey]:
    held = in_custody(home.path)
    return {one.key: _checked(one, home.agency, present) for one in held if _enough(one, present)}


def _checked(held: InCustody, agency: str, present: Mapping[str, Keyring]) -> OpeningKey:
    """Have one key back, the same from every group of those who are present."""
    if not _enough(held, present):
        raise CustodiansAbsent
    parts = [part for who in held.people if who in present and (part := _part(held, who, present[who]))]
    if len(parts) < len(set(held.people) & set(present)):
        raise PartsDoNotFit
    return recover(parts, agency=agency, key=held.key)


def _enough(held: InCustody, present: Mapping[str, Keyring]) -> bool:
    return len(set(held.people) & set(present)) >= held.need


def _part(held: InCustody, who: str, keyring: Keyring) -> Part | None:
    """Open one custodian's part; None if it was altered, or sealed to a key that they do not have."""
    try:
        return open_part(held.sealed[who], keyring)
    except (KeyUnknown, Malformed):
        return None


def _split(
    home: AgencyHome, name: str, key: OpeningKey, sealing: Mapping[str, SealingKey], need: int
) -> dict[str, SealedPart]:
    parts = split(key.seed, agency=home.agency, key=name, need=need, of=len(sealing))
    return {person: seal(part, person, to) for part, (person, to) in zip(parts, sealing.items(), strict=True)}


def _with_key(home: AgencyHome, drawn: OpeningKey, now: datetime) -> Records:
    records = home.roster.records
    assert records is not None  # founding made it, and no ceremony takes it away
    key = SharedKey(
        epoch=records.keys[0].epoch + 1,
        sealing=encode(drawn.sealing_key.to_bytes()),
        created=format_time(now),
        revoked=None,
    )
    return records.model_copy(update={"salt": new_id(), "keys": (key, *records.keys)[:KEYS_KEPT]})


def holders(home: AgencyHome) -> Iterable[InCustody]:
    """Say who holds parts of which records key, the present key first."""
    newest = home.roster.records_key.key_id
    return sorted(in_custody(home.path), key=lambda one: one.key != newest)
