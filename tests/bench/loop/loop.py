"""Whole loops per second through two desks and the hub, and how much of the processor's time is bare cryptography.

    python tests/bench/loop/loop.py [--waves 4] [--loops 64]

One loop: share, accept, read-back, hear-back, each a signed and sealed step that both desks keep durably. Two
desks with their couriers and the hub run over loopback in this one process, so that its processor time is
the whole price; `--loops` of them go on at once, and a wave ends when both desks hold every loop as closed.

Bare cryptography is the processor time (of the thread) inside the primitives alone: signatures, HPKE wraps,
Cobblestone, and the proofs' Ed25519, without our own encoding around them.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS), str(TESTS / "scenarios")]

import spoken  # noqa: E402 - the drafts of the scenarios are the words of this load
from doubles import City, city  # noqa: E402 - likewise

from exchange.sealing import rings  # noqa: E402 - after the path above
from exchange.wire.slip import Party  # noqa: E402 - likewise
from keys import suite  # noqa: E402 - likewise

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchange.desk.app import RunningDesk
    from exchange.desk.people import Session

SCHOOL, COUNCIL = "moorfield-primary", "northshire-childrens"
LOOK = 0.05  # seconds between looks at the inbox
_spent: Counter[str] = Counter()  # nanoseconds of processor time, by primitive
_lock = threading.Lock()


class _Timed:
    """Stands for one object of the library and counts the time inside its methods."""

    def __init__(self, raw: Any, name: str) -> None:
        self._raw, self._name = raw, name

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._raw, attribute)
        return _timed(found, self._name) if callable(found) else found


def _timed(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def run(*arguments: Any, **named: Any) -> Any:
        began = time.thread_time_ns()
        try:
            return function(*arguments, **named)
        finally:
            with _lock:
                _spent[name] += time.thread_time_ns() - began

    return run


def watch_primitives() -> None:
    """Count processor time at the border to the library."""
    suite.SigningKey.sign = _timed(suite.SigningKey.sign, "sign")  # type: ignore[method-assign]
    suite.VerifyingKey.verify = _timed(suite.VerifyingKey.verify, "verify")  # type: ignore[method-assign]
    suite.SealingKey.wrap = _timed(suite.SealingKey.wrap, "wrap")  # type: ignore[method-assign]
    suite.OpeningKey.unwrap = _timed(suite.OpeningKey.unwrap, "unwrap")  # type: ignore[method-assign]
    for name in ("Cobblestone256Encryptor", "Cobblestone256Decryptor"):
        made = getattr(rings, name)
        setattr(rings, name, lambda *a, made=made: _Timed(_timed(made, "body")(*a), "body"))


async def until(holds: Callable[[], Any]) -> None:
    """Look again until it holds."""
    while not await holds():  # noqa: ASYNC110 - a desk has no event for a bystander
        await asyncio.sleep(LOOK)


async def count(desk: RunningDesk, who: Session, state: str, side: str) -> int:
    """How many legs stand so in somebody's inbox."""
    rows = await desk.desk.inbox(who)
    return sum(row.state == state and row.side == side for row in rows)


async def wave(here: RunningDesk, there: RunningDesk, helen: Session, ruth: Session, loops: int) -> None:
    """Let `loops` shares go round, and wait until both sides hold each as closed."""
    to = Party(agency=COUNCIL, person=there.desk.own.home.roster.find("Ruth Okafor")[0].id)
    posted = await asyncio.gather(
        *(here.desk.share(helen, spoken.share(to, decision=spoken.DECISION)) for _ in range(loops))
    )
    threads = [one.thread for one in posted]

    async def arrived(desk: RunningDesk, who: Session, state: str, side: str) -> bool:
        return await count(desk, who, state, side) == loops

    await until(lambda: arrived(there, ruth, "sent", "recipient"))
    await asyncio.gather(*(there.desk.accept(ruth, thread, 0, spoken.ACCEPTED) for thread in threads))
    words = [await there.desk.read(ruth, thread, 0) for thread in threads]
    await asyncio.gather(
        *(
            there.desk.read_back(ruth, thread, 0, spoken.restated(said))
            for thread, said in zip(threads, words, strict=True)
        )
    )
    await until(lambda: arrived(here, helen, "read_back", "sender"))
    await asyncio.gather(
        *(
            here.desk.hear_back(helen, thread, 0, spoken.agreed(said))
            for thread, said in zip(threads, words, strict=True)
        )
    )

    async def over() -> bool:
        return not await there.desk.inbox(ruth) and not await here.desk.inbox(helen)

    await until(over)


async def measure(town: City, waves: int, loops: int) -> None:
    """Warm up, then print a line for each wave and the medians."""
    here = await town.open(SCHOOL, {"Helen Marsh": "designated safeguarding lead"})
    there = await town.open(COUNCIL, {"Ruth Okafor": "social worker"})
    await until(lambda: _acquainted(here, there))
    helen = await here.desk.session((await here.desk.sign_in("Helen Marsh", PASSPHRASE)).token)
    ruth = await there.desk.session((await there.desk.sign_in("Ruth Okafor", PASSPHRASE)).token)
    await wave(here, there, helen, ruth, loops)
    rates, shares = [], []
    for _ in range(waves):
        _spent.clear()
        began, used = time.perf_counter(), time.process_time()
        await wave(here, there, helen, ruth, loops)
        elapsed, used = time.perf_counter() - began, time.process_time() - used
        bare = sum(_spent.values()) / 1e9
        rates.append(loops / elapsed)
        shares.append(bare / used)
        parts = "  ".join(f"{name} {spent / loops / 1e6:.2f}" for name, spent in sorted(_spent.items()))
        print(
            f"{rates[-1]:6.1f} loops/s  {used / loops * 1e3:5.1f} ms of processor a loop,"
            f" of it bare cryptography {bare / used:.0%}  ({parts} ms)",
            flush=True,
        )
    print(
        f"median: {statistics.median(rates):.1f} loops/s, bare cryptography {statistics.median(shares):.0%}"
    )


async def _acquainted(here: RunningDesk, there: RunningDesk) -> bool:
    return bool(here.desk.whom("Ruth Okafor")) and bool(there.desk.whom("Helen Marsh"))


async def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--waves", type=int, default=4)
    parser.add_argument("--loops", type=int, default=64)
    asked = parser.parse_args()
    watch_primitives()
    with tempfile.TemporaryDirectory() as folder:
        async with city(Path(folder)) as town:
            await measure(town, asked.waves, asked.loops)


PASSPHRASE = "correct horse battery staple"

if __name__ == "__main__":
    asyncio.run(main())
