"""Ed25519 keys that sign notes: the hub's log key and the agencies' witness keys.

Promises: as of every key (see `halves`); a witness's key and a log's are two types, so that a keyring never
gives out the one for the other; a public key has one spelling, and is none under which anybody can sign.
Never: it knows what a note is (see `transparency.note`), whose key it is, or what the time is.

Why Ed25519 alone, where agencies and people sign with a composite: docs/adr/0011.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from keys.errors import Malformed, SignatureInvalid
from keys.halves import PrivateHalf, PublicHalf, exact

NOTE_KEY_SIZE: Final = 32
NOTE_SEED_SIZE: Final = 32
NOTE_SIGNATURE_SIZE: Final = 64

_PARSED = 1024
_PRIME = 2**255 - 19
_EIGHTH = (
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826  # the height of a point of order 8
)
# The heights of the points of small order: under them a signature that nobody made fits what one likes.
_WEAK = frozenset(
    {
        0,
        1,
        _PRIME - 1,
        _EIGHTH,
        _PRIME - _EIGHTH,
    }
)


class NotePublic(PublicHalf):
    """The public half: 32 bytes of RFC 8032."""

    __slots__ = ("_ed25519",)

    def __init__(self, data: bytes) -> None:
        data = exact(data, NOTE_KEY_SIZE, "note key")
        super().__init__(b"note", data)
        height = int.from_bytes(data, "little") % 2**255  # the highest bit says on which side
        if height >= _PRIME or height in _WEAK:
            raise Malformed("note key")
        try:
            self._ed25519 = Ed25519PublicKey.from_public_bytes(data)
        except ValueError:
            raise Malformed("note key") from None

    @classmethod
    def from_bytes(cls, data: bytes) -> NotePublic:
        """Read 32 bytes; `Malformed` otherwise."""
        return _public(bytes(data))

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise `SignatureInvalid` unless `signature` (64 bytes) fits `message`."""
        try:
            self._ed25519.verify(signature, message)
        except InvalidSignature:
            raise SignatureInvalid from None


class NoteSigningKey(PrivateHalf):
    """The private half: RFC 8032's seed of 32 bytes."""

    __slots__ = ("_ed25519", "public")

    def __init__(self, seed: bytes) -> None:
        super().__init__(exact(seed, NOTE_SEED_SIZE, "note seed"))
        self._ed25519 = Ed25519PrivateKey.from_private_bytes(self._seed)
        self.public: NotePublic = NotePublic.from_bytes(self._ed25519.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> Self:
        """Draw a new key."""
        return cls(secrets.token_bytes(NOTE_SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of a 32-byte seed; `Malformed` for another length."""
        return cls(seed)

    def sign(self, message: bytes) -> bytes:
        """Sign: 64 bytes."""
        return self._ed25519.sign(message)


class WitnessKey(NoteSigningKey):
    """An agency's: its desk cosigns the checkpoints that it verified."""

    __slots__ = ()


class LogKey(NoteSigningKey):
    """The hub's: it signs the log's checkpoints."""

    __slots__ = ()


_public = lru_cache(maxsize=_PARSED)(NotePublic)
