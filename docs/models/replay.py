"""Plays random runs of `closing.pml` through the code's own fold and compares, leg by leg.

Promises: whatever a desk of the model held, `exchange.share.thread.fold` makes the same leg of the same
steps: state, version, read-back and hear-back. The runs are those of kept seeds, hostile hands included, so
that a failure can be seen again. It fails if no run closed a leg, or if there was nothing to compare.
Never: it shows that the rule holds (the search does); it shows that the model speaks of this code.

    python docs/models/replay.py
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exchange.share.thread import Step, fold
from exchange.wire.slip import Author, Basis, LogHead, PartPin, Party, Slip

MODEL = Path(__file__).resolve().parent / "closing.pml"
RUNS = 80  # of each variant
LENGTH = 15_000  # of a run, in Spin's steps
HANDS_AT_WORK = ((), ("HOSTILE_RECIPIENT",), ("HOSTILE_RECIPIENT", "HOSTILE_SENDER"))
VARIANTS = tuple(("STEPS=6", *hands, *more) for more in ((), ("WILLING=1",)) for hands in HANDS_AT_WORK)
NOTHING = 15

SIGNS = re.compile(r"the (\w+) signs step (\d+): (\w+) (\w+), which answers (\d+), built on (\d+)")
HOLDS = re.compile(r"desk \d holds (\d+): (\w+), version (\d+), read-back (\d+), hear-back (\d+)")

SENDER = Author(agency="moorfield-primary", person="s" * 26, key="k" * 32)
RECIPIENT = Author(agency="northshire-nhs", person="r" * 26, key="k" * 32)
HANDS = {"sender": (SENDER, RECIPIENT), "recipient": (RECIPIENT, SENDER)}


@dataclass
class Compared:
    """What was compared so far."""

    legs: int = 0
    closed: int = 0
    differing: list[str] = field(default_factory=list)


def members(mask: int) -> list[int]:
    """List the steps in a set that the model printed."""
    return [number for number in range(8) if mask >> number & 1]


def name(number: int) -> str:
    """Give a step's digest: the model's number, so that the smallest is the smallest."""
    return f"{number:064x}"


def step(signed: re.Match[str]) -> Step:
    """Make the slip of a step that the model signed."""
    author, other = HANDS[signed[1]]
    number, answers = int(signed[2]), int(signed[5])
    opening = signed[3] == "share"
    pin = PartPin(commitment="0" * 64, length=2, ring="0" * 64)
    law = opening or signed[3] == "amend"
    words: dict[str, Any] = {
        "kind": signed[3],
        "verdict": None if signed[4] == "none" else signed[4],
    }
    slip = Slip(
        **words,
        id="i" * 26,
        thread="t" * 26,
        leg=None if opening else 0,
        seq=0,
        prev=tuple(name(cause) for cause in members(int(signed[6]))),
        answers=None if opening else name(answers),
        author=author,
        to=(Party(agency=other.agency, person=other.person),),
        purpose="significant-harm-enquiry" if law else None,
        basis=Basis(code="public-task") if law else None,
        urgency="today" if law else None,
        due="2026-11-12T17:00:00Z" if law else None,
        created="2026-11-12T09:00:00Z",
        expires="2027-11-12T09:00:00Z",
        log=LogHead(origin="hub", size=1, root="0" * 64),
        contents=(pin,),
        attachments=(),
    )
    return Step(name(number), slip)


def ours(steps: list[Step]) -> tuple[str, ...]:
    """Fold with the code; the leg in the model's words."""
    status = fold(steps)
    if not status.legs:
        return ("NONE", *[str(NOTHING)] * 3)
    leg = status.legs[0]
    named = (leg.version, leg.read_back, leg.hear_back)
    return (leg.state.name, *(str(NOTHING if one is None else int(one, 16)) for one in named))


def compare(story: str, where: str, compared: Compared) -> None:
    """Follow one run."""
    signed: dict[int, Step] = {}
    seen: set[tuple[str | None, ...]] = set()
    for line in story.splitlines():
        if made := SIGNS.search(line):
            signed[int(made[2])] = step(made)
        elif (held := HOLDS.search(line)) and held.groups() not in seen:
            seen.add(held.groups())
            leg = ours([signed[number] for number in members(int(held[1]))])
            compared.legs += 1
            compared.closed += leg[0] == "CLOSED"
            if leg != held.groups()[1:]:
                compared.differing.append(f"{where}: the code says {leg}, the model: {line.strip()}")


def main() -> int:
    """Play every run; 0 if code and model agree."""
    compared = Compared()
    for flags in VARIANTS:
        for seed in range(1, RUNS + 1):
            command = [
                "spin",
                "-B",
                "-T",
                f"-n{seed}",
                f"-u{LENGTH}",
                *(f"-D{flag}" for flag in flags),
                str(MODEL),
            ]
            done = subprocess.run(  # noqa: S603 -- our own words
                command, capture_output=True, text=True, timeout=60, check=False
            )
            compare(done.stdout, f"seed {seed} of {' '.join(flags)}", compared)
    for line in compared.differing[:5]:
        print(line)
    good = not compared.differing and compared.closed > 0
    print(
        f"closing.pml beside the code's fold: {compared.legs:,} legs compared, "
        f"{compared.closed:,} of them closed, {len(compared.differing):,} differ."
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
