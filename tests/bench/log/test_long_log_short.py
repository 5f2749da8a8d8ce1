"""A short share of the measurement, so that it cannot rot: a proof's memory and rows do not grow with the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from long_log import SMALL, measure

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_larger_log_costs_no_more_memory(tmp_path: Path) -> None:
    found = await measure(tmp_path, 30 * SMALL, 5)
    small, large = (found[str(size)]["kilobytes"][0] for size in (SMALL, 30 * SMALL))
    assert large < 2 * small + 50
