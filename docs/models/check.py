"""Searches the models of this folder with Spin and says what it found.

Promises
    - A right model is searched whole: every state within its bounds. A counterexample fails the run.
    - A broken variant must yield a counterexample, by an assertion of the model and not by accident, or the
      run fails: a model that cannot fail shows nothing.
    - A search that ran out of memory, depth or time fails the run, whatever it found until then.
    - Memory is bounded, and nothing is left behind: all files are made in a temporary folder.

Never: it installs anything (`spin.sh` does), and it needs nothing but Python's own library.

    python docs/models/check.py [--story] [MODEL ...]      --story prints each counterexample, step by step
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MEBIBYTES = 512  # of memory for one search
DEPTH = 10_000  # steps of the longest path
SECONDS = 300  # for one search: a busy machine needs many times what an idle one does


@dataclass(frozen=True)
class Search:
    """One model, with its flags, and what has to come of it."""

    model: str
    variant: str
    flags: tuple[str, ...] = ()
    holds: bool = True  # False: it must yield a counterexample


@dataclass(frozen=True)
class Found:
    """What came of a search."""

    states: int
    counterexample: bool
    trouble: str | None  # why nothing can be concluded


def quorums() -> list[Search]:
    """Search the rule `2q > n + f` at its edge: the smallest quorum that it lets pass, and one less."""
    searches = []
    for witnesses, faults in ((3, 0), (3, 1), (4, 1), (5, 1), (5, 2), (7, 2), (7, 3)):
        enough = (witnesses + faults) // 2 + 1
        for quorum, holds in ((enough, True), (enough - 1, False)):
            flags = (f"N={witnesses}", f"F={faults}", f"Q={quorum}")
            variant = f"n={witnesses} f={faults} q={quorum}"
            searches.append(Search("quorum", variant if holds else f"broken: {variant}", flags, holds))
    return searches


HOSTILE = ("HOSTILE_RECIPIENT", "HOSTILE_SENDER")
SEARCHES = (
    Search("closing", "both keep to the table", ("STEPS=6",)),
    Search("closing", "a hostile recipient", ("STEPS=5", "HOSTILE_RECIPIENT")),
    Search("closing", "both hostile", ("STEPS=5", *HOSTILE)),
    Search("closing", "it can close", ("STEPS=5", "REACH"), holds=False),
    Search("closing", "broken: any version may be restated", ("STEPS=5", "ANY_VERSION"), holds=False),
    Search(
        "closing", "broken: any read-back may be heard", ("STEPS=5", *HOSTILE, "ANY_READ_BACK"), holds=False
    ),
    Search("closing", "broken: no anchors", ("STEPS=5", "HOSTILE_RECIPIENT", "NO_ANCHORS"), holds=False),
    Search("order", "any order, any digests"),
    Search("order", "any order, a repetition", ("REPEATS=1", "FEW_DIGESTS")),
    Search("order", "it can close", ("REACH",), holds=False),
    Search("order", "broken: ties by arrival", ("BY_ARRIVAL",), holds=False),
    Search("order", "broken: steps taken as they come", ("AS_IT_COMES",), holds=False),
    *quorums(),
    Search("quorum", "a quorum can be had", ("N=4", "F=1", "Q=3", "REACH"), holds=False),
    Search("quorum", "broken: a witness that forgets", ("N=4", "F=1", "Q=3", "FORGETS"), holds=False),
)


def read(output: str) -> Found:
    """Read what Spin's verifier printed."""
    states = re.search(r"^\s*(\d+) states, stored", output, re.MULTILINE)
    errors = re.search(r"errors: (\d+)", output)
    if states is None or errors is None:
        return Found(0, counterexample=False, trouble="the search did not come to its end")
    count, counterexample = int(states[1]), errors[1] != "0"
    if "assertion violated" not in output and counterexample:
        return Found(count, counterexample, "an error that is no counterexample")
    for sign, trouble in (
        ("max search depth too small", "paths were cut short"),
        ("-DMEMLIM bound", "out of memory"),
        ("out of memory", "out of memory"),
    ):
        if sign in output:
            return Found(count, counterexample, trouble)
    if "Search not completed" in output and not counterexample:
        return Found(count, counterexample, "the search was not completed")
    return Found(count, counterexample, None)


def verdict(search: Search, found: Found) -> tuple[bool, str]:
    """Say whether this is what had to come of it, and in words."""
    if found.trouble is not None:
        return False, f"NOTHING SHOWN: {found.trouble}"
    if search.holds:
        return (False, "COUNTEREXAMPLE") if found.counterexample else (True, "holds")
    return (True, "counterexample, as it must") if found.counterexample else (False, "NO COUNTEREXAMPLE")


def run(search: Search, folder: Path, *, story: bool) -> tuple[Found, str]:
    """Search one model; a counterexample's story comes with it when asked for, or when it should not be."""
    story = story or search.holds
    flags = [f"-D{flag}" for flag in search.flags]
    model = str(FOLDER / f"{search.model}.pml")
    shorter = (
        ["-DREACH"] if story and not search.holds else []
    )  # look on for a shorter story, which takes longer
    _call(folder, "spin", *flags, "-a", model)
    _call(folder, "gcc", "-w", "-O2", "-DSAFETY", f"-DMEMLIM={MEBIBYTES}", *shorter, "-o", "pan", "pan.c")
    try:
        found = read(
            _call(folder, str(folder / "pan"), f"-m{DEPTH}", "-w22", *(["-i"] if shorter else []), fails=True)
        )
    except subprocess.TimeoutExpired:
        return Found(0, counterexample=False, trouble=f"no end after {SECONDS} seconds"), ""
    if not found.counterexample or not story:
        return found, ""
    trail = str(folder / f"{search.model}.pml.trail")
    return found, _call(folder, "spin", *flags, "-B", "-T", "-k", trail, "-t", model, fails=True)


def _call(folder: Path, *command: str, fails: bool = False) -> str:
    done = subprocess.run(  # noqa: S603 -- our own words
        command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if done.returncode and not fails:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def main() -> int:
    """Search every model, or those named; 0 if all came out as they must."""
    models = sorted({search.model for search in SEARCHES})
    parser = argparse.ArgumentParser(description="Search the models with Spin.")
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(models)}; all by default")
    parser.add_argument("--story", action="store_true", help="print each counterexample, step by step")
    asked = parser.parse_args()
    if strange := set(asked.models) - set(models):
        parser.error(f"no such model: {', '.join(sorted(strange))}")
    bad = 0
    print(f"{'model':8}{'variant':38}{'states searched':>16}{'seconds':>9}  result")
    for search in SEARCHES:
        if asked.models and search.model not in asked.models:
            continue
        with tempfile.TemporaryDirectory(prefix="readback-models-") as folder:
            began = time.monotonic()
            found, story = run(search, Path(folder), story=asked.story)
        good, words = verdict(search, found)
        bad += not good
        seconds = time.monotonic() - began
        print(f"{search.model:8}{search.variant:38}{found.states:>16,}{seconds:>9.1f}  {words}", flush=True)
        if story:
            print(story)
    print(
        "All models came out as they must." if not bad else f"{bad} searches did not come out as they must."
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
