"""The keystore's file: one holder's private keys, sealed under a key-encryption key.

Promises and never: as `keys.keystore`, whose page says what stands in the file.
"""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import AfterValidator, Field, StringConstraints

from keys.errors import KeystoreDamaged, KeystoreLocked, Malformed, PasskeysTooMany, SecretUnchanged
from keys.files import place_of, read_private, write_private
from keys.keyring import Keyring, Private, PrivateKind, Secret, kind_of, name_of
from keys.keystore.lock import DEFAULT_COST, Cost, HolderSecret, Lock, LockKind, Stretched, Wrapped
from keys.keystore.passkey import PASSKEYS_HELD, HeldKey, HeldKeys, PasskeyOutput, Slot, Slots, slot_for
from keys.keystore.passphrase import Passphrase
from keys.notekey import LogKey, WitnessKey
from keys.record import Base64, Frozen, canonical_base64, decode, encode
from keys.statement import dump, load
from keys.suite import OpeningKey, SigningKey, TransportKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE_LIMIT: Final = 256 * 1024
KEYS_HELD: Final = 200

_CONTEXT = b"readback/cx1/keystore\0"
_NONCE = 12
_WITH_PASSKEYS = b'},"passkeys":['

HolderId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


class _Held(Frozen):
    kind: PrivateKind
    name: HolderId


class _Header(Frozen):
    v: Annotated[int, Field(ge=1, le=1)] = 1
    suite: Literal["cx1"] = "cx1"
    holder: HolderId
    lock: Lock
    keys: Annotated[tuple[_Held, ...], Field(max_length=KEYS_HELD)]


class _File(Frozen):
    header: _Header
    nonce: Base64
    sealed: Annotated[str, StringConstraints(max_length=FILE_LIMIT), AfterValidator(canonical_base64)]


class _PasskeyFile(Frozen):
    header: _Header
    passkeys: Slots
    nonce: Base64
    sealed: Annotated[str, StringConstraints(max_length=FILE_LIMIT), AfterValidator(canonical_base64)]


class _Seeds(Frozen):
    seeds: tuple[Base64, ...]


class _PasskeySeeds(Frozen):
    seeds: tuple[Base64, ...]
    passkeys: HeldKeys


class _Inside(NamedTuple):
    keys: tuple[Private, ...]
    passkeys: tuple[HeldKey, ...] = ()


