"""Role keys: one opening key for a team, sealed to each of its members.

Promises: a member's file opens for that member alone, and only as the key of that role and epoch; who leaves
loses the file, and the key is replaced; who joins gets the new key, and the earlier ones only from a present
member who passes them on.
Never: an administrator holds a role's key after the ceremony that drew it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from keys.errors import KeystoreMissing, Malformed
from keys.files import make_private_folder, read_private, remove, write_private
from keys.record import Base64, Frozen, Id, KeyId, decode, encode
from keys.statement import dump, load
from keys.suite import OpeningKey

if TYPE_CHECKING:
    from pathlib import Path

    from keys.keyring import Keyring
    from keys.roster import Roster
    from keys.suite import SealingKey

_FILE_LIMIT: Final = 512 * 1024
_LABEL = b"readback/cx1/role-key\0"


class WrappedKey(Frozen):
    """A role's opening seed, sealed to one member's key `to`."""

    key: KeyId
    to: KeyId
    wrapped: Base64


class MemberFile(Frozen):
    """What one member holds of one role: its keys, newest first."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    role: Id
    person: Id
    keys: Annotated[tuple[WrappedKey, ...], Field(max_length=250)]


def wrap(role: str, person: str, key: OpeningKey, member: SealingKey) -> WrappedKey:
    """Seal a role's key to one member."""
    key_id = key.sealing_key.key_id
    return WrappedKey(
        key=key_id,
        to=member.key_id,
        wrapped=encode(member.wrap(key.seed, _info(role, person, key_id))),
    )


def role_keys(home: Path, roster: Roster, person: str, keyring: Keyring) -> tuple[OpeningKey, ...]:
    """Open the keys of every role whose member that person is; `Malformed` if a file was altered."""
    found: list[OpeningKey] = []
    for role in roster.roles:
        if person in role.members:
            found.extend(_unwrap(role.id, person, held, keyring) for held in _read(home, role.id, person))
    return tuple(reversed(found))


def give(home: Path, role: str, person: str, *keys: WrappedKey) -> None:
    """Put keys, newest first, before those that a member already holds of a role."""
    make_private_folder(home / "roles" / role)
    known = {key.key for key in keys}
    earlier = tuple(key for key in _read(home, role, person) if key.key not in known)
    write_private(
        _path(home, role, person), dump(MemberFile(role=role, person=person, keys=(*keys, *earlier)))
    )


def take_away(home: Path, role: str, person: str) -> None:
    """Remove what somebody held of a role."""
    remove(_path(home, role, person))


def forget(home: Path, role: str, person: str, keys: frozenset[str]) -> None:
    """Drop those keys from what a member holds of a role."""
    present = _read(home, role, person)
    kept = tuple(key for key in present if key.key not in keys)
    if kept != present:
        write_private(_path(home, role, person), dump(MemberFile(role=role, person=person, keys=kept)))


def held(home: Path, role: str, person: str) -> tuple[str, ...]:
    """Name the keys that a member holds of a role, newest first."""
    return tuple(key.key for key in _read(home, role, person))


def seal_again(home: Path, roster: Roster, person: str, keyring: Keyring, key: SealingKey) -> None:
    """Seal whatever a member holds of any role to another key of theirs, so that the present one can go."""
    for role in roster.roles:
        present = _read(home, role.id, person)
        again = tuple(wrap(role.id, person, _unwrap(role.id, person, one, keyring), key) for one in present)
        if any(one.to != key.key_id for one in present):
            write_private(
                _path(home, role.id, person), dump(MemberFile(role=role.id, person=person, keys=again))
            )


def _unwrap(role: str, person: str, held: WrappedKey, keyring: Keyring) -> OpeningKey:
    seed = keyring.opening(held.to).unwrap(decode(held.wrapped), _info(role, person, held.key))
    key = OpeningKey.from_seed(seed)
    if key.sealing_key.key_id != held.key:
        raise Malformed("role key")
    return key


def _info(role: str, person: str, key_id: str) -> bytes:
    return _LABEL + f"{role}/{person}/{key_id}".encode()


def _path(home: Path, role: str, person: str) -> Path:
    return home / "roles" / role / f"{person}.wrapped"


def _read(home: Path, role: str, person: str) -> tuple[WrappedKey, ...]:
    try:
        data = read_private(_path(home, role, person), limit=_FILE_LIMIT)
    except KeystoreMissing:
        return ()
    file = load(data, MemberFile, limit=_FILE_LIMIT)
    if (file.role, file.person) != (role, person):
        raise Malformed("role key")
    return file.keys
