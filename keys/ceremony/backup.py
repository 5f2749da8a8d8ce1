"""One file that brings a home back: made, restored, and tried out.

Promises: a backup is taken between two ceremonies, never during one; a restored home was loaded and checked
before it is in its place, and nothing is ever restored over anything; what cannot be restored leaves nothing
behind.
Never: a keystore in it is opened by the backup's passphrase: each is still under its own secret. But the
desk's file credential is in it too, so that whoever opens the backup has the desk's own keys. Not in it are
the casebook and the attachments, where the tokens are on this machine, and what was moved off it.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keys.ceremony.home import changing, load_home
from keys.ceremony.unlocking import DESK, TOKENS, TokenPlace, at_place, token_places, write_token_places
from keys.errors import (
    BackupExists,
    BackupMissing,
    BackupPathRefused,
    BackupTooLarge,
    FileExposed,
    FolderTaken,
    KeystoreExists,
    TokenUnknown,
)
from keys.files import make_private_folder, place_of, put_in_place, write_private
from keys.keystore import DEFAULT_COST, Cost, Keystore
from keys.keystore.backup import BACKUP_LIMIT, read_backup, seal_backup
from keys.record import format_time, new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from keys.ceremony.home import AgencyHome
    from keys.keystore import Passphrase
    from keys.keystore.backup import BackupHeader

LEFT_OUT: Final = frozenset({"blobs", TOKENS})
CASEBOOK: Final = "casebook."  # how the casebook's files begin


def back_up(
    home: Path, file: Path, *, passphrase: Passphrase, now: datetime, cost: Cost = DEFAULT_COST
) -> AgencyHome:
    """Write a backup of `home` into the new file `file`, sealed under a passphrase of its own.

    `BackupExists` if anything is there, `HomeBusy`, `FileExposed` for a link or anything else odd,
    `BackupTooLarge`, or as `load_home`: a home that does not load is not worth a backup.
    """
    with changing(home):
        loaded = load_home(home, now)
        files = {str(path.relative_to(home)): _read(path) for path in _files(home)}
    sealed = seal_backup(files, passphrase, agency=loaded.agency, created=format_time(now), cost=cost)
    try:
        write_private(file, sealed, new=True)
    except KeystoreExists:
        raise BackupExists from None
    return loaded


def read_file(file: Path) -> bytes:
    """Read a backup's file; `BackupMissing`, `BackupTooLarge`."""
    try:
        with file.open("rb") as stream:
            data = stream.read(BACKUP_LIMIT + 1)
    except OSError:
        raise BackupMissing from None
    if len(data) > BACKUP_LIMIT:
        raise BackupTooLarge
    return data


def restore(  # noqa: PLR0913 - what from, where to, opened by what, and how it is held
    file: Path,
    home: Path,
    *,
    passphrase: Passphrase,
    now: datetime,
    places: Mapping[str, Path | None],
    hold: Callable[[Path], None] | None = None,
    rehearse: bool = False,
) -> AgencyHome:
    """Bring a home back into the new folder `home`, and load it.

    `hold` is called with it before it takes its place, to write its transcript; a rehearsal ends there.
    `places` says where its tokens are on this machine: `module`, and for the desk's `pin_file`.
    `FolderTaken` if anything is there, `BackupLocked` and what else `read_backup` raises, `TokenUnknown`, or
    as `load_home`.
    """
    if home.is_symlink() or (home.exists() and (not home.is_dir() or any(home.iterdir()))):
        raise FolderTaken
    files = read_backup(read_file(file)).open(passphrase)
    home.parent.mkdir(parents=True, exist_ok=True)
    workshop = home.with_name(f".{home.name}.{new_id()}")
    try:
        unfold(files, workshop, places)
        loaded = load_home(workshop, now)
        if hold is not None:
            hold(workshop)
        if rehearse:
            return loaded
        put_in_place(workshop, home)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return load_home(home, now)


def unfold(files: Mapping[str, bytes], home: Path, places: Mapping[str, Path | None]) -> None:
    """Write the files of a backup into a new folder that only its owner enters, and where its tokens are.

    `BackupPathRefused` for a file that we leave out of backups: one that says where tokens are would have
    its reader load a library that somebody else chose.
    """
    if any(_left_out(name.partition("/")[0], top=True) for name in files):
        raise BackupPathRefused
    make_private_folder(home)
    for folder in ("offline", "people", "roles", "events"):
        make_private_folder(home / folder)
    for name, data in files.items():
        path = home / name
        for above in reversed(path.relative_to(home).parents[:-1]):
            make_private_folder(home / above)
        write_private(path, data, new=True)
    _settle_tokens(home, places)


def header_of(file: Path) -> BackupHeader:
    """Read what a backup says of itself in the clear; errors as `read_backup`."""
    return read_backup(read_file(file)).header


def _settle_tokens(home: Path, places: Mapping[str, Path | None]) -> None:
    module, pin_file = places.get("module"), places.get("pin_file")
    found: list[TokenPlace] = list(token_places(home))
    for path in sorted(home.rglob("*.keystore")):
        token = Keystore.open(path).token
        if token is None:
            continue
        if module is None:
            if path == home / DESK:
                raise TokenUnknown
            continue
        place = at_place(*token, module, pin_file if path == home / DESK else None)
        if all((one.token, one.serial) != token for one in found):
            found.append(place)
    if found:
        write_token_places(home, tuple(found))


def _files(home: Path) -> Iterator[Path]:
    """Every file of a home that belongs into a backup; `FileExposed` for a link or anything else odd."""
    for folder, folders, names in os.walk(home):
        top = Path(folder) == home
        folders[:] = sorted(name for name in folders if not _left_out(name, top=top))
        for name in folders:
            if (Path(folder) / name).is_symlink():
                raise FileExposed(place_of(Path(folder) / name))
        for name in sorted(names):
            if not _left_out(name, top=top):
                yield Path(folder) / name


def _left_out(name: str, *, top: bool) -> bool:
    return name.startswith(".") or (top and (name in LEFT_OUT or name.startswith(CASEBOOK)))


def _read(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        raise FileExposed(place_of(path)) from None
    with open(handle, "rb") as file:  # noqa: PTH123 - takes the descriptor over
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileExposed(place_of(path))
        return file.read(BACKUP_LIMIT + 1)
