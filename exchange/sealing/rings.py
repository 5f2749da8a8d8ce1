"""Rings: a content key wrapped once per slot, and one body that commits to every slot.

Promises: as the package; a wrap opens only under its own header, label and slot number, so that it cannot be
moved; the body opens only beside exactly the wraps it was sealed with, in their order.
Never: a label is shared between kinds, so that a part cannot pass for an envelope.

    info of a wrap      label ‖ SHA-256(header) ‖ u16 slot number
    context of a body   label ‖ SHA-256(header ‖ all wraps)
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from exchange.errors import ContentsDisagree, EnvelopeRefused, HeaderDisagrees, NotForMe, TooLarge
from exchange.wire import limits
from exchange.wire.envelope import (
    EnvelopeHeader,
    HeaderT,
    KeptHeader,
    KeySlot,
    MailboxSlot,
    PartHeader,
    Ring,
    parse_envelope,
    parse_kept,
    parse_part,
)
from exchange.wire.letter import Letter, LetterKind, parse_letter
from exchange.wire.padding import pad, unpad
from exchange.wire.slip import PartPin
from keys.errors import KeyUnknown, Malformed
from keys.record import digest
from keys.suite import OpeningKey, SealingKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exchange.wire.slip import Slip

KEY_SIZE = 32
SALT_SIZE = 32

_ENVELOPE = b"readback/cx1/envelope"
_PART = b"readback/cx1/part"
_KEPT = b"readback/cx1/kept"

OpeningKeys = Mapping[str, OpeningKey] | Callable[[str], OpeningKey]
"""Private keys by key id: a mapping, or a function that raises `KeyUnknown`."""


@dataclass(frozen=True, slots=True)
class PostalSlot:
    """An addressed agency: its mailbox, and the key of that mailbox's present epoch."""

    mailbox: str
    key: SealingKey


@dataclass(frozen=True, slots=True)
class OpenedEnvelope:
    """What a desk took out of an envelope, and what the envelope's header said."""

    id: str
    mailboxes: tuple[str, ...]
    letter: Letter


@dataclass(frozen=True, slots=True)
class SealedPart:
    """One audience's words, sealed, with the pin that the slip carries. `salt` is for the sender to keep."""

    ring: bytes
    salt: bytes
    pin: PartPin


@dataclass(frozen=True, slots=True)
class OpenedPart:
    """One audience's words. Attachment keys stand in the order of the contents' attachment notes."""

    step_id: str
    part: int
    salt: bytes
    attachment_keys: tuple[bytes, ...]
    contents: bytes


# --- the postal ring -----------------------------------------------------------------------------


def seal_envelope(envelope_id: str, letter: Letter, slots: Sequence[PostalSlot]) -> bytes:
    """Seal `letter` to each slot's mailbox; for a slip, `envelope_id` is the slip's id.

    `TooLarge` beyond `limits.ENVELOPE`; `ValueError` where a mailbox or key stands twice or none does.
    """
    header = EnvelopeHeader(
        id=envelope_id, slots=tuple(MailboxSlot(mailbox=slot.mailbox, key=slot.key.key_id) for slot in slots)
    )
    envelope = _seal(header, letter.to_bytes(), [slot.key for slot in slots], _ENVELOPE)
    if len(envelope) > limits.ENVELOPE:
        raise TooLarge("envelope")
    return envelope


def open_envelope(envelope: bytes, mailbox: str, keys: OpeningKeys) -> OpenedEnvelope:
    """Open what came to `mailbox`; `NotForMe` or another `EnvelopeRefused`.

    The letter is *not* believed yet: verify its signature, then call `check_slip_matches`.
    """
    ring = parse_envelope(envelope)
    mine = [
        (number, key)
        for number, slot in enumerate(ring.header.slots)
        if slot.mailbox == mailbox and (key := _key(keys, slot.key)) is not None
    ]
    letter = parse_letter(_open(ring, mine, _ENVELOPE))
    return OpenedEnvelope(ring.header.id, tuple(slot.mailbox for slot in ring.header.slots), letter)


