"""The key log as the hub asks for it: each change one transaction, each answer one read.

Promises: as `mailroom.log`; what a method returned from is durable. Never: it signs or verifies.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from exchange.store.mailroom import log, nodes
from keys.transparency import merkle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncConnection

    from exchange.store.mailroom.log import Cosigned, Sign, Stamp, Trouble
    from exchange.store.writer import Writer
    from keys.statement import Signed


class LogBook:
    """One process's door to the log's rows."""

    def __init__(
        self, writer: Writer, reading: Callable[[], AbstractAsyncContextManager[AsyncConnection]]
    ) -> None:
        self._writer = writer
        self._reading = reading

    async def append(self, start: int, entries: Sequence[Signed]) -> bool:
        """Append `entries` to the log of `start`; false when another process was first."""
        return await self._writer.submit(lambda connection: log.extend(connection, start, entries))

    async def sign(self, before: int, signed_by: Sign, at: int) -> Stamp | None:
        """Keep the checkpoint of all entries, in place of the newest one of size `before`; see `log.sign`."""
        return await self._writer.submit(lambda connection: log.sign(connection, before, signed_by, at))

    async def confront(self, shown: Stamp) -> Trouble | None:
        """Hold the log against a checkpoint that its own key signed; what is wrong with it."""
        return await self._writer.submit(lambda connection: log.confront(connection, shown))

    async def dispute(self, shown: Stamp) -> Trouble:
        """Keep it that a checkpoint does not continue what was signed here."""
        return await self._writer.submit(lambda connection: log.dispute(connection, shown))

    async def truncate(self) -> list[Signed]:
        """Take out the entries that no checkpoint covers; give them."""
        return await self._writer.submit(log.truncate)

    async def cosign(self, cosigned: Cosigned) -> None:
        """Keep a witness's line."""
        await self._writer.submit(lambda connection: log.cosign(connection, cosigned))

    async def size(self) -> int:
        """How many entries there are."""
        async with self._reading() as connection:
            return await log.size_of(connection)

    async def entries(self, start: int, count: int) -> list[Signed]:
        """At most `count` entries from index `start` on."""
        async with self._reading() as connection:
            return await log.entries_from(connection, start, count)

    async def newest(self, count: int = 1) -> list[Stamp]:
        """Give the newest checkpoints, the largest first."""
        async with self._reading() as connection:
            return await log.newest(connection, count)

    async def cosignatures(self, size: int) -> list[Cosigned]:
        """Give the witnesses' lines under the checkpoint of `size`."""
        async with self._reading() as connection:
            return await log.cosignatures(connection, size)

    async def cosigners(self, count: int) -> int:
        """How many agencies' witnesses cosigned any of the newest `count` checkpoints."""
        async with self._reading() as connection:
            return await log.cosigners(connection, count)

    async def trouble(self) -> Trouble | None:
        """Say what is wrong with the log here."""
        async with self._reading() as connection:
            return await log.trouble(connection)

    async def root(self, size: int) -> bytes:
        """Compute the root of the first `size` entries; `KeyError` where rows are missing."""
        async with self._reading() as connection:
            return await nodes.computed(connection, partial(merkle.root, size))

    async def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Prove that the entry `index` stands in the log of `size`, which must be there."""
        async with self._reading() as connection:
            return await nodes.computed(connection, partial(merkle.inclusion_proof, index, size))

    async def consistency(self, start: int, size: int) -> tuple[bytes, ...]:
        """Prove that the log of `start` entries is the beginning of that of `size`, which must be there."""
        async with self._reading() as connection:
            return await nodes.computed(connection, partial(merkle.consistency_proof, start, size))

    async def hashes(self, level: int, first: int, width: int) -> list[bytes]:
        """Give `width` neighbouring nodes of the tree's `level`; fewer where there are fewer."""
        async with self._reading() as connection:
            return await nodes.tile(connection, level, first, width)
