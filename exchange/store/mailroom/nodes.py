"""The log's Merkle tree in rows: which nodes a computation needs, all fetched at once.

Promises: a root or a proof reads O(log n) rows in one statement; a batch of entries is added with one read
and one write, whatever the log's size.
Never: it decides which entries there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import delete, insert, select

from exchange.store.mailroom.tables import LEVEL_BITS, LOG_NODE
from keys.event import entry_of
from keys.transparency.merkle import HASH_SIZE, completed, leaf_hash, node_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from keys.statement import Signed
    from keys.transparency.merkle import Nodes

T = TypeVar("T")

_NO_HASH = bytes(HASH_SIZE)


async def computed(connection: AsyncConnection, compute: Callable[[Nodes], T]) -> T:
    """Run `compute`, which asks for the same nodes whatever their hashes are: first to learn which.

    `KeyError` where one of them is missing.
    """
    wanted: set[int] = set()

    def noted(level: int, index: int) -> bytes:
        wanted.add(_place(level, index))
        return _NO_HASH

    compute(noted)
    found = await _fetch(connection, wanted)
    return compute(lambda level, index: found[_place(level, index)])


async def tile(connection: AsyncConnection, level: int, first: int, width: int) -> list[bytes]:
    """Give `width` neighbouring nodes of one level, from `first` on; fewer where there are fewer."""
    begin = _place(level, first)
    query = (
        select(LOG_NODE.c.hash)
        .where(LOG_NODE.c.place >= begin, LOG_NODE.c.place < begin + width)
        .order_by(LOG_NODE.c.place)
    )
    return list((await connection.execute(query)).scalars())


async def add(connection: AsyncConnection, start: int, entries: Sequence[Signed]) -> None:
    """Keep the nodes that `entries`, at the indexes from `start` on, add to the tree."""
    hashes = {_place(0, index): leaf_hash(entry_of(signed)) for index, signed in enumerate(entries, start)}
    inner = [node for index in range(start, start + len(entries)) for node in completed(index)]
    added = hashes.keys() | {_place(level, index) for level, index in inner}
    hashes |= await _fetch(connection, {_place(level - 1, 2 * index) for level, index in inner} - added)
    for level, index in inner:
        left = _place(level - 1, 2 * index)
        hashes[_place(level, index)] = node_hash(hashes[left], hashes[left + 1])
    rows = [{"place": place, "hash": hashes[place]} for place in sorted(added)]
    await connection.execute(insert(LOG_NODE), rows)


async def cut(connection: AsyncConnection, size: int) -> None:
    """Remove every node that the tree of `size` entries has not."""
    for level in range(LEVEL_BITS):
        beyond, above = _place(level, size >> level), _place(level + 1, 0)
        await connection.execute(delete(LOG_NODE).where(LOG_NODE.c.place >= beyond, LOG_NODE.c.place < above))


def _place(level: int, index: int) -> int:
    return level << LEVEL_BITS | index


async def _fetch(connection: AsyncConnection, places: Iterable[int]) -> dict[int, bytes]:
    wanted = sorted(places)
    if not wanted:
        return {}
    found = await connection.execute(select(LOG_NODE).where(LOG_NODE.c.place.in_(wanted)))
    return {row.place: row.hash for row in found}
