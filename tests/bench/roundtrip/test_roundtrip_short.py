"""A short share of the measurements, so that they cannot rot; it judges no speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import memory
import million
import psutil
import pytest
from agencies import Party, hub
from roundtrip import KINDS, measure

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_round_trips(kind: str, tmp_path: Path) -> None:
    pairs = [(Party(f"sender-{n}"), Party(f"recipient-{n}")) for n in range(2)]
    async with hub(tmp_path / "hub", [party for pair in pairs for party in pair]) as (line, process):
        found = await measure(line, KINDS[kind], pairs, psutil.Process(process.pid), 0.3)
    assert found["n"] > 0
    assert found["p50"] <= found["p99"]


async def test_many_envelopes(capsys: pytest.CaptureFixture[str]) -> None:
    await memory.run(1600, 20)
    assert "resident memory at the end" in capsys.readouterr().out


async def test_beside_many(capsys: pytest.CaptureFixture[str]) -> None:
    await million.run(million.parsed(["--envelopes", "1500", "--reads", "20"]))
    assert "inbox read" in capsys.readouterr().out
