"""`readback verify`: offline, in plain English or JSON, and never friendly to a forgery."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from two_agencies import Table, closed
from typer.testing import CliRunner

from exchange.cli import app
from exchange.evidence.certificate import certify
from keys.suite import fingerprint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def table() -> Table:
    return closed()


@pytest.fixture
def certificate(table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def no_network(*_: Any, **__: Any) -> None:
        raise AssertionError("verify opened a connection")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    path = tmp_path / "closed.json"
    path.write_bytes(certify(0, table.signed, table.events, table.rosters, table.spoken))
    return path


def _run(*arguments: str, status: int = 0) -> Any:
    result = CliRunner().invoke(app, ["verify", *arguments])
    assert result.exit_code == status, (result.output, result.stderr)
    return result


def test_it_says_what_is_shown_and_what_is_not(certificate: Path) -> None:
    said = _run(str(certificate)).stdout
    for part in (
        "VERIFIED",
        "Helen Marsh",
        "Addressed to the role: Duty",
        "compare it with them",
        "not shown",
    ):
        assert part in said
    assert max(map(len, said.splitlines())) <= 80


def test_a_pinned_root_is_said_to_be_pinned(table: Table, certificate: Path) -> None:
    root = fingerprint(table.sender.root.verifying_key.to_bytes())
    assert "as you pinned it" in _run(str(certificate), "--pin", f"moorfield-primary={root}").stdout
    assert "root_differs" in _run(str(certificate), "--pin", f"northshire-childrens={root}", status=2).stderr
    _run(str(certificate), "--pin", "nonsense", status=2)


def test_it_answers_in_json(table: Table, certificate: Path) -> None:
    said = json.loads(_run(str(certificate), "--json").stdout)
    assert said["verified"] is True
    assert said["hear_back"] == table.steps[-1].digest
    assert len(said["chronology"]) == len(table.steps)
    assert len(said["words"]) == len(table.steps)


def test_a_forgery_is_refused(certificate: Path) -> None:
    data = bytearray(certificate.read_bytes())
    data[len(data) // 2] ^= 1
    certificate.write_bytes(data)
    said = _run(str(certificate), status=2)
    assert said.stdout == ""
    assert "Refused:" in said.stderr


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "file_missing" in _run(str(tmp_path / "nowhere.json"), status=2).stderr
