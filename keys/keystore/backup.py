"""A backup: some small files in one, sealed under a passphrase of its own.

Promises: every byte is authenticated, the header too; what opens is exactly what was sealed; a cut, altered,
oversized or foreign file, and a path that would lead out of the folder, are refused by name before anything
is written; no file makes its reader spend more than our own do.
Never: a path that we would not have written ourselves. What the files mean is not known here.

::

    "RBB1" ‖ u32 length ‖ header, strict JSON ‖ nonce (12) ‖ AES-256-GCM of the inside, header authenticated
    header   {"v":1,"suite":"cx1","agency":"…","created":"…","lock":{…,"kind":"argon2id",…}}
    inside   for each file, paths rising: u16 length ‖ path ‖ u32 length ‖ bytes

It is sealed at once rather than in chunks: a home without its casebook is small, and what is one message to
the cipher cannot be cut between two.
"""

from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Field

from keys.errors import BackupLocked, BackupMalformed, BackupPathRefused, BackupTooLarge, Malformed
from keys.keystore.lock import DEFAULT_COST, Cost, Stretched
from keys.record import AgencyId, Frozen, Time
from keys.statement import dump, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keys.keystore.passphrase import Passphrase

BACKUP_LIMIT: Final = 64 * 1024 * 1024
FILES: Final = 20_000
HEADER_LIMIT: Final = 4096

_MAGIC = b"RBB1"
_CONTEXT = b"readback/cx1/backup\0"
_NONCE = 12
_TAG = 16
_PART = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"
_PATH = re.compile(rf"{_PART}(/{_PART}){{0,3}}")


class BackupHeader(Frozen):
    """What is said of a backup in the clear: whose it is, and when it was made. Only its tag proves it."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    suite: Literal["cx1"] = "cx1"
    agency: AgencyId
    created: Time
    lock: Stretched


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup as it was read, not yet opened."""

    header: BackupHeader
    nonce: bytes
    sealed: bytes

    def to_bytes(self) -> bytes:
        """Give its only spelling."""
        header = dump(self.header)
        return _MAGIC + struct.pack(">I", len(header)) + header + self.nonce + self.sealed

    def open(self, passphrase: Passphrase) -> dict[str, bytes]:
        """Open it; `BackupLocked` for another passphrase or an altered file, or as `unpack`."""
        try:
            inside = AESGCM(passphrase.key(self.header.lock)).decrypt(
                self.nonce, self.sealed, _CONTEXT + dump(self.header)
            )
        except (InvalidTag, ValueError):
            raise BackupLocked from None
        return unpack(inside)


def seal_backup(
    files: Mapping[str, bytes],
    passphrase: Passphrase,
    *,
    agency: str,
    created: str,
    cost: Cost = DEFAULT_COST,
) -> bytes:
    """Seal files by their paths; `BackupTooLarge`, `BackupPathRefused`, `PassphraseTooShort`."""
    inside = pack(files)
    header = BackupHeader(agency=agency, created=created, lock=passphrase.lock(cost))
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(passphrase.key(header.lock)).encrypt(nonce, inside, _CONTEXT + dump(header))
    return Backup(header=header, nonce=nonce, sealed=sealed).to_bytes()


def read_backup(data: bytes) -> Backup:
    """Read a backup without opening it; `BackupTooLarge`, `BackupMalformed`."""
    if len(data) > BACKUP_LIMIT:
        raise BackupTooLarge
    if data[:4] != _MAGIC:
        raise BackupMalformed("it does not begin as one")
    length = int.from_bytes(data[4:8])
    begin = 8 + length
    if length > HEADER_LIMIT or len(data) < begin + _NONCE + _TAG:
        raise BackupMalformed("it was cut short")
    try:
        header = load(data[8:begin], BackupHeader, limit=HEADER_LIMIT)
    except Malformed:
        raise BackupMalformed("header") from None
    lock, ours = header.lock, DEFAULT_COST
    if lock.memory_kib > ours.memory_kib or lock.passes > ours.passes or lock.lanes > ours.lanes:
        raise BackupMalformed("it asks for more memory or time than ours do")
    backup = Backup(header=header, nonce=data[begin : begin + _NONCE], sealed=data[begin + _NONCE :])
    if backup.to_bytes() != data:
        raise BackupMalformed("header")
    return backup


def pack(files: Mapping[str, bytes]) -> bytes:
    """Put files into one; `BackupTooLarge`, `BackupPathRefused`."""
    if len(files) > FILES or sum(map(len, files.values())) > BACKUP_LIMIT - HEADER_LIMIT:
        raise BackupTooLarge
    parts = []
    for path in sorted(files):
        if _PATH.fullmatch(path) is None:
            raise BackupPathRefused
        data = files[path]
        parts.append(struct.pack(">H", len(path)) + path.encode() + struct.pack(">I", len(data)) + data)
    return b"".join(parts)


def unpack(inside: bytes) -> dict[str, bytes]:
    """Take files out again; `BackupMalformed`, `BackupPathRefused`, `BackupTooLarge`."""
    files: dict[str, bytes] = {}
    at, last = 0, ""
    while at < len(inside):
        path, at = _take(inside, at, 2)
        data, at = _take(inside, at, 4)
        name = path.decode("ascii", "replace")
        if _PATH.fullmatch(name) is None:
            raise BackupPathRefused
        if name <= last:
            raise BackupMalformed("its files are out of order")
        if len(files) == FILES:
            raise BackupTooLarge
        files[name], last = data, name
    if any(folder in files for name in files for folder in _folders(name)):
        raise BackupPathRefused
    return files


def _folders(path: str) -> list[str]:
    """Each folder on the way to a file, none of which may be a file itself."""
    return [path[: found.start()] for found in re.finditer("/", path)]


def _take(data: bytes, at: int, width: int) -> tuple[bytes, int]:
    begin = at + width
    end = begin + int.from_bytes(data[at:begin])
    if begin > len(data) or end > len(data):
        raise BackupMalformed("it was cut short")
    return data[begin:end], end
