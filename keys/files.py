"""Private files: readable by their owner alone, replaced whole or not at all.

Promises: a file written here is complete and on the disk, or the old one is untouched, whatever moment the
power fails at; it is never, not even for a moment, readable by others; a file that others may read or write
is refused rather than believed.
Never: it follows a symbolic link in a file's own place, or puts a file's content into an error, which names
the file and its folder alone.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from keys.errors import FileExposed, KeystoreExists, KeystoreMissing
from keys.record import new_id

if TYPE_CHECKING:
    from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ID = re.compile(r"(?<![a-z2-7])[a-z2-7]{26}(?![a-z2-7])")
_LONGEST = 100  # characters of a place


def place_of(path: Path) -> str:
    """Say which file a refusal is about: its name and its folder's, with no id of a person."""
    place = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
    return "".join(sign if sign.isprintable() else "?" for sign in _ID.sub("…", place))[:_LONGEST]


def write_private(path: Path, data: bytes, *, new: bool = False) -> None:
    """Write `data` durably with mode 0600; with `new`, raise `KeystoreExists` if anything is there."""
    temporary = path.with_name(f".{path.name}.{new_id()}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(handle, "wb") as file:  # noqa: PTH123 - takes the descriptor over
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if new:
            os.link(temporary, path)  # unlike a rename it fails where something is
        else:
            temporary.replace(path)
    except FileExistsError:
        raise KeystoreExists from None
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    _sync_folder(path.parent)


def read_private(path: Path, *, limit: int) -> bytes:
    """Read a private file of at most `limit` bytes; `KeystoreMissing`, or `FileExposed` if it is not private.

    A longer file, or anything but a regular one, counts as exposed: it is not what was written there.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        raise KeystoreMissing from None
    except OSError:
        raise FileExposed(place_of(path)) from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_mode & _OTHERS:
            raise FileExposed(place_of(path))
        if status.st_uid not in {os.geteuid(), 0} or status.st_size > limit:
            raise FileExposed(place_of(path))
        with open(handle, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Remove a file durably, if it is there."""
    with suppress(FileNotFoundError):
        path.unlink()
        _sync_folder(path.parent)


def put_in_place(path: Path, target: Path) -> None:
    """Give a file another's name and place, durably; there is no moment without one of them."""
    path.replace(target)
    _sync_folder(target.parent)


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner enters; `FileExposed` if it is there and others may write it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise FileExposed(place_of(path))


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
