"""Whatever a page can ask of one's lists, a program can: filters, pages, search."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import spoken
from aiohttp import web
from city import Client
from doubles import PASSPHRASE, Town

from exchange.desk.api.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", {"Helen Marsh": "designated safeguarding lead"})
    people = {"Ruth Okafor": "social worker", "Ida Voss": "team manager"}
    await town.open("northshire-childrens", people, {"Duty social worker": ("Ruth Okafor",)})
    await town.settle()
    yield town
    await town.close()


@asynccontextmanager
async def program(town: Town, who: str) -> AsyncIterator[Client]:
    runner = web.AppRunner(create_app(town["northshire-childrens"].desk), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as http:
            client = Client(http, f"http://127.0.0.1:{runner.addresses[0][1]}")
            found = await client.post("/session", {"person": who, "passphrase": PASSPHRASE})
            client.token = found["token"]
            yield client
    finally:
        await runner.cleanup()


async def sent(town: Town, **more: Any) -> str:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    to = duty.role("Duty social worker") if more.pop("team", False) else duty.person("Ruth Okafor")
    helen = await school.sign_in("Helen Marsh")
    thread = (await school.desk.share(helen, spoken.share(to, **more))).thread
    await town.settle()
    return thread


def threads(found: dict[str, Any]) -> list[str]:
    return [row["thread"] for row in found["rows"]]


async def test_a_list_is_asked_for_in_parts(town: Town) -> None:
    routine, today = await sent(town, urgency="routine"), await sent(town, urgency="today")
    danger = await sent(town, urgency="immediate", immediate_risk="He is at the gate.", team=True)
    async with program(town, "Ruth Okafor") as ruth:
        whole = await ruth.get("/inbox")
        assert threads(whole) == [danger, today, routine]
        assert (whole["total"], whole["needs"], whole["others"]) == (3, 3, 0)
        assert (whole["before"], whole["after"]) == (None, None)
        for query, found in (
            ("list=needs&urgency=today", [today]),
            ("hands=roles", [danger]),
            ("hands=me&kind=share", [today, routine]),
            ("side=sender", []),
            ("kind=request", []),
            ("list=others", []),
            ("list=over", []),
            ("overdue=yes", []),
            (f"thread={routine[:6]}", [routine]),
        ):
            page = await ruth.get(f"/inbox?{query}")
            assert (threads(page), page["total"]) == (found, len(found)), query
        first = await ruth.get("/inbox?rows=2")
        second = await ruth.get(f"/inbox?rows=2&after={first['after']}")
        assert [*threads(first), *threads(second)] == [danger, today, routine]
        assert second["after"] is None
        assert threads(await ruth.get(f"/inbox?rows=2&before={second['before']}")) == threads(first)


async def test_what_is_no_question_is_refused(town: Town) -> None:
    async with program(town, "Ruth Okafor") as ruth:
        for query in ("list=all", "rows=0", "rows=201", "after=x", "thread=%25", "overdue=maybe", "page=2"):
            status, found = await ruth.call("GET", f"/inbox?{query}")
            assert (status, found["code"]) == (422, "contents_malformed"), query


async def test_a_program_searches_in_a_body_and_finds_what_is_its_persons_alone(town: Town) -> None:
    thread = await sent(town)
    async with program(town, "Ruth Okafor") as ruth:
        found = await ruth.post("/search", {"q": "helen moorfield"})
        assert (threads(found), found["more"], found["read"]) == ([thread], False, 0)
        assert threads(await ruth.post("/search", {"q": "closed"})) == []
        assert threads(await ruth.post("/search", {})) == []
        assert (await ruth.call("POST", "/search", {"q": "w" * 201}))[0] == 422
        assert (await ruth.call("GET", "/search?q=helen"))[0] in {404, 405}
    async with program(town, "Ida Voss") as ida:
        assert threads(await ida.post("/search", {"q": "helen"})) == []
        assert threads(await ida.get("/inbox")) == []