def check_slip_matches(
    slip: Slip, opened: OpenedEnvelope, *, kept: bool = False
) -> tuple[Ring[PartHeader], ...]:
    """Demand that slip, header and parts are of one step; return the parts taken apart, unopened.

    Without this, whom it was sealed to could differ from whom it was said to: a recipient could seal a
    letter on to somebody else, as if its signer had sent it there. `kept` is for a desk's own copy of a step
    it sent, which stands in its own mailbox alone. `HeaderDisagrees`, `ContentsDisagree`, `EnvelopeRefused`.
    """
    letter = opened.letter
    if letter.object is not LetterKind.SLIP:
        raise HeaderDisagrees("object")
    if slip.id != opened.id:
        raise HeaderDisagrees("id")
    expected = {slip.author.agency} if kept else {party.agency for party in slip.to}
    if set(opened.mailboxes) != expected:
        raise HeaderDisagrees("to")
    if len(letter.parts) != len(slip.contents):
        raise HeaderDisagrees("contents")
    rings = []
    for number, (part, pin) in enumerate(zip(letter.parts, slip.contents, strict=True)):
        if digest(part) != pin.ring:
            raise ContentsDisagree(f"contents[{number}].ring")
        ring = parse_part(part)
        if (ring.header.id, ring.header.part) != (slip.id, number):
            raise HeaderDisagrees(f"contents[{number}]")
        rings.append(ring)
    return tuple(rings)


# --- the person's ring ---------------------------------------------------------------------------


def new_salt() -> bytes:
    """Draw 32 bytes that hide what a commitment is to."""
    return secrets.token_bytes(SALT_SIZE)


def commitment(salt: bytes, contents: bytes) -> str:
    """SHA-256(salt ‖ contents), in hexadecimal: pins `contents`, tells nothing, outlives its shredding."""
    if len(salt) != SALT_SIZE:
        raise ValueError("a salt has 32 bytes")  # else salt ‖ contents could be split in two ways
    return digest(salt + contents)


def seal_part(
    step_id: str, part: int, contents: bytes, attachment_keys: Sequence[bytes], slots: Iterable[SealingKey]
) -> SealedPart:
    """Seal one audience's `contents` to each key of `slots`, a repeated key counting once.

    `TooLarge` beyond the limits; `ValueError` where there is no slot, or an attachment key of another size.
    """
    if len(contents) > limits.CONTENTS:
        raise TooLarge("contents")
    if len(attachment_keys) > limits.ATTACHMENTS:
        raise TooLarge("attachments")
    if any(len(key) != KEY_SIZE for key in attachment_keys):
        raise ValueError("an attachment key has 32 bytes")
    keys = tuple(dict.fromkeys(slots))
    salt = new_salt()
    data = b"".join((salt, bytes((len(attachment_keys),)), *attachment_keys, contents))
    header = PartHeader(id=step_id, part=part, slots=_key_slots(keys))
    ring = _seal(header, data, keys, _PART)
    pin = PartPin(commitment=commitment(salt, contents), length=len(contents), ring=digest(ring))
    return SealedPart(ring, salt, pin)


def open_part(ring: bytes, keys: OpeningKeys) -> OpenedPart:
    """Open one audience's words with whichever of `keys` it has slots for; `EnvelopeRefused` otherwise.

    A person may hold several (their own, their role's): each of those slots must give the same words. What
    opens is not yet what the signed slip pins: call `check_part`.
    """
    parsed = parse_part(ring)
    data = _open(parsed, _mine(parsed.header.slots, keys), _PART)
    start = SALT_SIZE + 1
    count = data[SALT_SIZE] if len(data) >= start else limits.ATTACHMENTS + 1
    end = start + KEY_SIZE * count
    if count > limits.ATTACHMENTS or not 0 <= len(data) - end <= limits.CONTENTS:
        raise EnvelopeRefused("part")
    attachment_keys = tuple(data[at : at + KEY_SIZE] for at in range(start, end, KEY_SIZE))
    return OpenedPart(parsed.header.id, parsed.header.part, data[:SALT_SIZE], attachment_keys, data[end:])


