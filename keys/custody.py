"""Custody: a secret split among several people, so that only enough of them together have it.

Promises: any `need` of the `of` parts give the secret back, exactly; any fewer are statistically independent
of it, whatever computer looks at them. A part says what it is a part of (the agency, the key, which split,
how many are needed, whose number), and parts that do not fit together are refused rather than combined.
Never: field arithmetic. Nothing here is more than XOR, so that everybody can check it with paper and pencil.

*The construction*, layered XOR. There is one layer for each group of `need` people who could come together.
In each layer the secret is the XOR of one share for every member of that group: all but the last are drawn at
random, the last is what is missing. A person's part is their share of each layer in whose group they are. A
group that comes together uses its own layer; whoever is fewer than `need` lacks a share in *every* layer, and
what lacks a share is as random as that share. For 2 of 3, with the secret `s`::

    layer   1        2        3
    1,2     a        s^a
    1,3     b                 s^b
    2,3              c        s^c

The price is size: a part holds C(of-1, need-1) shares, 20 at most, since at most seven hold parts.

A part is strict JSON, printed in one spelling::

    {"v":1,"agency":"moorfield-primary","key":"…32…","split":"…26…","need":2,"of":3,"number":1,
     "shares":["…","…"]}
"""

from __future__ import annotations

import secrets
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from keys.errors import Malformed, PartsDoNotFit, TooFewCustodians
from keys.record import AgencyId, Base64, Frozen, Id, KeyId, decode, encode, new_id
from keys.statement import dump, load
from keys.suite import OpeningKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FEWEST: Final = 2  # needed together: one alone is no custody
MOST: Final = 7  # people among whom a secret is split
PART_LIMIT: Final = 16 * 1024  # bytes
_LONGEST_SECRET = 64
_LONGEST_SHARE = 88  # the same in base64

_Share = Annotated[Base64, StringConstraints(min_length=4, max_length=_LONGEST_SHARE)]


class Part(Frozen):
    """What one custodian holds of a secret. It is secret itself."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    agency: AgencyId
    key: KeyId
    split: Id
    need: Annotated[int, Field(ge=FEWEST, le=MOST)]
    of: Annotated[int, Field(ge=FEWEST, le=MOST)]
    number: Annotated[int, Field(ge=1, le=MOST)]
    shares: Annotated[tuple[_Share, ...], Field(min_length=1, max_length=comb(6, 3), repr=False)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.number <= self.of or self.need > self.of:
            raise ValueError("no such part of such a split")
        if len(self.shares) != comb(self.of - 1, self.need - 1):
            raise ValueError("one share of each layer")
        if len({len(decode(share)) for share in self.shares}) != 1:
            raise ValueError("shares of one length")
        return self

    def to_bytes(self) -> bytes:
        """Print it in its one spelling."""
        return dump(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Part:
        """Read what `to_bytes` printed and nothing else; `Malformed` otherwise."""
        part = load(data, cls, limit=PART_LIMIT)
        if dump(part) != data:
            raise Malformed("not as printed")
        return part

    def share_in(self, group: tuple[int, ...]) -> bytes:
        """Give this part's share of a group's layer; `group` holds numbers in rising order, this one too."""
        return decode(self.shares[list(_groups_with(self.number, self.need, self.of)).index(group)])


def check_terms(need: int, of: int) -> None:
    """Raise `TooFewCustodians` unless 2 ≤ need ≤ of ≤ 7."""
    if not FEWEST <= need <= of <= MOST:
        raise TooFewCustodians


def split(secret: bytes, *, agency: str, key: str, need: int, of: int) -> tuple[Part, ...]:
    """Split `secret` (1 to 64 bytes), the private half of `key`: any `need` of the `of` parts give it back.

    `TooFewCustodians` for impossible numbers; `Malformed` for another length or a name that is none.
    """
    check_terms(need, of)
    if not 0 < len(secret) <= _LONGEST_SECRET:
        raise Malformed("secret")
    shares: dict[int, list[str]] = {number: [] for number in range(1, of + 1)}
    for group in combinations(shares, need):
        missing = secret
        for number in group[:-1]:
            drawn = secrets.token_bytes(len(secret))
            shares[number].append(encode(drawn))
            missing = _xor(missing, drawn)
        shares[group[-1]].append(encode(missing))
    name = new_id()
    try:
        return tuple(
            Part(agency=agency, key=key, split=name, need=need, of=of, number=number, shares=tuple(held))
            for number, held in shares.items()
        )
    except ValidationError:
        raise Malformed("name") from None


def combine(parts: Iterable[Part]) -> bytes:
    """Give the secret back from `need` parts or more; `PartsDoNotFit` otherwise.

    All parts must be of one split, each of another number. With more than are needed every group among them
    must give the same secret. What only `need` parts give is not checked here: see `recover`.
    """
    whole = tuple(parts)
    held = {part.number: part for part in whole}
    terms = {(part.agency, part.key, part.split, part.need, part.of, _size(part)) for part in whole}
    if len(terms) != 1 or len(held) != len(whole):
        raise PartsDoNotFit
    need = whole[0].need
    found = {_joined(held, group) for group in combinations(sorted(held), need)}
    if len(found) != 1:  # none: too few of them; several: one was altered
        raise PartsDoNotFit
    return found.pop()


def recover(parts: Iterable[Part], *, agency: str, key: str) -> OpeningKey:
    """Rebuild the opening key of the sealing key `key` of `agency`; `PartsDoNotFit` if it is not that one."""
    whole = tuple(parts)
    if any((part.agency, part.key) != (agency, key) for part in whole):
        raise PartsDoNotFit
    try:
        rebuilt = OpeningKey.from_seed(combine(whole))
    except Malformed:
        raise PartsDoNotFit from None
    if rebuilt.sealing_key.key_id != key:
        raise PartsDoNotFit
    return rebuilt


def _joined(held: dict[int, Part], group: tuple[int, ...]) -> bytes:
    secret = bytes(_size(held[group[0]]))
    for number in group:
        secret = _xor(secret, held[number].share_in(group))
    return secret


def _groups_with(number: int, need: int, of: int) -> Iterator[tuple[int, ...]]:
    """Name the groups in which somebody is, in the order in which their shares stand."""
    return (group for group in combinations(range(1, of + 1), need) if number in group)


def _size(part: Part) -> int:
    return len(decode(part.shares[0]))


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
