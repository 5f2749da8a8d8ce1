"""What a desk answers, and whatever else may answer in its place, reaches the command line as it should."""

from __future__ import annotations

import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from exchange.desk.cli.client import DeskClient, DeskRefused
from exchange.errors import AddressInsecure, DeskUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator


class Answers(BaseHTTPRequestHandler):
    status: ClassVar[int] = 200
    body: ClassVar[bytes] = b"{}"
    headers_sent: ClassVar[dict[str, str]] = {}
    asked: ClassVar[list[tuple[str, str, dict[str, str], bytes]]] = []

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.asked.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
        self.send_response(self.status)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_POST = do_GET  # noqa: N815 - http.server names it so
    do_DELETE = do_GET  # noqa: N815 - the same

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[type[Answers]]:
    class Fresh(Answers):
        asked: ClassVar[list[Any]] = []

    with HTTPServer(("127.0.0.1", 0), Fresh) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        Fresh.address = f"http://127.0.0.1:{http.server_port}"
        yield Fresh
        http.shutdown()
        thread.join()


def test_a_question_carries_the_session_and_its_query(server: Any) -> None:
    server.body = b'{"rows": []}'
    assert DeskClient(server.address + "/", "tok").get("/api/v1/inbox", q="Nair & Co") == {"rows": []}
    method, path, headers, _ = server.asked[0]
    assert (method, path) == ("GET", "/api/v1/inbox?q=Nair%20%26%20Co")
    assert headers["Authorization"] == "Bearer tok"


def test_a_body_is_json_in_utf8(server: Any) -> None:
    DeskClient(server.address).post("/x", {"words": "Zoë"})
    _, _, headers, body = server.asked[0]
    assert json.loads(body.decode()) == {"words": "Zoë"}
    assert headers["Content-Type"] == "application/json"
    assert "Authorization" not in headers


def test_files_go_up_and_come_down_in_pieces(server: Any) -> None:
    data = b"x" * 600_000
    server.body = b'{"handle": "h"}'
    DeskClient(server.address).upload("/a", io.BytesIO(data), len(data))
    assert server.asked[0][3] == data
    server.body = data
    pieces = list(DeskClient(server.address).download("/a"))
    assert b"".join(pieces) == data
    assert len(pieces) > 1


def test_a_refusal_keeps_the_desks_own_words(server: Any) -> None:
    server.status, server.body = (
        422,
        json.dumps({"code": "purpose_missing", "detail": "D", "hint": "H"}).encode(),
    )
    with pytest.raises(DeskRefused) as refused:
        DeskClient(server.address).post("/x", {})
    assert refused.value.all == [{"code": "purpose_missing", "message": "D", "hint": "H", "where": ""}]
    assert refused.value.status == 422


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", b"\xff", b'{"problems": 7}', b'{"problems": [1, {"code": null}]}']
)
def test_a_refusal_that_is_no_problem_document_is_still_a_refusal(server: Any, body: bytes) -> None:
    server.status, server.body = 502, body
    with pytest.raises(DeskRefused):
        DeskClient(server.address).get("/x")


def test_a_redirection_is_refused_and_never_followed(server: Any) -> None:
    server.status, server.headers_sent = 302, {"Location": "http://127.0.0.1:1/elsewhere"}
    with pytest.raises(DeskRefused):
        DeskClient(server.address, "tok").get("/x")
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [b"<html>", b"\xff"])
def test_an_answer_that_is_not_json_is_no_desk(server: Any, body: bytes) -> None:
    server.body = body
    with pytest.raises(DeskUnreachable):
        DeskClient(server.address).get("/x")


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(DeskUnreachable):
        DeskClient("http://127.0.0.1:1").get("/x")


@pytest.mark.parametrize(
    "address", ["http://desk.example.org", "ftp://127.0.0.1", "127.0.0.1:80", "", "http://127.0.0.1.evil.org"]
)
def test_a_session_never_travels_in_the_clear(address: str) -> None:
    with pytest.raises(AddressInsecure):
        DeskClient(address, "tok")


def test_a_desk_elsewhere_is_reached_by_https() -> None:
    assert DeskClient("https://desk.example.org/").address == "https://desk.example.org"
