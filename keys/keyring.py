"""A keyring: private keys in memory, while their holder is signed in.

Promises: a key is given out by the name of its public half and only as what it is; after `close` none is.
Never: it reads or writes a file (see `keystore`), and it neither prints nor pickles what it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NoReturn, Self, TypeVar

from keys.errors import KeyringClosed, KeyUnknown
from keys.notekey import LogKey, WitnessKey
from keys.suite import OpeningKey, SigningKey, TransportKey

if TYPE_CHECKING:
    from types import TracebackType

PrivateKind = Literal["signing", "opening", "transport", "witness", "log", "secret"]


class Secret:
    """Random bytes with a name of their own, such as a desk's storage secret."""

    __slots__ = ("name", "seed")

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = name
        self.seed = seed

    def __repr__(self) -> str:
        return f"<Secret {self.name}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are neither pickled nor copied")


Private = SigningKey | OpeningKey | TransportKey | WitnessKey | LogKey | Secret
_Private = TypeVar("_Private", SigningKey, OpeningKey, TransportKey, WitnessKey, LogKey, Secret)


def kind_of(key: Private) -> PrivateKind:
    """Say what a private key is for."""
    match key:
        case SigningKey():
            return "signing"
        case OpeningKey():
            return "opening"
        case TransportKey():
            return "transport"
        case WitnessKey():
            return "witness"
        case LogKey():
            return "log"
        case Secret():
            return "secret"


def name_of(key: Private) -> str:
    """Give the id of the public half, or a secret's own name."""
    match key:
        case SigningKey():
            return key.verifying_key.key_id
        case OpeningKey():
            return key.sealing_key.key_id
        case TransportKey() | WitnessKey() | LogKey():
            return key.public.key_id
        case Secret():
            return key.name


class Keyring:
    """Some holder's private keys, oldest first."""

    __slots__ = ("_keys", "holder")

    def __init__(self, holder: str, keys: tuple[Private, ...]) -> None:
        self.holder = holder
        self._keys: tuple[Private, ...] | None = keys

    def signing(self, key_id: str) -> SigningKey:
        """Give the signing key of that name; `KeyUnknown`, or `KeyringClosed`."""
        return self._find(key_id, SigningKey)

    def opening(self, key_id: str) -> OpeningKey:
        """Give the opening key of the sealing key of that name; `KeyUnknown`, or `KeyringClosed`."""
        return self._find(key_id, OpeningKey)

    def transport(self, key_id: str) -> TransportKey:
        """Give the transport key of that name; `KeyUnknown`, or `KeyringClosed`."""
        return self._find(key_id, TransportKey)

    def witness(self, key_id: str) -> WitnessKey:
        """Give the witness key of that name; `KeyUnknown`, or `KeyringClosed`."""
        return self._find(key_id, WitnessKey)

    def log(self, key_id: str) -> LogKey:
        """Give the log key of that name; `KeyUnknown`, or `KeyringClosed`."""
        return self._find(key_id, LogKey)

    def secret(self, name: str) -> bytes:
        """Give the secret of that name; `KeyUnknown`, or `KeyringClosed`."""
        return self._find(name, Secret).seed

    def ids(self, kind: PrivateKind | None = None) -> tuple[str, ...]:
        """Names of the keys of one kind (or all), newest first."""
        return tuple(name_of(key) for key in reversed(self._open()) if kind in {None, kind_of(key)})

    def joined(self, *keys: Private) -> Keyring:
        """Make a keyring that also holds `keys`; closing either leaves the other."""
        return Keyring(self.holder, (*keys, *self._open()))

    def close(self) -> None:
        """Forget every key. Python cannot wipe the memory they stood in."""
        self._keys = None

    def _open(self) -> tuple[Private, ...]:
        if self._keys is None:
            raise KeyringClosed
        return self._keys

    def _find(self, name: str, kind: type[_Private]) -> _Private:
        for key in self._open():
            if isinstance(key, kind) and name_of(key) == name:
                return key
        raise KeyUnknown

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Keyring of {self.holder}{' (closed)' if self._keys is None else ''}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keyrings are neither pickled nor copied")
