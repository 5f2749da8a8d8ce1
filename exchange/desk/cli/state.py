"""Where the command line remembers who is signed in: one file that only its owner can read.

Promises: the file is made with mode 0600 in a folder of mode 0700, and replaced whole.
Never: a passphrase or a key is written, though where a file with the passphrase is may be; a session's token
is worth nothing once it has ended.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from exchange.errors import SessionEnded

VARIABLE = "READBACK_STATE"
_FILE = "session.json"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A session at a desk: its address, the token, and whose it is.

    `passphrase_file` is the file that was named for signing in, where the desk asks again who one is.
    """

    desk: str
    token: str
    agency: str
    name: str
    passphrase_file: str | None = None


def folder(named: Path | None) -> Path:
    """Give the state folder: the one named, that of `READBACK_STATE`, or the platform's usual place."""
    if named is not None:
        return named
    found = os.environ.get(VARIABLE)
    return Path(found) if found else Path(typer.get_app_dir("readback"))


def remember(place: Path, session: Remembered) -> None:
    """Keep `session`, in place of any other."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = place / f".{_FILE}.{os.getpid()}"
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(asdict(session), out)
    fresh.replace(place / _FILE)


def recall(place: Path) -> Remembered:
    """Give the session that is kept here; `SessionEnded` if there is none."""
    try:
        return Remembered(**json.loads((place / _FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        raise SessionEnded from None


def forget(place: Path) -> None:
    """Forget the session, if there is one."""
    (place / _FILE).unlink(missing_ok=True)
