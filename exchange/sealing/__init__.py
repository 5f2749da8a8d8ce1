"""Sealing: the three rings and the attachments, both directions side by side, suite `cx1`.

Promises: what opens is exactly what was sealed, by a reader to whom it was addressed, at the place it was
sealed for; a body opens under one content key only (Cobblestone commits to it), so that every reader of a
ring reads the same; every failure is of the family `EnvelopeRefused`, its `where` for the local audit alone.
Never: it judges who signed, whose key a key is, or what the words mean; it keeps nothing between calls.

The formats are `docs/spec/envelope.md`, `docs/spec/part.md` and `docs/spec/attachment.md`.
"""

from exchange.sealing.attachments import AttachmentOpener, AttachmentSealer
from exchange.sealing.rings import (
    SALT_SIZE,
    OpenedEnvelope,
    OpenedPart,
    OpeningKeys,
    PostalSlot,
    SealedPart,
    check_part,
    check_slip_matches,
    commitment,
    new_salt,
    open_envelope,
    open_kept,
    open_part,
    seal_envelope,
    seal_kept,
    seal_part,
)
from exchange.wire.letter import Letter, LetterKind

__all__ = [
    "SALT_SIZE",
    "AttachmentOpener",
    "AttachmentSealer",
    "Letter",
    "LetterKind",
    "OpenedEnvelope",
    "OpenedPart",
    "OpeningKeys",
    "PostalSlot",
    "SealedPart",
    "check_part",
    "check_slip_matches",
    "commitment",
    "new_salt",
    "open_envelope",
    "open_kept",
    "open_part",
    "seal_envelope",
    "seal_kept",
    "seal_part",
]
