"""A shorter share of `kill9.py`; the long run is `make long-kill`, its last result in docs/measurements.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

from checker import Checker
from kill9 import load_lacked, run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

KILLS = 6


def test_every_acknowledged_step_is_there_once_after_kill_9(tmp_path: Path) -> None:
    result = run(tmp_path, KILLS, seed=7)
    assert result["wrong"] == []
    assert sum(result["kills"].values()) == KILLS
    assert result["acknowledged_steps"] >= 4 * KILLS


def test_a_load_that_ends_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_checker: Checker, _at: Any) -> None:
        raise KeyError("an answer that nobody expected")

    monkeypatch.setattr(Checker, "_share_and_hear", broken)
    monkeypatch.setattr(Checker, "_accept_and_restate", broken)
    checker = Checker(Mock())
    for worker in checker.load():
        worker.join(5)
        assert not worker.is_alive()
    assert checker.surprises == [f"broken ended: {KeyError('an answer that nobody expected')!r}"] * 2


def test_a_run_without_load_is_wrong() -> None:
    assert load_lacked([], [5, 0, 7, 9]) == []
    assert load_lacked(["somebody"], [5, 7]) == ["somebody stopped working"]
    assert load_lacked([], [5, 0, 0, 9]) == ["nothing was acknowledged in 2 of 4 intervals"]
    assert load_lacked([], [1] * 180 + [0] * 20) == []
    assert load_lacked([], [1] * 179 + [0] * 21) != []
