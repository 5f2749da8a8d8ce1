"""Rings as bytes: the postal envelope, the part inside it, and what a person keeps.

Promises: parsing then printing gives back identical bytes, and there is one spelling: a header that its own
model would print otherwise (other order, white space, duplicate keys, a float) is refused; every length is
exact, and nothing trails; no mailbox and no key stands twice. It needs no key: the hub reads with it.
Never: it seals, opens, or believes what a header says. See `exchange.sealing`.

    magic(4) ‖ u16 length of header ‖ header JSON ‖ one wrap of 1168 bytes per slot ‖ body

For example an envelope to one agency (`docs/spec/envelope.md`)::

    RBE1 008a {"v":1,"suite":"cx1","id":"…26…","slots":[{"mailbox":"moorfield-primary","key":"…32…"}]} … …

`RBE1` is an envelope, `RBP1` a part of contents, `RBK1` something kept. Integers are big-endian.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar, Generic, Literal, NamedTuple, Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from exchange.errors import EnvelopeRefused
from exchange.wire import limits
from exchange.wire.padding import check_body_length
from keys.record import AgencyId, Frozen, Id, KeyId
from keys.statement import dump, place_of

MAGIC_SIZE = 4
WRAP_SIZE = 1168  # X-Wing encapsulation 1120 ‖ content key 32 ‖ AES-GCM tag 16
POSTAL_SLOTS = limits.RECIPIENTS + 1
_START = MAGIC_SIZE + 2


class MailboxSlot(Frozen):
    """Whose mailbox, and to which of its keys slot number *n*'s wrap is sealed."""

    mailbox: AgencyId
    key: KeyId


class KeySlot(Frozen):
    """To which key slot number *n*'s wrap is sealed; the hub never sees these."""

    key: KeyId


class _Header(Frozen):
    magic: ClassVar[bytes]

    v: Annotated[int, Field(ge=1, le=1)] = 1
    suite: Literal["cx1"] = "cx1"


class EnvelopeHeader(_Header):
    """What the hub sees."""

    magic: ClassVar[bytes] = b"RBE1"

    id: Id
    slots: Annotated[tuple[MailboxSlot, ...], Field(min_length=1, max_length=POSTAL_SLOTS)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({slot.mailbox for slot in self.slots}) != len(self.slots):
            raise ValueError("a mailbox stands twice")
        _keys_once(self.slots)
        return self


class PartHeader(_Header):
    """What the desks see of one audience's words: the step, the part's number, who can open it."""

    magic: ClassVar[bytes] = b"RBP1"

    id: Id
    part: Annotated[int, Field(ge=0, lt=limits.PARTS)]
    slots: Annotated[tuple[KeySlot, ...], Field(min_length=1, max_length=limits.PART_SLOTS)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _keys_once(self.slots)
        return self


class KeptHeader(_Header):
    """What stands on something that a person keeps at their own desk; its name is bound, not shown."""

    magic: ClassVar[bytes] = b"RBK1"

    slots: Annotated[tuple[KeySlot, ...], Field(min_length=1, max_length=limits.PART_SLOTS)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _keys_once(self.slots)
        return self


def _keys_once(slots: tuple[MailboxSlot, ...] | tuple[KeySlot, ...]) -> None:
    if len({slot.key for slot in slots}) != len(slots):
        raise ValueError("a key stands twice")


Header = EnvelopeHeader | PartHeader | KeptHeader
HeaderT = TypeVar("HeaderT", EnvelopeHeader, PartHeader, KeptHeader)


@dataclass(frozen=True, slots=True)
class Ring(Generic[HeaderT]):
    """A sealed ring, taken apart. `header_bytes` are the exact ones that the seal binds."""

    header: HeaderT
    header_bytes: bytes
    wraps: tuple[bytes, ...]
    body: bytes

    def to_bytes(self) -> bytes:
        """Print the ring: for a parsed one, exactly the bytes it was parsed from."""
        length = len(self.header_bytes).to_bytes(2, "big")
        return b"".join((self.header.magic, length, self.header_bytes, *self.wraps, self.body))


class Address(NamedTuple):
    """What stands on an envelope for its carrier: its id, and into whose mailboxes it goes."""

    id: str
    mailboxes: tuple[str, ...]


# A header has one spelling, so its outside can be matched.
_SLOT_TEXT = rb'\{"mailbox":"([a-z][a-z0-9-]{1,38}[a-z0-9])","key":"([a-z2-7]{32})"\}'
_SLOT = re.compile(_SLOT_TEXT)
_ADDRESS = re.compile(
    rb'\{"v":1,"suite":"cx1","id":"([a-z2-7]{26})","slots":\[(%b(?:,%b){0,%d})\]\}'
    % (_SLOT_TEXT, _SLOT_TEXT, POSTAL_SLOTS - 1)
)


def parse_envelope(data: bytes) -> Ring[EnvelopeHeader]:
    """Read a postal envelope of at most `limits.ENVELOPE` bytes; `EnvelopeRefused` otherwise."""
    return _parse(data, EnvelopeHeader)


def address_of(data: bytes) -> Address:
    """Read the outside of a postal envelope, all that a hub needs; `EnvelopeRefused` as `parse_envelope`."""
    if data[:MAGIC_SIZE] == EnvelopeHeader.magic and len(data) <= limits.ENVELOPE:
        at = _START + int.from_bytes(data[MAGIC_SIZE:_START], "big")
        match = _ADDRESS.fullmatch(data, _START, at) if at <= len(data) else None
        if match is not None:
            slots = _SLOT.findall(match[2])
            mailboxes = tuple([mailbox.decode() for mailbox, _ in slots])
            if len(slots) == 1 or len(set(mailboxes)) == len({key for _, key in slots}) == len(slots):
                check_body_length(len(data) - at - WRAP_SIZE * len(slots))
                return Address(match[1].decode(), mailboxes)
    header = parse_envelope(data).header  # it says what is wrong
    return Address(header.id, tuple(slot.mailbox for slot in header.slots))


def parse_part(data: bytes) -> Ring[PartHeader]:
    """Read a sealed part of contents; `EnvelopeRefused` otherwise."""
    return _parse(data, PartHeader)


def parse_kept(data: bytes) -> Ring[KeptHeader]:
    """Read what a person kept; `EnvelopeRefused` otherwise."""
    return _parse(data, KeptHeader)


def _parse(data: bytes, model: type[HeaderT]) -> Ring[HeaderT]:
    if len(data) > limits.ENVELOPE:
        raise EnvelopeRefused("too long")
    if data[:MAGIC_SIZE] != model.magic:
        raise EnvelopeRefused("magic")
    at = _START + int.from_bytes(data[MAGIC_SIZE:_START], "big")
    header_bytes = data[_START:at]
    try:
        header = model.model_validate_json(header_bytes, strict=True)
    except ValidationError as error:
        raise EnvelopeRefused(f"header.{place_of(error)}") from None
    if dump(header) != header_bytes:
        raise EnvelopeRefused("header is not as it would be printed")
    end = at + WRAP_SIZE * len(header.slots)
    check_body_length(len(data) - end)
    wraps = tuple(data[i : i + WRAP_SIZE] for i in range(at, end, WRAP_SIZE))
    return Ring(header, header_bytes, wraps, data[end:])
