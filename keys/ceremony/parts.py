"""Where the parts of a records key lie: each sealed to one custodian, in the agency's home.

Promises: a file opens for its custodian alone, and only as the part of that key in that agency; the parts of
one split are put in the place of the former ones together.
Never: a part lies open anywhere.

::

    HOME/custody/<records key>/<person>.sealed    that person's part, sealed to their sealing key
    HOME/custody/<records key>.former/            the ones before, while new ones take their place
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from keys.custody import FEWEST, MOST, PART_LIMIT, Part
from keys.errors import KeyUnknown, Malformed
from keys.files import make_private_folder, read_private, write_private
from keys.record import AgencyId, Base64, Frozen, Id, KeyId, decode, encode, new_id
from keys.statement import dump, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from keys.keyring import Keyring
    from keys.suite import SealingKey

_LABEL = b"readback/cx1/custody\0"
_ENDING: Final = ".sealed"
_FORMER: Final = ".former"
_FILE_LIMIT: Final = 2 * PART_LIMIT


class SealedPart(Frozen):
    """One custodian's part of the records key `key`, sealed to the custodian's key `to`."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    agency: AgencyId
    key: KeyId
    need: Annotated[int, Field(ge=FEWEST, le=MOST)]
    of: Annotated[int, Field(ge=FEWEST, le=MOST)]
    person: Id
    to: KeyId
    wrapped: Base64


@dataclass(frozen=True, slots=True)
class InCustody:
    """A records key in custody: `need` of `people` give it back."""

    key: str
    need: int
    people: tuple[str, ...]
    sealed: Mapping[str, SealedPart]


def seal(part: Part, person: str, key: SealingKey) -> SealedPart:
    """Seal a part to its custodian."""
    return SealedPart(
        agency=part.agency,
        key=part.key,
        need=part.need,
        of=part.of,
        person=person,
        to=key.key_id,
        wrapped=encode(key.wrap(part.to_bytes(), _info(part.agency, part.key, person, key.key_id))),
    )


def open_part(sealed: SealedPart, keyring: Keyring) -> Part:
    """Open a custodian's part; `KeyUnknown` for another's keyring, `Malformed` if the file was altered."""
    info = _info(sealed.agency, sealed.key, sealed.person, sealed.to)
    part = Part.from_bytes(keyring.opening(sealed.to).unwrap(decode(sealed.wrapped), info))
    if (part.agency, part.key, part.need, part.of) != (sealed.agency, sealed.key, sealed.need, sealed.of):
        raise Malformed("part")
    return part


def put(home: Path, key: str, sealed: tuple[SealedPart, ...]) -> None:
    """Put a split's parts in the place of those of the split before, all of them or none."""
    make_private_folder(home / "custody")
    place, former = _place(home, key), _former(home, key)
    workshop = place.with_name(f".{key}.{new_id()}")
    try:
        make_private_folder(workshop)
        for one in sealed:
            write_private(workshop / f"{one.person}{_ENDING}", dump(one), new=True)
        if place.exists():
            shutil.rmtree(former, ignore_errors=True)
            place.rename(former)
        workshop.rename(place)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    shutil.rmtree(former, ignore_errors=True)


def in_custody(home: Path) -> tuple[InCustody, ...]:
    """Give every records key of which parts are here, in the order of their names; none before custody.

    `Malformed` for a file that is no sealed part, or stands in another's place.
    """
    return tuple(_read(home, key) for key in sorted(set(_keys(home))))


def find(home: Path, key: str) -> InCustody:
    """Give one records key's parts; `KeyUnknown` if it is not in custody."""
    for one in in_custody(home):
        if one.key == key:
            return one
    raise KeyUnknown


def _keys(home: Path) -> Iterator[str]:
    with suppress(FileNotFoundError):
        for folder in (home / "custody").iterdir():
            if not folder.name.startswith("."):
                yield folder.name.removesuffix(_FORMER)


def _read(home: Path, key: str) -> InCustody:
    place = _place(home, key)
    if not place.exists():
        place = _former(home, key)  # the power failed between taking these away and bringing the new ones
    found = {}
    for path in sorted(place.glob(f"*{_ENDING}")):
        one = load(read_private(path, limit=_FILE_LIMIT), SealedPart, limit=_FILE_LIMIT)
        if (one.key, f"{one.person}{_ENDING}") != (key, path.name):
            raise Malformed("custody")
        found[one.person] = one
    if len({(one.need, one.of, one.agency) for one in found.values()}) != 1:
        raise Malformed("custody")
    return InCustody(key, next(iter(found.values())).need, tuple(found), found)


def _place(home: Path, key: str) -> Path:
    return home / "custody" / key


def _former(home: Path, key: str) -> Path:
    return home / "custody" / f"{key}{_FORMER}"


def _info(agency: str, key: str, person: str, to: str) -> bytes:
    return _LABEL + f"{agency}/{key}/{person}/{to}".encode()