def check_part(opened: OpenedPart, pin: PartPin, ring: bytes) -> None:
    """Demand that these words, in this ring, are the ones that the signed slip pins; `ContentsDisagree`."""
    if digest(ring) != pin.ring:
        raise ContentsDisagree("ring")
    if len(opened.contents) != pin.length:
        raise ContentsDisagree("length")
    if not hmac.compare_digest(commitment(opened.salt, opened.contents), pin.commitment):
        raise ContentsDisagree("commitment")


# --- what a person keeps -------------------------------------------------------------------------


def seal_kept(name: bytes, data: bytes, slots: Iterable[SealingKey]) -> bytes:
    """Seal what stays at this desk (a draft, an emphasis, a file's key); `name` is bound, not shown."""
    keys = tuple(dict.fromkeys(slots))
    kept = _seal(KeptHeader(slots=_key_slots(keys)), data, keys, _kept_label(name))
    if len(kept) > limits.ENVELOPE:
        raise TooLarge("kept")
    return kept


def open_kept(name: bytes, ring: bytes, keys: OpeningKeys) -> bytes:
    """Undo `seal_kept`; `EnvelopeRefused` also where it was kept under another name."""
    parsed = parse_kept(ring)
    return _open(parsed, _mine(parsed.header.slots, keys), _kept_label(name))


def _kept_label(name: bytes) -> bytes:
    return _KEPT + hashlib.sha256(name).digest()


# --- the one construction ------------------------------------------------------------------------


def _key_slots(keys: Sequence[SealingKey]) -> tuple[KeySlot, ...]:
    return tuple(KeySlot(key=key.key_id) for key in keys)


def _key(keys: OpeningKeys, key_id: str) -> OpeningKey | None:
    if not callable(keys):
        return keys.get(key_id)
    try:
        return keys(key_id)
    except KeyUnknown:
        return None


def _mine(slots: Sequence[KeySlot], keys: OpeningKeys) -> list[tuple[int, OpeningKey]]:
    found = ((number, _key(keys, slot.key)) for number, slot in enumerate(slots))
    return [(number, key) for number, key in found if key is not None]


def _info(label: bytes, header_bytes: bytes, number: int) -> bytes:
    return label + hashlib.sha256(header_bytes).digest() + number.to_bytes(2, "big")


def _context(label: bytes, header_bytes: bytes, wraps: Iterable[bytes]) -> bytes:
    return label + hashlib.sha256(b"".join((header_bytes, *wraps))).digest()


def _seal(header: HeaderT, data: bytes, keys: Sequence[SealingKey], label: bytes) -> bytes:
    header_bytes = header.model_dump_json().encode()
    content_key = secrets.token_bytes(KEY_SIZE)  # fresh for each body: Cobblestone's own salt comes on top
    wraps = tuple(
        key.wrap(content_key, _info(label, header_bytes, number)) for number, key in enumerate(keys)
    )
    cipher = Cobblestone256Encryptor(content_key, _context(label, header_bytes, wraps))
    body = cipher.update(pad(data)) + cipher.finalize()
    return Ring(header, header_bytes, wraps, body).to_bytes()


def _open(ring: Ring[HeaderT], mine: Sequence[tuple[int, OpeningKey]], label: bytes) -> bytes:
    if not mine:
        raise NotForMe
    try:
        content_keys = {
            key.unwrap(ring.wraps[number], _info(label, ring.header_bytes, number)) for number, key in mine
        }
        if len(content_keys) != 1:
            raise EnvelopeRefused("slots disagree")
        cipher = Cobblestone256Decryptor(content_keys.pop(), _context(label, ring.header_bytes, ring.wraps))
        padded = cipher.update(ring.body) + cipher.finalize()
    except Malformed:
        raise EnvelopeRefused("wrap") from None
    except InvalidTag:
        raise EnvelopeRefused("body") from None
    return unpad(padded)
