"""The made-up keys and the one share from which the vectors of `cx1` are made."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

from exchange.sealing import Letter, LetterKind, PostalSlot, SealedPart, rings
from exchange.wire.slip import Author, Basis, LogHead, Party, Slip, write
from keys.statement import Kind, sign
from keys.suite import OpeningKey, SigningKey, TransportKey

STEP, OTHER_STEP, THREAD = (
    "cxstepaaaaaaaaaaaaaaaaaaaa",
    "cxstepbbbbbbbbbbbbbbbbbbbb",
    "cxthreadaaaaaaaaaaaaaaaaaa",
)
SENDER, SCHOOL, CLINIC = "northshire-childrens", "moorfield-primary", "harbour-clinic"
PERSON = {name: (name * 26)[:26] for name in ("worker", "teacher")}
READERS = ("teacher", "duty role", "school records", "worker", "worker records")
MAILBOXES = {agency: f"{agency} mailbox" for agency in (SENDER, SCHOOL, CLINIC)}
WORDS = '{"v":1,"words":"He was calm when he arrived — and hungry."}'.encode()
OTHER_WORDS = b'{"v":1,"words":"What only the role receives."}'
NOW = 1_795_273_445
AUDIENCE = "hub.example"

Vector = dict[str, Any]


def text(data: bytes) -> str:
    return b64encode(data).decode()


def opening(name: str) -> OpeningKey:
    return OpeningKey.from_seed(hashlib.sha256(b"cx1 vector opening " + name.encode()).digest())


def transport(name: str) -> TransportKey:
    return TransportKey.from_seed(hashlib.sha256(b"cx1 vector transport " + name.encode()).digest())


SIGNER = SigningKey.from_seed(hashlib.sha512(b"cx1 vector signing worker").digest())


def slip_for(parts: tuple[SealedPart, ...], to: tuple[str, ...] = (SCHOOL,)) -> Slip:
    return Slip(
        id=STEP,
        kind="share",
        thread=THREAD,
        leg=None,
        seq=0,
        prev=(),
        answers=None,
        author=Author(agency=SENDER, person=PERSON["worker"], key=SIGNER.verifying_key.key_id),
        to=tuple(Party(agency=agency, person=PERSON["teacher"]) for agency in to),
        purpose="protect",
        basis=Basis(code="legal-obligation"),
        urgency="today",
        due="2026-11-22T17:00:00Z",
        verdict=None,
        created="2026-11-22T15:04:05Z",
        expires="2027-11-22T15:04:05Z",
        log=LogHead(origin=AUDIENCE, size=3, root="0" * 64),
        contents=tuple(part.pin for part in parts),
        attachments=(),
    )


def part(number: int, words: bytes, readers: tuple[str, ...], files: int = 0, step: str = STEP) -> SealedPart:
    keys = [bytes([0xA0 + n]) * 32 for n in range(files)]
    return rings.seal_part(step, number, words, keys, [opening(name).sealing_key for name in readers])


PARTS = (part(0, WORDS, READERS, files=2), part(1, OTHER_WORDS, ("duty role", "worker")))
SLIP = slip_for(PARTS)
SIGNED = sign(Kind.SLIP, write(SLIP), SIGNER)
LETTER = Letter(LetterKind.SLIP, SIGNED.payload, SIGNED.signature, tuple(p.ring for p in PARTS))


def post(letter: Letter, *to: str, step: str = STEP) -> bytes:
    return rings.seal_envelope(
        step, letter, [PostalSlot(agency, opening(MAILBOXES[agency]).sealing_key) for agency in to]
    )


ENVELOPE = post(LETTER, SCHOOL)
PLAIN = Letter(LetterKind.SLIP, SIGNED.payload, SIGNED.signature, ())
SMALL = post(PLAIN, SCHOOL)
