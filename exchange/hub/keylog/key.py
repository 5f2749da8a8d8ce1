"""The hub's one private key, with which it signs the log's checkpoints.

Promises: it lies encrypted in HOME/log.keystore, under a credential in a file beside it, so that the hub
starts without a person; whoever has it can sign what the hub never showed, and can read nothing.
Never: another file of the hub reaches a keystore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.errors import LogKeyMissing
from keys.errors import KeystoreMissing
from keys.keystore import FileCredential, Keystore
from keys.notekey import LogKey
from keys.transparency.note import NoteSigner

if TYPE_CHECKING:
    from pathlib import Path

    from keys.transparency.note import VerifierKey

KEYSTORE: Final = "log.keystore"
CREDENTIAL: Final = "log.credential"
NEWEST: Final = "log.newest"  # the newest checkpoint that was signed here, in case the database forgets it
_HOLDER = "hub-log"


def draw(home: Path, origin: str) -> VerifierKey:
    """Draw the log key of a new hub, in its folder; `KeystoreExists` where there is one."""
    key = LogKey.generate()
    secret = FileCredential.create(home / CREDENTIAL)
    Keystore.create(home / KEYSTORE, secret, holder=_HOLDER, keys=(key,))
    return NoteSigner(origin, key).verifier


def read(home: Path, origin: str) -> NoteSigner:
    """Unlock the log key; `LogKeyMissing`, `KeystoreLocked`, `KeystoreDamaged`, `FileExposed`."""
    try:
        keystore = Keystore.open(home / KEYSTORE)
        keyring = keystore.unlock(FileCredential(home / CREDENTIAL))
    except KeystoreMissing:
        raise LogKeyMissing from None
    newest, *_ = keyring.ids("log")
    return NoteSigner(origin, keyring.log(newest))
