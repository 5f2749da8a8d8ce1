"""The key log's rows: entries, checkpoints, cosignatures, and the evidence that rows are missing.

Promises: entries have gapless indexes from nought. Whoever appends, or signs, says what size they know, and
fails where another was first: of several processes one wins, and the others look again. A checkpoint is
signed within the transaction that keeps it, while no entry can come or go, so that nothing signed is ever
other than what is kept, and no size is signed twice. Once evidence of a larger or another log stands here,
nothing is signed.
Never: it judges an entry, or whether a note was signed by whom it says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from exchange.store.mailroom import nodes
from exchange.store.mailroom.tables import (
    COUNTER,
    LOG_CHECKPOINT,
    LOG_COSIGNATURE,
    LOG_ENTRY,
    LOG_TROUBLE,
    LOGGED,
    SIGNED,
)
from keys.statement import Signed
from keys.transparency import merkle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

TroubleName = Literal["behind", "forked"]
Sign = Callable[[int, bytes], bytes]
"""Writes the note of the checkpoint of a size and a root."""


class Stamp(NamedTuple):
    """One checkpoint: its size and root, the note as the log key signed it, and when (seconds since 1970)."""

    size: int
    root: bytes
    note: bytes
    at: int


class Trouble(NamedTuple):
    """What is wrong with the log here, by which checkpoint of its own key it shows."""

    name: TroubleName
    size: int
    root: bytes
    note: bytes


class Cosigned(NamedTuple):
    """A witness's line under the checkpoint of `size`: whose desk's, and its own time."""

    size: int
    agency: str
    at: int
    line: bytes


async def extend(connection: AsyncConnection, start: int, entries: Sequence[Signed]) -> bool:
    """Append `entries` if the log has exactly `start`; false, with nothing done, where it has not."""
    moved = (
        update(COUNTER)
        .where(COUNTER.c.name == LOGGED, COUNTER.c.last == start)
        .values(last=start + len(entries))
        .returning(COUNTER.c.last)
    )
    if (await connection.execute(moved)).scalar_one_or_none() is None:
        return False
    rows = [
        {"index": index, "payload": signed.payload, "signature": signed.signature}
        for index, signed in enumerate(entries, start)
    ]
    await connection.execute(insert(LOG_ENTRY), rows)
    await nodes.add(connection, start, entries)
    return True


async def sign(connection: AsyncConnection, before: int, signed_by: Sign, at: int) -> Stamp | None:
    """Sign and keep the checkpoint of all entries if the newest has the size `before` (none: -1).

    `signed_by` writes the note for a size and a root; it may run more than once, always for the same. None,
    with nothing done, where there is nothing to sign, another checkpoint, or trouble.
    """
    size = await _held(connection, LOGGED)
    if size <= before or await _held(connection, SIGNED) != before or await trouble(connection) is not None:
        return None
    root = await nodes.computed(connection, partial(merkle.root, size))
    stamp = Stamp(size, root, signed_by(size, root), at)
    await _keep(connection, stamp)
    return stamp


async def confront(connection: AsyncConnection, shown: Stamp) -> Trouble | None:
    """Hold the log against a checkpoint that its own key signed; what is wrong with it, if anything.

    A larger checkpoint of exactly the entries that stand here is kept as one of our own. What is wrong stays
    wrong until entries were put back that lead to the checkpoint that showed it.
    """
    entries, newest = await _held(connection, LOGGED), await _held(connection, SIGNED)
    fits = shown.size <= entries and shown.root == await nodes.computed(
        connection, partial(merkle.root, shown.size)
    )
    if shown.size > newest and fits:
        await _keep(connection, shown)
    elif not fits:
        await _note_trouble(connection, Trouble("behind" if shown.size > newest else "forked", *shown[:3]))
    await _end_trouble(connection)
    return await trouble(connection)


async def dispute(connection: AsyncConnection, shown: Stamp) -> Trouble:
    """Keep it that the log's key signed `shown`, which does not continue what it signed here."""
    await _held(connection, SIGNED)
    found = Trouble("forked", *shown[:3])
    await _note_trouble(connection, found)
    return found


async def truncate(connection: AsyncConnection) -> list[Signed]:
    """Take out the entries that no checkpoint covers; give them."""
    await _held(connection, LOGGED)
    size = max(0, await _held(connection, SIGNED))
    taken = await entries_from(connection, size, None)
    await connection.execute(delete(LOG_ENTRY).where(LOG_ENTRY.c.index >= size))
    await nodes.cut(connection, size)
    await connection.execute(update(COUNTER).where(COUNTER.c.name == LOGGED).values(last=size))
    return taken


