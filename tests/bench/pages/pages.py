"""How soon a page comes, with many threads and many visitors, and what it costs the processor.

    python tests/bench/pages/pages.py [--threads 10000] [--visitors 32] [--seconds 30] [--think 5]

First each page by itself, by turns at two desks: one with as many open threads as fill a page, and nothing
else, and one with `--threads`, one in ten of them open. What is told is the median time to the first byte at
each, the processor's time in the larger desk (all threads), and the size, also as gzip would make it (pages
are not compressed, see docs/desk-pages.md). Then `--visitors` at once, each with a stream open, who
look at a page, think for `--think` seconds on average, and go on; the last round they do not think at all.

The desk is a process of its own, as it is in earnest; the visitors are this one. Among the pages a small file
is fetched, of which nothing has to be made: on a machine that does other work, it says how long that takes.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DESK = Path(__file__).with_name("desk_with_threads.py")
FEW = 31  # threads of each visitor at the small desk, all open: as many as are open at the large one
TICKS = os.sysconf("SC_CLK_TCK")
FLOOR = "a file, no page"  # what the machine, the network and the server take by themselves
BUSY = {"what needs you": 4, "thread": 3, "words": 2}  # how often a page is looked at; otherwise once


@dataclass
class DeskAtWork:
    """A desk in its own process."""

    address: str
    visitors: list[dict[str, Any]]
    process: int
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)

    def spent(self) -> float:
        """Seconds of processor time so far."""
        found = Path(f"/proc/{self.process}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(found[11]) + int(found[12])) / TICKS

    async def look(self, http: aiohttp.ClientSession, visitor: dict[str, Any], page: str) -> float:
        """Look at a page; seconds until the first byte of it."""
        headers = {"Cookie": visitor["cookie"], "Sec-Fetch-Site": "same-origin"}
        method, data = "GET", None
        if page == "search":
            method, data = "POST", urlencode({"form": visitor["form"], "words": "helen moorfield"})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        async with http.request(
            method, self.address + visitor["pages"][page], data=data, headers=headers, allow_redirects=False
        ) as answer:
            first = time.perf_counter() - began
            body = await answer.read()
        assert answer.status == 200, (page, answer.status)
        self.sizes.setdefault(page, (len(body), len(gzip.compress(body))))
        return first


@asynccontextmanager
async def desk_of(threads: int, people: int, open_one_in: int) -> AsyncIterator[DeskAtWork]:
    """Start a desk with that many threads, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        started = await asyncio.create_subprocess_exec(
            sys.executable, str(DESK), folder, f"--threads={threads}", f"--people={people}", f"--open-one-in={open_one_in}",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
        )  # fmt: skip
        assert started.stdout is not None
        assert started.stdin is not None
        line = await started.stdout.readline()
        if not line:
            sys.exit("the desk did not start")
        found = json.loads(line)
        yield DeskAtWork(found["address"], found["visitors"], started.pid)
        started.stdin.close()
        await started.wait()


async def each(http: aiohttp.ClientSession, few: DeskAtWork, many: DeskAtWork, rounds: int) -> None:
    """Each page by itself, by turns at both desks."""
    print(f"{'':24}{'few: ms':>10}{'many: ms':>10}{'ratio':>8}{'cpu ms':>9}{'kB':>7}{'gzip kB':>9}")
    for page in many.visitors[0]["pages"]:
        times: dict[int, list[float]] = defaultdict(list)
        for desk in (few, many):
            await desk.look(http, desk.visitors[0], page)  # the first opens what is not in memory yet
        spent = 0.0
        for turn in range(rounds):
            for desk in (few, many):
                visitor = desk.visitors[turn % len(desk.visitors)]
                await desk.look(http, visitor, page)
                before = desk.spent()
                for _ in range(5):
                    times[desk.process].append(await desk.look(http, visitor, page))
                spent += desk.spent() - before if desk is many else 0
        small, large = (statistics.median(times[desk.process]) * 1e3 for desk in (few, many))
        size, packed = many.sizes[page]
        cost = spent / len(times[many.process]) * 1e3
        print(
            f"{page:24}{small:10.1f}{large:10.1f}{large / small:8.2f}{cost:9.1f}"
            f"{size / 1e3:7.1f}{packed / 1e3:9.1f}",
            flush=True,
        )


async def crowd(http: aiohttp.ClientSession, desk: DeskAtWork, seconds: float, think: float) -> None:
    """All visitors at once for a while; what they waited."""
    times: dict[str, list[float]] = defaultdict(list)
    ends, before = time.perf_counter() + seconds, desk.spent()

    async def visit(visitor: dict[str, Any], chance: random.Random) -> None:
        pages = [page for page in visitor["pages"] for _ in range(BUSY.get(page, 1))]
        await asyncio.sleep(chance.random() * think)
        while time.perf_counter() < ends:
            page = chance.choice(pages)
            times[page].append(await desk.look(http, visitor, page))
            await asyncio.sleep(chance.expovariate(1 / think) if think else 0)

    async def listen(visitor: dict[str, Any]) -> None:
        async with http.get(f"{desk.address}/desk/live", headers={"Cookie": visitor["cookie"]}) as stream:
            await stream.read()

    streams = [asyncio.create_task(listen(visitor)) for visitor in desk.visitors]
    await asyncio.gather(*(visit(one, random.Random(at)) for at, one in enumerate(desk.visitors)))
    for stream in streams:
        stream.cancel()
        with suppress(asyncio.CancelledError):
            await stream
    every = [one for page, found in times.items() if page != FLOOR for one in found]
    used = (desk.spent() - before) / seconds
    print(
        f"\n{len(desk.visitors)} at once, thinking for {think:g} s: {len(every) / seconds:.1f} pages a second, "
    )
    print(f"the desk's process busy {used:.0%} of one core\n{'':24}{'pages':>8}{'p50 ms':>9}{'p95 ms':>9}")
    for page, found in [*times.items(), ("any page", every)]:
        found.sort()
        p50, p95 = (found[min(len(found) - 1, int(len(found) * part))] * 1e3 for part in (0.5, 0.95))
        print(f"{page:24}{len(found):8}{p50:9.1f}{p95:9.1f}", flush=True)


async def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=10_000)
    parser.add_argument("--visitors", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--think", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=6)
    asked = parser.parse_args()
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        desk_of(FEW * asked.visitors, asked.visitors, 1) as few,
        desk_of(asked.threads, asked.visitors, 10) as many,
        aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        await each(http, few, many, asked.rounds)
        for think in (asked.think, 0):
            await crowd(http, many, asked.seconds if think else asked.seconds / 3, think)


if __name__ == "__main__":
    asyncio.run(main())
