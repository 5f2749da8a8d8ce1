"""The API asks again who one is before it signs: a typed refusal, a route for the proof, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest
import spoken
from aiohttp import web
from city import Client
from doubles import PASSPHRASE, Town

from exchange.desk.api.app import create_app
from exchange.errors import ProofNeeded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", {"Helen Marsh": "lead", "Tom Reed": "attendance officer"})
    await town.settle()
    desk = town["moorfield-primary"].desk
    desk.config = replace(desk.config, proof=timedelta(minutes=5))
    yield town
    await town.close()


@pytest.fixture
async def client(town: Town) -> AsyncIterator[Client]:
    runner = web.AppRunner(create_app(town["moorfield-primary"].desk), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        client = Client(http, f"http://127.0.0.1:{runner.addresses[0][1]}")
        found = await client.post("/session", {"person": "Helen Marsh", "passphrase": PASSPHRASE})
        client.token = found["token"]
        yield client
    await runner.cleanup()


async def test_after_the_window_the_same_goes_through_with_a_proof_and_not_before(
    town: Town, client: Client
) -> None:
    draft = spoken.share(town["moorfield-primary"].person("Tom Reed")).model_dump(mode="json")
    town.clock.forward(minutes=6)
    status, refused = await client.call("POST", "/shares", draft)
    assert (status, refused["code"]) == (403, "proof_needed")
    assert "/session/proof" in refused["hint"]
    assert (await client.get("/inbox"))["rows"] == []
    status, refused = await client.call("POST", "/session/proof", {"passphrase": "wrong guess"})
    assert (status, refused["code"]) == (401, "proof_wrong")
    assert (await client.call("POST", "/shares", draft))[0] == 403
    proved = await client.post("/session/proof", {"passphrase": PASSPHRASE})
    assert proved == {"until": "2026-11-23T10:11:00Z"}
    assert (await client.call("POST", "/shares", draft))[0] == 201


async def test_a_proof_is_at_the_pace_of_signing_in(town: Town, client: Client) -> None:
    seen = [(await client.call("POST", "/session/proof", {"passphrase": "wrong guess"}))[0] for _ in range(7)]
    assert seen == [401] * 5 + [429] * 2
    body = {"person": "Helen Marsh", "passphrase": PASSPHRASE}
    assert (await client.call("POST", "/session", body))[0] == 429  # one pace for both doors
    town.clock.forward(minutes=1)
    assert (await client.call("POST", "/session/proof", {"passphrase": PASSPHRASE}))[0] == 200


async def test_the_use_case_itself_refuses_whichever_door_it_is_called_through(town: Town) -> None:
    agency = town["moorfield-primary"]
    helen = await agency.sign_in("Helen Marsh")
    town.clock.forward(minutes=6)
    with pytest.raises(ProofNeeded):
        await agency.desk.share(helen, spoken.share(agency.person("Tom Reed")))
    assert (await agency.desk.inbox(helen)).rows == ()
