"""The API's routes for administrators and the lead: the use cases' own answers, and no such page for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from city import Client
from doubles import PASSPHRASE, Town

from exchange.desk.api.app import create_app
from exchange.desk.api.offices import OFFICES
from exchange.desk.api.routes import BASE
from keys.ceremony.people import name_lead

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ADMINISTRATOR, LEAD, NEITHER = "Helen Marsh", "Una Bell", "Vic Dodd"
PATHS = [route.path.removeprefix(BASE) for route in OFFICES]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    names = (ADMINISTRATOR, "Tom Reed", LEAD, NEITHER)
    school = await town.open("moorfield-primary", dict.fromkeys(names, "teacher"))
    name_lead(school.home, person=school.person(LEAD).person or "", now=town.clock())
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


async def ask(client: Client, who: str, path: str) -> tuple[int, Any]:
    client.token = ""
    found = await client.post("/session", {"person": who, "passphrase": PASSPHRASE})
    client.token = found["token"]
    status, answer = await client.call("GET", path)
    return status, answer


@pytest.mark.parametrize("path", PATHS)
async def test_each_is_for_whoever_looks_after_it(client: Client, path: str) -> None:
    mine, others = (LEAD, ADMINISTRATOR) if path == "/figures" else (ADMINISTRATOR, LEAD)
    assert (await ask(client, mine, path))[0] == 200
    for who in (others, NEITHER):
        status, problem = await ask(client, who, path)
        assert (status, problem["code"]) == (404, "page_unknown")


async def test_what_it_answers_is_the_use_case_s_own(town: Town, client: Client) -> None:
    desk = town["moorfield-primary"].desk
    session = await town["moorfield-primary"].sign_in(ADMINISTRATOR)
    for path, made in (
        ("/keys/people", await desk.people(session)),
        ("/keys/roles?page=9", await desk.roles(session, 9)),
        ("/keys/records", await desk.records(session)),
        ("/keys/agency", await desk.agency_keys(session)),
        ("/keys/ceremonies?before=3", await desk.ceremonies_held(session, 3)),
        ("/keys/trail?kind=keys&before=2", await desk.trail(session, "keys", 2)),
    ):
        status, answer = await ask(client, ADMINISTRATOR, path)
        told = made.model_dump(mode="json")
        assert status == 200
        assert {**answer, "last": None} == {**told, "last": None} if "last" in told else answer == told


@pytest.mark.parametrize(
    "query",
    [
        "keys/trail?kind=nonsense",
        "keys/trail?before=0",
        "keys/people?page=0",
        "keys/people?page=x",
        "keys/log?x=1",
    ],
)
async def test_an_odd_query_is_refused(client: Client, query: str) -> None:
    status, problem = await ask(client, ADMINISTRATOR, f"/{query}")
    assert (status, problem["code"]) == (422, "contents_malformed")
