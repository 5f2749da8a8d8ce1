"""Attachments: files of any size, sealed and opened as a stream in constant memory.

Promises: every byte that `update` gives out was authenticated; `finish` gives out the last ones only after
the whole ciphertext was the size and SHA-256 that the signed slip pins, and its end was the sealed one; the
ciphertext's length tells the file's only as far as Padmé lets it.
Never: it touches a file. Write to a temporary name, and rename only after `finish` returned.

    ciphertext = Cobblestone-256(random key, context = label, file ‖ zeros up to padme(length of file))

The file's true length stands among the words (`contents.AttachmentNote.size`), its key beside them.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import AlreadyFinalized, InvalidTag

from exchange.errors import ContentsDisagree, EnvelopeRefused, TooLarge
from exchange.wire import limits
from exchange.wire.padding import body_length, padme
from exchange.wire.slip import AttachmentPin

if TYPE_CHECKING:
    from collections.abc import Iterator

_LABEL = b"readback/cx1/attachment"
_KEY_SIZE = 32
_BLOCK = limits.MIB


class AttachmentSealer:
    """Seals one file: `update` for each block, then every block of `finish`, then `pin` and `size`."""

    def __init__(self) -> None:
        """Draw the file's own key, which goes into the parts of those who receive it."""
        self.key: bytes = secrets.token_bytes(_KEY_SIZE)
        self.size = 0  # of the file, in bytes
        self._cipher = Cobblestone256Encryptor(self.key, _LABEL)
        self._hash = hashlib.sha256()
        self._sealed = 0
        self._pin: AttachmentPin | None = None

    def update(self, data: bytes) -> bytes:
        """Seal a block of any size; `TooLarge` once the file exceeds `limits.ATTACHMENT`."""
        self.size += len(data)
        if self.size > limits.ATTACHMENT:
            raise TooLarge("attachment")
        return self._seal(data)

    def finish(self) -> Iterator[bytes]:
        """Give the padding and the end, in blocks of about a mebibyte."""
        left = padme(self.size) - self.size
        while left:
            yield self._seal(bytes(min(left, _BLOCK)))
            left -= min(left, _BLOCK)
        yield self._count(self._cipher.finalize())
        self._pin = AttachmentPin(size=self._sealed, digest=self._hash.hexdigest())

    @property
    def pin(self) -> AttachmentPin:
        """What the slip says of it; `ValueError` before `finish` was read to its end."""
        if self._pin is None:
            raise ValueError("the attachment is not finished")
        return self._pin

    def _seal(self, data: bytes) -> bytes:
        return self._count(self._cipher.update(data))

    def _count(self, ciphertext: bytes) -> bytes:
        self._hash.update(ciphertext)
        self._sealed += len(ciphertext)
        return ciphertext


class AttachmentOpener:
    """Opens one file: `update` for each block in order, then `finish`. After an error, discard it all."""

    def __init__(self, key: bytes, pin: AttachmentPin, size: int) -> None:
        """`key` and the file's `size` are from the part, `pin` from the slip; `ContentsDisagree`."""
        if not 0 <= size <= limits.ATTACHMENT or pin.size != body_length(padme(size)):
            raise ContentsDisagree("attachment.size")
        self._pin = pin
        self._left = size
        self._cipher = Cobblestone256Decryptor(key, _LABEL)
        self._hash = hashlib.sha256()
        self._received = 0

    def update(self, data: bytes) -> bytes:
        """Open a block of ciphertext of any size; what comes back is authentic, but may not be all of it."""
        self._received += len(data)
        self._hash.update(data)
        if self._received > self._pin.size:
            raise ContentsDisagree("attachment.size")
        try:
            return self._without_padding(self._cipher.update(data))
        except (InvalidTag, AlreadyFinalized):  # the latter after an earlier refusal
            raise EnvelopeRefused("attachment") from None

    def finish(self) -> bytes:
        """Give the last bytes, once the end is verified; otherwise `EnvelopeRefused`, `ContentsDisagree`."""
        if self._received != self._pin.size:
            raise ContentsDisagree("attachment.size")
        if self._hash.hexdigest() != self._pin.digest:
            raise ContentsDisagree("attachment.digest")
        try:
            return self._without_padding(self._cipher.finalize())
        except (InvalidTag, AlreadyFinalized):  # the latter after an earlier refusal
            raise EnvelopeRefused("attachment") from None

    def _without_padding(self, plain: bytes) -> bytes:
        kept = plain[: self._left]
        self._left -= len(kept)
        if plain.count(0, len(kept)) != len(plain) - len(kept):
            raise EnvelopeRefused("attachment.padding")
        return kept
