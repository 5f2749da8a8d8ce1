"""Another secret for keys that stay the same: a new passphrase, a new credential, a token, and back.

Promises: the keys before and after are the same, and so nobody is enrolled anew; the keystore is replaced
whole; cut short at any moment, the home opens with the old secret or with the new one, and the next change
clears away what was left lying.
Never: a keystore is put under a kind of secret that defeats it: a desk starts without a person, a person's
keys open with nothing that lies on the desk's machine.

Copies made before still open with the old secret: backups, and what a disk keeps of a file that was replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keys.ceremony.home import changing, offline_keystore, person_keystore
from keys.ceremony.transcript import Act
from keys.ceremony.unlocking import (
    CREDENTIAL,
    DESK,
    NEXT_CREDENTIAL,
    TokenPlace,
    at_place,
    desk_secret,
    reach,
    token_places,
    write_token_places,
)
from keys.errors import KeystoreLocked, KeystoreMissing, SecretUnfit
from keys.files import put_in_place, remove
from keys.keystore import DEFAULT_COST, Cost, FileCredential, Keystore, Passphrase, Token

if TYPE_CHECKING:
    from pathlib import Path

    from keys.ceremony.kinds import Deed
    from keys.keystore import HolderSecret
    from keys.keystore.lock import LockKind

OFFLINE: Final = ("root", "next-root", "records")
_DEEDS: Final[dict[LockKind, Deed]] = {
    "argon2id": "opened_by_passphrase",
    "credential": "opened_by_credential",
    "pkcs11": "opened_by_token",
}


def opened_now(home: Path, holder: str) -> Act:
    """Say what opens a holder's keys now, and which they are, for the transcript of a change."""
    keystore = Keystore.open(keystore_of(home, holder))
    keys = tuple(name for kind, name in keystore.names if kind != "secret")
    person = None if holder == "desk" or holder in OFFLINE else holder
    return Act(act=_DEEDS[keystore.kind], person=person, keys=keys)


def keystore_of(home: Path, holder: str) -> Path:
    """Where a holder's keystore is: `desk`, an offline key's name, or the id of a person of the roster."""
    if holder == "desk":
        return home / DESK
    return offline_keystore(home, holder) if holder in OFFLINE else person_keystore(home, holder)


def written(home: Path, holder: str) -> tuple[int, ...]:
    """Say which writing of a holder's keystore is there, without reading it; empty where there is none."""
    try:
        status = keystore_of(home, holder).stat()
    except FileNotFoundError:
        return ()
    return status.st_ino, status.st_mtime_ns  # it is replaced whole, never written over


def renew_credential(home: Path) -> None:
    """Put the desk's keys under a newly drawn file credential, wherever they are now; as `change_secret`."""
    with changing(home):
        _clear(home)
        present = desk_secret(home)
        coming = FileCredential.create(home / NEXT_CREDENTIAL)
        Keystore.open(home / DESK).change_secret(present, coming)
        _clear(home)
        _forget_tokens(home)


def change_secret(
    home: Path,
    holder: str,
    present: HolderSecret,
    new: Passphrase | FileCredential,
    *,
    cost: Cost = DEFAULT_COST,
) -> None:
    """Put a person's keys under a passphrase; offline ones also under a credential that was drawn for them.

    `KeystoreLocked` if `present` does not open them, `SecretUnfit`, `PassphraseTooShort`, `KeystoreMissing`.
    """
    if holder == "desk" or (holder not in OFFLINE and isinstance(new, FileCredential)):
        raise SecretUnfit
    with changing(home):
        Keystore.open(keystore_of(home, holder)).change_secret(present, new, cost=cost)
        _forget_tokens(home)


def move_to_token(  # noqa: PLR0913 - whose keys, from what, to which token, and where that is
    home: Path,
    holder: str,
    present: HolderSecret,
    *,
    module: Path,
    label: str,
    pin: str,
    pin_file: Path | None,
) -> TokenPlace:
    """Put keys under a PKCS#11 token, which then opens them. `pin_file` is for the desk, and only for it.

    `SecretUnfit` for a person on the desk's own token, `TokenMissing`, `TokenUnusable`, `PinRefused`, or as
    `change_secret`.
    """
    if (holder == "desk") is (pin_file is None):
        raise SecretUnfit
    name, serial = Token(module, pin, label=label).identify()
    place = at_place(name, serial, module, pin_file)
    with changing(home):
        if holder == "desk":
            _clear(home)
        _keep_apart(home, holder, (name, serial))
        present = desk_secret(home) if holder == "desk" else present
        others = tuple(one for one in token_places(home) if (one.token, one.serial) != (name, serial))
        write_token_places(home, (place, *others))
        Keystore.open(keystore_of(home, holder)).change_secret(present, reach(place, pin))
        if holder == "desk":
            _clear(home)
        _forget_tokens(home)
    return place


def _clear(home: Path) -> None:
    """Finish what a change left: one credential where that opens the desk's keys, none where a token does."""
    if Keystore.open(home / DESK).kind == "pkcs11":
        remove(home / CREDENTIAL)
        remove(home / NEXT_CREDENTIAL)
    elif (home / NEXT_CREDENTIAL).exists():
        try:
            Keystore.open(home / DESK).unlock(FileCredential(home / NEXT_CREDENTIAL)).close()
        except KeystoreLocked:
            remove(home / NEXT_CREDENTIAL)
        else:
            put_in_place(home / NEXT_CREDENTIAL, home / CREDENTIAL)


def _keep_apart(home: Path, holder: str, token: tuple[str, str]) -> None:
    """Refuse one token for a person and the desk: the desk's PIN lies on its machine."""
    if holder == "desk":
        others = sorted((home / "people").glob("*.keystore"))
    else:
        others = [] if holder in OFFLINE else [home / DESK]
    if any(Keystore.open(other).token == token for other in others):
        raise SecretUnfit


def _forget_tokens(home: Path) -> None:
    """Drop the settings of tokens that open nothing here any more; offline keys may be elsewhere just now."""
    places = token_places(home)
    keystores = [home / DESK, *(home / "people").glob("*.keystore")]
    keystores += [offline_keystore(home, name) for name in OFFLINE]
    opened = set()
    for path in keystores:
        try:
            opened.add(Keystore.open(path).token)
        except KeystoreMissing:
            return
    kept = tuple(place for place in places if (place.token, place.serial) in opened)
    if kept != places:
        write_token_places(home, kept)
