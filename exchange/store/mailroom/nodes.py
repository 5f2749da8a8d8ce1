"""The log's Merkle tree in rows: which nodes a computation needs, all fetched at once.

Promises: a root or a proof reads O(log n) rows in one statement; a batch of entries is added with one read
and one write, whatever the log's size.
Never: it decides which entries there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import insert, select, tuple_

from exchange.store.mailroom.tables import LOG_NODE
from keys.transparency.merkle import HASH_SIZE, completed, leaf_hash, node_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from keys.statement import Signed
    from keys.transparency.merkle import Nodes

T = TypeVar("T")
Place = tuple[int, int]  # level and index

_NO_HASH = bytes(HASH_SIZE)


async def computed(connection: AsyncConnection, compute: Callable[[Nodes], T]) -> T:
    """Run `compute`, which may ask for the same nodes whatever their hashes are: first to learn which."""
    wanted: set[Place] = set()

    def noted(level: int, index: int) -> bytes:
        wanted.add((level, index))
        return _NO_HASH

    compute(noted)
    found = await _fetch(connection, wanted)
    return compute(lambda level, index: found[level, index])


async def tile(connection: AsyncConnection, level: int, first: int, width: int) -> list[bytes]:
    """Give `width` neighbouring nodes of one level, from `first` on; fewer where there are fewer."""
    query = (
        select(LOG_NODE.c.hash)
        .where(LOG_NODE.c.level == level, LOG_NODE.c.index >= first, LOG_NODE.c.index < first + width)
        .order_by(LOG_NODE.c.index)
    )
    return list((await connection.execute(query)).scalars())


async def add(connection: AsyncConnection, start: int, entries: Sequence[Signed]) -> None:
    """Keep the nodes that `entries`, at the indexes from `start` on, add to the tree."""
    hashes: dict[Place, bytes] = {
        (0, index): leaf_hash(signed.payload + signed.signature)
        for index, signed in enumerate(entries, start)
    }
    inner = [node for index in range(start, start + len(entries)) for node in completed(index)]
    added = hashes.keys() | set(inner)
    below = {(level - 1, 2 * index) for level, index in inner} - added
    standing = await _fetch(connection, below)
    for level, index in inner:
        left, right = (level - 1, 2 * index), (level - 1, 2 * index + 1)
        hashes[level, index] = node_hash(standing.get(left) or hashes[left], hashes[right])
    rows = [{"level": level, "index": index, "hash": node} for (level, index), node in hashes.items()]
    await connection.execute(insert(LOG_NODE), rows)


async def _fetch(connection: AsyncConnection, places: Iterable[Place]) -> dict[Place, bytes]:
    wanted = sorted(places)
    if not wanted:
        return {}
    query = select(LOG_NODE).where(tuple_(LOG_NODE.c.level, LOG_NODE.c.index).in_(wanted))
    return {(level, index): node for level, index, node in await connection.execute(query)}
