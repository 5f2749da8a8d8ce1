"""The files of a thread that custodians opened, written where they ask for them.

Promises: a file stands under its name only once its end was verified; what has not arrived, or is not what
was sent, is named and leaves nothing behind; each is for its owner's eyes alone.
Never: a name that a sender chose leads out of the folder, or over another file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from exchange.desk.service.attaching import opened_blocks
from exchange.errors import AttachmentUnknown, FileRefused
from keys.errors import Problem
from keys.record import new_id

if TYPE_CHECKING:
    from exchange.desk.blobfolder import BlobFolder
    from exchange.desk.service.breakglass import OpenedFile, OpenedThread


class SavedFile(NamedTuple):
    """What became of one file: where it is, or the code that says why it is not there."""

    name: str
    place: Path | None
    refused: str | None


def save_files(opened: OpenedThread, blobs: BlobFolder, folder: Path) -> tuple[SavedFile, ...]:
    """Write every file of the thread into `folder`, numbered in the order of the steps."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = [file for step in opened.steps for said in step.said for file in said.files]
    once = list({file.pin.digest: file for file in files}.values())
    return tuple(_save(file, number, blobs, folder) for number, file in enumerate(once, 1))


def _save(file: OpenedFile, number: int, blobs: BlobFolder, folder: Path) -> SavedFile:
    place = folder / f"{number:02}-{Path(file.name).name}"
    try:
        if blobs.size(file.pin.digest) is None:
            raise AttachmentUnknown
        _write(file, blobs.path(file.pin.digest), place)
    except Problem as problem:
        return SavedFile(file.name, None, problem.code)
    return SavedFile(file.name, place, None)


def _write(file: OpenedFile, sealed: Path, place: Path) -> None:
    part = place.with_name(f".{new_id()}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as target:
            for block in opened_blocks(sealed, file.key, file.pin, file.size):
                target.write(block)
        os.link(part, place)  # unlike a rename it fails where something is
    except OSError:
        raise FileRefused("it is there already, or cannot be written") from None
    finally:
        part.unlink(missing_ok=True)
