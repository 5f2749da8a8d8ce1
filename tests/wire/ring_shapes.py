"""Rings of the right shape, without any key: what a codec sees."""

from __future__ import annotations

import hashlib
from base64 import b32encode

from hypothesis import strategies as st

from exchange.wire.envelope import (
    WRAP_SIZE,
    EnvelopeHeader,
    KeptHeader,
    KeySlot,
    MailboxSlot,
    PartHeader,
    Ring,
)
from exchange.wire.letter import SIGNATURE_SIZE, Letter, LetterKind
from exchange.wire.padding import body_length, padme
from keys.statement import dump


def key_id(number: int) -> str:
    return b32encode(hashlib.sha256(b"key %d" % number).digest()[:20]).decode().lower()


def step_id(number: int) -> str:
    return b32encode(hashlib.sha256(b"step %d" % number).digest()[:16]).decode().rstrip("=").lower()


def ring(header: EnvelopeHeader | PartHeader | KeptHeader, plain: int = 100) -> Ring:
    """A ring whose wraps and body are filler of the right lengths."""
    slots = len(header.slots)
    return Ring(
        header,
        dump(header),
        tuple(bytes([number % 256]) * WRAP_SIZE for number in range(slots)),
        bytes(body_length(padme(4 + plain))),
    )


def envelope_header(slots: int, number: int = 0) -> EnvelopeHeader:
    return EnvelopeHeader(
        id=step_id(number),
        slots=tuple(MailboxSlot(mailbox=f"agency-{n}", key=key_id(n)) for n in range(slots)),
    )


def part_header(slots: int, part: int = 0, number: int = 0) -> PartHeader:
    return PartHeader(
        id=step_id(number), part=part, slots=tuple(KeySlot(key=key_id(n)) for n in range(slots))
    )


def kept_header(slots: int) -> KeptHeader:
    return KeptHeader(slots=tuple(KeySlot(key=key_id(n)) for n in range(slots)))


plain_lengths = st.integers(0, 40_000)
envelopes = st.builds(ring, st.builds(envelope_header, st.integers(1, 51), st.integers(0, 99)), plain_lengths)
parts = st.builds(
    ring,
    st.builds(part_header, st.integers(1, 102), st.integers(0, 49), st.integers(0, 99)),
    plain_lengths,
)
kept = st.builds(ring, st.builds(kept_header, st.integers(1, 102)), plain_lengths)
letters = st.builds(
    Letter,
    st.sampled_from(LetterKind),
    st.binary(max_size=300),
    st.binary(min_size=SIGNATURE_SIZE, max_size=SIGNATURE_SIZE),
    st.lists(st.binary(max_size=200), max_size=6).map(tuple),
)
