"""Reading a hub's key log as anybody may: no home, no key, no proof; only a policy to believe it by.

Promises: whatever is fetched is bounded, and counts only as `desk.keylog` verifies it; every tile and proof
that is looked at is compared with the tree of the entries themselves.
Never: it follows a redirect, or writes to the hub.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

import aiohttp
from yarl import URL

from exchange.desk.keylog import Shown
from exchange.errors import EntryDropped, HubBehind, HubUnreachable, LogForked
from exchange.wire import api, keylog, limits
from keys.errors import Malformed, ProofInvalid
from keys.event import signed_of
from keys.record import decode
from keys.statement import load
from keys.transparency.checkpoint import read_checkpoint
from keys.transparency.note import read_note
from keys.transparency.proof import verify_consistency, verify_inclusion
from keys.transparency.tiles import BUNDLE_LIMIT, TILE, read_entries, read_tile, tile_path

if TYPE_CHECKING:
    from types import TracebackType

    from exchange.desk.keylog import KeyLog
    from keys.statement import Signed
    from keys.transparency.merkle import Tree

ANSWER = 30.0  # seconds of silence after which the hub is as good as gone
AT_ONCE = 1024 * limits.MIB  # of entries, in one look: those of many years, and no endless lie
SAMPLES = 64  # proofs of each kind that an audit asks for
_LEVEL = 8  # levels of the tree in one of tiles


class LogReader:
    """One hub's public log; an asynchronous context manager."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def follow(self, log: KeyLog) -> tuple[Signed, ...]:
        """Take over what is new, verified, and give it; as `KeyLog.check`, or `HubUnreachable`."""
        continuation = await asyncio.to_thread(log.check, await self.shown(log.ahead.size))
        log.take(continuation)
        return continuation.entries

    async def shown(self, start: int) -> Shown:
        """Fetch what is shown to anybody from index `start` on; nothing of it is verified yet.

        `HubUnreachable`; `HubBehind`, `LogForked` where the hub says that of itself; `EntryDropped`.
        """
        note = await self._get(keylog.CHECKPOINT, limits.NOTE)
        size = read_checkpoint(read_note(note).text).size
        entries = await self._entries(start, size)
        proof = await self._proof(keylog.consistency_path(start, size)) if 0 < start < size else ()
        return Shown(entries, note, proof)

    async def audit(self, tree: Tree) -> int:
        """Compare the hub's tiles with `tree`, and its proofs of many places; how many there were.

        `ProofInvalid`, `TileMalformed` for what does not fit.
        """
        looked = await self._audit_tiles(tree)
        size = tree.size
        places = sorted({*range(0, size, max(1, size // SAMPLES)), size - 1} - {-1})
        for index in places:
            proof = await self._proof(keylog.inclusion_path(index, size))
            verify_inclusion(tree.nodes(0, index), index, size, proof, tree.root_at(size))
        for older in (place for place in places if place):
            proof = await self._proof(keylog.consistency_path(older, size))
            verify_consistency(older, tree.root_at(older), size, tree.root_at(size), proof)
        return looked + 2 * len(places)

    async def _audit_tiles(self, tree: Tree) -> int:
        level, looked = 0, 0
        while count := tree.size >> _LEVEL * level:
            for index in range(-(-count // TILE)):
                width = min(TILE, count - index * TILE)
                data = await self._get(_tile(level, index, width), TILE * 32)
                for at, shown in enumerate(read_tile(data, width)):
                    if shown != tree.nodes(_LEVEL * level, index * TILE + at):
                        raise ProofInvalid("tile")
                looked += 1
            level += 1
        return looked

    async def _entries(self, start: int, size: int) -> tuple[Signed, ...]:
        """Fetch the entries from `start` up to `size`, by bundles."""
        found: list[Signed] = []
        fetched = 0
        for index in range(start // TILE, -(-size // TILE)):
            width = min(TILE, size - index * TILE)
            data = await self._get(_tile(None, index, width), BUNDLE_LIMIT)
            fetched += len(data) + TILE * limits.KIB
            if fetched > AT_ONCE:  # it says what it will until all of it is there to be judged
                raise EntryDropped
            bundle = read_entries(data, width)
            found += (signed_of(entry) for entry in bundle[max(0, start - index * TILE) :])
        if len(found) != max(0, size - start):
            raise EntryDropped
        return tuple(found)

    async def _proof(self, target: str) -> tuple[bytes, ...]:
        answer = await self._get(target, limits.MIB)
        return tuple(map(decode, load(answer, keylog.ProofDocument, limit=limits.MIB).proof))

    async def _get(self, target: str, limit: int) -> bytes:
        if self._session is None:
            raise RuntimeError("use it as a context manager")
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=ANSWER)
        url, pieces, size = URL(self._address + target, encoded=True), list[bytes](), 0
        try:
            async with self._session.get(url, timeout=timeout, allow_redirects=False) as response:
                if response.status != 200:  # noqa: PLR2004 - HTTP's OK
                    raise _refusal(response.status, await response.content.read(64 * limits.KIB))
                async for piece in response.content.iter_any():
                    pieces.append(piece)
                    size += len(piece)
                    if size > limit:
                        raise Malformed("answer is too long")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise HubUnreachable from error
        return b"".join(pieces)


def _refusal(status: int, body: bytes) -> HubBehind | LogForked | HubUnreachable:
    """Say what a hub's answer means: of a log that is known to be wrong, it says so by name."""
    try:
        code = load(body, api.ProblemDocument, limit=64 * limits.KIB).code
    except Malformed:
        code = ""
    named = next((problem for problem in (HubBehind, LogForked) if problem.code == code), None)
    return HubUnreachable(f"status {status}") if named is None else named()


def _tile(level: int | None, index: int, width: int) -> str:
    return f"{keylog.LOG}/{tile_path(level, index, width)}"
