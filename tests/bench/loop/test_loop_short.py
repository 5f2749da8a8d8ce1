"""A short share of the measurement of whole loops, so that it cannot rot; it judges no speed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LOOP = Path(__file__).with_name("loop.py")
ROOT = Path(__file__).resolve().parents[3]


def test_loops_go_round_and_are_measured() -> None:
    """In a process of its own: it watches the primitives, which must not stay watched in this one."""
    done = subprocess.run(
        [sys.executable, str(LOOP), "--waves", "1", "--loops", "3"],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wave,) = [line for line in done.stdout.splitlines() if "ms of processor a loop" in line]
    for primitive in ("sign", "verify", "wrap", "unwrap", "body", "proof"):
        assert f"{primitive} " in wave
    assert "\nmedian: " in done.stdout
