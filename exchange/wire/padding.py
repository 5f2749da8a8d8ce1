"""Padmé: how long a sealed body is, so that its length says little about the words.

Promises: a padded length leaks O(log log n) bits of the true one and costs at most 12 %, less as it grows; a
padded body has one spelling for each data (length, data, zeros), and any other is refused.
Never: it hides that something was sent, or when.

Padmé, from "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs" (Nikitin and
others, PETS 2019, algorithm 1): keep as many leading bits of the length as its exponent needs to be
written, and round the rest up.

Cobblestone (c2sp.org/chunked-encryption) adds 56 bytes and 16 for each started chunk of 16 KiB, the last of
which is always short; lengths that no padded body can have are refused before a key is touched.
"""

from __future__ import annotations

from exchange.errors import EnvelopeRefused

LENGTH_SIZE = 4
_CHUNK = 16 * 1024
_TAG = 16
_PREFIX = 24 + 32  # Cobblestone's salt and key commitment


def padme(length: int) -> int:
    """Return the padded length in bytes: at least `length` (not negative), and a fixed point."""
    if length < 2:  # noqa: PLR2004 - neither 0 nor 1 has an exponent to keep
        return length
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def pad(data: bytes) -> bytes:
    """`u32 length ‖ data ‖ zeros`, in `padme(4 + length)` bytes."""
    size = LENGTH_SIZE + len(data)
    return b"%b%b%b" % (len(data).to_bytes(LENGTH_SIZE, "big"), data, bytes(padme(size) - size))


def unpad(padded: bytes) -> bytes:
    """Undo `pad`; `EnvelopeRefused` for anything that `pad` does not print."""
    length = int.from_bytes(padded[:LENGTH_SIZE], "big")
    size = LENGTH_SIZE + length
    if len(padded) != padme(size) or padded.count(0, size) != len(padded) - size:
        raise EnvelopeRefused("padding")
    return padded[LENGTH_SIZE:size]


def body_length(length: int) -> int:
    """How long a Cobblestone body of `length` plain bytes is."""
    return _PREFIX + length + _TAG * (length // _CHUNK + 1)


def check_body_length(length: int) -> None:
    """Refuse a body's `length` in bytes, unless some padded data has it."""
    chunks = -(-(length - _PREFIX) // (_CHUNK + _TAG))  # the last one is always short
    plain = length - _PREFIX - _TAG * chunks
    if plain < LENGTH_SIZE or padme(plain) != plain or body_length(plain) != length:
        raise EnvelopeRefused("body length")
