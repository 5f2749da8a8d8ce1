"""Whole loops per second through two desks and the hub, and how much of the processor's time is bare cryptography.

    python tests/bench/loop/loop.py [--waves 4] [--loops 64]

One loop: share, accept, read-back, hear-back, each a signed and sealed step that both desks keep durably. Two
desks with their couriers and the hub run over loopback in this one process, so that its processor time is
the whole price; `--loops` of them go on at once, and a wave ends when both desks hold every loop as closed.

The recipient also reads the words before restating them, which is on the record as every reading is. The
process has its memory arranged as a desk's and a hub's own have.

Bare cryptography is the processor time (of the thread) inside the primitives alone: signatures, HPKE wraps,
Cobblestone, and the proofs' Ed25519, without our own encoding around them.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS), str(TESTS / "scenarios")]

import spoken  # noqa: E402 - the drafts of the scenarios are the words of this load
from city import City, city  # noqa: E402 - likewise
from jwt.algorithms import OKPAlgorithm  # noqa: E402 - likewise

from exchange.desk.app import COLLECT_AFTER  # noqa: E402 - after the path above
from exchange.sealing import rings  # noqa: E402 - likewise
from exchange.wire.slip import Party  # noqa: E402 - likewise
from keys import suite  # noqa: E402 - likewise

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchange.desk.app import RunningDesk
    from exchange.desk.people import Session
    from exchange.desk.service.desk import Desk
    from exchange.store.casebook import Change, Recorded

SCHOOL, COUNCIL = "moorfield-primary", "northshire-childrens"
LOOK = 0.05  # seconds between looks, until the desks have each other's rosters
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
    OKPAlgorithm.sign = _timed(OKPAlgorithm.sign, "proof")  # type: ignore[method-assign]
    OKPAlgorithm.verify = _timed(OKPAlgorithm.verify, "proof")  # type: ignore[method-assign]
    for name in ("Cobblestone256Encryptor", "Cobblestone256Decryptor"):
        made = getattr(rings, name)
        setattr(rings, name, lambda *a, made=made: _Timed(_timed(made, "body")(*a), "body"))


class Arrivals:
    """What a desk has recorded in this wave, counted as it commits: waiting costs it no look at any list."""

    def __init__(self, desk: RunningDesk) -> None:
        self._recorded: Counter[str] = Counter()
        self._moved = asyncio.Event()
        desk.desk.casebook.subscribe(self._committed)

    def _committed(self, change: Change, recorded: Recorded) -> None:
        self._recorded.update(step.kind for step in change.steps if step.digest in recorded.steps)
        self._moved.set()

    def begin(self) -> None:
        """Count from nothing."""
        self._recorded.clear()

    async def until(self, kind: str, loops: int) -> None:
        """Wait until the desk holds that many steps of this kind, durably."""
        while self._recorded[kind] < loops:
            self._moved.clear()
            await self._moved.wait()


@dataclass(frozen=True, slots=True)
class Side:
    """One desk, whoever works at it, and what arrived there."""

    running: RunningDesk
    who: Session
    arrivals: Arrivals

    @property
    def desk(self) -> Desk:
        """The desk's use cases."""
        return self.running.desk


async def wave(here: Side, there: Side, loops: int) -> None:
    """Let `loops` shares go round, and wait until both sides hold each as closed."""
    here.arrivals.begin()
    there.arrivals.begin()
    to = Party(agency=COUNCIL, person=there.who.person)
    draft = spoken.share(to, decision=spoken.DECISION)
    threads = [
        one.thread for one in await asyncio.gather(*(here.desk.share(here.who, draft) for _ in range(loops)))
    ]
    await there.arrivals.until("share", loops)
    await asyncio.gather(*(there.desk.accept(there.who, thread, 0, spoken.ACCEPTED) for thread in threads))
    words = await asyncio.gather(*(there.desk.read(there.who, thread, 0) for thread in threads))
    restated = [(thread, spoken.restated(said)) for thread, said in zip(threads, words, strict=True)]
    await asyncio.gather(*(there.desk.read_back(there.who, thread, 0, one) for thread, one in restated))
    await here.arrivals.until("read_back", loops)
    heard = [(thread, spoken.agreed(said)) for thread, said in zip(threads, words, strict=True)]
    await asyncio.gather(*(here.desk.hear_back(here.who, thread, 0, one) for thread, one in heard))
    await there.arrivals.until("hear_back", loops)
    for side in (here, there):
        assert not (await side.desk.inbox(side.who)).rows, "a loop is not closed"


async def _at_work(desk: RunningDesk, person: str) -> Side:
    token = (await desk.desk.sign_in(person, PASSPHRASE)).token
    return Side(desk, await desk.desk.session(token), Arrivals(desk))


async def measure(town: City, waves: int, loops: int) -> None:
    """Warm up, then print a line for each wave and the medians."""
    here = await town.open(SCHOOL, {"Helen Marsh": "designated safeguarding lead"})
    there = await town.open(COUNCIL, {"Ruth Okafor": "social worker"})
    while not (here.desk.whom("Ruth Okafor") and there.desk.whom("Helen Marsh")):  # noqa: ASYNC110 - no event
        await asyncio.sleep(LOOK)
    helen, ruth = await _at_work(here, "Helen Marsh"), await _at_work(there, "Ruth Okafor")
    await wave(helen, ruth, loops)
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 100)
    rates, shares = [], []
    for _ in range(waves):
        _spent.clear()
        began, used = time.perf_counter(), time.process_time()
        await wave(helen, ruth, loops)
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
