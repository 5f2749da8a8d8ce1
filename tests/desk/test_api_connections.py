"""Whatever bytes a stranger sends to a desk: a problem document, nothing repeated, nothing named, no alarm."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import pytest
import structlog
from aiohttp import web
from doubles import PASSPHRASE, Town

from exchange.connections import SERVER
from exchange.desk.api.problems import DeskProblem
from exchange.desk.api.routes import BASE
from exchange.desk.front import create_runner
from exchange.wire.api import PROBLEM_TYPE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from exchange.connections import Runner

CANARY = b"Ellis-was-seen-at-nine"
POST = f"POST {BASE}/session HTTP/1.1\r\nHost: desk\r\n".encode()
JSON = POST + b"Content-Type: application/json\r\n"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Runner]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", {"Helen Marsh": "designated safeguarding lead"})
    await town.settle()
    runner = create_runner(town["moorfield-primary"].desk)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner
    await runner.cleanup()
    await town.close()


async def ask(door: Runner, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send these bytes, and read one answer."""
    reader, writer = await asyncio.open_connection(*door.addresses[0][:2])
    try:
        writer.write(data)
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode("latin-1")
        lines = head.split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:-2])}
        length = int(headers.get("content-length", "0"))
        return int(lines[0].split()[1]), headers, await reader.readexactly(length)
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"GET / HTTP/1.1\r\nX-Name: " + CANARY + b"\x01\r\n\r\n", 400, "not_http"),
        (b"GET / HTTP/1.1\r\nHost: desk\r\n" + CANARY + b"\r\n\r\n", 400, "not_http"),
        (CANARY + b"\r\n\r\n", 400, "not_http"),
        (CANARY + b" / HTTP/1.1\r\nHost: desk\r\n\r\n", 400, "not_http"),
        (b"GET /" + CANARY * 500 + b" HTTP/1.1\r\nHost: desk\r\n\r\n", 400, "not_http"),
        (b"GET / HTTP/1.1\r\nX: " + CANARY * 500 + b"\r\n\r\n", 400, "not_http"),
        (b"GET / HTTP/1.1\r\n" + (b"X: " + CANARY + b"\r\n") * 60 + b"\r\n", 400, "not_http"),
        (b"GET http://[" + CANARY + b" HTTP/1.1\r\nHost: desk\r\n\r\n", 400, "not_http"),
        (b"GET / HTTP/1.1\r\nHost: desk\r\nExpect: " + CANARY + b"\r\n\r\n", 400, "not_http"),
        (POST + b"Expect: " + CANARY + b"\r\n\r\n", 400, "not_http"),
        (POST + b"Content-Length: " + CANARY + b"\r\n\r\n", 400, "not_http"),
        (POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx", 400, "not_http"),
        (POST + b"Transfer-Encoding: " + CANARY + b"\r\n\r\n", 400, "not_http"),
        (JSON + b"Transfer-Encoding: chunked\r\n\r\n" + CANARY + b"\r\n", 400, "not_http"),
        (JSON + b"Content-Encoding: gzip\r\nContent-Length: 22\r\n\r\n" + CANARY, 400, "not_http"),
        (JSON + b"Content-Length: 99999999\r\n\r\n", 413, "too_large"),
        (JSON + b"Content-Length: " + b"9" * 18 + b"\r\n\r\n" + CANARY, 413, "too_large"),
        (b"GET /" + CANARY + b" HTTP/1.1\r\nHost: desk\r\n\r\n", 404, "not_found"),
        (b"PATCH " + f"{BASE}/session".encode() + b" HTTP/1.1\r\nHost: desk\r\n\r\n", 405, None),
    ],
    ids=range(19),
)
async def test_broken_http(
    door: Runner, data: bytes, status: int, code: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with structlog.testing.capture_logs() as lines:
        found, headers, body = await ask(door, data)
    problem = DeskProblem.model_validate_json(body)
    assert (found, problem.status) == (status, status)
    assert code is None or problem.code == code
    assert headers["content-type"].startswith(PROBLEM_TYPE)
    assert headers["cache-control"] == "no-store"
    assert headers["server"] == SERVER
    assert not lines
    said = capsys.readouterr()
    for heard in (body.decode(), str(headers), said.out, said.err):
        assert CANARY.decode() not in heard
        assert "aiohttp" not in heard.lower()


async def test_no_answer_names_the_library(door: Runner) -> None:
    words = f'{{"person":"Helen Marsh","passphrase":"{PASSPHRASE}"}}'.encode()
    status, headers, _ = await ask(door, JSON + f"Content-Length: {len(words)}\r\n\r\n".encode() + words)
    assert (status, headers["server"]) == (201, SERVER)


async def test_a_packed_bomb_is_too_large(door: Runner) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    head = f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    status, _, body = await ask(door, JSON + head + bomb)
    assert (status, DeskProblem.model_validate_json(body).code) in {(413, "too_large"), (400, "not_http")}


@pytest.mark.parametrize(
    "begun", [b"Content-Length: 900\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"]
)
async def test_who_hangs_up_in_mid_body_is_no_incident(door: Runner, begun: bytes) -> None:
    with structlog.testing.capture_logs() as lines:
        for abruptly in (True, False):
            _, writer = await asyncio.open_connection(*door.addresses[0][:2])
            writer.write(JSON + begun)
            await writer.drain()
            await asyncio.sleep(0.05)
            if abruptly:
                writer.transport.abort()
            writer.close()
            await asyncio.sleep(0.05)
    assert not lines
