"""The agency's own keys: founding, rotation, revocation.

Promises: founding makes a whole home or none; everyday keys are vouched for by the root, which opens with a
passphrase and is meant to live elsewhere than the desk; a key in use is replaced before it is revoked, and
the roster is signed anew before its old signature stops counting.
Never: the root signs anything but agency events.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pydantic import ValidationError

from keys.ceremony.home import (
    ROSTER,
    STORAGE,
    AgencyCard,
    AgencyHome,
    changing,
    load_home,
    offline_keystore,
    write_card,
    write_event,
    write_roster,
)
from keys.ceremony.publish import first_roster, publish
from keys.directory import Enrol, Mailbox, Revoke, Rotate
from keys.ceremony.unlocking import CREDENTIAL, DESK, desk_secret, unlock_desk
from keys.errors import HomeExists, NameRefused
from keys.files import make_private_folder
from keys.keyring import Private, Secret
from keys.keystore import DEFAULT_COST, Cost, FileCredential, Keystore, Passphrase
from keys.record import digest, encode, format_time, new_id
from keys.statement import Kind, dump, sign
from keys.suite import OpeningKey, SigningKey, TransportKey, fingerprint

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

Everyday = Literal["signing", "mailbox", "transport"]
EVERYDAY: Final[frozenset[Everyday]] = frozenset({"signing", "mailbox", "transport"})
_SECRET = 32


@dataclass(frozen=True, slots=True, repr=False)
class _Drawn:
    root: SigningKey
    next_root: SigningKey
    signing: SigningKey
    mailbox: OpeningKey
    transport: TransportKey
    records: OpeningKey


def found(  # noqa: PLR0913 - a founding names everything once
    path: Path,
    *,
    agency: str,
    name: str,
    passphrase: Passphrase,
    now: datetime,
    cost: Cost = DEFAULT_COST,
) -> AgencyHome:
    """Found an agency in the new folder `path`; `passphrase` opens its offline keys.

    `HomeExists` if anything is there, `NameRefused`, `PassphraseTooShort`. Takes three stretchings of the
    passphrase (about two seconds at the default cost).
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise HomeExists
    drawn = _Drawn(
        SigningKey.generate(),
        SigningKey.generate(),
        SigningKey.generate(),
        OpeningKey.generate(),
        TransportKey.generate(),
        OpeningKey.generate(),
    )
    try:
        event = _enrolment(drawn, agency, name, format_time(now))
    except ValidationError:
        raise NameRefused from None
    path.parent.mkdir(parents=True, exist_ok=True)
    workshop = path.with_name(f".{path.name}.{new_id()}")
    try:
        _furnish(workshop, drawn, event, passphrase, cost)
        roster = first_roster(agency, drawn.signing, drawn.records, now)
        write_roster(workshop, unlock_desk(workshop), roster)
        workshop.replace(path)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return load_home(path, now)


def rotate(
    path: Path, *, passphrase: Passphrase, now: datetime, kinds: frozenset[Everyday] = EVERYDAY
) -> AgencyHome:
    """Replace everyday keys of those kinds; `passphrase` opens the root. The old ones still count."""
    with changing(path):
        return _rotate(load_home(path, now), _root(path, passphrase), now, kinds)


def revoke(path: Path, *, key_id: str, passphrase: Passphrase, now: datetime) -> AgencyHome:
    """Revoke one of the agency's everyday keys, after replacing it if it is the present one.

    `KeyUnknown`, `KeyRevoked` if it was, `KeystoreLocked` if the passphrase does not open the root.
    """
    with changing(path):
        home, root = load_home(path, now), _root(path, passphrase)
        present: dict[str, Everyday] = {
            home.keys.signing.key_id: "signing",
            home.keys.mailbox.key_id: "mailbox",
            home.keys.transport.key_id: "transport",
        }
        if key_id in present:
            home = _rotate(home, root, now, frozenset({present[key_id]}))
        if home.roster_document.list().key == key_id:
            home = publish(home, now)  # left over from a rotation that was cut short
        keys = home.keys
        event = Revoke(
            agency=home.agency, seq=keys.seq + 1, prev=keys.head, created=format_time(now), key=key_id
        )
        return _record(home, event, root, now)


