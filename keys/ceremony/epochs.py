"""Epochs: sealing keys are replaced on schedule; private halves of old ones are erased after their time.

Promises: an epoch begins for the agency's mailbox and for every role at once; an old key is erased only when
it was replaced longer ago than the retention, and a mailbox key only when the desk said that its casebook can
do without it. What a thief takes after that opens nothing that was recorded before.
Never: a key in use is erased, or a signing key with it. Copies in backups are beyond reach: they go too.

A practitioner's epoch begins when they renew their keys, for which they come by: nobody else can open their
keystore. Their old keys are erased on the same occasion.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from keys.ceremony import roles as member_files
from keys.ceremony.agency import rotate
from keys.ceremony.home import AgencyHome, changing, load_home, person_keystore
from keys.ceremony.parts import in_custody
from keys.ceremony.people import change_role
from keys.ceremony.unlocking import DESK, desk_secret, fitting
from keys.event import Enrol, Rotate, read_event
from keys.keystore import Keystore
from keys.record import decode, parse_time
from keys.suite import SealingKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from keys.keystore import Passphrase
    from keys.roster import Person, PersonKey, SharedKey

EPOCH: Final = timedelta(days=365)  # how long a sealing key is in use before it is due
RETENTION: Final = timedelta(days=730)  # how long an old one is kept after it was replaced


def rotate_epoch(path: Path, *, passphrase: Passphrase, now: datetime) -> AgencyHome:
    """Begin a new epoch of the mailbox and of every role that has members; `passphrase` opens the root."""
    home = rotate(path, passphrase=passphrase, now=now, kinds=frozenset({"mailbox"}))
    for role in home.roster.roles:
        if role.members:
            change_role(path, role=role.id, members=role.members, now=now, lenient=True)
    return load_home(path, now)


def people_due(home: AgencyHome, now: datetime) -> tuple[Person, ...]:
    """Give those whose sealing key has been in use for an epoch: they come by and renew."""
    return tuple(
        person
        for person in home.roster.people
        if person.suspended is None and parse_time(person.keys[0].not_before) + EPOCH <= now
    )


def mailbox_keys_over(home: AgencyHome, now: datetime, retention: timedelta = RETENTION) -> frozenset[str]:
    """Name the mailbox keys held here that were replaced longer ago than the retention."""
    held = set(home.keyring.ids("opening"))
    epochs = list(_mailbox_epochs(home))
    ended = zip(epochs, [at for at, _ in epochs[1:]], strict=False)
    return frozenset(key for (_, key), at in ended if at + retention <= now and key in held)


def role_keys_over(home: AgencyHome, now: datetime, retention: timedelta = RETENTION) -> frozenset[str]:
    """Name the role keys that some member holds and that were replaced longer ago than the retention."""
    gone: set[str] = set()
    for role in home.roster.roles:
        for person in role.members:
            gone |= over(role.keys, member_files.held(home.path, role.id, person), now, retention)
    return frozenset(gone)


def erase_shared(
    path: Path, *, mailbox: Collection[str], now: datetime, retention: timedelta = RETENTION
) -> AgencyHome:
    """Erase old keys: of the `mailbox` those that the casebook can do without, and of every role.

    Those that are not over yet stay, whoever names them.
    """
    with changing(path):
        home = load_home(path, now)
        gone = mailbox_keys_over(home, now, retention) & frozenset(mailbox)
        if gone:
            Keystore.open(path / DESK).forget(desk_secret(path), gone)
        for role in home.roster.roles:
            for person in role.members:
                held = member_files.held(path, role.id, person)
                member_files.forget(path, role.id, person, over(role.keys, held, now, retention))
        return load_home(path, now)


def erase_own(
    path: Path, *, person: str, passphrase: Passphrase, now: datetime, retention: timedelta = RETENTION
) -> frozenset[str]:
    """Erase somebody's own old sealing keys, as they come by to renew; those erased. `KeystoreLocked`.

    What they hold of roles is sealed to their newest key first. A key to which a part of the records key is
    sealed stays until custody is given anew.
    """
    with changing(path):
        home = load_home(path, now)
        entry = home.roster.person(person)
        keystore = Keystore.open(person_keystore(path, entry.id))
        held = [name for kind, name in keystore.names if kind == "opening"]
        gone = over(entry.keys, held, now, retention) - _of_parts(home, person)
        if gone:
            secret = fitting(path, keystore, passphrase)
            with keystore.unlock(secret) as keyring:
                member_files.seal_again(path, home.roster, person, keyring, entry.keys[0].sealing_key)
            keystore.forget(secret, gone)
        return gone


def _of_parts(home: AgencyHome, person: str) -> frozenset[str]:
    return frozenset(one.sealed[person].to for one in in_custody(home.path) if person in one.sealed)


def over(
    keys: Sequence[PersonKey | SharedKey], held: Collection[str], now: datetime, retention: timedelta
) -> frozenset[str]:
    """Of the keys `held`, name those replaced longer ago than the retention; `keys` stand newest first.

    One that the roster does not list any more is older than all that it lists.
    """
    begun = {key.sealing_key.key_id: _begun(key) for key in keys}
    replaced = dict(zip(list(begun)[1:], begun.values(), strict=False))
    oldest = list(begun.values())[-1]
    return frozenset(
        name
        for name in held
        if (name in replaced and replaced[name] + retention <= now)
        or (name not in begun and oldest + retention <= now)
    )


def _begun(key: PersonKey | SharedKey) -> datetime:
    return parse_time(key.created if hasattr(key, "created") else key.not_before)


def _mailbox_epochs(home: AgencyHome) -> Iterator[tuple[datetime, str]]:
    for signed in home.events:
        event = read_event(signed.payload)
        if isinstance(event, Enrol | Rotate) and event.mailbox is not None:
            key = SealingKey.from_bytes(decode(event.mailbox.key))
            yield parse_time(event.created), key.key_id
