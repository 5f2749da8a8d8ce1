"""The line to the hub against whatever may answer: three kinds of failure, bounded, and no word repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from courier_world import NOW, US

from exchange import tokens
from exchange.desk import hub_client
from exchange.desk.hub_client import HubClient
from exchange.desk.line import Line
from exchange.errors import CursorAhead, HubRefused, HubUnreachable, ProofRefused
from exchange.hub.problems import answer as problem_answer
from exchange.wire import api, limits
from keys.errors import Malformed
from keys.suite import TransportKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = TransportKey.generate()
CANARY = "Kayleigh lives at 4 Canary Street"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Stranger:
    """A server that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.handler: Handler = self._ok
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.line = Line(lambda: NOW)

    async def _ok(self, _: web.Request) -> web.StreamResponse:
        return web.Response(body=b"")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.requests.append((request.method, request.raw_path, dict(request.headers), body))
        return await self.handler(request)

    def says(self, **response: object) -> None:
        async def handler(_: web.Request) -> web.StreamResponse:
            return web.Response(**response)  # type: ignore[arg-type]

        self.handler = handler


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    made = Stranger()
    app = web.Application(client_max_size=limits.BATCH)
    app.router.add_route("*", "/{path:.*}", made.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.address = f"http://127.0.0.1:{runner.addresses[0][1]}"  # type: ignore[attr-defined]
    yield made
    await runner.cleanup()


@pytest.fixture
async def client(stranger: Stranger) -> AsyncIterator[HubClient]:
    made = HubClient(stranger.address, US, key=lambda: KEY, now=lambda: NOW, line=stranger.line)  # type: ignore[attr-defined]
    yield made
    await made.close()


@pytest.mark.parametrize("size", [10, hub_client.LARGE, limits.MIB + 1, 3 * limits.MIB])
async def test_every_request_proves_exactly_what_it_carries(
    stranger: Stranger, client: HubClient, size: int
) -> None:
    stranger.says(status=500)
    with pytest.raises(HubUnreachable):
        await client.post([bytes(size)])
    ((method, target, headers, body),) = stranger.requests
    assert body == api.write_batch([bytes(size)])
    scheme, token = headers["Authorization"].split(" ")
    assert scheme == "Readback"
    proof = tokens.verify(
        token,
        keys=lambda *_: KEY.public,
        audience=stranger.address,  # type: ignore[attr-defined]
        method=method,
        target=target,
        body_digest=hashlib.sha256(body).hexdigest(),
        now=int(NOW.timestamp()),
    )
    assert proof.agency == US


async def test_two_requests_never_share_a_proof(stranger: Stranger, client: HubClient) -> None:
    for _ in range(2):
        await client.mailbox(0, wait=0)
    first, second = (headers["Authorization"] for _, _, headers, _ in stranger.requests)
    assert first != second


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(stranger: Stranger, client: HubClient, status: int) -> None:
    stranger.says(status=status, headers={"Location": "/elsewhere"})
    with pytest.raises(HubUnreachable):
        await client.mailbox(0, wait=0)
    assert len(stranger.requests) == 1
    assert stranger.line.state.up is False


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_what_passes_is_unreachable_and_tried_again_later(
    stranger: Stranger, client: HubClient, status: int
) -> None:
    stranger.says(status=status, text=CANARY)
    with pytest.raises(HubUnreachable) as caught:
        await client.directory(0)
    assert "Canary" not in str(caught.value)
    assert stranger.line.state.trouble == f"status {status}"


async def test_a_refused_proof_is_our_clock_or_key(stranger: Stranger, client: HubClient) -> None:
    stranger.says(status=401)
    with pytest.raises(ProofRefused):
        await client.mailbox(0, wait=0)
    assert stranger.line.state.trouble == "proof_refused"


async def test_a_refusal_names_the_hub_s_own_code(stranger: Stranger, client: HubClient) -> None:
    async def refuse(_: web.Request) -> web.StreamResponse:
        return problem_answer(CursorAhead())

    stranger.handler = refuse
    with pytest.raises(HubRefused) as caught:
        await client.mailbox(9, wait=0)
    assert caught.value.where == "cursor_ahead"
    assert stranger.line.state.up


@pytest.mark.parametrize(
    "body", [CANARY.encode(), b'{"code":"' + CANARY.encode() + b'"}', b"\xff" * 100, b"[" * 5000, b""]
)
async def test_a_stranger_s_words_go_no_further(stranger: Stranger, client: HubClient, body: bytes) -> None:
    stranger.says(status=400, body=body)
    with pytest.raises(HubRefused) as caught:
        await client.post([b"x"])
    assert caught.value.where == "status 400"


async def test_an_answer_without_end_is_cut_off(stranger: Stranger, client: HubClient) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(limits.MIB))
        except ConnectionError:
            return response

    stranger.handler = endless
    with pytest.raises(HubUnreachable):
        await client.mailbox(0, wait=0)


@pytest.mark.parametrize("body", [b"\x01", b"\x09" + bytes(12), b"\x01" + bytes(12) + b"x", b"{}"])
async def test_mail_that_is_none_is_malformed(stranger: Stranger, client: HubClient, body: bytes) -> None:
    stranger.says(body=body)
    with pytest.raises(Malformed):
        await client.mailbox(0, wait=0)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"events":[],"size":-1,"root":""}', b'{"events":[],"events":[]}']
)
async def test_a_directory_that_is_none_is_malformed(
    stranger: Stranger, client: HubClient, body: bytes
) -> None:
    stranger.says(body=body)
    with pytest.raises(Malformed):
        await client.directory(0)


async def test_results_for_another_number_of_envelopes_are_believed_of_none(
    stranger: Stranger, client: HubClient
) -> None:
    stranger.says(body=b'{"results":[]}')
    with pytest.raises(HubUnreachable):
        await client.post([b"x"])


@pytest.mark.parametrize("held", ["", "-1", "1e9", "9" * 30, "\u0661"])
async def test_a_count_that_is_none_is_no_count(stranger: Stranger, client: HubClient, held: str) -> None:
    stranger.says(headers={api.HELD_HEADER: held})
    with pytest.raises(HubUnreachable):
        await client.blob_held("ab" * 32)


async def test_nobody_there_is_unreachable(client: HubClient, stranger: Stranger) -> None:
    nobody = HubClient("http://127.0.0.1:1", US, key=lambda: KEY, now=lambda: NOW, line=stranger.line)
    with pytest.raises(HubUnreachable):
        await nobody.mailbox(0, wait=0)
    await nobody.close()
    assert stranger.line.state.trouble == "hub_unreachable"


async def test_no_cookie_is_kept(stranger: Stranger, client: HubClient) -> None:
    stranger.says(headers={"Set-Cookie": "track=me"}, body=b"")
    await client.mailbox(0, wait=0)
    await client.mailbox(0, wait=0)
    assert all("Cookie" not in headers for _, _, headers, _ in stranger.requests)
