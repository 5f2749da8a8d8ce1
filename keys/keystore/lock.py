"""How a keystore is locked: what its header says of the key-encryption key, and never the key itself.

Promises: three kinds of lock, one model each; a lock is public, and a keystore's tag authenticates it, so
that nobody weakens a stretching or points a keystore at another token unnoticed.
Never: a secret, or the path of anything on this machine.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Protocol

from pydantic import Field, StringConstraints

from keys.record import Base64, Frozen

KEY_SIZE: Final = 32
SALT_SIZE: Final = 16

LockKind = Literal["argon2id", "credential", "pkcs11"]
WORDS: Final = r"^[\x20-\x7e]{1,64}$"
Words = Annotated[str, StringConstraints(pattern=WORDS)]


class Cost(Frozen):
    """What Argon2id spends on one try: KiB of memory, passes over it, lanes."""

    memory_kib: Annotated[int, Field(ge=8, le=1024 * 1024)]
    passes: Annotated[int, Field(ge=1, le=16)]
    lanes: Annotated[int, Field(ge=1, le=16)]


DEFAULT_COST: Final = Cost(memory_kib=256 * 1024, passes=3, lanes=4)  # half a second, as RFC 9106 suggests


class Stretched(Cost):
    """Argon2id of a passphrase (RFC 9106)."""

    kind: Literal["argon2id"] = "argon2id"
    salt: Base64


class Derived(Frozen):
    """HKDF-SHA256 of a file credential."""

    kind: Literal["credential"] = "credential"
    salt: Base64


class Wrapped(Frozen):
    """Random bytes, wrapped by a key that never leaves a PKCS#11 token."""

    kind: Literal["pkcs11"] = "pkcs11"
    token: Words  # its label
    serial: Words
    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{2,64}$")]  # the wrapping key's CKA_ID
    wrapped: Base64  # RFC 3394, 40 bytes


Lock = Annotated[Stretched | Derived | Wrapped, Field(discriminator="kind")]


class HolderSecret(Protocol):
    """What a holder brings to open their keystore: a passphrase, a file credential, or a token and a PIN."""

    def lock(self, cost: Cost) -> Stretched | Derived | Wrapped:
        """Make a lock with fresh randomness: no key-encryption key is ever used for two writings."""

    def key(self, lock: Stretched | Derived | Wrapped) -> bytes:
        """Give the key-encryption key of that lock, 32 bytes; `KeystoreLocked` if it is not this secret's."""
