"""Somebody who has files, and some secrets, and tries everything that can be opened with them.

Not a model of cleverness but of thoroughness: each key found is tried on everything found so far, and what that
opens is searched for more, until nothing new comes. Shares of a split key are also tried as keys themselves,
alone and XORed in every pair and with all others.
"""

from __future__ import annotations

import base64
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from exchange.sealing import open_envelope, open_kept, open_part
from exchange.wire.envelope import parse_envelope
from keys.ceremony.parts import SealedPart
from keys.ceremony.parts import open_part as open_custody
from keys.ceremony.roles import MemberFile
from keys.custody import Part, combine
from keys.errors import Problem
from keys.keyring import Keyring
from keys.keystore import FileCredential, Keystore, Passphrase, open_at_rest
from keys.record import decode
from keys.statement import load
from keys.suite import OpeningKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LIMIT = 2**24
_LABELS = (b"roster", b"storage", b"")


@dataclass
class Intruder:
    """What somebody has: folders of files, passphrases, and unlocked keyrings."""

    folders: list[Path]
    passphrases: list[str] = field(default_factory=list)
    keyrings: list[Keyring] = field(default_factory=list)
    loot: set[bytes] = field(default_factory=set)
    keys: dict[str, OpeningKey] = field(default_factory=dict)
    secrets: set[bytes] = field(default_factory=set)
    parts: list[Part] = field(default_factory=list)
    kept: list[tuple[bytes, bytes]] = field(default_factory=list)
    holders: set[str] = field(default_factory=set)  # whose keystores opened

    def ransack(self) -> Intruder:
        """Open everything that opens."""
        self._read_files()
        for keyring in list(self.keyrings):
            self._take(keyring)
        known = -1
        while known != (known := len(self.loot) + len(self.keys) + len(self.parts)):
            self._open_wrapped()
            self._combine()
            self._open_loot()
        return self

    def has(self, word: str) -> bool:
        """Whether a word was found anywhere, in any of the spellings in which bytes hide."""
        wanted = set(_spellings(word))
        return any(spelling in data for data in self.loot for spelling in wanted)

    # --- what lies about -------------------------------------------------------------------------

    def _files(self) -> list[Path]:
        return [path for folder in self.folders for path in folder.rglob("*") if path.is_file()]

    def _read_files(self) -> None:
        for path in self._files():
            self.loot.add(path.read_bytes())
            if path.read_bytes()[:6] == b"SQLite":
                self._read_database(path)
        for path in self._files():
            self._break(path)

    def _read_database(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as database:
            tables = [
                name for (name,) in database.execute("select name from sqlite_master where type='table'")
            ]
            for table in tables:
                for row in database.execute(f'select * from "{table}"'):
                    self.loot.update(cell for cell in row if isinstance(cell, bytes))
                    self.loot.update(cell.encode() for cell in row if isinstance(cell, str))
                    self._remember_kept(row)

    def _remember_kept(self, row: tuple[object, ...]) -> None:
        names = [cell for cell in row if isinstance(cell, str)]
        for cell in row:
            if isinstance(cell, bytes):
                self.kept.extend((name.encode(), cell) for name in names)

    def _break(self, path: Path) -> None:
        """Try every secret there is on a keystore."""
        with suppress(Problem):
            keystore = Keystore.open(path)
            small = [found for found in self._files() if found.stat().st_size == 32]
            for secret in (*map(Passphrase, self.passphrases), *map(FileCredential, small)):
                with suppress(Problem):
                    self._take(keystore.unlock(secret))

    def _take(self, keyring: Keyring) -> None:
        self.holders.add(keyring.holder)
        for name in keyring.ids("opening"):
            self._try_key(keyring.opening(name).seed)
        for name in keyring.ids("signing"):
            self._secret(keyring.signing(name).seed)
        for name in keyring.ids("transport"):
            self._secret(keyring.transport(name).seed)
        for name in keyring.ids("secret"):
            self._secret(keyring.secret(name))

    def _secret(self, data: bytes) -> None:
        self.secrets.add(data)
        for start in range(0, len(data) - 31, 32):
            self._try_key(data[start : start + 32])

    def _try_key(self, seed: bytes) -> None:
        key = OpeningKey.from_seed(seed)
        self.keys[key.sealing_key.key_id] = key

    # --- what opens ------------------------------------------------------------------------------

    def _open_wrapped(self) -> None:
        everything = Keyring("intruder", tuple(self.keys.values()))
        for data in list(self.loot):
            with suppress(Problem):
                sealed = load(data, SealedPart, limit=_LIMIT)
                self._part(open_custody(sealed, everything))
            with suppress(Problem):
                for held in load(data, MemberFile, limit=_LIMIT).keys:
                    self._unwrap(data, held.to, decode(held.wrapped), held.key)

    def _unwrap(self, data: bytes, to: str, wrapped: bytes, key: str) -> None:
        file = load(data, MemberFile, limit=_LIMIT)
        info = b"readback/cx1/role-key\0" + f"{file.role}/{file.person}/{key}".encode()
        if to in self.keys:
            with suppress(Problem):
                self._try_key(self.keys[to].unwrap(wrapped, info))

    def _part(self, part: Part) -> None:
        if part not in self.parts:
            self.parts.append(part)
            for share in part.shares:
                self._secret(decode(share))

    def _combine(self) -> None:
        shares = [decode(share) for part in self.parts for share in part.shares]
        for one, other in combinations(shares, 2):
            self._try_key(bytes(a ^ b for a, b in zip(one, other, strict=True)))
        if shares:
            whole = bytes(32)
            for share in shares:
                whole = bytes(a ^ b for a, b in zip(whole, share, strict=True))
            self._try_key(whole)
        for size in range(1, len(self.parts) + 1):
            for group in combinations(self.parts, size):
                with suppress(Problem):
                    self._try_key(combine(group))

    def _open_loot(self) -> None:
        for data in list(self.loot):
            with suppress(Problem):
                for slot in parse_envelope(data).header.slots:
                    letter = open_envelope(data, slot.mailbox, self.keys).letter
                    self.loot.update((letter.payload, *letter.parts))
            with suppress(Problem):
                self.loot.add(open_part(data, self.keys).contents)
            for secret in self.secrets:
                for label in _LABELS:
                    with suppress(Problem):
                        self.loot.add(open_at_rest(secret, label, data))
        for name, sealed in self.kept:
            with suppress(Problem):
                self.loot.add(open_kept(name, sealed, self.keys))


def _spellings(word: str) -> Iterator[bytes]:
    for data in (word.encode(), word.encode("utf-16-le"), word.lower().encode()):
        yield data
        yield data.hex().encode()
        for shift in range(3):  # base64 at each alignment, without the ends that the neighbours decide
            yield base64.b64encode(b"\0" * shift + data)[4 if shift else 0 : -4]