def _enrolment(drawn: _Drawn, agency: str, name: str, created: str) -> Enrol:
    return Enrol(
        agency=agency,
        prev=None,
        created=created,
        name=name,
        root=encode(drawn.root.verifying_key.to_bytes()),
        next_root=digest(drawn.next_root.verifying_key.to_bytes()),
        signing=encode(drawn.signing.verifying_key.to_bytes()),
        mailbox=Mailbox(epoch=1, key=encode(drawn.mailbox.sealing_key.to_bytes())),
        transport=encode(drawn.transport.public.to_bytes()),
    )


def _furnish(home: Path, drawn: _Drawn, event: Enrol, passphrase: Passphrase, cost: Cost) -> None:
    for folder in (home, home / "offline", home / "people", home / "roles", home / "events"):
        make_private_folder(folder)
    offline: tuple[tuple[str, Private], ...] = (
        ("root", drawn.root),
        ("next-root", drawn.next_root),
        ("records", drawn.records),
    )
    for name, key in offline:
        Keystore.create(offline_keystore(home, name), passphrase, holder=name, keys=(key,), cost=cost)
    Keystore.create(
        home / DESK,
        FileCredential.create(home / CREDENTIAL),
        holder="desk",
        keys=(
            drawn.signing,
            drawn.mailbox,
            drawn.transport,
            Secret(STORAGE, secrets.token_bytes(_SECRET)),
            Secret(ROSTER, secrets.token_bytes(_SECRET)),
        ),
    )
    write_event(home, 0, sign(Kind.AGENCY_EVENT, dump(event), drawn.root))
    pin = "".join(fingerprint(drawn.root.verifying_key.to_bytes()).split())
    write_card(home, AgencyCard(agency=event.agency, name=event.name, root=pin))


def _root(path: Path, passphrase: Passphrase) -> SigningKey:
    """Open the root, of which the directory then confirms that it is this agency's."""
    keyring = Keystore.open(offline_keystore(path, "root")).unlock(passphrase)
    return keyring.signing(keyring.ids("signing")[0])


def _rotate(home: AgencyHome, root: SigningKey, now: datetime, kinds: frozenset[Everyday]) -> AgencyHome:
    signing, mailbox, transport = SigningKey.generate(), OpeningKey.generate(), TransportKey.generate()
    drawn: dict[Everyday, Private] = {"signing": signing, "mailbox": mailbox, "transport": transport}
    desk = Keystore.open(home.path / DESK)
    desk.add(desk_secret(home.path), *(drawn[kind] for kind in sorted(kinds)))
    epoch = home.keys.mailbox_epoch + 1
    event = Rotate(
        agency=home.agency,
        seq=home.keys.seq + 1,
        prev=home.keys.head,
        created=format_time(now),
        signing=encode(signing.verifying_key.to_bytes()) if "signing" in kinds else None,
        mailbox=Mailbox(epoch=epoch, key=encode(mailbox.sealing_key.to_bytes()))
        if "mailbox" in kinds
        else None,
        transport=encode(transport.public.to_bytes()) if "transport" in kinds else None,
    )
    home = _record(home, event, root, now)
    return publish(home, now) if "signing" in kinds else home


def _record(home: AgencyHome, event: Rotate | Revoke, root: SigningKey, now: datetime) -> AgencyHome:
    """Sign an event, make sure that everybody will take it, write it, and load what it made."""
    signed = sign(Kind.AGENCY_EVENT, dump(event), root)
    home.directory().apply(signed)
    write_event(home.path, event.seq, signed)
    return load_home(home.path, now)
