"""A secret that a machine keeps: 32 random bytes in a private file, so that a desk starts without a person.

Promises: a credential is drawn, never chosen; a file that others may read is refused.
Never: it is kept in memory between two uses.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.errors import KeystoreLocked
from keys.files import read_private, write_private
from keys.keystore.lock import KEY_SIZE, SALT_SIZE, Cost, Derived, Stretched, Wrapped
from keys.record import decode, encode

if TYPE_CHECKING:
    from pathlib import Path

CREDENTIAL_SIZE: Final = 32

_LABEL = b"readback/cx1/keystore-credential\0"


class FileCredential:
    """The file credential at a path."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def create(cls, path: Path) -> FileCredential:
        """Draw one and write it; `KeystoreExists` if anything is there."""
        write_private(path, os.urandom(CREDENTIAL_SIZE), new=True)
        return cls(path)

    def lock(self, _cost: Cost) -> Derived:
        """Draw a fresh salt; random bytes need no stretching."""
        return Derived(salt=encode(os.urandom(SALT_SIZE)))

    def key(self, lock: Stretched | Derived | Wrapped) -> bytes:
        """Read the file and derive; `KeystoreLocked` if the lock takes another kind, `FileExposed`."""
        if not isinstance(lock, Derived):
            raise KeystoreLocked
        secret = read_private(self._path, limit=CREDENTIAL_SIZE)
        if len(secret) != CREDENTIAL_SIZE:
            raise KeystoreLocked
        return HKDF(SHA256(), KEY_SIZE, decode(lock.salt), _LABEL).derive(secret)
