"""What appending to the key log and proving from it costs at a million entries, beside a thousand.

    python tests/bench/log/long_log.py [--entries 1000000] [--rounds 300]

Both logs are written straight into SQLite files of their own: nodes as the hub keeps them, entries without
content. Then, by turns: an inclusion proof and a consistency proof for random places, each verified against the
root; an entry appended; a checkpoint signed. Times are the hub's store alone, without HTTP; appending and
signing wait for the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.store.mailroom import Mailroom
from exchange.store.mailroom.tables import LEVEL_BITS
from keys.notekey import LogKey
from keys.statement import Signed
from keys.transparency.checkpoint import Checkpoint, sign_checkpoint
from keys.transparency.merkle import completed, leaf_hash, node_hash
from keys.transparency.note import NoteSigner
from keys.transparency.proof import verify_consistency, verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

SMALL = 1000
PROOF_MILLISECONDS = 5.0
SIGNATURE = bytes(3373)
BATCH = 20_000
SIGNER = NoteSigner("hub.example.org", LogKey.generate())


def entry(index: int) -> Signed:
    """Make what stands in for an entry."""
    return Signed(b"%d" % index, SIGNATURE)


def rows(entries: int) -> Iterator[tuple[int, bytes]]:
    """Compute every node of a log, as the store keeps it."""
    right: list[bytes] = []  # on each level, the last node of an even index, whose neighbour is to come
    for index in range(entries):
        node = leaf_hash(entry(index).payload + SIGNATURE)
        yield index, node
        for level, place in completed(index):
            node = node_hash(right[level - 1], node)
            yield level << LEVEL_BITS | place, node
        level = len(completed(index))
        right[level:] = [node, *right[level + 1 :]]


async def seed(folder: Path, entries: int) -> Mailroom:
    """Write a log of that many entries."""
    path = folder / f"{entries}.db"
    url = f"sqlite+aiosqlite:///{path}"
    await (await Mailroom.open(url)).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma synchronous=off")
        database.executemany("insert into log_node values (?, ?)", rows(entries))
        kept = ((index, b"%d" % index, b"") for index in range(entries))
        database.executemany("insert into log_entry values (?, ?, ?)", kept)
        database.execute("update counter set last = ? where name = 'logged'", (entries,))
        database.commit()
    return await Mailroom.open(url)


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Give the milliseconds that it took."""
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1000


def _note(size: int, root: bytes) -> bytes:
    return sign_checkpoint(Checkpoint(SIGNER.name, size, root), SIGNER)


class Log:
    """One log under measurement."""

    def __init__(self, room: Mailroom, entries: int) -> None:
        self.room = room
        self.size = entries
        self.found: dict[str, list[float]] = {"inclusion": [], "consistency": [], "append": [], "sign": []}
        self._before = -1

    async def turn(self, chance: random.Random) -> None:
        """Do each thing once."""
        log, size = self.room.log, self.size
        index, older = chance.randrange(size), chance.randrange(1, size)
        self.found["inclusion"].append(await timed(lambda: log.inclusion(index, size)))
        self.found["consistency"].append(await timed(lambda: log.consistency(older, size)))
        self.found["append"].append(await timed(lambda: log.append(size, [entry(size)])))
        self.found["sign"].append(await timed(lambda: log.sign(self._before, _note, 1)))
        self.size = self._before = size + 1

    async def check(self, chance: random.Random) -> None:
        """Verify one proof of each kind."""
        log, size = self.room.log, self.size
        index, older = chance.randrange(size), chance.randrange(1, size)
        root = await log.root(size)
        leaf = leaf_hash(entry(index).payload + SIGNATURE)
        verify_inclusion(leaf, index, size, await log.inclusion(index, size), root)
        proof = await log.consistency(older, size)
        verify_consistency(older, await log.root(older), size, root, proof)

    async def memory(self, chance: random.Random) -> int:
        """Give the bytes that one proof and one append take at their most."""
        tracemalloc.start()
        await self.turn(chance)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak


async def measure(folder: Path, entries: int, rounds: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Give the median and worst milliseconds of each thing, and the memory, in both logs."""
    chance = random.Random(1)
    logs = {size: Log(await seed(folder, size), size) for size in (SMALL, entries)}
    for _ in range(rounds):
        for log in logs.values():
            await log.turn(chance)
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for size, log in logs.items():
        for _ in range(20):
            await log.check(chance)
        found[str(size)] = {name: (statistics.median(times), max(times)) for name, times in log.found.items()}
        found[str(size)]["kilobytes"] = ((await log.memory(chance)) / 1000, 0.0)
        await log.room.close()
    return found


def main() -> None:
    """Measure, print, and fail where a proof takes too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=300)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), asked.entries, asked.rounds))
    for size, things in found.items():
        for name, (median, worst) in things.items():
            print(f"{size:>9} {name:<12} median {median:8.3f}  worst {worst:8.3f}")
    proofs = [found[str(asked.entries)][name][0] for name in ("inclusion", "consistency")]
    raise SystemExit(0 if max(proofs) < PROOF_MILLISECONDS else 1)


if __name__ == "__main__":
    main()
