"""New files for words and evidence: only their owner can read them.

Promises: a file is made with mode 0600 and a folder with mode 0700, whatever the umask.
Never: a file is overwritten, or written through a link that stands in its place.
"""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Final

from exchange.errors import FileExists, FileRefused

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = 0o700
FILE: Final = 0o600


def new_file(path: Path) -> IO[bytes]:
    """Open a new file; `FileExists` if there is one already, `FileRefused` if it cannot be written."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "wb")
    except FileExistsError:
        raise FileExists from None
    except OSError:
        raise FileRefused("it cannot be written") from None


def new_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing; one that is there stays as it is."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    try:
        for one in reversed(missing):
            one.mkdir(mode=FOLDER)
    except OSError:
        raise FileRefused("the folder cannot be made") from None
