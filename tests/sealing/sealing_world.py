"""Two agencies' keys from fixed seeds, and one share sealed with them: what the sealing tests attack."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from exchange.sealing import Letter, LetterKind, PostalSlot, SealedPart, seal_envelope, seal_part
from exchange.wire.slip import Author, Basis, LogHead, Party, Slip, write
from keys.suite import SIGNATURE_SIZE, OpeningKey

STEP = "s" * 26
OTHER_STEP = "t" * 26
THREAD = "h" * 26
SENDER, SCHOOL, CLINIC = "northshire-childrens", "moorfield-primary", "harbour-clinic"
TEACHER, ROLE = "b" * 26, "c" * 26
WORDS = b'{"words":"He was calm when he arrived."}'
SIGNATURE = bytes(SIGNATURE_SIZE)  # sealing does not judge it


@cache
def key(name: str) -> OpeningKey:
    return OpeningKey.from_seed(name.encode().ljust(32, b"."))


def ring_of(*names: str) -> dict[str, OpeningKey]:
    """A keyring: private keys by key id."""
    return {key(name).sealing_key.key_id: key(name) for name in names}


READERS = ("teacher", "duty role", "school records", "sender", "sender records")


def slip_for(parts: tuple[SealedPart, ...], *, to: tuple[str, ...] = (SCHOOL,), step: str = STEP) -> Slip:
    return Slip(
        id=step,
        kind="share",
        thread=THREAD,
        leg=None,
        seq=0,
        prev=(),
        answers=None,
        author=Author(agency=SENDER, person="a" * 26, key="k" * 32),
        to=tuple(Party(agency=agency, person=TEACHER) for agency in to),
        purpose="protect",
        basis=Basis(code="legal-obligation"),
        urgency="today",
        due="2026-11-22T17:00:00Z",
        verdict=None,
        created="2026-11-22T15:04:05Z",
        expires="2027-11-22T15:04:05Z",
        log=LogHead(origin="hub.example", size=2, root="0" * 64),
        contents=tuple(part.pin for part in parts),
        attachments=(),
    )


@dataclass(frozen=True)
class Share:
    """A sealed share and everything that went into it."""

    parts: tuple[SealedPart, ...]
    slip: Slip
    letter: Letter
    envelope: bytes


def sealed_share(*, to: tuple[str, ...] = (SCHOOL,), contents: tuple[bytes, ...] = (WORDS,)) -> Share:
    parts = tuple(
        seal_part(STEP, number, words, [], [key(name).sealing_key for name in READERS])
        for number, words in enumerate(contents)
    )
    slip = slip_for(parts, to=to)
    letter = Letter(LetterKind.SLIP, write(slip), SIGNATURE, tuple(part.ring for part in parts))
    slots = [PostalSlot(agency, key(f"{agency} mailbox").sealing_key) for agency in to]
    return Share(parts, slip, letter, seal_envelope(STEP, letter, slots))
