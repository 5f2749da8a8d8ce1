"""A shorter share of `kill9.py`; the long run is `make long-kill`, its last result in docs/measurements.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kill9 import run

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 6


def test_every_acknowledged_step_is_there_once_after_kill_9(tmp_path: Path) -> None:
    result = run(tmp_path, KILLS, seed=7)
    assert result["wrong"] == []
    assert sum(result["kills"].values()) == KILLS
    assert result["acknowledged_steps"] > 0
