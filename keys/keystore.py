"""The keystore: the only reader of private keys.

Promises: one file per holder, encrypted at rest; every byte of the file is authenticated, its header (whose
it is, which keys, how the secret is stretched) as additional data, so that nothing in it can be swapped,
reordered or weakened unnoticed; it is written whole or not at all, readable by its owner alone.
Never: a private key, secret or passphrase is printed, logged, pickled, or put into an error; a wrong secret
and an altered file are one and the same answer, `KeystoreLocked`.

A file is strict JSON, printed in one spelling::

    {"header":{"v":1,"suite":"cx1","holder":"…",
               "lock":{"kind":"argon2id","salt":"…","memory_kib":262144,"passes":3,"lanes":4},
               "keys":[{"kind":"signing","name":"…32…"},{"kind":"opening","name":"…"},…]},
     "nonce":"…","sealed":"…"}

`sealed` is AES-256-GCM of the seeds, in the header's order, under a key from the holder's secret: Argon2id of
a passphrase (RFC 9106), or HKDF-SHA256 of a file credential of 32 random bytes, which a desk needs in order
to start without a person.
"""

from __future__ import annotations

import hmac
import os
import unicodedata
from typing import TYPE_CHECKING, Annotated, Final, Literal, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AfterValidator, Field, StringConstraints

from keys.errors import KeystoreDamaged, KeystoreLocked, Malformed, PassphraseTooShort
from keys.files import read_private, write_private
from keys.keyring import Keyring, Private, PrivateKind, Secret, kind_of, name_of
from keys.notekey import LogKey, WitnessKey
from keys.record import Base64, Frozen, canonical_base64, decode, encode
from keys.statement import dump, load
from keys.suite import OpeningKey, SigningKey, TransportKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE_LIMIT: Final = 256 * 1024
CREDENTIAL_SIZE: Final = 32
SHORTEST_PASSPHRASE: Final = 12  # characters
KEYS_HELD: Final = 200

_CONTEXT = b"readback/cx1/keystore\0"
_CREDENTIAL = b"readback/cx1/keystore-credential\0"
_AT_REST = b"readback/cx1/at-rest\0"
_NONCE = 12
_SALT = 16
_KEY = 32

HolderId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


class Cost(Frozen):
    """What Argon2id spends on one try: KiB of memory, passes over it, lanes."""

    memory_kib: Annotated[int, Field(ge=8, le=1024 * 1024)]
    passes: Annotated[int, Field(ge=1, le=16)]
    lanes: Annotated[int, Field(ge=1, le=16)]


DEFAULT_COST: Final = Cost(memory_kib=256 * 1024, passes=3, lanes=4)  # half a second, as RFC 9106 suggests


class _Stretched(Cost):
    kind: Literal["argon2id"] = "argon2id"
    salt: Base64


class _Derived(Frozen):
    kind: Literal["credential"] = "credential"
    salt: Base64


class _Held(Frozen):
    kind: PrivateKind
    name: HolderId


class _Header(Frozen):
    v: Annotated[int, Field(ge=1, le=1)] = 1
    suite: Literal["cx1"] = "cx1"
    holder: HolderId
    lock: Annotated[_Stretched | _Derived, Field(discriminator="kind")]
    keys: Annotated[tuple[_Held, ...], Field(max_length=KEYS_HELD)]


class _File(Frozen):
    header: _Header
    nonce: Base64
    sealed: Annotated[str, StringConstraints(max_length=FILE_LIMIT), AfterValidator(canonical_base64)]


class _Seeds(Frozen):
    seeds: tuple[Base64, ...]


class Passphrase:
    """A secret that a person remembers; the same text typed on any keyboard is the same secret (NFC)."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = unicodedata.normalize("NFC", text)

    def lock(self, cost: Cost) -> _Stretched:
        """Choose how to stretch it, with a fresh salt; `PassphraseTooShort` below twelve characters."""
        if len(self._text) < SHORTEST_PASSPHRASE:
            raise PassphraseTooShort
        return _Stretched(salt=encode(os.urandom(_SALT)), **cost.model_dump())

    def key(self, lock: _Stretched | _Derived) -> bytes:
        """Stretch it as the lock says; `KeystoreLocked` if the lock takes another kind of secret."""
        if not isinstance(lock, _Stretched):
            raise KeystoreLocked
        argon2 = Argon2id(
            salt=decode(lock.salt),
            length=_KEY,
            iterations=lock.passes,
            lanes=lock.lanes,
            memory_cost=lock.memory_kib,
        )
        return argon2.derive(self._text.encode("utf-8", "surrogatepass"))

    def __repr__(self) -> str:
        return "<Passphrase>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("passphrases are neither pickled nor copied")


class FileCredential:
    """A secret that a machine keeps: 32 random bytes in a private file."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def create(cls, path: Path) -> FileCredential:
        """Draw one and write it; `KeystoreExists` if anything is there."""
        write_private(path, os.urandom(CREDENTIAL_SIZE), new=True)
        return cls(path)

    def lock(self, _cost: Cost) -> _Derived:
        """Draw a fresh salt; random bytes need no stretching."""
        return _Derived(salt=encode(os.urandom(_SALT)))

    def key(self, lock: _Stretched | _Derived) -> bytes:
        """Read the file and derive; `KeystoreLocked` if the lock takes another kind, `FileExposed`."""
        if not isinstance(lock, _Derived):
            raise KeystoreLocked
        secret = read_private(self._path, limit=CREDENTIAL_SIZE)
        if len(secret) != CREDENTIAL_SIZE:
            raise KeystoreLocked
        return HKDF(SHA256(), _KEY, decode(lock.salt), _CREDENTIAL).derive(secret)