class Keystore:
    """One holder's file. What is public about it can be read without the secret: `holder` and `names`."""

    def __init__(self, path: Path, file: _File | _PasskeyFile) -> None:
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
        keystore = cls(path, _sealed(holder, secret, _Inside(keys), cost))
        write_private(path, dump(keystore._file), new=True)
        return keystore

    @classmethod
    def open(cls, path: Path) -> Keystore:
        """Read a keystore without unlocking it; `KeystoreMissing`, `FileExposed`, `KeystoreDamaged`."""
        data = read_private(path, limit=FILE_LIMIT)
        try:
            model: type[_File | _PasskeyFile] = _PasskeyFile if _WITH_PASSKEYS in data else _File
            file: _File | _PasskeyFile = load(data, model, limit=FILE_LIMIT)
        except Malformed:
            raise KeystoreDamaged(place_of(path)) from None
        if dump(file) != data:
            raise KeystoreDamaged(place_of(path))
        return cls(path, file)

    @property
    def holder(self) -> str:
        """Whose it says it is; only `unlock` proves it."""
        return self._file.header.holder

    @property
    def names(self) -> tuple[tuple[PrivateKind, str], ...]:
        """Kinds and names of its keys, oldest first; only `unlock` proves them."""
        return tuple((key.kind, key.name) for key in self._file.header.keys)

    @property
    def kind(self) -> LockKind:
        """What kind of secret opens it."""
        return self._file.header.lock.kind

    @property
    def token(self) -> tuple[str, str] | None:
        """Label and serial number of the token that it says opens it, if one does."""
        lock = self._file.header.lock
        return (lock.token, lock.serial) if isinstance(lock, Wrapped) else None

    @property
    def passkeys(self) -> tuple[str, ...]:
        """The passkeys that it says open it too, each by the SHA-256 of its credential's id."""
        return tuple(slot.passkey for slot in self._slots)

    @property
    def _slots(self) -> tuple[Slot, ...]:
        return self._file.passkeys if isinstance(self._file, _PasskeyFile) else ()

    def unlock(self, secret: HolderSecret | PasskeyOutput) -> Keyring:
        """Open it; `KeystoreLocked` for a wrong secret or an altered file. Slow: call it in a thread."""
        return Keyring(self.holder, self._inside(secret).keys)

    def add(self, secret: HolderSecret, *keys: Private) -> None:
        """Add keys, newest last, and write the file anew; errors as `unlock`."""
        inside = self._inside(secret)
        self._rewrite(secret, inside._replace(keys=(*inside.keys, *keys)), self._cost())

    def let_in(self, secret: HolderSecret, passkey: PasskeyOutput) -> None:
        """Let a passkey open it too, and write the file anew.

        `PasskeysTooMany` beyond ten; errors as `unlock`.
        """
        inside = self._inside(secret)
        others = tuple(one for one in inside.passkeys if one.passkey != passkey.passkey)
        if len(others) >= PASSKEYS_HELD:
            raise PasskeysTooMany
        self._rewrite(secret, inside._replace(passkeys=(*others, passkey.hold())), self._cost())

    def shut_out(self, passkeys: frozenset[str]) -> None:
        """Take these passkeys' slots away: it needs no secret, and old copies still have them."""
        kept = tuple(slot for slot in self._slots if slot.passkey not in passkeys)
        if kept == self._slots:
            return
        header, nonce, sealed = self._file.header, self._file.nonce, self._file.sealed
        file = _whole(header, kept, nonce, sealed)
        write_private(self._path, dump(file))
        self._file = file

    def forget(self, secret: HolderSecret, names: frozenset[str]) -> None:
        """Write the file anew without those opening keys; errors as `unlock`. Old copies still hold them."""
        inside = self._inside(secret)
        kept = tuple(key for key in inside.keys if kind_of(key) != "opening" or name_of(key) not in names)
        self._rewrite(secret, inside._replace(keys=kept), self._cost())

    def change_secret(self, old: HolderSecret, new: HolderSecret, *, cost: Cost = DEFAULT_COST) -> None:
        """Seal the same keys under another secret; errors as `unlock`, `SecretUnchanged`. Old copies stay."""
        inside = self._inside(old)
        if isinstance(old, Passphrase) and isinstance(new, Passphrase) and old.text == new.text:
            raise SecretUnchanged
        self._rewrite(new, inside, cost)

    def _inside(self, secret: HolderSecret | PasskeyOutput) -> _Inside:
        header = self._file.header
        try:
            key = secret.open(self._slots) if isinstance(secret, PasskeyOutput) else secret.key(header.lock)
            plain = AESGCM(key).decrypt(
                decode(self._file.nonce), decode(self._file.sealed), _CONTEXT + dump(header)
            )
            model: type[_Seeds | _PasskeySeeds] = _PasskeySeeds if b'],"passkeys":[' in plain else _Seeds
            inside: _Seeds | _PasskeySeeds = load(plain, model, limit=FILE_LIMIT)
            seeds = zip(header.keys, inside.seeds, strict=True)
            keys = tuple(_key(held, decode(seed)) for held, seed in seeds)
        except (InvalidTag, ValueError, Malformed):
            raise KeystoreLocked from None
        # Whose slot was taken away is locked out by the next writing for good.
        held = inside.passkeys if isinstance(inside, _PasskeySeeds) else ()
        return _Inside(keys, tuple(one for one in held if one.passkey in self.passkeys))

    def _cost(self) -> Cost:
        lock = self._file.header.lock
        if not isinstance(lock, Stretched):
            return DEFAULT_COST
        return Cost(memory_kib=lock.memory_kib, passes=lock.passes, lanes=lock.lanes)

    def _rewrite(self, secret: HolderSecret, inside: _Inside, cost: Cost) -> None:
        file = _sealed(self.holder, secret, inside, cost)
        write_private(self._path, dump(file))
        self._file = file


def _sealed(holder: str, secret: HolderSecret, inside: _Inside, cost: Cost) -> _File | _PasskeyFile:
    held = tuple(_Held(kind=kind_of(key), name=name_of(key)) for key in inside.keys)
    header = _Header(holder=holder, lock=secret.lock(cost), keys=held)
    seeds = tuple(encode(key.seed) for key in inside.keys)
    plain = dump(
        _PasskeySeeds(seeds=seeds, passkeys=inside.passkeys) if inside.passkeys else _Seeds(seeds=seeds)
    )
    nonce = os.urandom(_NONCE)  # the key is fresh too, since the salt is: no pair can repeat
    key = secret.key(header.lock)
    sealed = encode(AESGCM(key).encrypt(nonce, plain, _CONTEXT + dump(header)))
    slots = tuple(slot_for(one, key) for one in inside.passkeys)
    return _whole(header, slots, encode(nonce), sealed)


def _whole(header: _Header, slots: tuple[Slot, ...], nonce: str, sealed: str) -> _File | _PasskeyFile:
    if not slots:
        return _File(header=header, nonce=nonce, sealed=sealed)
    return _PasskeyFile(header=header, passkeys=slots, nonce=nonce, sealed=sealed)


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
