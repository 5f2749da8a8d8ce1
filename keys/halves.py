"""What every key has in common: a public half with one spelling and name, a private half that stays put.

Promises: a public half is equal to another by its kind and bytes alone, and its name (`key_id`) is a digest
of both; a private half neither prints, nor compares, nor pickles.
Never: it computes anything with a key (see `suite` and `notekey`).
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from typing import NoReturn

from keys.errors import Malformed

_KEY_ID_BYTES = 20


def _key_id(kind: bytes, data: bytes) -> str:
    """Name a public key: 160 bits of SHA-256 over its kind and bytes, in lower-case base32."""
    label = b"readback/cx1/" + kind + b"-key\0"
    return b32encode(hashlib.sha256(label + data).digest()[:_KEY_ID_BYTES]).decode().lower()


class PublicHalf:
    """A public key: equal and hashed by its kind and bytes."""

    __slots__ = ("_bytes", "key_id")

    def __init__(self, kind: bytes, data: bytes) -> None:
        self._bytes = data
        self.key_id: str = _key_id(kind, data)

    def to_bytes(self) -> bytes:
        """Give the key's only spelling."""
        return self._bytes

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, PublicHalf) and other._bytes == self._bytes

    def __hash__(self) -> int:
        return hash((type(self), self._bytes))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key_id}>"


class PrivateHalf:
    """A private key: its seed leaves by the name `seed` and by no other way."""

    __slots__ = ("_seed",)

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    @property
    def seed(self) -> bytes:
        """The secret itself: for `keystore` and the ceremonies, never for a log or an error."""
        return self._seed

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("private keys are neither pickled nor copied")


def exact(data: bytes, size: int, what: str) -> bytes:
    """Give `data` if it has `size` bytes; `Malformed` at `what` otherwise."""
    data = bytes(data)
    if len(data) != size:
        raise Malformed(what)
    return data
