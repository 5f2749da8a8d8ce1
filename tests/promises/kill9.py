"""`kill -9` of hub and desks at random moments under load; every acknowledged step is there once.

    python tests/promises/kill9.py --kills 200 [--seed 1] [--folder DIR]

Each round picks one of the three processes, waits a random part of a second, kills it, starts it again and
lets the load go on as soon as it answers. What fails is printed; the exit status says so too.

A run without load would find nothing wrong, so that is wrong too: that somebody stopped working, or that in
more than a tenth of the intervals between two kills (and in more than one) no step was acknowledged.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from checker import Checker
from two_desks import build

LONGEST_PAUSE = 0.8  # seconds between a restart and the next kill
WARM_UP = 1.0
MOST_IDLE = 0.1  # of the intervals between two kills: those in which no step was acknowledged


def run(folder: Path, kills: int, seed: int) -> dict[str, object]:
    """Kill `kills` times and give the verdict; its `wrong` must be empty."""
    chance = random.Random(seed)
    with build(folder) as world:
        checker = Checker(world)
        workers = checker.load()
        time.sleep(WARM_UP)
        killed: Counter[str] = Counter()
        recovery: list[float] = []
        between: list[int] = []  # steps acknowledged in each interval
        counted = 0
        for _ in range(kills):
            name = chance.choice(list(world.ports))
            time.sleep(chance.random() * LONGEST_PAUSE)
            world.kill(name)
            killed[name] += 1
            between.append(checker.count() - counted)
            counted += between[-1]
            began = time.monotonic()
            world.start(name)
            world.wait_until_up(name)
            recovery.append(time.monotonic() - began)
        time.sleep(WARM_UP)
        dead = [worker.name for worker in workers if not worker.is_alive()]
        checker.stopping.set()
        for worker in workers:
            worker.join()
        wrong = [*checker.verdict(), *load_lacked(dead, between)]
        return {
            "kills": dict(killed),
            "seed": seed,
            "acknowledged_steps": checker.count(),
            "idle_intervals": between.count(0),
            "threads": len(checker.acknowledged),
            "restart_seconds_median": round(sorted(recovery)[len(recovery) // 2], 2),
            "wrong": wrong,
        }


def load_lacked(dead: list[str], between: list[int]) -> list[str]:
    """Say where there was no load: whose worker is dead, and too many intervals without a step."""
    wrong = [f"{name} stopped working" for name in dead]
    idle = between.count(0)
    if idle > max(1, MOST_IDLE * len(between)):
        wrong.append(f"nothing was acknowledged in {idle} of {len(between)} intervals")
    return wrong


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        result = run(asked.folder or Path(made), asked.kills, asked.seed)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    sys.exit(1 if result["wrong"] else 0)


if __name__ == "__main__":
    main()
