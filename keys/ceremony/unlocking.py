"""What opens the keystores of a home on this machine: the desk's credential, or a token and where it is.

Promises: a keystore itself says what kind of secret opens it; a home says only where on this machine that
secret is found, in a private file; wherever a change of secret was cut short, the desk finds one that opens.
Never: a PIN or a passphrase stands in a home. The settings name the PIN's file, for the desk alone.

::

    HOME/desk.credential         opens HOME/desk.keystore, unless a token does
    HOME/desk.credential.next    the same while it is being replaced
    HOME/tokens.json             the tokens that open keystores of this home, and the modules that reach them
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints

from keys.errors import (
    CredentialMissing,
    KeystoreLocked,
    KeystoreMissing,
    PinFileMissing,
    TokenUnknown,
    TokenUnusable,
)
from keys.files import read_private, write_private
from keys.keystore import FileCredential, Keystore, Token
from keys.record import Frozen
from keys.statement import dump, load

if TYPE_CHECKING:
    from keys.keyring import Keyring
    from keys.keystore import HolderSecret, Passphrase

TOKENS: Final = "tokens.json"
CREDENTIAL: Final = "desk.credential"
NEXT_CREDENTIAL: Final = "desk.credential.next"
DESK: Final = "desk.keystore"

_LIMIT = 64 * 1024
_PIN_LIMIT = 4096
_MOST = 64  # tokens

_Words = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,64}$")]
_Absolute = Annotated[str, StringConstraints(pattern=r"^/[^\x00-\x1f]{1,1000}$")]


class TokenPlace(Frozen):
    """One token: its label and serial number, the module that reaches it, and for the desk its PIN's file."""

    token: _Words
    serial: _Words
    module: _Absolute
    pin_file: _Absolute | None


class _Tokens(Frozen):
    v: Annotated[int, Field(ge=1, le=1)] = 1
    tokens: Annotated[tuple[TokenPlace, ...], Field(max_length=_MOST)]


def at_place(token: str, serial: str, module: Path, pin_file: Path | None) -> TokenPlace:
    """Say where a token is; `TokenUnusable` for paths that no setting could hold."""
    pin = None if pin_file is None else str(pin_file.absolute())
    try:
        return TokenPlace(token=token, serial=serial, module=str(module), pin_file=pin)
    except ValueError:
        raise TokenUnusable("the module is the absolute path of a library") from None


def token_places(home: Path) -> tuple[TokenPlace, ...]:
    """Give the tokens that this home knows of, newest first; none where it has no settings."""
    try:
        data = read_private(home / TOKENS, limit=_LIMIT)
    except KeystoreMissing:
        return ()
    return load(data, _Tokens, limit=_LIMIT).tokens


def write_token_places(home: Path, places: tuple[TokenPlace, ...]) -> None:
    """Put these settings in the present ones' place."""
    write_private(home / TOKENS, dump(_Tokens(tokens=places)))


def token_place(home: Path, keystore: Keystore) -> TokenPlace:
    """Where the token is that opens a keystore; `TokenUnknown` if this home does not say."""
    for place in token_places(home):
        if (place.token, place.serial) == keystore.token:
            return place
    raise TokenUnknown


def reach(place: TokenPlace, pin: str) -> Token:
    """Make the secret of that token."""
    return Token(Path(place.module), pin, label=place.token, serial=place.serial)


def read_pin(path: Path) -> str:
    """Read a PIN from the first line of a private file; `PinFileMissing`, `FileExposed`."""
    try:
        lines = read_private(path, limit=_PIN_LIMIT).decode("utf-8", "replace").splitlines()
    except KeystoreMissing:
        raise PinFileMissing from None
    return lines[0] if lines else ""


def desk_secret(home: Path) -> HolderSecret:
    """Give what opens the desk's keystore.

    `KeystoreMissing`, `KeystoreLocked`, `TokenUnknown`, `PinFileMissing`, `FileExposed`.
    """
    keystore = Keystore.open(home / DESK)
    if keystore.kind == "pkcs11":
        place = token_place(home, keystore)
        if place.pin_file is None:
            raise PinFileMissing
        return reach(place, read_pin(Path(place.pin_file)))
    present, coming = FileCredential(home / CREDENTIAL), FileCredential(home / NEXT_CREDENTIAL)
    if not (home / NEXT_CREDENTIAL).exists():
        return present
    try:
        keystore.unlock(coming).close()
    except (KeystoreLocked, KeystoreMissing):
        return present
    return coming  # a change was cut short after the keystore was written


def unlock_desk(home: Path) -> Keyring:
    """Open the desk's keyring with what this machine has for it; errors as `desk_secret` and `unlock`."""
    return Keystore.open(home / DESK).unlock(desk_secret(home))


def fitting(home: Path, keystore: Keystore, given: Passphrase) -> HolderSecret:
    """Give what opens a keystore, of what somebody typed or named a file with: as it says that it is locked.

    That is a passphrase, the PIN of a token, or a credential's file. `TokenUnknown`, `CredentialMissing`.
    """
    match keystore.kind:
        case "argon2id":
            return given
        case "pkcs11":
            return reach(token_place(home, keystore), given.text)
        case "credential":
            if given.file is None:
                raise CredentialMissing
            return FileCredential(given.file)
