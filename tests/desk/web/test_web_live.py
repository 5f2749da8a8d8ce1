"""Word that something changed: what it says, to whom, how long, and that nobody is kept signed in by it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import spoken
from aiohttp import web
from browsing import chromium, reading
from test_web_loop import share
from visitor import Visitor

from exchange.desk.front import create_runner
from exchange.desk.web import live
from exchange.desk.web.render import HOME
from exchange.errors import SessionEnded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest
    from doubles import Town


@asynccontextmanager
async def stream(visitor: Visitor, path: str) -> AsyncIterator[aiohttp.ClientResponse]:
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    async with visitor.http.get(visitor.address + path, headers={"Cookie": cookies}) as answer:
        yield answer


async def event(answer: aiohttp.ClientResponse) -> str:
    """The next event, as it came: pings are passed over."""
    async with asyncio.timeout(10):
        while True:
            block = (await answer.content.readuntil(b"\r\n\r\n")).decode()
            if not block.startswith(":"):
                return block


async def where(visitor: Visitor) -> str:
    """Where the first page listens."""
    page = await visitor.get(HOME)
    (found,) = [attrs["data-rb-live"] for _, attrs in page.page.tags if "data-rb-live" in attrs]
    return found


async def test_a_change_is_told_to_whom_it_concerns_and_nothing_of_it(town: Town, services: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    ruths = await where(services)
    async with stream(services, ruths) as told:
        assert told.headers["Content-Type"] == "text/event-stream"
        thread = await share(town)
        said = await event(told)
    assert said == "event: changed\r\ndata: \r\n\r\n"
    assert thread not in said
    async with stream(services, ruths) as late:  # what was missed meanwhile is told at once
        assert "changed" in await event(late)
    services.cookies = {}
    await services.sign_in("Ida Voss")
    idas = await where(services)
    await share(town)
    assert await where(services) == idas  # somebody else's business


async def test_a_role_is_told_together(town: Town, services: Visitor) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    await services.sign_in("Ben Hale")
    async with stream(services, await where(services)) as told:
        role = duty.role("Duty social worker")
        await school.desk.share(await school.sign_in("Helen Marsh"), spoken.share(role))
        await town.settle()
        assert "changed" in await event(told)


async def test_an_open_stream_keeps_nobody_signed_in(
    town: Town, services: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK", 0.05)
    await services.sign_in("Ruth Okafor")
    path = await where(services)
    async with stream(services, path) as told:
        for _ in range(3):
            town.clock.forward(minutes=4)
            await share(town)  # which it tells
            async with stream(services, path) as again:  # nor does a browser that connects anew
                assert "changed" in await event(again)
        assert "changed" in await event(told)
        town.clock.forward(minutes=3)
        while "over" not in await event(told):
            pass
        assert await told.content.read() == b""
    assert (await services.get(HOME)).status == 303
    async with stream(services, path) as refused:
        assert refused.content_type == "text/html" or refused.status == 303


async def test_signing_out_ends_the_stream(
    town: Town, services: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK", 0.05)
    await services.sign_in("Ruth Okafor")
    page = await services.get(HOME)
    async with stream(services, await where(services)) as told:
        await services.send(page, "/sign-out")
        assert "over" in await event(told)
    assert not town["northshire-childrens"].desk.watch._waiting


async def test_streams_are_few_and_the_oldest_gives_way(
    town: Town, services: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert town
    await services.sign_in("Ruth Okafor")
    path = await where(services)
    async with stream(services, path) as first, stream(services, path), stream(services, path):
        async with stream(services, path):
            assert "stop" in await event(first)
        monkeypatch.setattr(live, "OF_ALL", 1)
        async with stream(services, path) as one_more:
            assert one_more.status == 204


async def test_a_desk_that_stops_ends_its_streams(town: Town) -> None:
    runner = create_runner(town["northshire-childrens"].desk)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        visitor = Visitor(http, f"http://127.0.0.1:{runner.addresses[0][1]}")
        await visitor.sign_in("Ruth Okafor")
        async with stream(visitor, await where(visitor)) as told:
            stopping = asyncio.create_task(runner.cleanup())
            assert "stop" in await event(told)
            await asyncio.wait_for(stopping, 3)


async def test_nobody_listens_without_a_session(town: Town, services: Visitor) -> None:
    assert town
    assert (await services.get(f"{HOME}/live")).status == 303
    try:
        town["northshire-childrens"].desk.watching("no such token")
    except SessionEnded:
        return
    raise AssertionError


async def test_the_page_offers_the_new_list(
    town: Town, services: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK", 0.1)
    async with chromium() as browser, reading(browser, services.address, "live", width=320) as ruth:
        await ruth.sign_in("Ruth Okafor")
        await ruth.sound("nothing")
        await share(town)
        offer = ruth.page.get_by_role("status").get_by_role("link", name="Show the new list")
        await offer.wait_for()
        assert await ruth.page.locator(".rb-row").count() == 0  # nothing moved by itself
        await ruth.sound("changed")
        async with ruth.page.expect_navigation():
            await offer.click()
        assert await ruth.page.locator(".rb-row").count() == 1
        town["northshire-childrens"].desk.sessions.end_all()
        await ruth.page.get_by_text("You were signed out.").wait_for()
        await ruth.sound("over")
