"""Recovery from compromise: stolen keys end from a place in the log, and new ones take over, in one act.

Promises: what the thief has counts for nothing that is first received from that place on, whatever clock it
claims; the person or the desk goes on with new keys; the roles whose keys the thief had have new ones.
Never: what was signed before is taken back: the record names the keys, and the desk lists what was signed or
opened under them (`readback desk suspects`), for people to judge. Nor is the witness key replaced, which a
thief of the desk has as well: policies name it, so the record says what people have to do about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.ceremony.agency import ROTATED, revoke, rotate
from keys.ceremony.home import AgencyHome, changing, load_home
from keys.ceremony.passkeys import forget_passkeys
from keys.ceremony.people import change_passphrase, change_role, renew_person, revoke_person_key
from keys.keystore import DEFAULT_COST, Cost

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from keys.keystore import Passphrase


def recover_person(  # noqa: PLR0913 - whose keys, from where on, and both secrets
    path: Path,
    *,
    person: str,
    from_index: int,
    old: Passphrase,
    new: Passphrase,
    now: datetime,
    cost: Cost = DEFAULT_COST,
) -> tuple[str, ...]:
    """Give somebody new keys under a new passphrase, and revoke every other from that index; their ids.

    Their passkeys go: whoever knew the passphrase may have added one, which would open the new keys too.
    `KeyUnknown` for nobody of that id, `KeystoreLocked`, `PassphraseTooShort`.
    """
    home = load_home(path, now)
    stolen = [key for key in home.roster.person(person).keys if key.revoked is None]
    change_passphrase(path, person=person, old=old, new=new, cost=cost)
    forget_passkeys(path, person)
    kept = renew_person(path, person=person, passphrase=new, now=now).keys
    for key in stolen:
        if key in kept:
            named = key.verifying_key.key_id
            revoke_person_key(path, person=person, key_id=named, now=now, revoked_from=from_index)
    for role in load_home(path, now).roster.roles:
        if person in role.members:
            change_role(path, role=role.id, members=role.members, now=now, lenient=True)
    return tuple(one for key in stolen for one in (key.verifying_key.key_id, key.sealing_key.key_id))


def recover_agency(path: Path, *, from_index: int, passphrase: Passphrase, now: datetime) -> tuple[str, ...]:
    """Give the desk new signing, mailbox and transport keys, and revoke those before; their ids.

    `passphrase` opens the root. `KeystoreLocked`, `KeystoreMissing`.
    """
    with changing(path):
        home = load_home(path, now)
    stolen = _in_use(home)
    rotate(path, passphrase=passphrase, now=now)
    for key in stolen:
        revoke(path, key_id=key, from_index=from_index, passphrase=passphrase, now=now)
    return stolen


def _in_use(home: AgencyHome) -> tuple[str, ...]:
    """Give the desk's keys that were not revoked, the present first: a thief of the desk has them all."""
    listed = (key for key in home.keys.listed() if key.kind in ROTATED and key.revoked is None)
    return tuple(key.key_id for key in sorted(listed, key=lambda key: not key.present))
