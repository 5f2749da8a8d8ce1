"""A secret that a PKCS#11 token keeps: its own AES key wraps the key-encryption key and never leaves it.

Promises: each writing draws 32 random bytes anew, and stores them as the token wrapped them (RFC 3394); the
wrapping key is made on the token, sensitive and not extractable, and one that is not so is refused; every use
logs in with the PIN and out again, so that a wrong PIN opens nothing although somebody else is at work on the
same token; all uses in a process take turns in one thread, since concurrent logins race.
Never: a PIN is printed, pickled, put into an error, or tried twice: tokens count wrong ones.

Tokens know no post-quantum algorithm, so that they cannot hold the keys of `cx1` themselves. What is gained:
a copied disk or backup opens nowhere without the token. What is not: the key-encryption key and the keys that
it opens stand in this process's memory while they are used, as with the other two kinds of secret.

Padded wrapping (RFC 5649) is not used: SoftHSM gets it wrong, and 32 bytes need no padding.
"""

from __future__ import annotations

import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from keys.errors import KeystoreLocked, PinBlocked, PinRefused, TokenMissing, TokenUnusable
from keys.keystore.lock import KEY_SIZE, WORDS, Cost, Derived, Stretched, Wrapped
from keys.record import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WRAPPING_KEY: Final = "readback"  # its label on the token

_ID_SIZE = 16
_PLAIN = re.compile(WORDS)
_ONE_AT_A_TIME: Final = ThreadPoolExecutor(1, thread_name_prefix="token")
_Result = TypeVar("_Result")


class Token:
    """A token and its PIN; `label` says which token, and `serial` too where several have that label."""

    __slots__ = ("_label", "_module", "_pin", "_serial")

    def __init__(self, module: Path, pin: str, *, label: str, serial: str | None = None) -> None:
        """Remember where the maker's PKCS#11 library is on this machine; nothing is loaded yet."""
        self._module = module
        self._pin = pin
        self._label = label
        self._serial = serial

    def identify(self) -> tuple[str, str]:
        """Give the token's label and serial number, after logging in; errors as `lock`."""
        return _in_turn(self._identify)

    def lock(self, _cost: Cost) -> Wrapped:
        """Draw a key-encryption key and let the token wrap it, making the wrapping key where there is none.

        `TokenMissing`, `TokenUnusable`, `PinRefused`, `PinBlocked`.
        """
        return _in_turn(self._wrap)

    def key(self, lock: Stretched | Derived | Wrapped) -> bytes:
        """Let the token unwrap; `KeystoreLocked` if the lock is not its own or was altered, or as `lock`."""
        if not isinstance(lock, Wrapped):
            raise KeystoreLocked
        return _in_turn(lambda: self._unwrap(lock))

    def _identify(self) -> tuple[str, str]:
        with self._signed_in(self._label, self._serial) as (token, _):
            return token.label, _serial(token)

    def _wrap(self) -> Wrapped:
        import pkcs11

        with self._signed_in(self._label, self._serial, rw=True) as (token, session):
            wrapping = _wrapping_key(session) or _make_wrapping_key(session)
            drawn = session.create_object(
                {
                    pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
                    pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.AES,
                    pkcs11.Attribute.VALUE: (secret := os.urandom(KEY_SIZE)),
                    **_in_passing(),
                }
            )
            wrapped = wrapping.wrap_key(drawn, mechanism=pkcs11.Mechanism.AES_KEY_WRAP)
            if _unwrapped(wrapping, wrapped) != secret:
                raise TokenUnusable("it does not give back what it wrapped")
            serial = _serial(token)
            return Wrapped(token=token.label, serial=serial, key=wrapping.id.hex(), wrapped=encode(wrapped))

    def _unwrap(self, lock: Wrapped) -> bytes:
        if self._label != lock.token or self._serial not in {None, lock.serial}:
            raise KeystoreLocked
        with self._signed_in(lock.token, lock.serial) as (_, session):
            wrapping = _wrapping_key(session, bytes.fromhex(lock.key))
            if wrapping is None:
                raise KeystoreLocked
            return _unwrapped(wrapping, decode(lock.wrapped))

    @contextmanager
    def _signed_in(self, label: str, serial: str | None, *, rw: bool = False) -> Iterator[tuple[Any, Any]]:
        with _named():
            library = _library(self._module)
            found = [
                token
                for token in library.get_tokens(token_label=label)
                if serial is None or _serial(token) == serial
            ]
            if len(found) != 1:
                raise TokenMissing("" if not found else "several tokens have that label")
            if not self._pin:
                raise PinRefused  # without one there would be no login, and a public key would do
            if not all(_PLAIN.fullmatch(word) for word in (found[0].label, _serial(found[0]))):
                raise TokenUnusable("its label or serial number has other than plain characters")
            with found[0].open(rw=rw, user_pin=self._pin) as session:
                yield found[0], session

    def __repr__(self) -> str:
        return f"<Token {self._label}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("tokens are neither pickled nor copied")


