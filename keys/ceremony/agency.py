"""The agency's own keys: founding, rotation, revocation.

Promises: founding makes a whole home or none; everyday keys are vouched for by the root, which opens with a
passphrase and is meant to live elsewhere than the desk; a key in use is replaced before it is revoked, and
the roster is signed anew before its old signature stops counting.
Never: a witness key that is here is replaced unasked: the policies that name it are in other people's hands.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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
from keys.ceremony.root import NEXT, ROOT, next_place, open_root, record
from keys.ceremony.unlocking import CREDENTIAL, DESK, desk_secret, unlock_desk
from keys.errors import HomeExists, NameRefused
from keys.event import Enrol, Mailbox, Revoke, Rotate
from keys.files import make_private_folder
from keys.keyring import Private, Secret
from keys.keystore import DEFAULT_COST, Cost, FileCredential, Keystore, Passphrase
from keys.notekey import WitnessKey
from keys.record import digest, encode, format_time, new_id
from keys.statement import Kind, dump, sign
from keys.suite import OpeningKey, SigningKey, TransportKey, fingerprint

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from keys.agency import Everyday

ROTATED: Final[frozenset[Everyday]] = frozenset({"signing", "mailbox", "transport"})
_SECRET = 32


@dataclass(frozen=True, slots=True, repr=False)
class _Drawn:
    root: SigningKey
    next_root: SigningKey
    signing: SigningKey
    mailbox: OpeningKey
    transport: TransportKey
    witness: WitnessKey
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
        WitnessKey.generate(),
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
    path: Path, *, passphrase: Passphrase, now: datetime, kinds: frozenset[Everyday] = ROTATED
) -> AgencyHome:
    """Replace everyday keys of those kinds; `passphrase` opens the root. The old ones still count.

    A key whose private half is lost (see `catching_up`) is replaced too, of whatever kind it is.
    """
    with changing(path):
        home = load_home(path, now)
        return _rotate(home, open_root(home, passphrase), now, kinds.union(home.lacking))


def revoke(path: Path, *, key_id: str, from_index: int, passphrase: Passphrase, now: datetime) -> AgencyHome:
    """Revoke one of the agency's everyday keys, after replacing it if it is in use, or a former root.

    It counts no more for what is first received when the log has `from_index` entries or more; no more than
    the log has now (the home does not know it, and whoever takes the event checks it).
    `KeyUnknown`, `KeyRevoked` if it was, `KeystoreLocked` if the passphrase does not open the root.
    """
    with changing(path):
        home = load_home(path, now)
        root = open_root(home, passphrase)
        present: dict[str, Everyday] = {key: kind for kind, key in home.keys.current.items()}
        if key_id in present and home.keys.revocation(key_id) is None:
            home = _rotate(home, root, now, frozenset({present[key_id]}))
        if home.roster_document.list().key == key_id:
            home = publish(home, now)  # left over from a rotation that was cut short
        event = Revoke(**next_place(home, now), key=key_id, from_index=from_index)
        return record(home, event, root, now)


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
        witness=encode(drawn.witness.public.to_bytes()),
    )


def _furnish(home: Path, drawn: _Drawn, event: Enrol, passphrase: Passphrase, cost: Cost) -> None:
    for folder in (home, home / "offline", home / "people", home / "roles", home / "events"):
        make_private_folder(folder)
    offline: tuple[tuple[str, Private], ...] = (
        (ROOT, drawn.root),
        (NEXT, drawn.next_root),
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
            drawn.witness,
            Secret(STORAGE, secrets.token_bytes(_SECRET)),
            Secret(ROSTER, secrets.token_bytes(_SECRET)),
        ),
    )
    write_event(home, 0, sign(Kind.AGENCY_EVENT, dump(event), drawn.root))
    pin = "".join(fingerprint(drawn.root.verifying_key.to_bytes()).split())
    write_card(home, AgencyCard(agency=event.agency, name=event.name, root=pin))


def _rotate(home: AgencyHome, root: SigningKey, now: datetime, kinds: frozenset[Everyday]) -> AgencyHome:
    signing, mailbox, transport = SigningKey.generate(), OpeningKey.generate(), TransportKey.generate()
    witness = WitnessKey.generate()
    drawn: dict[Everyday, Private] = {
        "signing": signing,
        "mailbox": mailbox,
        "transport": transport,
        "witness": witness,
    }
    desk = Keystore.open(home.path / DESK)
    desk.add(desk_secret(home.path), *(drawn[kind] for kind in sorted(kinds)))
    epoch = home.keys.mailbox_epoch + 1
    event = Rotate(
        **next_place(home, now),
        signing=encode(signing.verifying_key.to_bytes()) if "signing" in kinds else None,
        mailbox=Mailbox(epoch=epoch, key=encode(mailbox.sealing_key.to_bytes()))
        if "mailbox" in kinds
        else None,
        transport=encode(transport.public.to_bytes()) if "transport" in kinds else None,
        witness=encode(witness.public.to_bytes()) if "witness" in kinds else None,
    )
    home = record(home, event, root, now)
    return publish(home, now) if "signing" in kinds else home
