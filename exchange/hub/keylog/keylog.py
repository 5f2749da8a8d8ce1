"""The key log of one hub, put together: entries come in, checkpoints go out, and whoever asks gets proofs.

Promises: nothing is served that no signed checkpoint covers, and a checkpoint is served only after it is
durable; the log that stands in the database at the start is the one that was signed, or the hub does not
start.
Never: what it answers costs more than O(log n) of the log's size.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from exchange.errors import LogBeyond, LogDamaged, StoreUnavailable
from exchange.hub.keylog.agencies import LoggedAgencies
from exchange.hub.keylog.signing import Checkpoints
from exchange.hub.log import Said, say, say_failure
from exchange.wire.keylog import DIRECTORY_PAGE, DirectoryPage, ProofDocument, SignedEvent
from keys.errors import KeysProblem
from keys.event import Anchor, Enrol, entry_of
from keys.record import encode
from keys.transparency.note import read_note
from keys.transparency.tiles import write_entries

if TYPE_CHECKING:
    from pathlib import Path

    from exchange.store.mailroom import Mailroom
    from exchange.store.mailroom.log import Trouble
    from keys.event import Logged
    from keys.statement import Signed
    from keys.transparency.note import NoteSigner
    from keys.transparency.tiles import TilePlace

LOOK_EVERY = 1.0  # seconds between two looks whether a checkpoint is due

_PORTION = 4096  # hashes compared at once
_TILE_HEIGHT = 8  # levels of the tree in one of tiles


class Keylog:
    """One process's door to the log; `agencies` and `checkpoints` are its two halves."""

    def __init__(
        self, room: Mailroom, signer: NoteSigner, *, wanted: int = 0, memory: Path | None = None
    ) -> None:
        self._book = room.log
        self.agencies = LoggedAgencies(room)
        self.checkpoints = Checkpoints(room.log, signer, wanted=wanted, memory=memory)
        self._waiting = asyncio.Event()  # for a checkpoint
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Fold the log and hold it against the newest checkpoint; `LogDamaged`. Sign the first one."""
        try:
            await self.agencies.start(max([0, *(stamp.size for stamp in await self._book.newest())]))
            await self._check()
        except KeysProblem as problem:
            raise LogDamaged(problem.code) from problem
        await self.checkpoints.start()
        if (found := self.checkpoints.trouble) is not None:
            _say_trouble(found)
        self._task = asyncio.create_task(self._keep_signing(), name="signing")

    async def close(self) -> None:
        """Stop, when what is being signed is signed."""
        self._closing = True
        self._waiting.set()
        if self._task is not None:
            await self._task

    async def take(self, signed: Signed) -> None:
        """Take an event or anchor; durable when it returns, and under a checkpoint as soon as one is due."""
        taken = await self.agencies.take(signed)
        if taken is not None:
            say(_said_of(taken), agency=taken.agency)
        await self.checkpoints.sign(_now())

    async def cosign(self, agency: str, note: bytes) -> None:
        """Keep the cosignature of an agency's witness."""
        await self.checkpoints.cosign(self.agencies.agency(agency), note)
        self._waiting.set()

    async def confront(self, note: bytes) -> None:
        """Hear of a checkpoint that this log's key signed."""
        known = self.checkpoints.trouble
        await self.checkpoints.confront(note, self.agencies.agency)
        found = self.checkpoints.trouble
        if found is not None and found != known:
            _say_trouble(found)

    async def page(self, after: int) -> DirectoryPage:
        """Give entries from `after` on, up to the newest checkpoint, with the proof that leads there.

        Whichever process is asked shows what any of them signed: a desk must never see the log shrink.
        """
        stamp = await self.checkpoints.newest()
        entries = await self._book.entries(after, max(0, min(DIRECTORY_PAGE, stamp.size - after)))
        proof = await self._book.consistency(after, stamp.size) if after <= stamp.size else ()
        note = await self.checkpoints.note(stamp)
        return DirectoryPage(
            entries=tuple(map(SignedEvent.of, entries)),
            checkpoint=note.to_bytes().decode(),
            consistency=tuple(map(encode, proof)),
        )

    async def note(self) -> bytes:
        """Give the newest checkpoint's note, with all cosignatures."""
        return (await self.checkpoints.note(await self.checkpoints.newest())).to_bytes()

    async def tile(self, place: TilePlace) -> bytes:
        """Give a tile, whole or partial; `LogBeyond` unless the newest checkpoint covers all of it."""
        if not place.is_in((await self.checkpoints.newest()).size):
            raise LogBeyond
        if place.level is None:
            entries = await self._book.entries(place.first, place.width)
            return write_entries(map(entry_of, entries))
        return b"".join(await self._book.hashes(place.level * _TILE_HEIGHT, place.first, place.width))

    async def consistency(self, start: int, size: int) -> ProofDocument:
        """Prove that the log of `start` entries is the beginning of that of `size`; `LogBeyond`."""
        if not start <= size <= (await self.checkpoints.newest()).size:
            raise LogBeyond
        return ProofDocument.of(await self._book.consistency(start, size))

    async def inclusion(self, index: int, size: int) -> ProofDocument:
        """Prove that the entry `index` stands in the log of `size`; `LogBeyond`."""
        if not index < size <= (await self.checkpoints.newest()).size:
            raise LogBeyond
        return ProofDocument.of(await self._book.inclusion(index, size))

    async def _check(self) -> None:
        """Hold the rows against the entries, and the newest checkpoint against both."""
        directory = self.agencies.directory
        if await self._book.size() != directory.size:
            raise LogDamaged("entries")
        for level in range(directory.size.bit_length()):
            for first in range(0, directory.size >> level, _PORTION):
                count = min(_PORTION, (directory.size >> level) - first)
                expected = [directory.tree.nodes(level, index) for index in range(first, first + count)]
                if await self._book.hashes(level, first, _PORTION) != expected:
                    raise LogDamaged("nodes")
        for stamp in await self._book.newest():
            if self.checkpoints.own(read_note(stamp.note))[:2] != stamp[:2]:
                raise LogDamaged("checkpoint")
            if stamp.size > directory.size or stamp.root.hex() != directory.root_at(stamp.size):
                raise LogDamaged("checkpoint")

    async def _keep_signing(self) -> None:
        """Sign whatever waits for longer than one request, here or at another process."""
        while not self._closing:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._waiting.wait(), LOOK_EVERY)
            self._waiting.clear()
            try:
                await self.checkpoints.look()
                await self.checkpoints.sign(_now())
            except StoreUnavailable:
                say(Said.STORE_AWAY)
            except Exception as error:  # noqa: BLE001 - the next look must come, whatever this one met
                say_failure(Said.SIGNING_FAILED, error)


def _said_of(taken: Logged) -> Said:
    if isinstance(taken, Anchor):
        return Said.ANCHORED
    return Said.ENROLLED if isinstance(taken, Enrol) else Said.CHANGED


def _now() -> int:
    return int(time.time())


def _say_trouble(found: Trouble) -> None:
    say(Said.LOG_FORKED if found.name == "forked" else Said.LOG_BEHIND, size=found.size)