def _in_turn(act: Callable[[], _Result]) -> _Result:
    try:
        import pkcs11  # noqa: F401 - an extra of its own, and a library to load: only where a token is used
    except ImportError:
        raise TokenUnusable("python-pkcs11 is not installed: pip install 'readback[pkcs11]'") from None
    return _ONE_AT_A_TIME.submit(act).result()


@contextmanager
def _named() -> Iterator[None]:
    """Say what a token or its library refuses in our own words."""
    import pkcs11

    try:
        yield
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
        raise PinRefused from None
    except pkcs11.PinLocked:
        raise PinBlocked from None
    except (pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised, pkcs11.DeviceRemoved):
        raise TokenMissing from None
    except RuntimeError as error:  # every refusal of the library, and of the system to load it
        raise TokenUnusable(type(error).__name__) from None


def _library(module: Path) -> Any:
    """Load the maker's library, which is code: only one that nobody else could have put there."""
    import pkcs11

    try:
        status = module.stat()
    except OSError:
        raise TokenUnusable("there is no such module") from None
    if not module.is_absolute() or not stat.S_ISREG(status.st_mode):
        raise TokenUnusable("the module is the absolute path of a library")
    folders = {*module.parents, *module.resolve().parents}
    if _is_others(status) or any(_is_others(folder.stat()) for folder in folders):
        raise TokenUnusable("others may write to the module, or to a folder on its way")
    return pkcs11.lib(str(module))


def _is_others(status: os.stat_result) -> bool:
    """Whether somebody else could write there, or in a folder put another file in this one's place."""
    shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX  # there, only one's own files
    return bool(shared and not sticky) or status.st_uid not in {0, os.geteuid()}


def _in_passing() -> dict[Any, Any]:
    """Describe a key-encryption key inside the token: gone with the session, readable by it."""
    import pkcs11

    return {
        pkcs11.Attribute.TOKEN: False,
        pkcs11.Attribute.SENSITIVE: False,
        pkcs11.Attribute.EXTRACTABLE: True,
    }


def _wrapping_key(session: Any, key_id: bytes | None = None) -> Any | None:
    """Find the wrapping key, by its id or else by its label; of several the one with the smallest id."""
    import pkcs11

    wanted: dict[Any, Any] = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY}
    wanted |= {pkcs11.Attribute.LABEL: WRAPPING_KEY} if key_id is None else {pkcs11.Attribute.ID: key_id}
    found = min(session.get_objects(wanted), key=lambda key: bytes(key.id), default=None)
    if found is not None and (found[pkcs11.Attribute.EXTRACTABLE] or not found[pkcs11.Attribute.SENSITIVE]):
        raise TokenUnusable("the wrapping key can leave the token")
    if found is not None and not found[pkcs11.Attribute.PRIVATE]:
        raise TokenUnusable("the wrapping key can be used without the PIN")
    return found


def _make_wrapping_key(session: Any) -> Any:
    import pkcs11

    return session.generate_key(
        pkcs11.KeyType.AES,
        8 * KEY_SIZE,
        id=os.urandom(_ID_SIZE),
        label=WRAPPING_KEY,
        store=True,
        capabilities=pkcs11.MechanismFlag.WRAP | pkcs11.MechanismFlag.UNWRAP,
        template={
            pkcs11.Attribute.PRIVATE: True,
            pkcs11.Attribute.SENSITIVE: True,
            pkcs11.Attribute.EXTRACTABLE: False,
        },
    )


def _unwrapped(wrapping: Any, wrapped: bytes) -> bytes:
    import pkcs11

    try:
        opened = wrapping.unwrap_key(
            pkcs11.ObjectClass.SECRET_KEY,
            pkcs11.KeyType.AES,
            wrapped,
            mechanism=pkcs11.Mechanism.AES_KEY_WRAP,
            store=False,
            template=_in_passing(),
        )
    except pkcs11.PKCS11Error:
        raise KeystoreLocked from None
    key = bytes(opened[pkcs11.Attribute.VALUE])
    if len(key) != KEY_SIZE:
        raise KeystoreLocked
    return key


def _serial(token: Any) -> str:
    serial: bytes = token.serial
    return serial.decode("ascii", "replace").strip()
