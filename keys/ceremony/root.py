"""What the root signs, which opens with a passphrase and is meant to live elsewhere than the desk.

Promises: every event was taken by a directory before it is written; the next root succeeds by itself, also
where the root is lost; a succession that was cut short is finished by the next act.
Never: the root signs anything but agency events; a root that was succeeded stays in the home.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from keys.ceremony.home import (
    AgencyHome,
    changing,
    load_home,
    offline_keystore,
    remove_event,
    write_event,
)
from keys.ceremony.publish import publish
from keys.ceremony.unlocking import fitting
from keys.directory import Directory
from keys.errors import AgencyUnknown, KeystoreMissing, Malformed
from keys.event import Enrol, Sponsor, Succeed, read_event
from keys.files import remove
from keys.keystore import DEFAULT_COST, Cost, Keystore
from keys.record import digest, encode, format_time
from keys.statement import Kind, dump, sign
from keys.suite import SigningKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from keys.agency import AgencyKeys
    from keys.event import AgencyEvent
    from keys.keystore import HolderSecret, Passphrase
    from keys.statement import Signed

ROOT, NEXT, LATER = "root", "next-root", "later-root"


class Place(TypedDict):
    """What every event says besides its own words."""

    agency: str
    seq: int
    prev: str
    created: str


def sponsor(
    path: Path, *, newcomer: Signed, compared: str, passphrase: Passphrase, now: datetime
) -> AgencyHome:
    """Vouch for an agency, whose enrol event is `newcomer` and whose root's fingerprint was `compared`.

    `Malformed` or `EventForged` for what is no enrolment, `RootDiffers` from what was compared,
    `AlreadySponsored`, `KeystoreLocked`.
    """
    enrolment = read_event(newcomer.payload)
    if not isinstance(enrolment, Enrol):
        raise Malformed("newcomer")
    Directory({enrolment.agency: compared}).apply(newcomer)
    with changing(path):
        home = load_home(path, now)
        event = Sponsor(
            **next_place(home, now), newcomer=enrolment.agency, enrolment=digest(newcomer.payload)
        )
        return record(home, event, open_root(home, passphrase), now)


def succeed(path: Path, *, passphrase: Passphrase, now: datetime, cost: Cost = DEFAULT_COST) -> AgencyHome:
    """Put the next root in the root's place, and draw the one after it; the root itself is not needed.

    `passphrase` opens the next root, and will open the new one. `KeystoreMissing` or `KeystoreLocked` for the
    next root's keystore, `RootNotCommitted` if it is another's.
    """
    with changing(path):
        home = load_home(path, now)
        _settle(home)
        root, secret = _only_key(path, NEXT, passphrase)
        later = SigningKey.generate()
        Keystore.create(offline_keystore(path, LATER), secret, holder=NEXT, keys=(later,), cost=cost)
        event = Succeed(
            **next_place(home, now),
            root=encode(root.verifying_key.to_bytes()),
            next_root=digest(later.verifying_key.to_bytes()),
        )
        home = record(home, event, root, now)
        _settle(home)
        return home


def adopt(path: Path, *, listed: Sequence[Signed], now: datetime) -> AgencyHome:
    """Take over this agency's events as the log lists them, where a thief of the root signed some.

    Events of ours that the log does not list stay if they continue it. What `Directory.apply` raises for
    events that this agency's roots did not sign, `AgencyUnknown` for another agency's.
    """
    with changing(path):
        home = load_home(path, now)
        if not listed:
            return home
        events = (*listed, *home.events[len(listed) :])
        if home.events[: len(listed)] != tuple(listed):
            events = tuple(listed)
        directory = Directory({home.agency: home.card.root}, whole=False)
        for signed in events:
            if read_event(signed.payload).agency != home.agency:
                raise AgencyUnknown
            directory.apply(signed)
        _vouch_under(home, directory.agency(home.agency), now)
        for seq, signed in enumerate(events):
            write_event(path, seq, signed, anew=True)
        for seq in range(len(events), len(home.events)):
            remove_event(path, seq)
        return load_home(path, now)


def open_root(home: AgencyHome, passphrase: Passphrase) -> SigningKey:
    """Open what is kept as the root, as `record` confirms; `KeystoreMissing`, `KeystoreLocked`."""
    _settle(home)
    return _only_key(home.path, ROOT, passphrase)[0]


def next_place(home: AgencyHome, now: datetime) -> Place:
    """Say where the agency's next event stands; never before its last one, whoever signed that."""
    keys = home.keys
    created = max(format_time(now), keys.changed)
    return Place(agency=home.agency, seq=keys.seq + 1, prev=keys.head, created=created)


def record(home: AgencyHome, event: AgencyEvent, root: SigningKey, now: datetime) -> AgencyHome:
    """Sign an event, make sure that everybody will take it, write it, and load what it made."""
    signed = sign(Kind.AGENCY_EVENT, dump(event), root)
    home.directory().apply(signed)
    write_event(home.path, event.seq, signed)
    return load_home(home.path, now)


def _vouch_under(home: AgencyHome, keys: AgencyKeys, now: datetime) -> None:
    """Sign the roster with a key that stays, if its own came with an event that the log has no place for."""
    if home.roster_document.list().key not in keys.signing_keys:
        held = next(key for key in home.keyring.ids("signing") if key in keys.signing_keys)
        publish(home, now, key=home.keyring.signing(held))


def _only_key(path: Path, name: str, passphrase: Passphrase) -> tuple[SigningKey, HolderSecret]:
    """Open a keystore of one key; what fits it opens the key's successor too."""
    keystore = Keystore.open(offline_keystore(path, name))
    secret = fitting(path, keystore, passphrase)
    keyring = keystore.unlock(secret)
    return keyring.signing(keyring.ids("signing")[0]), secret


def _settle(home: AgencyHome) -> None:
    """Finish a succession whose event is written: each keystore takes the place before it."""
    root, following, later = (offline_keystore(home.path, name) for name in (ROOT, NEXT, LATER))
    if not later.exists():
        return
    present = home.keys.root.key_id
    if _holds(following, present):
        following.replace(root)
    if _holds(root, present) and not following.exists():
        later.replace(following)
    else:
        remove(later)  # its event was never written


def _holds(keystore: Path, key_id: str) -> bool:
    try:
        return ("signing", key_id) in Keystore.open(keystore).names
    except KeystoreMissing:
        return False
