"""Whether the hub's memory stays flat while many envelopes go through it.

    python tests/bench/roundtrip/memory.py [--envelopes 100000] [--batch 50]

Agencies post batches to each other and read on, which acknowledges. The resident set is taken after a tenth,
when everything has been used once, and at every tenth after that; what counts is the last against the first.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

import psutil
from agencies import Line, Party, hub, unopened

PAIRS = 8
TENTHS = 10


async def exchange(line: Line, sender: Party, recipient: Party, batch: int, rounds: int) -> None:
    """Post and read `rounds` batches."""
    for _ in range(rounds):
        await line.post(sender, *(unopened(recipient.name, os.urandom(4096)) for _ in range(batch)))
        found = 0
        while found < batch:
            found += len(await line.read(recipient))


async def run(envelopes: int, batch: int) -> None:
    """Push `envelopes` through a hub, and print its memory."""
    pairs = [(Party(f"sender-{n}"), Party(f"recipient-{n}")) for n in range(PAIRS)]
    rounds = max(1, envelopes // TENTHS // PAIRS // batch)
    with tempfile.TemporaryDirectory() as folder:
        async with hub(Path(folder) / "hub", [party for pair in pairs for party in pair]) as (line, process):
            server, sizes = psutil.Process(process.pid), []
            for tenth in range(1, TENTHS + 1):
                began = time.perf_counter()
                await asyncio.gather(*(exchange(line, *pair, batch, rounds) for pair in pairs))
                sizes.append(server.memory_info().rss / 1e6)
                rate = rounds * PAIRS * batch / (time.perf_counter() - began)
                print(
                    f"{tenth * rounds * PAIRS * batch:8} envelopes  {sizes[-1]:6.1f} MB  {rate:6.0f}/s",
                    flush=True,
                )
    print(f"resident memory at the end: {sizes[-1] / sizes[0]:.2f} x what it was after the first tenth")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--envelopes", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=50)
    arguments = parser.parse_args()
    asyncio.run(run(arguments.envelopes, arguments.batch))


if __name__ == "__main__":
    main()
