"""No command leaves its memory on a disk: the limit of core files is none, while a desk runs as well."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ASK = "import resource, sys; from exchange import cli; cli.app = lambda **_: print(resource.getrlimit(resource.RLIMIT_CORE)); cli.main()"


def test_every_command_forbids_core_dumps_before_it_does_anything() -> None:
    said = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "(0, 0)\n"


def test_a_system_without_such_a_limit_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    from keys.memory import no_core_dumps

    def refuse(*_: object) -> None:
        raise ValueError("not permitted")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    no_core_dumps()
    monkeypatch.setitem(sys.modules, "resource", None)
    no_core_dumps()
