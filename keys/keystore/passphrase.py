"""A secret that a person remembers: Argon2id makes the key-encryption key of it.

Promises: the same text typed on any keyboard is the same secret (NFC); each writing draws a fresh salt.
Never: the text is printed, pickled, or put into an error.
"""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING, Final, NoReturn

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from keys.errors import KeystoreLocked, PassphraseTooShort
from keys.keystore.lock import KEY_SIZE, SALT_SIZE, Cost, Derived, Stretched, Wrapped
from keys.record import decode, encode

if TYPE_CHECKING:
    from pathlib import Path

SHORTEST_PASSPHRASE: Final = 12  # characters


class Passphrase:
    """What a person typed, or the first line of a private file that they named."""

    __slots__ = ("_text", "file")

    def __init__(self, text: str, file: Path | None = None) -> None:
        """Remember the words, and the file if they came from one: it may be a credential."""
        self._text = unicodedata.normalize("NFC", text)
        self.file = file

    def lock(self, cost: Cost) -> Stretched:
        """Choose how to stretch it, with a fresh salt; `PassphraseTooShort` below twelve characters."""
        if len(self._text) < SHORTEST_PASSPHRASE:
            raise PassphraseTooShort
        return Stretched(salt=encode(os.urandom(SALT_SIZE)), **cost.model_dump())

    def key(self, lock: Stretched | Derived | Wrapped) -> bytes:
        """Stretch it as the lock says; `KeystoreLocked` if the lock takes another kind of secret."""
        if not isinstance(lock, Stretched):
            raise KeystoreLocked
        argon2 = Argon2id(
            salt=decode(lock.salt),
            length=KEY_SIZE,
            iterations=lock.passes,
            lanes=lock.lanes,
            memory_cost=lock.memory_kib,
        )
        return argon2.derive(self._text.encode("utf-8", "surrogatepass"))

    @property
    def text(self) -> str:
        """The words themselves: for a token's PIN typed where a passphrase is asked for, and nothing else."""
        return self._text

    def __repr__(self) -> str:
        return "<Passphrase>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("passphrases are neither pickled nor copied")
