"""Sealed attachments at the desk: files named by the SHA-256 of their bytes.

Promises: a file stands under its name only when it is whole, has that digest, and is on the disk; until then
it has another name, and a transfer goes on where it stopped. Memory stays constant.
Never: plaintext, or a name that somebody chose.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from exchange.errors import AttachmentUnknown
from keys.record import Digest

if TYPE_CHECKING:
    from pathlib import Path

_DIGEST: TypeAdapter[str] = TypeAdapter(Digest)


class BlobFolder:
    """One desk's folder. Every method touches the disk: call it in a thread."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when first needed, open to nobody else."""
        self._folder = folder

    def path(self, digest: str) -> Path:
        """Where the whole file is, or will be; `AttachmentUnknown` for what is no digest."""
        try:
            return self._folder / _DIGEST.validate_python(digest, strict=True)
        except ValidationError:
            raise AttachmentUnknown from None

    def size(self, digest: str) -> int | None:
        """Bytes of the whole file; None if it is not here."""
        try:
            return self.path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, digest: str, start: int, length: int) -> bytes:
        """Read bytes of a whole file; `AttachmentUnknown` if it is not here."""
        try:
            with self.path(digest).open("rb") as file:
                return os.pread(file.fileno(), length, start)
        except FileNotFoundError:
            raise AttachmentUnknown from None

    def begun(self, digest: str) -> int:
        """How many bytes of an unfinished file are here."""
        try:
            return self._part(digest).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, digest: str, data: bytes) -> None:
        """Add to an unfinished file."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        with os.fdopen(os.open(self._part(digest), flags, 0o600), "wb") as file:
            file.write(data)

    def complete(self, digest: str) -> bool:
        """Put an unfinished file in its place, durably; if it has another digest it is thrown away."""
        part = self._part(digest)
        with part.open("rb") as file:
            fits = hashlib.file_digest(file, "sha256").hexdigest() == digest
            if fits:
                os.fsync(file.fileno())
        if not fits:
            part.unlink()
            return False
        part.rename(self.path(digest))
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return True

    def drop(self, digest: str) -> None:
        """Throw an unfinished file away."""
        self._part(digest).unlink(missing_ok=True)

    def _part(self, digest: str) -> Path:
        whole = self.path(digest)
        return whole.with_name(f"{whole.name}.part")
