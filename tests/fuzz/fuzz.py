"""Hostile inputs for every parser, from kept seeds. The invariants:

1. A parser takes an input or refuses it with a typed `Problem`; it does nothing else, and is done in a second of the processor.
2. What it takes, it prints as the same bytes (where the format has one spelling), or as ones it takes as the same.
3. A refusal repeats nothing that stood in the input.

    python tests/fuzz/fuzz.py --count 1000000        the long run: that many inputs over all parsers
    python tests/fuzz/fuzz.py --parser slip --seed 7  one parser, other draws

An input that breaks an invariant is kept beside the seeds as `found-…`, so that every later run tries it first.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mutations import CANARY, Mutator
from parsers import PARSERS, SEEDS, Parser

from keys.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

SLOWEST = 1.0  # seconds of the processor for one input


class InvariantBroken(AssertionError):
    """An input that a parser neither took nor refused as it should; `data` is the input."""

    def __init__(self, parser: str, why: str, data: bytes) -> None:
        super().__init__(f"{parser}: {why}")
        self.parser, self.data = parser, data


@dataclass
class Tally:
    """What became of one parser's inputs."""

    inputs: int = 0
    taken: int = 0
    slowest: float = 0.0


def try_one(parser: Parser, data: bytes) -> bool:
    """Whether `parser` took `data`; `InvariantBroken`."""
    try:
        thing = parser.parse(data)
    except Problem as problem:
        if CANARY in str(problem) or CANARY in repr(problem):
            raise InvariantBroken(parser.name, "a refusal repeats its input", data) from problem
        return False
    except Exception as error:
        raise InvariantBroken(parser.name, f"{type(error).__name__} instead of a refusal", data) from error
    shown = parser.show(thing)
    if parser.exact and shown != data:
        raise InvariantBroken(parser.name, "printed otherwise than it was read", data)
    if not parser.exact and parser.parse(shown) != thing:
        raise InvariantBroken(parser.name, "reads otherwise than it was printed", data)
    return True


def run(parser: Parser, count: int, seed: int) -> Tally:
    """The kept inputs, then `count` drawn ones; the same `seed` draws the same."""
    seeds = parser.seeds()
    mutator = Mutator(Random(f"{parser.name} {seed}"), seeds)
    tally = Tally()
    for data in _inputs(seeds, mutator, count):
        started = time.process_time()
        tally.taken += try_one(parser, data)
        spent = time.process_time() - started
        if spent > SLOWEST:
            raise InvariantBroken(parser.name, f"took {spent:.1f} seconds", data)
        tally.slowest = max(tally.slowest, spent)
        tally.inputs += 1
    return tally


def _inputs(seeds: list[bytes], mutator: Mutator, count: int) -> Iterable[bytes]:
    yield from seeds
    for _ in range(count):
        yield mutator.draw()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--count", type=int, default=100_000, help="inputs in total")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--parser", choices=[parser.name for parser in PARSERS], action="append")
    chosen = options.parse_args()
    parsers = [parser for parser in PARSERS if chosen.parser is None or parser.name in chosen.parser]
    total = Tally()
    for parser in parsers:
        try:
            tally = run(parser, -(-chosen.count // len(parsers)), chosen.seed)
        except InvariantBroken as broken:
            name = SEEDS / broken.parser / f"found-{hashlib.sha256(broken.data).hexdigest()[:16]}"
            name.write_bytes(broken.data)
            _say(f"{broken}\nkept as {name.relative_to(SEEDS.parent)}")
            return 1
        _say(
            f"{parser.name:22} {tally.inputs:9,} inputs  {tally.taken:7,} taken  slowest {1000 * tally.slowest:6.1f} ms"
        )
        total.inputs += tally.inputs
        total.taken += tally.taken
    _say(f"{'all':22} {total.inputs:9,} inputs  {total.taken:7,} taken  no invariant broken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
