"""The commands about being told: wishes over the API, and an administrator's trial of the settings."""

from __future__ import annotations

import json
import stat
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from exchange.cli import main
from exchange.desk.cli import notifying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VIEW: dict[str, Any] = {
    "wishes": {
        "mail": None,
        "new": True,
        "reminders": True,
        "alarms": True,
        "quiet": {"begins": "19:00", "ends": "07:00", "days_off": True},
    },
    "possible": True,
    "domains": [],
    "last": "failed",
    "last_at": "2026-11-23T10:00:00Z",
}


class Desk:
    """A desk's API, as far as it is asked here."""

    def __init__(self) -> None:
        self.view = VIEW
        self.sent: list[dict[str, Any]] = []

    @property
    def client(self) -> Desk:
        return self

    def get(self, path: str) -> dict[str, Any]:
        assert path == "/api/v1/notifications"
        return self.view

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        assert path == "/api/v1/notifications"
        self.sent.append(body)
        self.view = {**self.view, "wishes": body}
        return self.view


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(notifying, "at_desk", lambda _: desk)
    return desk


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(str(ended.value.code))


def test_wishes_are_shown_and_nothing_is_changed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("notifications") == 0
    printed = capsys.readouterr().out
    assert "You are told nothing by mail." in printed
    assert "Quiet from 19:00 to 07:00, and all day at weekends" in printed
    assert "!! The last mail did not reach you." in printed
    assert desk.sent == []


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (["--mail", "a@b.example"], {"mail": "a@b.example"}),
        (["--of", "new, alarms"], {"reminders": False}),
        (["--quiet", "none"], {"quiet": None}),
        (["--quiet", "20:30-06:00"], {"quiet": {"begins": "20:30", "ends": "06:00", "days_off": True}}),
        (["--no-days-off"], {"quiet": {"begins": "19:00", "ends": "07:00", "days_off": False}}),
    ],
)
def test_only_what_is_named_is_changed(desk: Desk, words: list[str], changed: dict[str, Any]) -> None:
    assert run("notifications", *words) == 0
    assert desk.sent == [{**VIEW["wishes"], **changed}]


def test_a_kind_that_is_none_is_refused(desk: Desk) -> None:
    assert run("notifications", "--of", "everything") == 2
    assert desk.sent == []


def test_a_secret_is_drawn_into_a_private_file_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rota.secret"
    assert run("desk", "webhook-secret", str(file)) == 0
    secret = file.read_text().strip()
    assert secret.startswith("whsec_")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in capsys.readouterr().out
    assert run("desk", "webhook-secret", str(file)) == 2
    assert file.read_text().strip() == secret


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    events: list[bytes] = []

    class Told(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            events.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204 if len(events) == 1 else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Told)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/told", events
    server.shutdown()
    thread.join()
    server.server_close()


def test_settings_are_tried(
    tmp_path: Path, receiver: tuple[str, list[bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    url, events = receiver
    (tmp_path / "notices.toml").write_text(
        f'desk = "https://desk.example.org"\n[[webhooks]]\nname = "rota"\nurl = "{url}"\n'
        'secret_files = ["rota.secret"]\nevents = ["new"]\n'
    )
    assert run("desk", "notify-test", str(tmp_path)) == 2
    assert "webhooks.secret_files" in capsys.readouterr().err
    assert run("desk", "webhook-secret", str(tmp_path / "rota.secret")) == 0
    assert run("desk", "notify-test", str(tmp_path), "--webhook", "rota") == 0
    assert json.loads(events[0])["type"] == "notice.test"
    printed = capsys.readouterr()
    assert "Taken: webhook:rota." in printed.out
    assert run("desk", "notify-test", str(tmp_path), "--webhook", "rota") == 2
    assert "status_500" in capsys.readouterr().err
    assert run("desk", "notify-test", str(tmp_path), "--webhook", "none") == 2
    assert run("desk", "notify-test", str(tmp_path), "--mail", "a@b.example") == 2
    assert "notices_not_set_up" in capsys.readouterr().err
