"""The hub's one private key, with which it signs the log's checkpoints.

Promises: it lies encrypted in HOME/log.keystore, under a credential in a file beside it or under a token
whose PIN lies in a private file, so that the hub starts without a person; whoever has both can sign what the
hub never showed, and can read nothing. Wherever a change of that was cut short, one is found that opens it.
Never: another file of the hub reaches a keystore; a passphrase opens it, since nobody is there to type one.

::

    HOME/log.credential         opens HOME/log.keystore, unless a token does
    HOME/log.credential.next    the same while it is being replaced
    HOME/log.token              where the token is that does: label, serial number, module, the PIN's file
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints

from exchange.errors import LogKeyMissing
from keys.errors import KeystoreLocked, KeystoreMissing, PinFileMissing, TokenUnusable
from keys.files import put_in_place, read_private, remove, write_private
from keys.keystore import FileCredential, Keystore, Token
from keys.notekey import LogKey
from keys.record import Frozen
from keys.statement import dump, load
from keys.transparency.note import NoteSigner

if TYPE_CHECKING:
    from keys.keystore import HolderSecret
    from keys.transparency.note import VerifierKey

KEYSTORE: Final = "log.keystore"
CREDENTIAL: Final = "log.credential"
NEXT_CREDENTIAL: Final = "log.credential.next"
TOKEN: Final = "log.token"  # noqa: S105 - a file's name
NEWEST: Final = "log.newest"  # the newest checkpoint that was signed here, in case the database forgets it
FILES: Final = (KEYSTORE, CREDENTIAL, NEXT_CREDENTIAL, TOKEN)
_HOLDER = "hub-log"
_LIMIT = 256 * 1024

_Words = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,64}$")]
_Absolute = Annotated[str, StringConstraints(pattern=r"^/[^\x00-\x1f]{1,1000}$")]


class _Place(Frozen):
    v: Annotated[int, Field(ge=1, le=1)] = 1
    token: _Words
    serial: _Words
    module: _Absolute
    pin_file: _Absolute


def draw(home: Path, origin: str) -> VerifierKey:
    """Draw the log key of a new hub, in its folder; `KeystoreExists` where there is one."""
    key = LogKey.generate()
    secret = FileCredential.create(home / CREDENTIAL)
    Keystore.create(home / KEYSTORE, secret, holder=_HOLDER, keys=(key,))
    return NoteSigner(origin, key).verifier


def read(home: Path, origin: str) -> NoteSigner:
    """Unlock the log key; `LogKeyMissing`, `KeystoreLocked`, `KeystoreDamaged`, `FileExposed`.

    Under a token also `TokenMissing`, `PinFileMissing`, `PinRefused`, `Malformed`.
    """
    try:
        keystore = Keystore.open(home / KEYSTORE)
        keyring = keystore.unlock(_secret(home, keystore))
    except KeystoreMissing:
        raise LogKeyMissing from None
    newest, *_ = keyring.ids("log")
    return NoteSigner(origin, keyring.log(newest))


def renew_credential(home: Path) -> None:
    """Put the key under a newly drawn credential, wherever it is now; errors as `read`."""
    _clear(home)
    keystore = Keystore.open(home / KEYSTORE)
    keystore.change_secret(_secret(home, keystore), FileCredential.create(home / NEXT_CREDENTIAL))
    _clear(home)


def move_to_token(home: Path, *, module: Path, label: str, pin_file: Path) -> None:
    """Put the key under a PKCS#11 token; `TokenMissing`, `TokenUnusable`, `PinRefused`, or as `read`."""
    _clear(home)
    token, serial = Token(module, _pin(pin_file), label=label).identify()
    try:
        place = _Place(token=token, serial=serial, module=str(module), pin_file=str(pin_file.absolute()))
    except ValueError:
        raise TokenUnusable("the module is the absolute path of a library") from None
    if Keystore.open(home / KEYSTORE).token is not None:
        renew_credential(home)  # or one file would have to say where two tokens are
    keystore = Keystore.open(home / KEYSTORE)
    present = _secret(home, keystore)
    write_private(home / TOKEN, dump(place))
    keystore.change_secret(present, _reach(place))
    _clear(home)


def _clear(home: Path) -> None:
    """Finish what a change left: one credential where that opens the key, none where a token does."""
    keystore = Keystore.open(home / KEYSTORE)
    if keystore.token is not None:
        remove(home / CREDENTIAL)
        remove(home / NEXT_CREDENTIAL)
        return
    if (home / NEXT_CREDENTIAL).exists():
        if _opens(keystore, home / NEXT_CREDENTIAL):
            put_in_place(home / NEXT_CREDENTIAL, home / CREDENTIAL)
        else:
            remove(home / NEXT_CREDENTIAL)
    remove(home / TOKEN)


def _secret(home: Path, keystore: Keystore) -> HolderSecret:
    if keystore.token is None:
        coming = home / NEXT_CREDENTIAL
        return FileCredential(coming if _opens(keystore, coming) else home / CREDENTIAL)
    return _reach(load(read_private(home / TOKEN, limit=_LIMIT), _Place, limit=_LIMIT))


def _opens(keystore: Keystore, credential: Path) -> bool:
    try:
        keystore.unlock(FileCredential(credential)).close()
    except (KeystoreLocked, KeystoreMissing):
        return False
    return True


def _reach(place: _Place) -> Token:
    pin = _pin(Path(place.pin_file))
    return Token(Path(place.module), pin, label=place.token, serial=place.serial)


def _pin(path: Path) -> str:
    try:
        lines = read_private(path, limit=_LIMIT).decode("utf-8", "replace").splitlines()
    except KeystoreMissing:
        raise PinFileMissing from None
    return lines[0] if lines else ""
