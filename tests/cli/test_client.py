"""What a desk answers, and whatever else may answer in its place, reaches the command line as it should."""

from __future__ import annotations

import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from exchange.desk.cli.client import DeskClient, DeskRefused
from exchange.errors import AddressInsecure, AnswerLost, DeskUnreachable

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


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.desk.cli.client.PAUSES_SECONDS", (0.0, 0.0))


def keys_of(server: Any) -> list[str]:
    return [headers["Idempotency-Key"] for _, _, headers, _ in server.asked]


class Unsteady(Answers):
    """Answers each request with the next of these: a status and a body, or None to hang up without a word."""

    script: ClassVar[list[tuple[int, bytes] | None]] = []

    def do_POST(self) -> None:
        step = self.script.pop(0)
        if step is None:
            length = int(self.headers.get("Content-Length") or 0)
            self.asked.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
            self.close_connection = True
            return
        type(self).status, type(self).body = step
        self.do_GET()


@pytest.fixture
def unsteady() -> Iterator[type[Unsteady]]:
    class Fresh(Unsteady):
        asked: ClassVar[list[Any]] = []
        script: ClassVar[list[Any]] = []

    with HTTPServer(("127.0.0.1", 0), Fresh) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        Fresh.address = f"http://127.0.0.1:{http.server_port}"
        yield Fresh
        http.shutdown()
        thread.join()


ENDED = (401, b'{"code": "session_ended"}')
BUSY = (503, b'{"code": "store_unavailable"}')


@pytest.mark.parametrize("first", [None, BUSY, (200, b"<html>")])
def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    unsteady: Any, no_pauses: None, first: Any
) -> None:
    unsteady.script += [first, first, (201, b'{"thread": "t"}')]
    assert DeskClient(unsteady.address).post_once("/x", {}, "k") == {"thread": "t"}
    assert keys_of(unsteady) == ["k"] * 3


@pytest.mark.parametrize("script", [[None, None, None], [BUSY, None, BUSY], [None, ENDED]])
def test_an_answer_that_stays_lost_names_the_key(unsteady: Any, no_pauses: None, script: Any) -> None:
    unsteady.script += script
    with pytest.raises(AnswerLost) as lost:
        DeskClient(unsteady.address).post_once("/x", {}, "k")
    assert lost.value.where == "k"
    assert unsteady.script == []


@pytest.mark.parametrize("answer", [(422, b'{"code": "purpose_missing"}'), ENDED, (409, b"{}")])
def test_a_refusal_is_not_asked_for_again(unsteady: Any, no_pauses: None, answer: Any) -> None:
    unsteady.script += [answer]
    with pytest.raises(DeskRefused):
        DeskClient(unsteady.address).post_once("/x", {}, "k")


NEEDED = (403, b'{"code": "proof_needed"}')
WRONG = (401, b'{"code": "proof_wrong"}')
PROVED = (200, b'{"until": "2026-11-23T10:05:00Z"}')


def test_where_a_proof_is_needed_it_is_given_once_and_the_same_is_sent_again(unsteady: Any) -> None:
    unsteady.script += [NEEDED, PROVED, (201, b'{"thread": "t"}')]
    client = DeskClient(unsteady.address, "tok", lambda: "the passphrase")
    assert client.post_once("/x", {"a": 1}, "k") == {"thread": "t"}
    first, proof, again = unsteady.asked
    assert proof[1] == "/api/v1/session/proof"
    assert json.loads(proof[3]) == {"passphrase": "the passphrase"}
    assert (first[1], first[3]) == (again[1], again[3])
    assert first[2]["Idempotency-Key"] == again[2]["Idempotency-Key"] == "k"


def test_a_wrong_proof_sends_nothing_again(unsteady: Any) -> None:
    unsteady.script += [NEEDED, WRONG]
    with pytest.raises(DeskRefused) as refused:
        DeskClient(unsteady.address, "tok", lambda: "a guess").post("/x", {})
    assert refused.value.problem_code == "proof_wrong"
    assert len(unsteady.asked) == 2


def test_a_desk_that_always_wants_another_proof_is_asked_twice_at_most(unsteady: Any) -> None:
    unsteady.script += [NEEDED, PROVED, NEEDED]
    with pytest.raises(DeskRefused):
        DeskClient(unsteady.address, "tok", lambda: "the passphrase").post("/x", {})
    unsteady.script += [NEEDED]
    with pytest.raises(DeskRefused):
        DeskClient(unsteady.address, "tok").post("/x", {})


def test_what_has_no_key_is_never_sent_again(unsteady: Any) -> None:
    unsteady.script += [None, (201, b"{}")]
    with pytest.raises(DeskUnreachable):
        DeskClient(unsteady.address).post("/x", {})
    assert len(unsteady.asked) == 1


def test_an_answer_that_breaks_off_is_none(unsteady: Any, no_pauses: None) -> None:
    unsteady.script += [(200, b"{}")] * 3
    unsteady.end_headers = lambda self: (  # it promises more than it sends
        self.send_header("Content-Length", "9"),
        BaseHTTPRequestHandler.end_headers(self),
    )
    unsteady.send_header = lambda self, name, value: (
        None
        if (name, value) == ("Content-Length", "2")
        else BaseHTTPRequestHandler.send_header(self, name, value)
    )
    with pytest.raises(AnswerLost):
        DeskClient(unsteady.address).post_once("/x", {}, "k")


def test_where_nobody_listens_nothing_was_sent_and_no_key_is_named() -> None:
    with pytest.raises(DeskUnreachable) as refused:
        DeskClient("http://127.0.0.1:1").post_once("/x", {}, "k")
    assert refused.value.code == "desk_unreachable"


@pytest.mark.parametrize(
    "address", ["http://desk.example.org", "ftp://127.0.0.1", "127.0.0.1:80", "", "http://127.0.0.1.evil.org"]
)
def test_a_session_never_travels_in_the_clear(address: str) -> None:
    with pytest.raises(AddressInsecure):
        DeskClient(address, "tok")


def test_a_desk_elsewhere_is_reached_by_https() -> None:
    assert DeskClient("https://desk.example.org/").address == "https://desk.example.org"
