"""A disk that takes nothing is said to be that, with what to do."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from exchange.cli import app

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "disk_full"), (errno.EDQUOT, "disk_full"), (errno.EROFS, "disk_read_only")],
)
def test_it_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("exchange.hub.config.write_settings", refuse)
    monkeypatch.setattr("exchange.hub.service.write_settings", refuse)
    ran = CliRunner().invoke(app, ["hub", "init", str(tmp_path / "hub")])
    assert (ran.exit_code, f"Code: {code}" in ran.output) == (2, True)
    assert str(tmp_path) not in ran.output