async def cosign(connection: AsyncConnection, cosigned: Cosigned) -> None:
    """Keep a witness's line in place of an older one of theirs under the same checkpoint."""
    same = (LOG_COSIGNATURE.c.size == cosigned.size, LOG_COSIGNATURE.c.agency == cosigned.agency)
    at = (await connection.execute(select(LOG_COSIGNATURE.c.at).where(*same))).scalar_one_or_none()
    if at is not None and at >= cosigned.at:
        return
    await connection.execute(delete(LOG_COSIGNATURE).where(*same))
    await connection.execute(insert(LOG_COSIGNATURE), cosigned._asdict())


async def entries_from(connection: AsyncConnection, start: int, count: int | None) -> list[Signed]:
    """Give at most `count` entries from index `start` on."""
    query = (
        select(LOG_ENTRY.c.payload, LOG_ENTRY.c.signature)
        .where(LOG_ENTRY.c.index >= start)
        .order_by(LOG_ENTRY.c.index)
        .limit(count)
    )
    return [Signed(payload, signature) for payload, signature in await connection.execute(query)]


async def newest(connection: AsyncConnection, count: int) -> list[Stamp]:
    """Give the newest checkpoints, the largest first."""
    query = select(LOG_CHECKPOINT).order_by(LOG_CHECKPOINT.c.size.desc()).limit(count)
    return [Stamp(*row) for row in await connection.execute(query)]


async def cosignatures(connection: AsyncConnection, size: int) -> list[Cosigned]:
    """Give the witnesses' lines under the checkpoint of `size`, by agency."""
    query = select(LOG_COSIGNATURE).where(LOG_COSIGNATURE.c.size == size).order_by(LOG_COSIGNATURE.c.agency)
    return [Cosigned(*row) for row in await connection.execute(query)]


async def cosigners(connection: AsyncConnection, count: int) -> int:
    """Count the agencies that cosigned any of the newest `count` checkpoints."""
    sizes = select(LOG_CHECKPOINT.c.size).order_by(LOG_CHECKPOINT.c.size.desc()).limit(count)
    query = select(func.count(LOG_COSIGNATURE.c.agency.distinct())).where(LOG_COSIGNATURE.c.size.in_(sizes))
    found: int = (await connection.execute(query)).scalar_one()
    return found


async def trouble(connection: AsyncConnection) -> Trouble | None:
    """Say what is wrong with the log here; a fork before all."""
    rows = (await connection.execute(select(LOG_TROUBLE).order_by(LOG_TROUBLE.c.name.desc()))).all()
    return Trouble(*rows[0]) if rows else None


async def size_of(connection: AsyncConnection) -> int:
    """How many entries there are."""
    found: int = (
        await connection.execute(select(COUNTER.c.last).where(COUNTER.c.name == LOGGED))
    ).scalar_one()
    return found


async def _held(connection: AsyncConnection, name: str) -> int:
    """Read a counter and keep everybody else from moving it until the commit."""
    held = update(COUNTER).where(COUNTER.c.name == name).values(last=COUNTER.c.last).returning(COUNTER.c.last)
    last: int = (await connection.execute(held)).scalar_one()
    return last


async def _keep(connection: AsyncConnection, stamp: Stamp) -> None:
    await connection.execute(update(COUNTER).where(COUNTER.c.name == SIGNED).values(last=stamp.size))
    await connection.execute(insert(LOG_CHECKPOINT), stamp._asdict())


async def _note_trouble(connection: AsyncConnection, found: Trouble) -> None:
    of_name = LOG_TROUBLE.c.name == found.name
    size = (await connection.execute(select(LOG_TROUBLE.c.size).where(of_name))).scalar_one_or_none()
    if size is None or size < found.size:
        await connection.execute(delete(LOG_TROUBLE).where(of_name))
        await connection.execute(insert(LOG_TROUBLE), found._asdict())


async def _end_trouble(connection: AsyncConnection) -> None:
    """Being behind has ended once the log has reached the checkpoint that showed it; or it is a fork."""
    query = select(LOG_TROUBLE).where(LOG_TROUBLE.c.name == "behind")
    found = (await connection.execute(query)).one_or_none()
    if found is None or found.size > await _held(connection, SIGNED):
        return
    await connection.execute(delete(LOG_TROUBLE).where(LOG_TROUBLE.c.name == "behind"))
    if found.root != await nodes.computed(connection, partial(merkle.root, found.size)):
        await _note_trouble(connection, Trouble("forked", found.size, found.root, found.note))
