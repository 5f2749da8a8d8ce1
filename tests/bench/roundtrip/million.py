"""What reading a mailbox costs beside a million envelopes that wait for others.

    python tests/bench/roundtrip/million.py [--envelopes 1000000] [--reads 400]

Two hubs, one almost empty and one seeded with `--envelopes` in a thousand other mailboxes, hold the same 20
envelopes for one agency. It reads them again and again, by turns from each; what counts is the ratio of the
median latencies, and of the servers' CPU time.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from agencies import Line, Party, hub, unopened

from exchange.store.mailroom import Mailroom, Post, Posting
from exchange.wire.envelope import parse_envelope

OTHERS = 1000
BATCH = 500
MINE = 20
TURN = 20  # reads from one hub before it is the other's turn


async def seed(database: str, envelopes: int) -> None:
    """Put `envelopes` into other mailboxes."""
    room = await Mailroom.open(database)
    began = time.perf_counter()
    for start in range(0, envelopes, BATCH):
        postings = []
        for number in range(start, min(start + BATCH, envelopes)):
            data = unopened(f"other-{number % OTHERS}", b"")
            header = parse_envelope(data).header
            postings.append(
                Posting(header.id, (header.slots[0].mailbox,), data, hashlib.sha256(data).digest())
            )
        await room.post(Post("sender-0", int(time.time()), tuple(postings)))
        if start % (100 * BATCH) == 0:
            print(f"seeded {start} in {time.perf_counter() - began:.0f} s", flush=True)
    await room.close()


async def turn(line: Line, reader: Party) -> list[float]:
    """Read from the beginning, several times; each one's seconds."""
    found = []
    for _ in range(TURN):
        reader.cursor = 0
        began = time.perf_counter()
        mail = await line.read(reader)
        found.append(time.perf_counter() - began)
        assert len(mail) == MINE
    return found


async def run(arguments: argparse.Namespace) -> None:
    """Seed, read by turns, and print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        sizes = {small: OTHERS, large: arguments.envelopes}
        parties = {home: (Party("sender-0"), Party("reader-0")) for home in sizes}
        for home, size in sizes.items():
            home.mkdir()
            await seed(f"sqlite+aiosqlite:///{home / 'mailroom.db'}", size)
        async with hub(small, list(parties[small])) as one, hub(large, list(parties[large])) as other:
            lines = {small: one, large: other}
            for home, (line, _) in lines.items():
                sender, reader = parties[home]
                await line.post(sender, *(unopened(reader.name, os.urandom(4096)) for _ in range(MINE)))
            taken: dict[Path, list[float]] = {small: [], large: []}
            spent = dict.fromkeys(sizes, 0.0)
            for _ in range(arguments.reads // TURN):
                for home, (line, process) in lines.items():
                    times = psutil.Process(process.pid).cpu_times()
                    taken[home] += await turn(line, parties[home][1])
                    after = psutil.Process(process.pid).cpu_times()
                    spent[home] += after.user + after.system - times.user - times.system
    median = {home: statistics.median(found) * 1e3 for home, found in taken.items()}
    print(
        f"median read: {median[small]:.2f} ms beside {OTHERS}, {median[large]:.2f} ms beside {sizes[large]}"
    )
    print(
        f"inbox read: {median[large] / median[small]:.2f} x, server CPU {spent[large] / spent[small]:.2f} x"
    )


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--envelopes", type=int, default=1_000_000)
    parser.add_argument("--reads", type=int, default=400)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asyncio.run(run(parsed()))
