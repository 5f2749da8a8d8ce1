"""The hub's admin port: alive, started, ready, and counts that name nobody."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest
from hub_at_work import A, B, Running, envelope, running

from exchange.errors import AddressUnusable, StoreUnavailable
from exchange.hub.app import ADMIN, create_runner
from exchange.hub.config import HubConfig
from exchange.hub.keylog.key import draw
from exchange.store.mailroom.log import Trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path, admin_port=0) as hub:
        yield hub


async def asked(hub: Running, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{hub.admin.port}{path}"
    async with hub.http.get(url) as answer:
        return answer.status, await answer.text()


async def test_a_hub_that_works_says_so(hub: Running) -> None:
    assert await asked(hub, "/livez") == (200, "alive\n")
    assert await asked(hub, "/startupz") == (200, "started\n")
    assert await asked(hub, "/readyz") == (200, "ready\n")


async def test_one_that_is_closing_is_alive_and_not_ready(hub: Running) -> None:
    hub.hub.drain()
    assert await asked(hub, "/livez") == (200, "alive\n")
    assert await asked(hub, "/readyz") == (503, "closing\n")


async def test_one_that_was_set_back_is_not_ready(hub: Running) -> None:
    hub.hub.keylog.checkpoints.trouble = Trouble("behind", 7, b"", b"")
    assert await asked(hub, "/readyz") == (503, "hub_behind\n")
    assert "readback_hub_log_trouble 1.0" in (await asked(hub, "/metrics"))[1]


async def test_one_without_its_store_is_not_ready(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> int:
        raise StoreUnavailable

    monkeypatch.setattr(hub.hub.room, "last_cursor", away)
    assert await asked(hub, "/readyz") == (503, "store_unavailable\n")


async def test_before_it_is_up_it_is_alive_only(tmp_path: Path) -> None:
    config = HubConfig(tmp_path, "http://hub.test", port=0, admin_port=0)
    draw(tmp_path, config.origin)
    runner = create_runner(config)
    await runner.setup()
    runner.app[ADMIN].started = False
    base = f"http://127.0.0.1:{runner.app[ADMIN].port}"
    async with aiohttp.ClientSession() as http, http.get(base + "/readyz") as ready:
        assert (ready.status, await ready.text()) == (503, "starting\n")
        async with http.get(base + "/startupz") as started:
            assert started.status == 503
    await runner.cleanup()


async def test_what_went_through_is_counted_and_nobody_named(hub: Running) -> None:
    sender, reader = await hub.join(A), await hub.join(B)
    await sender.post(envelope(B), envelope(B))
    assert len(await reader.read()) == 2
    await sender.ask("GET", f"/v1/blobs/{'0' * 64}")
    text = (await asked(hub, "/metrics"))[1]
    assert 'readback_hub_requests_total{route="post",status="200"} 1.0' in text
    assert 'readback_hub_request_seconds_count{route="read_mailbox"} 1.0' in text
    assert 'status="404"' in text
    assert "readback_hub_log_entries 2.0" in text
    assert A not in text
    assert B not in text
    assert "0" * 64 not in text


async def test_nothing_else_is_there(hub: Running) -> None:
    assert (await asked(hub, "/v1/directory"))[0] == 404
    assert (await asked(hub, "/metrics/../etc"))[0] == 404


async def test_a_port_that_is_taken_is_refused_by_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = HubConfig(tmp_path, "http://hub.test", port=0, admin_port=port)
        draw(tmp_path, config.origin)
        runner = create_runner(config)
        with pytest.raises(AddressUnusable):
            await runner.setup()
        await runner.cleanup()


async def test_without_an_admin_port_nothing_is_counted(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        assert hub.admin is None
