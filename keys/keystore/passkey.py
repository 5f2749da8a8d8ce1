"""A further secret of a person's: what their passkey's authenticator gives for it (the PRF extension).

Promises: what the authenticator gives is 32 bytes that nobody else has (WebAuthn Level 3, section 10.1.4); it
is mixed with a salt of its own for each passkey, and with the passkey's name, before it locks anything.
Never: it is printed, pickled, put into an error, or written.
"""

from __future__ import annotations

import os
from typing import Annotated, Final, NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from pydantic import Field

from keys.errors import KeystoreLocked
from keys.keystore.lock import KEY_SIZE, SALT_SIZE
from keys.record import Base64, Digest, Frozen, decode, encode

PASSKEYS_HELD: Final = 10
OUTPUT_SIZE: Final = 32

_LABEL = b"readback/cx1/keystore-passkey\0"


class Slot(Frozen):
    """A further lock of a keystore: its key-encryption key, wrapped under the passkey's (RFC 3394)."""

    passkey: Digest  # SHA-256 of the credential's id
    salt: Base64
    wrapped: Base64


class HeldKey(Frozen):
    """A passkey's own wrapping key, as it lies inside the keystore: so each writing locks for it again."""

    passkey: Digest
    salt: Base64
    key: Base64


Slots = Annotated[tuple[Slot, ...], Field(min_length=1, max_length=PASSKEYS_HELD)]
HeldKeys = Annotated[tuple[HeldKey, ...], Field(min_length=1, max_length=PASSKEYS_HELD)]


class PasskeyOutput:
    """What an authenticator gave for one passkey."""

    __slots__ = ("_output", "passkey")

    def __init__(self, passkey: str, output: bytes) -> None:
        """`passkey` is the SHA-256 of the credential's id, hexadecimal; `KeystoreLocked` unless 32 bytes."""
        if len(output) != OUTPUT_SIZE:
            raise KeystoreLocked
        self.passkey = passkey
        self._output = output

    def hold(self) -> HeldKey:
        """Draw a salt, and derive the key that will wrap for this passkey."""
        salt = os.urandom(SALT_SIZE)
        return HeldKey(passkey=self.passkey, salt=encode(salt), key=encode(self._key(salt)))

    def open(self, slots: tuple[Slot, ...]) -> bytes:
        """Give the keystore's key-encryption key; `KeystoreLocked` if no slot is this passkey's."""
        for slot in slots:
            if slot.passkey == self.passkey:
                try:
                    return aes_key_unwrap(self._key(decode(slot.salt)), decode(slot.wrapped))
                except (InvalidUnwrap, ValueError):
                    raise KeystoreLocked from None
        raise KeystoreLocked

    def _key(self, salt: bytes) -> bytes:
        return HKDF(SHA256(), KEY_SIZE, salt, _LABEL + bytes.fromhex(self.passkey)).derive(self._output)

    def __repr__(self) -> str:
        return "<PasskeyOutput>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("what a passkey gives is neither pickled nor copied")


def slot_for(held: HeldKey, key: bytes) -> Slot:
    """Wrap a keystore's key-encryption key for one passkey."""
    wrapped = aes_key_wrap(decode(held.key), key)
    return Slot(passkey=held.passkey, salt=held.salt, wrapped=encode(wrapped))
