"""The transcripts of a home: read, checked, and held against the newest that the desk remembers.

Promises: who takes the newest transcript away, or puts older ones in the place of all, is noticed unless they
also put back an older note of which was newest; and then the desk's own audit trail has what was there, once
the desk has taken it up.
Never: a transcript is given out that does not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keys.ceremony.transcript import FOLDER, Kept, check, name_of, read_files
from keys.errors import KeystoreLocked, KeystoreMissing, TranscriptMissing
from keys.files import make_private_folder, read_private, write_private
from keys.keystore import open_at_rest, seal_at_rest
from keys.record import digest, new_id

if TYPE_CHECKING:
    from pathlib import Path

    from keys.agency import AgencyKeys
    from keys.roster import Roster

_NEWEST: Final = "newest.sealed"
_NEWEST_LABEL: Final = b"newest transcript"
_REASONS_LABEL: Final = b"reasons of ceremony "
_LIMIT: Final = 64 * 1024
_SALT: Final = 26


def read_transcripts(home: Path, secret: bytes, roster: Roster, agency: AgencyKeys) -> tuple[Kept, ...]:
    """Read and believe a home's transcripts; `TranscriptMissing`, or what `check` raises."""
    kept = check(read_files(home), roster, agency)
    try:
        sealed = read_private(home / FOLDER / _NEWEST, limit=_LIMIT)
    except KeystoreMissing:
        if kept:
            raise TranscriptMissing(_NEWEST) from None
        return kept
    try:
        remembered = open_at_rest(secret, _NEWEST_LABEL, sealed).decode()
    except KeystoreLocked:
        raise TranscriptMissing(_NEWEST) from None
    if not kept or remembered != _newest(kept[-1].transcript.number, kept[-1].digest):
        raise TranscriptMissing(name_of(int(remembered.split()[0])))
    return kept


def write_transcript(home: Path, secret: bytes, number: int, data: bytes) -> None:
    """Write one more transcript's file, and remember that it is the newest."""
    make_private_folder(home / FOLDER)
    write_private(home / FOLDER / name_of(number), data, new=True)
    sealed = seal_at_rest(secret, _NEWEST_LABEL, _newest(number, digest(data)).encode())
    write_private(home / FOLDER / _NEWEST, sealed)


def keep_reasons(home: Path, secret: bytes, number: int, reasons: str) -> str:
    """Seal a ceremony's reasons beside its transcript, with a salt; SHA-256 of both."""
    salted = (new_id() + reasons).encode()
    make_private_folder(home / FOLDER)
    write_private(_reasons(home, number), seal_at_rest(secret, _label(number), salted), new=True)
    return digest(salted)


def read_reasons(home: Path, secret: bytes, number: int, pinned: str) -> str:
    """Read a ceremony's reasons; `TranscriptMissing` if they are not those that it was held for."""
    try:
        salted = open_at_rest(secret, _label(number), read_private(_reasons(home, number), limit=_LIMIT))
    except (KeystoreMissing, KeystoreLocked):
        raise TranscriptMissing(_reasons(home, number).name) from None
    if digest(salted) != pinned:
        raise TranscriptMissing(_reasons(home, number).name)
    return salted.decode()[_SALT:]


def _newest(number: int, file: str) -> str:
    return f"{number} {file}"


def _label(number: int) -> bytes:
    return _REASONS_LABEL + str(number).encode()


def _reasons(home: Path, number: int) -> Path:
    return home / FOLDER / f"{number:04}.reasons"
