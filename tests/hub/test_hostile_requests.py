"""Whatever a stranger sends, the answer is a problem document and never a 500."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hub_at_work import JSON, Agency, B, Running, envelope
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st
from mangled import LAST, first_answer

from exchange.hub import doorway, server
from exchange.wire import api, keylog, limits
from keys.record import new_id

if TYPE_CHECKING:
    from pathlib import Path

ENVELOPES = {"Content-Type": api.ENVELOPES_TYPE}


def problem(body: bytes) -> tuple[int, str]:
    document = api.ProblemDocument.model_validate_json(body)
    return document.status, document.code


async def raw(hub: Running, data: bytes, *, patience: float = 20) -> tuple[int, dict[str, str], bytes]:
    """Send bytes, exactly these, and read one answer."""
    host, port = hub.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(data)
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), patience)).decode("latin-1")
        lines = head.split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:-2])}
        length = 0 if data.startswith(b"HEAD") else int(headers.get("content-length", "0"))
        body = await reader.readexactly(length)
        return int(lines[0].split()[1]), headers, body
    finally:
        writer.close()
        await writer.wait_closed()


async def whole(hub: Running, data: bytes) -> tuple[int, dict[str, str], bytes] | None:
    """Send bytes; the first answer of the line, or None where it was dropped without one."""
    host, port = hub.base.removeprefix("http://").split(":")
    return await first_answer(host, int(port), data)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/index.html", 404, "path_unknown"),
        ("GET", "/v1/mailbox/", 404, "path_unknown"),
        ("GET", "/v1/../etc/passwd", 404, "path_unknown"),
        ("GET", "/v1/blobs/../../mailroom.db", 404, "path_unknown"),
        ("DELETE", api.MAILBOX, 405, "method_unknown"),
        ("HEAD", api.MAILBOX, 405, None),
        ("POST", api.OPENAPI, 405, "method_unknown"),
        ("BREW", api.ENVELOPES, 400, "not_http"),
        ("PATCH", api.ENVELOPES, 405, "method_unknown"),
        ("GET", api.MAILBOX, 401, "proof_refused"),
        ("GET", "/v1/blobs/" + "0" * 64, 401, "proof_refused"),
        ("GET", "/v1/blobs/x", 401, "proof_refused"),
    ],
)
async def test_paths_methods_and_doors(
    hub: Running, method: str, path: str, status: int, code: str | None
) -> None:
    found, headers, body = await raw(hub, f"{method} {path} HTTP/1.1\r\nHost: hub\r\n\r\n".encode())
    assert found == status
    assert headers["content-type"].startswith(api.PROBLEM_TYPE)
    if code is not None:
        assert problem(body) == (status, code)
    if status == 405:
        assert "GET" in headers["allow"] or "POST" in headers["allow"]


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: hub\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: hub\r\n" + b"X: y\r\n" * 60 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: hub\r\nX: " + b"y" * 9000 + b"\r\n\r\n",
        b"GET /" + b"y" * 9000 + b" HTTP/1.1\r\nHost: hub\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: hub\r\nBroken\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: hub\r\nX: \x00\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nContent-Length: 1e3\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: gzip\r\n\r\nx",
    ],
    ids=range(14),
)
async def test_broken_http_is_a_problem_too(hub: Running, data: bytes) -> None:
    status, headers, body = await raw(hub, data)
    assert (status, problem(body)) == (400, (400, "not_http"))
    assert headers["content-type"].startswith(api.PROBLEM_TYPE)


@pytest.mark.parametrize(
    ("head", "body", "status", "code"),
    [
        (
            "Content-Type: application/json\r\nTransfer-Encoding: chunked",
            b"2\r\n{}\r\n0\r\n\r\n",
            411,
            "length_missing",
        ),
        ("Content-Type: application/json\r\nTransfer-Encoding: chunked", b"zz\r\n", 400, "not_http"),
        ("Content-Type: application/json\r\nContent-Length: 99999999", b"", 413, "too_large"),
        ("Content-Type: text/plain\r\nContent-Length: 2", b"{}", 415, "type_refused"),
        ("Content-Length: 2", b"{}", 415, "type_refused"),
        (
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2",
            b"{}",
            415,
            "type_refused",
        ),
        ("Content-Type: application/json\r\nContent-Length: 2", b"{}", 400, "malformed"),
        ("Content-Type: application/json\r\nContent-Length: 2", b"\xff\xfe", 400, "malformed"),
        ("Content-Type: application/json\r\nContent-Length: 3", b"NaN", 400, "malformed"),
        ("Content-Type: application/json\r\nContent-Length: 20000", b"[" * 20000, 400, "malformed"),
    ],
)
async def test_bodies(hub: Running, head: str, body: bytes, status: int, code: str) -> None:
    request = f"POST {keylog.EVENTS} HTTP/1.1\r\nHost: hub\r\n{head}\r\n\r\n".encode() + body
    found, headers, answer = await raw(hub, request)
    assert (found, problem(answer)) == (status, (status, code))
    assert headers["content-type"].startswith(api.PROBLEM_TYPE)


async def test_a_slow_body_is_not_waited_for(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorway, "BODY_SECONDS", 0.3)
    request = f"POST {keylog.EVENTS} HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    began = time.monotonic()
    status, _, body = await raw(hub, request.encode() + b"{")
    assert (status, problem(body)) == (408, (408, "too_slow"))
    assert time.monotonic() - began < 5


async def test_half_a_request_is_closed_when_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub_at_work import running

    monkeypatch.setattr(server, "IDLE_SECONDS", 0.3)
    async with running(tmp_path) as hub:
        host, port = hub.base.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=",
        "after=01",
        "after=1.0",
        "after=9223372036854775808",
        "after=" + "9" * 5000,
        "after=1&after=2",
        "after=%D9%A1",
        "wait=61",
        "limit=0",
        "limit=257",
        "other=1",
        "wait=NaN",
    ],
)
async def test_odd_numbers_in_the_query(a: Agency, query: str) -> None:
    if len(query) > 500:
        target, status = f"{api.MAILBOX}?{query}", 400
        assert a.http is not None
        async with a.http.get(a.base + target, headers={"Authorization": "Readback x"}) as answer:
            assert answer.status == status
        return
    status, _, body = await a.ask("GET", f"{api.MAILBOX}?{query}")
    assert (status, problem(body)) == (400, (400, "malformed"))


@pytest.mark.parametrize(
    "body",
    [b"", b"\0", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x05four", b"\0\0\0\x01xtrailing"],
)
async def test_odd_batches(a: Agency, body: bytes) -> None:
    status, _, answer = await a.ask("POST", api.ENVELOPES, body, content_type=api.ENVELOPES_TYPE)
    if body == b"\0\0\0\0":
        assert (status, json.loads(answer)["results"][0]["status"]) == (200, "refused")
    else:
        assert status in {400, 413}
        assert problem(answer)[0] == status


async def test_sizes_are_refused_before_they_are_read(a: Agency, hub: Running) -> None:
    assert hub.http is not None
    for path, size in (
        (api.ENVELOPES, limits.BATCH),
        (api.ACKNOWLEDGE, 256),
        ("/v1/blobs/" + "0" * 64, limits.BLOB_RANGE),
    ):
        method = "PUT" if "blobs" in path else "POST"
        request = f"{method} {path} HTTP/1.1\r\nHost: hub\r\nContent-Length: {size + 1}\r\n\r\n"
        status, _, body = await raw(hub, request.encode())
        assert (status, problem(body)) == (413, (413, "too_large"))


async def test_a_proof_counts_once_and_for_one_request(a: Agency, b: Agency, hub: Running) -> None:
    target, now = f"{api.MAILBOX}?after=0", int(time.time())
    good = a.proof("GET", target)
    wrong: list[tuple[str, dict[str, Any]]] = [
        (a.proof("POST", target), {}),
        (a.proof("GET", target + "&wait=1"), {}),
        (a.proof("GET", target, b"body"), {}),
        (a.proof("GET", target, audience="http://another.hub"), {}),
        (a.proof("GET", target, agency=B), {}),
        (a.proof("GET", target, agency="nobody-at-all"), {}),
        (a.proof("GET", target, now=now - 3600), {}),
        (a.proof("GET", target, now=now + 3600), {}),
        (good[:-1] + ("A" if good[-1] != "A" else "B"), {}),
        (good.replace("Readback", "Bearer"), {}),
        (good.split(".")[0], {}),
        ("Readback ", {}),
        ("Readback ..", {}),
        ("Readback \xff\xfe", {}),
        ("", {}),
    ]
    for proof, _ in wrong:
        async with hub.http.get(hub.base + target, headers={"Authorization": proof}) as answer:
            assert (answer.status, problem(await answer.read())) == (401, (401, "proof_refused")), proof
    async with hub.http.get(hub.base + target, headers={"Authorization": good}) as answer:
        assert answer.status == 200
    async with hub.http.get(hub.base + target, headers={"Authorization": good}) as answer:
        assert (answer.status, problem(await answer.read())) == (401, (401, "proof_refused"))


async def test_a_small_difference_of_clocks_is_forgiven(a: Agency, hub: Running) -> None:
    hub.hub.door._taken._began -= 3600  # it has been running for a while
    target, now = f"{api.MAILBOX}?after=0", int(time.time())
    for skew in (-25, 25):
        proof = a.proof("GET", target, now=now + skew)
        async with hub.http.get(hub.base + target, headers={"Authorization": proof}) as answer:
            assert answer.status == 200


async def test_two_proofs_are_none(a: Agency, hub: Running) -> None:
    target = f"{api.MAILBOX}?after=0"
    proofs = "".join(f"Authorization: {a.proof('GET', target)}\r\n" for _ in range(2))
    status, _, _ = await raw(hub, f"GET {target} HTTP/1.1\r\nHost: hub\r\n{proofs}\r\n".encode())
    assert status in {400, 401}


async def test_a_failure_of_ours_is_told_without_words(
    a: Agency, b: Agency, hub: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a child's name")

    monkeypatch.setattr(hub.hub.room, "post", broken)
    status, _, body = await a.ask(
        "POST", api.ENVELOPES, api.write_batch([envelope(B)]), content_type=api.ENVELOPES_TYPE
    )
    assert (status, problem(body)) == (500, (500, "failed"))
    said = capsys.readouterr()
    assert "a child" not in said.out + said.err + body.decode()
    assert "RuntimeError" in said.out + said.err


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
@example(data=b"\r\n\r\n")
@example(data=b"GET / HTTP/1.1\r\nExpect: 100-\xb1")
async def test_any_bytes(hub: Running, data: bytes) -> None:
    found = await whole(hub, data + b"\r\n\r\n" + LAST)
    if found is None:
        event("dropped without an answer")
        return
    status, headers, body = found
    event(f"answered {status}")
    assert status < 500
    assert problem(body)[0] == status
    assert headers["content-type"].startswith(api.PROBLEM_TYPE)


async def test_events_that_are_not_events(hub: Running) -> None:
    for body in (
        b"{}",
        b'{"payload":"!","signature":""}',
        b'{"payload":"","signature":""}',
        b'{"payload":"e30=","signature":"AA=="}',
    ):
        for path in (keylog.AGENCIES, keylog.EVENTS):
            async with hub.http.post(hub.base + path, data=body, headers=JSON) as answer:
                assert answer.status in {400, 422}
                assert problem(await answer.read())[1] == "malformed"


async def test_an_envelope_s_name_belongs_to_whoever_posted_it_first(a: Agency, b: Agency, c: Agency) -> None:
    name = new_id()
    first = envelope(B, name=name)
    await a.post(first)
    (result,) = await c.post(first)
    assert (result.status, result.code) == ("refused", "envelope_differs")
