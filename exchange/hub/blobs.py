"""Sealed attachments on the filesystem, each named by the SHA-256 of its bytes.

Promises: a blob appears under its name only when it is complete, its digest was checked, and it is on the
disk; ranges are taken in order, so that an interrupted upload goes on where it stopped; memory is constant.
Never: an agency sees or disturbs another's unfinished upload, or a name is used as a path before it was
checked to be 64 hexadecimal digits.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from typing import TYPE_CHECKING

from exchange.errors import BlobDiffers, BlobOutOfOrder, BlobUnknown
from keys.errors import Malformed

if TYPE_CHECKING:
    from pathlib import Path

    from exchange.wire.api import ByteRange

_DIGITS = frozenset("0123456789abcdef")
_DIGEST_SIZE = 64
CHUNK = 1024 * 1024


class Blobs:
    """One folder of blobs; every call that touches the disk runs in a thread."""

    def __init__(self, folder: Path) -> None:
        self._whole = folder / "whole"
        self._parts = folder / "parts"

    def start(self) -> None:
        """Make the folders."""
        for folder in (self._whole, self._parts):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def size(self, digest: str) -> int:
        """Give the size in bytes of a complete blob; `BlobUnknown` otherwise."""
        return await asyncio.to_thread(self._size, _checked(digest))

    async def held(self, agency: str, digest: str) -> int:
        """Give how many bytes of a blob are here, complete or from this agency's unfinished upload."""
        return await asyncio.to_thread(self._held, agency, _checked(digest))

    async def put(self, agency: str, digest: str, part: ByteRange, data: bytes) -> bool:
        """Take the next range of a blob; true when that made it complete and durable, or it already was.

        `BlobOutOfOrder` when it does not begin where the last one ended; `BlobDiffers` when the last range
        has come and the whole has another digest (then all of it is thrown away); `Malformed`.
        """
        if len(data) != part.length:
            raise Malformed("content-range")
        return await asyncio.to_thread(self._put, agency, _checked(digest), part, data)

    async def read(self, digest: str, part: ByteRange) -> bytes:
        """Give one range of a complete blob; `BlobUnknown` otherwise."""
        return await asyncio.to_thread(self._read, _checked(digest), part)

    async def remove_older(self, moment: float) -> int:
        """Remove what was last written before `moment` (seconds since 1970); how many."""
        return await asyncio.to_thread(self._remove_older, moment)

    def _size(self, digest: str) -> int:
        try:
            return (self._whole / digest).stat().st_size
        except FileNotFoundError:
            raise BlobUnknown from None

    def _held(self, agency: str, digest: str) -> int:
        for path in (self._whole / digest, self._part(agency, digest)):
            try:
                return path.stat().st_size
            except FileNotFoundError:
                continue
        return 0

    def _part(self, agency: str, digest: str) -> Path:
        return self._parts / f"{agency}.{digest}"

    def _put(self, agency: str, digest: str, part: ByteRange, data: bytes) -> bool:
        if (self._whole / digest).exists():
            return True
        with self._part(agency, digest).open("a+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # two requests for one upload take turns, in whatever process
            if (self._whole / digest).exists():  # the other one has just completed it
                return True
            if os.fstat(file.fileno()).st_nlink == 0:  # or thrown it away
                raise BlobOutOfOrder
            if file.seek(0, os.SEEK_END) != part.start:
                raise BlobOutOfOrder
            _write_all(file.fileno(), data)
            if part.end + 1 < part.total:
                return False
            self._complete(agency, digest)
            return True

    def _complete(self, agency: str, digest: str) -> None:
        path = self._part(agency, digest)
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                path.unlink()
                raise BlobDiffers
            os.fsync(file.fileno())
        path.rename(self._whole / digest)
        _sync_folder(self._whole)

    def _read(self, digest: str, part: ByteRange) -> bytes:
        try:
            with (self._whole / digest).open("rb") as file:
                return os.pread(file.fileno(), part.length, part.start)
        except FileNotFoundError:
            raise BlobUnknown from None

    def _remove_older(self, moment: float) -> int:
        removed = 0
        for folder in (self._whole, self._parts):
            for path in folder.iterdir():
                if path.stat().st_mtime < moment:
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed


def _checked(digest: str) -> str:
    if len(digest) != _DIGEST_SIZE or not _DIGITS.issuperset(digest):
        raise BlobUnknown
    return digest


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