HolderSecret = Passphrase | FileCredential


class Keystore:
    """One holder's file. What is public about it can be read without the secret: `holder` and `names`."""

    def __init__(self, path: Path, file: _File) -> None:
        """Use `create` or `open`."""
        self._path = path
        self._file = file

    @classmethod
    def create(
        cls,
        path: Path,
        secret: HolderSecret,
        *,
        holder: str,
        keys: tuple[Private, ...] = (),
        cost: Cost = DEFAULT_COST,
    ) -> Keystore:
        """Write a new keystore; `KeystoreExists` if anything is there, `PassphraseTooShort`.

        Stretching a passphrase takes about half a second of two cores at the default cost.
        """
        keystore = cls(path, _sealed(holder, secret, keys, cost))
        write_private(path, dump(keystore._file), new=True)
        return keystore

    @classmethod
    def open(cls, path: Path) -> Keystore:
        """Read a keystore without unlocking it; `KeystoreMissing`, `FileExposed`, `KeystoreDamaged`."""
        data = read_private(path, limit=FILE_LIMIT)
        try:
            file = load(data, _File, limit=FILE_LIMIT)
        except Malformed:
            raise KeystoreDamaged from None
        if dump(file) != data:
            raise KeystoreDamaged
        return cls(path, file)

    @property
    def holder(self) -> str:
        """Whose it says it is; only `unlock` proves it."""
        return self._file.header.holder

    @property
    def names(self) -> tuple[tuple[PrivateKind, str], ...]:
        """Kinds and names of its keys, oldest first; only `unlock` proves them."""
        return tuple((key.kind, key.name) for key in self._file.header.keys)

    def unlock(self, secret: HolderSecret) -> Keyring:
        """Open it; `KeystoreLocked` for a wrong secret or an altered file. Slow: call it in a thread."""
        return Keyring(self.holder, self._keys(secret))

    def add(self, secret: HolderSecret, *keys: Private) -> None:
        """Add keys, newest last, and write the file anew; errors as `unlock`."""
        self._rewrite(secret, (*self._keys(secret), *keys), self._cost())

    def change_secret(self, old: HolderSecret, new: HolderSecret, *, cost: Cost = DEFAULT_COST) -> None:
        """Seal the same keys under another secret; errors as `unlock`. Old copies stay as they are."""
        self._rewrite(new, self._keys(old), cost)

    def _keys(self, secret: HolderSecret) -> tuple[Private, ...]:
        header = self._file.header
        try:
            plain = AESGCM(secret.key(header.lock)).decrypt(
                decode(self._file.nonce), decode(self._file.sealed), _CONTEXT + dump(header)
            )
            seeds = load(plain, _Seeds, limit=FILE_LIMIT).seeds
            keys = tuple(_key(held, decode(seed)) for held, seed in zip(header.keys, seeds, strict=True))
        except (InvalidTag, ValueError, Malformed):
            raise KeystoreLocked from None
        return keys

    def _cost(self) -> Cost:
        lock = self._file.header.lock
        if isinstance(lock, _Derived):
            return DEFAULT_COST
        return Cost(memory_kib=lock.memory_kib, passes=lock.passes, lanes=lock.lanes)

    def _rewrite(self, secret: HolderSecret, keys: tuple[Private, ...], cost: Cost) -> None:
        file = _sealed(self.holder, secret, keys, cost)
        write_private(self._path, dump(file))
        self._file = file


def _sealed(holder: str, secret: HolderSecret, keys: tuple[Private, ...], cost: Cost) -> _File:
    held = tuple(_Held(kind=kind_of(key), name=name_of(key)) for key in keys)
    header = _Header(holder=holder, lock=secret.lock(cost), keys=held)
    plain = dump(_Seeds(seeds=tuple(encode(key.seed) for key in keys)))
    nonce = os.urandom(_NONCE)  # the key is fresh too, since the salt is: no pair can repeat
    sealed = AESGCM(secret.key(header.lock)).encrypt(nonce, plain, _CONTEXT + dump(header))
    return _File(header=header, nonce=encode(nonce), sealed=encode(sealed))


_MADE_BY: Final[dict[PrivateKind, Callable[[bytes], Private]]] = {
    "signing": SigningKey,
    "opening": OpeningKey,
    "transport": TransportKey,
    "witness": WitnessKey,
    "log": LogKey,
}


def _key(held: _Held, seed: bytes) -> Private:
    key = Secret(held.name, seed) if held.kind == "secret" else _MADE_BY[held.kind](seed)
    if not hmac.compare_digest(name_of(key), held.name):
        raise Malformed
    return key


def seal_at_rest(secret: bytes, label: bytes, data: bytes) -> bytes:
    """Encrypt what a desk keeps on its own disk: nonce (12 bytes) ‖ AES-256-GCM.

    `secret` is one of the desk's named secrets (32 bytes); `label` says what it is and where it belongs, and
    takes part in the key, so that one file cannot be put in another's place.
    """
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_at_rest_key(secret, label)).encrypt(nonce, data, None)


def open_at_rest(secret: bytes, label: bytes, sealed: bytes) -> bytes:
    """Undo `seal_at_rest`; `KeystoreLocked` for another secret, another label, or any altered bit."""
    try:
        return AESGCM(_at_rest_key(secret, label)).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (InvalidTag, ValueError):
        raise KeystoreLocked from None


def _at_rest_key(secret: bytes, label: bytes) -> bytes:
    return HKDF(SHA256(), _KEY, None, _AT_REST + label).derive(secret)
