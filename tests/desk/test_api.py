"""The desk's JSON API at its door: who may come in, what is turned away and how, what never gets out."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from city import Client
from doubles import PASSPHRASE, Town

from exchange.desk.api.app import create_app
from exchange.desk.api.problems import document
from exchange.desk.api.registry import ROUTES
from exchange.desk.api.routes import BASE, BODY
from exchange.errors import ExchangeProblem
from exchange.wire import limits
from keys.errors import KeysProblem, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


CANARY = "Ellis-was-seen-at-nine"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", {"Helen Marsh": "designated safeguarding lead"})
    await town.settle()
    yield town
    await town.close()


@pytest.fixture
async def client(town: Town) -> AsyncIterator[Client]:
    runner = web.AppRunner(create_app(town["moorfield-primary"].desk), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with aiohttp.ClientSession() as http:
        yield Client(http, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


async def sign_in(client: Client) -> None:
    found = await client.post("/session", {"person": "Helen Marsh", "passphrase": PASSPHRASE})
    assert found["agency"] == "moorfield-primary"
    client.token = found["token"]


def concrete(path: str) -> str:
    return path.removeprefix(BASE).format(
        thread="a" * 26, draft="a" * 26, session="a" * 26, passkey="0" * 64, leg="0", number="0"
    )


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.signed_in], ids=lambda route: route.name
)
async def test_nothing_is_said_to_a_stranger(client: Client, route: Any) -> None:
    for token in ("", "x" * 43):
        client.token = token
        status, found = await client.call(route.method, concrete(route.path))
        expected = "service_token_refused" if "/service/" in route.path else "session_ended"
        assert (status, found["code"]) == (401, expected)


async def test_signing_in_and_out(client: Client) -> None:
    status, found = await client.call(
        "POST", "/session", {"person": "Helen Marsh", "passphrase": "wrong guess"}
    )
    assert (status, found["code"]) == (401, "sign_in_refused")
    status, found = await client.call("POST", "/session", {"person": "Nobody Here", "passphrase": PASSPHRASE})
    assert (status, found["code"]) == (401, "sign_in_refused")
    await sign_in(client)
    assert (await client.get("/inbox"))["rows"] == []
    assert (await client.call("DELETE", "/session"))[0] == 204
    assert (await client.call("GET", "/inbox"))[0] == 401


async def test_guessing_is_slowed(client: Client, town: Town) -> None:
    seen = [
        (await client.call("POST", "/session", {"person": "Helen Marsh", "passphrase": "wrong guess"}))[0]
        for _ in range(7)
    ]
    assert seen == [401] * 5 + [429] * 2
    town.clock.forward(minutes=1)
    await sign_in(client)


async def test_an_idle_session_ends(client: Client, town: Town) -> None:
    await sign_in(client)
    town.clock.forward(minutes=15)
    assert (await client.call("GET", "/inbox"))[0] == 401


HOSTILE_BODIES = {
    "not json": b"{",
    "not an object": b"[]",
    "empty": b"",
    "two of a key": b'{"person":"a","person":"b","passphrase":"c"}',
    "another field": b'{"person":"a","passphrase":"b","%s":1}' % CANARY.encode(),
    "a float": b'{"person":1.5,"passphrase":"b"}',
    "NaN": b'{"person":NaN,"passphrase":"b"}',
    "deep": b"[" * 500 + b"]" * 500,
    "latin-1": '{"person":"é","passphrase":"b"}'.encode("latin-1"),
    "utf-16": '{"person":"a","passphrase":"b"}'.encode("utf-16"),
    "a lone surrogate": b'{"person":"\\ud800","passphrase":"b"}',
    "a zero": b'{"person":"\\u0000","passphrase":"b"}',
    "a large number": b'{"person":123456789012345678901234567890,"passphrase":"b"}',
    "the wrong type": json.dumps({"person": [CANARY], "passphrase": CANARY}).encode(),
}


@pytest.mark.parametrize("name", HOSTILE_BODIES)
async def test_a_body_that_is_not_as_described(client: Client, name: str) -> None:
    url = f"{client.address}{BASE}/session"
    async with client.http.post(url, data=HOSTILE_BODIES[name], headers=JSON) as answer:
        text = await answer.text()
        assert 400 <= answer.status < 500, text
        assert answer.content_type == "application/problem+json"
        found = json.loads(text)
    assert found["problems"]
    assert CANARY not in text


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("not json", "body: not JSON at line 1, column 2"),
        ("empty", "body: empty"),
        ("two of a key", "body: a key stands twice in one object"),
        ("a float", "body: a number that is not whole"),
        ("NaN", "body: NaN or Infinity"),
        ("deep", "body: nested too deeply"),
        ("latin-1", "body: not UTF-8"),
        ("utf-16", "body: not UTF-8"),
        ("a lone surrogate", "body: not text"),
        ("a large number", "body: a number that is too long"),
    ],
)
async def test_json_that_is_none_is_told_why(client: Client, name: str, place: str) -> None:
    url = f"{client.address}{BASE}/session"
    async with client.http.post(url, data=HOSTILE_BODIES[name], headers=JSON) as answer:
        found = await answer.json(content_type=None)
        assert answer.status == 422
    (one,) = found["problems"]
    assert (one["code"], one["where"]) == ("json_refused", place)
    assert "kept" not in found["hint"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
async def test_a_body_of_another_kind(client: Client, kind: str) -> None:
    url = f"{client.address}{BASE}/session"
    async with client.http.post(url, data=b"{}", headers={"Content-Type": kind}) as answer:
        found = await answer.json(content_type=None)
        assert (answer.status, found["code"]) == (415, "media_type_refused")


FACT: dict[str, Any] = {"id": "F1", "text": "Seen.", "confidence": "high", "why_needed": "It is the injury."}
PARTY = {"agency": "moorfield-primary", "person": "a" * 26}


@pytest.mark.parametrize(
    ("body", "code", "where", "ending"),
    [
        ({"facts": [FACT] * 201}, "too_many", "facts", "Allowed: at most 200."),
        ({"recipients": [PARTY] * 51}, "too_many", "recipients", "Allowed: at most 50."),
        ({"facts": [FACT | {"text": "x" * 4001}]}, "too_long", "facts[0].text", "at most 4000 characters."),
        ({"need": "x" * 2001}, "too_long", "need", "Allowed: at most 2000 characters."),
        ({"purpose": ""}, "purpose_missing", "purpose", "(purpose)"),
        ({"facts": [FACT | {"as_of": ""}]}, "fact_without_date", "facts[0].as_of", "(facts[0].as_of)"),
        ({CANARY: 1}, "contents_malformed", "a field that is not known", "(a field that is not known)"),
        (
            {"facts": [FACT | {CANARY: 1}]},
            "contents_malformed",
            "facts[0], a field that is not known",
            "(facts[0], a field that is not known)",
        ),
        (
            {"emphasis": {"weights": {CANARY: "critical"}}},
            "contents_malformed",
            "emphasis.weights, a key that is not allowed",
            "(emphasis.weights, a key that is not allowed)",
        ),
    ],
    ids=range(9),
)
async def test_what_does_not_fit_is_told_by_name_and_bound(
    client: Client, body: dict[str, Any], code: str, where: str, ending: str
) -> None:
    await sign_in(client)
    status, found = await client.call("POST", "/shares", body)
    assert status == 422
    assert [(one["code"], one["where"]) for one in found["problems"]] == [(code, where)]
    assert found["detail"].endswith(ending)
    assert CANARY not in json.dumps(found)
    assert "kept" not in found["hint"]


async def test_the_same_recipient_twice(client: Client) -> None:
    await sign_in(client)
    _, found = await client.call("POST", "/shares", {"recipients": [PARTY, PARTY]})
    assert ("recipient_repeated", "recipients[1]") in {
        (one["code"], one["where"]) for one in found["problems"]
    }


async def test_a_body_beyond_the_limit(client: Client) -> None:
    await sign_in(client)
    url, headers = f"{client.address}{BASE}/shares", {"Authorization": f"Bearer {client.token}"}
    async with client.http.post(url, data=io.BytesIO(b" " * (BODY + 1)), headers=headers | JSON) as answer:
        assert answer.status == 413
        assert (await answer.json(content_type=None))["code"] == "too_large"


@pytest.mark.parametrize("path", ["/attachments", "/shares", "/inbox"])
async def test_what_says_that_it_is_too_long_is_refused_at_its_head(
    client: Client, town: Town, path: str
) -> None:
    await sign_in(client)
    size = limits.ATTACHMENT + 1
    host, port = client.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    method = "GET" if path == "/inbox" else "POST"
    head = f"{method} {BASE}{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n"
    writer.write(f"{head}Authorization: Bearer {client.token}\r\n\r\nwords".encode())
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"}]}")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"too_large"' in answer
    blobs = town["moorfield-primary"].desk.config.blobs
    assert not blobs.exists() or not list(blobs.iterdir())


async def test_every_gap_of_a_draft_is_named_with_its_place(client: Client) -> None:
    await sign_in(client)
    fact = {"id": "F1", "text": "Seen.", "confidence": "high", "why_needed": "It is the injury."}
    status, found = await client.call("POST", "/shares", {"facts": [fact], "need": CANARY})
    assert status == 422
    named = {(one["code"], one["where"]) for one in found["problems"]}
    assert named >= {
        ("purpose_missing", "purpose"),
        ("basis_missing", "basis"),
        ("recipient_missing", "recipients"),
        ("fact_without_source", "facts[0].source"),
        ("fact_without_date", "facts[0].as_of"),
        ("emphasis_incomplete", "emphasis.weights"),
    }
    assert all(one["message"] and one["hint"] for one in found["problems"])
    assert CANARY not in json.dumps(found)


async def test_what_is_allowed_is_told_where_the_model_has_a_list(client: Client) -> None:
    await sign_in(client)
    fact = {"id": "F1", "text": "Seen.", "confidence": CANARY, "why_needed": "It is the injury."}
    status, found = await client.call("POST", "/shares", {"facts": [fact], "urgency": CANARY, "need": ""})
    assert status == 422
    told = {one["where"]: one["message"] for one in found["problems"]}
    assert told["urgency"].endswith("Allowed: 'immediate', 'today' or 'routine'.")
    assert "Allowed: 'very_low', 'low', " in told["facts[0].confidence"]
    assert CANARY not in json.dumps(found)


async def test_a_body_that_is_wrong_as_a_whole_is_named_so(client: Client) -> None:
    await sign_in(client)
    for body in ([CANARY], CANARY, 7, None):
        url, headers = f"{client.address}{BASE}/shares", {"Authorization": f"Bearer {client.token}"}
        async with client.http.post(url, data=json.dumps(body), headers=headers | JSON) as answer:
            found = await answer.json(content_type=None)
        assert [one["where"] for one in found["problems"]] == ["body"]
        assert CANARY not in json.dumps(found)


@pytest.mark.parametrize(
    "path",
    [
        "/threads/short",
        "/threads/" + "A" * 26,
        f"/threads/{'a' * 26}/legs/-1/words",
        f"/threads/{'a' * 26}/legs/00/words",
    ],
)
async def test_a_path_that_names_nothing(client: Client, path: str) -> None:
    await sign_in(client)
    status, found = await client.call("GET", path)
    assert 400 <= status < 500
    assert found["code"] == "contents_malformed"


async def test_a_thread_that_is_not_here(client: Client) -> None:
    await sign_in(client)
    for path in (
        f"/threads/{'a' * 26}",
        f"/threads/{'a' * 26}/legs/0/words",
        f"/threads/{'a' * 26}/legs/0/certificate",
    ):
        status, found = await client.call("GET", path)
        assert (status, found["code"]) == (404, "thread_unknown")


async def test_whoever_opens_the_address_alone_is_told_what_it_is(client: Client) -> None:
    async with client.http.get(f"{client.address}/") as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        found = await answer.json()
    assert "Readback" in found["service"]
    async with client.http.get(client.address + found["description"]) as answer:
        assert "/" in (await answer.json())["paths"]


async def test_unknown_paths_and_methods_are_problem_documents_too(client: Client) -> None:
    async with client.http.get(f"{client.address}/somewhere") as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")
    async with client.http.put(f"{client.address}{BASE}/session") as answer:
        assert (answer.status, answer.content_type) == (405, "application/problem+json")
        assert set(answer.headers["Allow"].split(",")) == {"POST", "DELETE"}


async def test_what_nobody_foresaw_says_nothing_personal(
    client: Client,
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await sign_in(client)

    async def broken(*_: Any, **__: Any) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr(town["moorfield-primary"].desk, "inbox", broken)
    with caplog.at_level(logging.DEBUG):
        status, found = await client.call("GET", "/inbox")
    assert (status, found["code"]) == (500, "unforeseen")
    out = capsys.readouterr()
    assert CANARY not in json.dumps(found) + caplog.text + out.out + out.err


async def test_every_answer_tells_browsers_to_keep_and_guess_nothing(client: Client) -> None:
    for path in ("/api/v1/openapi.json", "/api/v1/inbox", "/nowhere"):
        async with client.http.get(client.address + path) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "Set-Cookie" not in answer.headers


def test_a_path_names_threads_drafts_and_numbers_alone() -> None:
    named = {name for route in ROUTES for name in route.path_model.model_fields}
    assert named == {"thread", "draft", "session", "passkey", "leg", "number"}


def _classes(kind: type[Problem]) -> Iterator[type[Problem]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _classes(below)


def test_every_refusal_can_be_told() -> None:
    for kind in {*_classes(ExchangeProblem), *_classes(KeysProblem)}:
        if kind.__init__ is not Problem.__init__:
            continue  # made from several problems, or from somebody else's answer
        found = document(kind("somewhere"))
        assert found.code == kind.code
        assert 400 <= found.status < 600
        assert found.detail.endswith("(somewhere)")
        assert found.problems[0].hint
