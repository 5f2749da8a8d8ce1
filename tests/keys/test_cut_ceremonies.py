"""A ceremony that is killed at any of its writes did not happen, or happened whole and with its transcript."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from council import council

HERE = Path(__file__).resolve().parent


@pytest.mark.timeout(300)
@pytest.mark.parametrize("ceremony", ["remove", "custodians", "succeed-root", "secret"])
def test_killed_at_any_write_it_is_before_or_after(tmp_path: Path, ceremony: str) -> None:
    town = council(tmp_path / "home")
    given = json.dumps({"home": str(town.path), "ids": town.ids, "ceremony": ceremony})
    root = HERE.parent.parent
    ran = subprocess.run(
        [sys.executable, str(HERE / "held_short.py")],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": f"{root}:{HERE}:{HERE.parent}", "PATH": "/usr/bin:/bin"},
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["neither"] == []
    assert found["kills"] > 20
    assert found["seen"][0] == "before"
    assert found["seen"][-1] == "after"
    assert found["seen"] == sorted(found["seen"], reverse=True), "once it is after, it stays so"
