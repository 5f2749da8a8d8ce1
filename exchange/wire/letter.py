"""The letter: what the postal envelope holds, for the addressed desks to read.

Promises: one spelling, every length exact and bounded, nothing trailing; the payload is kept as the exact
bytes that its signature is over.
Never: it verifies that signature, or opens a part.

    u8 object ‖ u32 length ‖ payload ‖ signature(3373) ‖ u16 count ‖ then for each part: u32 length ‖ part

Object 1 is a slip with its sealed parts; object 2 a roster's signed list and its entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from exchange.errors import EnvelopeRefused, TooLarge
from exchange.wire import limits

SIGNATURE_SIZE = 3373  # of suite cx1: ML-DSA-65 3309 ‖ Ed25519 64
_LENGTH = 4
_COUNT = 2


class LetterKind(IntEnum):
    """What a letter carries."""

    SLIP = 1
    ROSTER = 2


@dataclass(frozen=True, slots=True)
class Letter:
    """A signed payload and the parts that it pins."""

    object: LetterKind
    payload: bytes
    signature: bytes
    parts: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """Print the letter; `TooLarge` beyond the limits of its kind."""
        if not _within_limits(self):
            raise TooLarge("letter")
        if len(self.signature) != SIGNATURE_SIZE:
            raise ValueError("a signature of another suite")
        pieces = [
            bytes((self.object,)),
            len(self.payload).to_bytes(_LENGTH, "big"),
            self.payload,
            self.signature,
            len(self.parts).to_bytes(_COUNT, "big"),
        ]
        for part in self.parts:
            pieces += (len(part).to_bytes(_LENGTH, "big"), part)
        return b"".join(pieces)


def parse_letter(data: bytes) -> Letter:
    """Read a letter strictly; `EnvelopeRefused` otherwise."""
    if data[:1] not in (b"\x01", b"\x02"):
        raise EnvelopeRefused("letter.object")
    payload, at = _counted(data, 1)
    signature, at = data[at : at + SIGNATURE_SIZE], at + SIGNATURE_SIZE
    count, at = int.from_bytes(data[at : at + _COUNT], "big"), at + _COUNT
    if at > len(data):
        raise EnvelopeRefused("letter ends early")
    parts: list[bytes] = []
    for _ in range(count):
        part, at = _counted(data, at)
        parts.append(part)
    if at != len(data):
        raise EnvelopeRefused("letter has trailing bytes")
    letter = Letter(LetterKind(data[0]), payload, signature, tuple(parts))
    if not _within_limits(letter):
        raise EnvelopeRefused("letter is too large")
    return letter


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    start = at + _LENGTH
    end = start + int.from_bytes(data[at:start], "big")
    if end > len(data) or start > len(data):
        raise EnvelopeRefused("letter ends early")
    return data[start:end], end


def _within_limits(letter: Letter) -> bool:
    if letter.object is LetterKind.SLIP:
        most, parts, each = limits.SLIP, limits.PARTS, limits.ENVELOPE
    else:
        most, parts, each = limits.ROSTER, limits.ROSTER_ENTRIES, limits.ROSTER_ENTRY
    return (
        len(letter.payload) <= most
        and len(letter.parts) <= parts
        and all(len(part) <= each for part in letter.parts)
    )
