"""Writing a step: each audience's words sealed, the slip signed over their pins, the letter sealed.

Promises: words are sealed to exactly the keys given; what is signed is what the slip says, once; the desk's
own copy carries the same letter, sealed to its own mailbox alone.
Never: it decides who may write what (see the use cases), or runs on the loop: it is pure processor time.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from exchange.sealing import Letter, LetterKind, seal_envelope, seal_part
from exchange.share.thread import Step
from exchange.wire import slip as slips
from exchange.wire.slip import Slip
from keys.record import digest
from keys.statement import Kind, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from exchange.sealing import PostalSlot
    from exchange.wire.slip import (
        AttachmentPin,
        Author,
        Basis,
        LogHead,
        PartPin,
        Party,
        StepKind,
        Urgency,
        Verdict,
    )
    from keys.suite import SealingKey, SigningKey


@dataclass(frozen=True, slots=True)
class Heading:
    """A slip but for the pins of its words."""

    id: str
    kind: StepKind
    thread: str
    leg: int | None
    seq: int
    prev: tuple[str, ...]
    answers: str | None
    author: Author
    to: tuple[Party, ...]
    created: str
    expires: str
    log: LogHead
    purpose: str | None = None
    basis: Basis | None = None
    urgency: Urgency | None = None
    due: str | None = None
    verdict: Verdict | None = None
    attachments: tuple[AttachmentPin, ...] = ()

    def slip(self, contents: tuple[PartPin, ...]) -> Slip:
        """Write the slip with these pins."""
        return Slip(**{field.name: getattr(self, field.name) for field in fields(self)}, contents=contents)


@dataclass(frozen=True, slots=True)
class Words:
    """One audience's words, and every key that may open them."""

    contents: bytes
    slots: tuple[SealingKey, ...]
    attachment_keys: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """A signed step: its letter, the envelope to post (None where it stays here), and the desk's own copy."""

    step: Step
    letter: Letter
    envelope: bytes | None
    own_copy: bytes


def compose(  # noqa: PLR0913 - what a step is made of
    heading: Heading,
    words: Sequence[Words],
    key: SigningKey,
    *,
    postal: Sequence[PostalSlot],
    own: PostalSlot,
    check: Callable[[Slip], None],
) -> Composed:
    """Seal, pin, check, sign, seal. Some milliseconds of one core: call it in a thread.

    `check` sees the finished slip before it is signed, and raises if it may not be.
    """
    parts = [
        seal_part(heading.id, number, one.contents, one.attachment_keys, one.slots)
        for number, one in enumerate(words)
    ]
    slip = heading.slip(tuple(part.pin for part in parts))
    check(slip)
    signed = sign(Kind.SLIP, slips.write(slip), key)
    letter = Letter(LetterKind.SLIP, signed.payload, signed.signature, tuple(part.ring for part in parts))
    envelope = seal_envelope(heading.id, letter, postal) if postal else None
    own_copy = seal_envelope(heading.id, letter, [own])
    return Composed(Step(digest(signed.payload), slip), letter, envelope, own_copy)
