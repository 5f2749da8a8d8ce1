"""A person's passkeys, as an agency's home knows them: public halves, and whether they open the keystore.

Promises: what is written is sealed under the desk's own secret, so that nobody puts a key of their own there
without it; a passkey that is removed neither signs in nor opens the keystore from then on.
Never: what an authenticator gives for a passkey, or a name: a passkey is known by the digest of its id.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from keys.ceremony.home import changing, person_keystore
from keys.errors import HomeBusy, KeystoreMissing, KeyUnknown, PasskeysTooMany
from keys.files import read_private, remove, write_private
from keys.keystore import PASSKEYS_HELD, Keystore, open_at_rest, seal_at_rest
from keys.record import Base64, Frozen, Time, decode
from keys.statement import dump, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keys.ceremony.home import AgencyHome
    from keys.keystore import HolderSecret, PasskeyOutput

LIMIT: Final = 128 * 1024
PATIENCE: Final = 2.0  # seconds for which a ceremony that is just put in place is waited for


class Passkey(Frozen):
    """One passkey: its credential's id and public key (COSE), and how often it says that it signed."""

    id: Base64
    public_key: Base64
    counter: Annotated[int, Field(ge=0, lt=2**32)]
    opens: bool  # whether it opens the keystore; otherwise it is a second proof beside the passphrase
    added: Time

    @property
    def name(self) -> str:
        """The SHA-256 of its credential's id, in hexadecimal."""
        return sha256(decode(self.id)).hexdigest()


class _Passkeys(Frozen):
    v: Annotated[int, Field(ge=1, le=1)] = 1
    passkeys: Annotated[tuple[Passkey, ...], Field(max_length=PASSKEYS_HELD)]


def read_passkeys(home: AgencyHome, person: str) -> tuple[Passkey, ...]:
    """Give a person's passkeys, oldest first; `KeystoreLocked` for a file that the desk did not write."""
    try:
        sealed = read_private(passkeys_file(home.path, person), limit=LIMIT)
    except KeystoreMissing:
        return ()
    plain = open_at_rest(home.storage_secret, _label(person), sealed)
    return load(plain, _Passkeys, limit=LIMIT).passkeys


def add_passkey(
    home: AgencyHome, person: str, passkey: Passkey, secret: HolderSecret, output: PasskeyOutput | None
) -> None:
    """Add a passkey; with `output`, it opens the keystore from now on, which `secret` opens now.

    `PasskeysTooMany` beyond ten, `KeystoreLocked` for another secret, `HomeBusy`.
    """
    with _turn(home.path):
        others = tuple(one for one in read_passkeys(home, person) if one.id != passkey.id)
        if len(others) >= PASSKEYS_HELD:
            raise PasskeysTooMany
        keystore = Keystore.open(person_keystore(home.path, person))
        if output is None:
            keystore.unlock(secret).close()
        else:
            keystore.let_in(secret, output)
        _write(home, person, (*others, passkey))


def remove_passkeys(home: AgencyHome, person: str, names: frozenset[str]) -> None:
    """Remove these passkeys, by their names; `KeyUnknown` if one is none of that person's, `HomeBusy`."""
    with _turn(home.path):
        present = read_passkeys(home, person)
        if not names <= {one.name for one in present}:
            raise KeyUnknown
        _write(home, person, tuple(one for one in present if one.name not in names))
        Keystore.open(person_keystore(home.path, person)).shut_out(names)


def forget_passkeys(path: Path, person: str) -> None:
    """Shut out every passkey of a person's, whoever added it; `HomeBusy`, `KeystoreMissing`."""
    with changing(path):
        keystore = Keystore.open(person_keystore(path, person))
        keystore.shut_out(frozenset(keystore.passkeys))
        remove(passkeys_file(path, person))


def count_passkey(home: AgencyHome, person: str, name: str, counter: int) -> None:
    """Note how often a passkey says that it signed; `KeyUnknown` if it was removed meanwhile.

    `HomeBusy`, but for one that says 0, which most do: a ceremony under way keeps nobody of theirs out.
    """
    if not counter:
        _demand(read_passkeys(home, person), name)
        return
    with _turn(home.path):
        present = read_passkeys(home, person)
        _demand(present, name)
        counted = (
            one.model_copy(update={"counter": counter}) if one.name == name else one for one in present
        )
        _write(home, person, tuple(counted))


def _demand(present: tuple[Passkey, ...], name: str) -> None:
    if not any(one.name == name for one in present):
        raise KeyUnknown


def _write(home: AgencyHome, person: str, passkeys: tuple[Passkey, ...]) -> None:
    if not passkeys:
        remove(passkeys_file(home.path, person))
        return
    plain = dump(_Passkeys(passkeys=passkeys))
    write_private(passkeys_file(home.path, person), seal_at_rest(home.storage_secret, _label(person), plain))


@contextmanager
def _turn(home: Path) -> Iterator[None]:
    """Change the home as a ceremony does, after waiting a moment for one that is under way; `HomeBusy`."""
    deadline = time.monotonic() + PATIENCE
    with ExitStack() as turn:
        while True:
            try:
                turn.enter_context(changing(home))
                break
            except HomeBusy:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.05)
        yield


def passkeys_file(home: Path, person: str) -> Path:
    """Where that person's passkeys are; `person` must be an id from the roster."""
    return home / "people" / f"{person}.passkeys"


def _label(person: str) -> bytes:
    return b"passkeys\0" + person.encode()
