"""A short share of the measurement of pages, so that it cannot rot; it judges no speed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PAGES = Path(__file__).with_name("pages.py")
ROOT = Path(__file__).resolve().parents[3]


def test_pages_are_looked_at_and_measured() -> None:
    """In processes of its own, as it is done in earnest."""
    done = subprocess.run(
        [
            sys.executable,
            str(PAGES),
            "--threads=60",
            "--visitors=2",
            "--seconds=1",
            "--think=0.2",
            "--rounds=1",
        ],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for page in ("what needs you", "search", "words", "hear back"):
        assert f"\n{page}" in done.stdout
    assert done.stdout.count("\nany page") == 2
