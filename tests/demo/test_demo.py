"""`readback demo --once`, as a stranger would run it: every case ends as its story says, and nothing is left."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from exchange.demo import play
from exchange.demo.processes import HOST, ProcessEnded, Server, Troupe, _answers
from exchange.demo.stage import Ending, Stage, StoryWentWrong
from exchange.evidence.verify import verify
from keys.ceremony.policy import read_policy

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.xdist_group("demo")  # told once, looked at by many


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    folder = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "HOME": str(folder), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "exchange.cli", "demo", "--once", "--folder", str(folder / "play")],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    return done, folder / "play"


def test_every_case_ends_as_its_story_says(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, _ = told
    assert done.returncode == 0, done.stdout + done.stderr
    ended = re.search(r"(\d+) of (\d+) endings confirmed", done.stdout)
    assert ended is not None
    assert ended[1] == ended[2]
    assert "STAYS OPEN" in done.stdout
    assert done.stdout.count("CLOSED") == 5


def test_it_can_be_read_at_eighty_columns_and_without_colour(
    told: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, _ = told
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout


def test_the_readme_shows_what_it_prints(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, _ = told
    page = (ROOT / "README.md").read_text("utf-8")
    shown = next(block for block in page.split("```") if "Shown to Helen Marsh" in block)
    lines = shown.strip("\n").splitlines()
    assert sum(line.strip() != "…" for line in lines) > 15
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else f"{re.escape(line)}\n" for line in lines
    )  # a lone … stands for any lines; everything else is there as it stands, one line after the other
    assert re.search(f"^{pattern}", done.stdout, re.MULTILINE)


def test_its_certificates_verify_afterwards(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = told
    certificates = sorted((folder / "certificates").glob("*.json"))
    policy = read_policy(next(folder.rglob("policy.json")).parent)
    assert len(certificates) == 8
    for certificate in certificates:
        assert verify(certificate.read_bytes(), policy).closed_at


def test_no_process_is_left(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = told
    left = [
        one for one in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(one.info["cmdline"] or [])
    ]
    assert left == []


def test_the_logs_hold_no_words_or_names(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = told
    logs = b"".join(log.read_bytes() for log in (folder / "logs").glob("*.log"))
    assert b"desk.listens" in logs
    for canary in (b"Ellis", b"Marsh", b"scooter", b"Amira", b"07700", b"Jodie", b"Hughes", b"order.pdf"):
        assert canary not in logs


def test_the_hubs_database_holds_no_words_or_names(
    told: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, folder = told
    stored = b"".join(one.read_bytes() for one in (folder / "hub").rglob("*") if one.is_file())
    assert b"moorfield-primary" in stored
    for canary in (b"Ellis", b"Marsh", b"scooter", b"Amira", b"07700", b"Jodie", b"Hughes", b"%PDF"):
        assert canary not in stored


def test_an_ending_that_the_desks_do_not_confirm_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage(tmp_path, (), {}, Troupe(tmp_path))
    stage.endings = [Ending("1", "it closed", lambda: True), Ending("2", "it stays open", lambda: False)]
    assert play._confirm(stage) is False
    said = capsys.readouterr().out
    assert "1 of 2 endings confirmed" in said
    assert "it stays open" in said


def test_without_certificates_it_fails(tmp_path: Path) -> None:
    assert play._certify(Stage(tmp_path, (), {}, Troupe(tmp_path))) is False


def test_what_never_arrives_ends_the_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.demo.stage.PATIENCE_SECONDS", 0.1)
    stage = Stage(tmp_path, (), {}, Troupe(tmp_path))
    nothing: Any = lambda: None  # noqa: E731 - said once
    with pytest.raises(StoryWentWrong, match="it arrives"):
        stage.until("it arrives", nothing)


def test_a_port_that_is_held_is_given_to_nobody_but_its_process(tmp_path: Path) -> None:
    with Troupe(tmp_path) as troupe, Troupe(tmp_path) as other:
        ports = troupe.hold_ports(200)
        assert not {*ports} & {*other.hold_ports(200)}
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind((HOST, ports[0]))
        serve = f"import http.server as s; s.HTTPServer(('{HOST}', {ports[0]}), s.SimpleHTTPRequestHandler)"
        serving = subprocess.Popen([sys.executable, "-c", f"{serve}.serve_forever()"], cwd=tmp_path)
        troupe.servers.append(Server("its own", serving, ((ports[0], "/"),), tmp_path / "its own.log"))
        troupe.wait_until_up()
        assert ports[0] not in troupe.held
        assert len(troupe.held) == 199
    assert troupe.held == {}


def test_what_answers_with_a_refusal_is_not_up(tmp_path: Path) -> None:
    with HTTPServer((HOST, 0), BaseHTTPRequestHandler) as stranger:  # it knows no method
        threading.Thread(target=stranger.handle_request, daemon=True).start()
        assert not _answers(stranger.server_port, "/")


def test_a_process_that_dies_is_reported_with_its_log(tmp_path: Path) -> None:
    with Troupe(tmp_path) as troupe:
        troupe.start(
            "desk-9", ["desk", "serve", str(tmp_path / "nowhere")], ((troupe.hold_ports(1)[0], "/"),)
        )
        with pytest.raises(ProcessEnded, match="desk-9 ended with status"):
            troupe.wait_until_up()
    assert troupe.servers == []


def test_a_folder_that_is_there_already_is_not_used(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "exchange.cli", "demo", "--once", "--folder", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "must be a new one" in done.stderr


def test_no_desk_is_alarmed(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """Also not over a records key in one hand: every agency has custodians."""
    _, folder = told
    logs = [log.read_text("utf-8") for log in (folder / "logs").glob("desk-*.log")]
    assert len(logs) == 4
    for log in logs:
        assert "alarm" not in log
    assert list(folder.glob("homes/*/offline/records.keystore")) == []
