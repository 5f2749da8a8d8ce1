"""Who signs in at a desk that is still starting waits for it, and not for ever."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from ports import free_port

from exchange.desk.cli import waiting
from exchange.desk.cli.client import NotListening
from exchange.errors import DeskUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

SOON = 0.5


class _Desk(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = json.dumps({"token": "t", "path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Silent(_Desk):
    def do_POST(self) -> None:
        """Break off."""


def _start(port: int, handler: Callable[..., BaseHTTPRequestHandler], after: float) -> threading.Thread:
    def serve() -> None:
        time.sleep(after)
        with HTTPServer(("127.0.0.1", port), handler) as desk:
            desk.handle_request()

    starting = threading.Thread(target=serve)
    starting.start()
    return starting


def test_a_desk_that_is_starting_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    starting = _start(port, _Desk, SOON)
    assert waiting.sign_in(f"http://127.0.0.1:{port}", "Helen Marsh", "secret")["token"] == "t"
    starting.join()
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "Waiting for the desk …\n")


def test_not_for_ever(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(waiting, "SECONDS", SOON)
    began = time.monotonic()
    with pytest.raises(NotListening) as refused:
        waiting.sign_in(f"http://127.0.0.1:{free_port()}", "Helen Marsh", "secret")
    assert refused.value.code == "desk_unreachable"
    assert time.monotonic() - began > SOON
    assert capsys.readouterr().err.count("Waiting") == 1


def test_a_desk_that_listens_and_does_not_answer_is_asked_once(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    starting = _start(port, _Silent, 0)
    time.sleep(SOON)
    with pytest.raises(DeskUnreachable):
        waiting.sign_in(f"http://127.0.0.1:{port}", "Helen Marsh", "secret")
    starting.join()
    assert capsys.readouterr().err == ""
