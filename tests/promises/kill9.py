"""`kill -9` of hub and desks at random moments under load; every acknowledged step is there once.

    python tests/promises/kill9.py --kills 200 [--seed 1] [--folder DIR]

Each round picks one of the three processes, waits a random part of a second, kills it, starts it again and
lets the load go on as soon as it answers. What fails is printed; the exit status says so too.
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


def run(folder: Path, kills: int, seed: int) -> dict[str, object]:
    """Kill `kills` times and give the verdict; its `wrong` must be empty."""
    chance = random.Random(seed)
    with build(folder) as world:
        checker = Checker(world)
        workers = checker.load()
        time.sleep(WARM_UP)
        killed: Counter[str] = Counter()
        recovery: list[float] = []
        for _ in range(kills):
            name = chance.choice(list(world.ports))
            time.sleep(chance.random() * LONGEST_PAUSE)
            world.kill(name)
            killed[name] += 1
            began = time.monotonic()
            world.start(name)
            world.wait_until_up(name)
            recovery.append(time.monotonic() - began)
        time.sleep(WARM_UP)
        checker.stopping.set()
        for worker in workers:
            worker.join()
        wrong = checker.verdict()
        return {
            "kills": dict(killed),
            "seed": seed,
            "acknowledged_steps": checker.count(),
            "threads": len(checker.acknowledged),
            "restart_seconds_median": round(sorted(recovery)[len(recovery) // 2], 2),
            "wrong": wrong,
        }


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
