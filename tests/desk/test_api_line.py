"""A hub that is silent is told to whoever asks, with since when, and how much waits for it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
from city import Client, city
from doubles import PASSPHRASE, furnish
from notary import Notary, pin_anew
from ports import free_port

from exchange.desk.app import RunningDesk
from exchange.desk.config import DeskConfig
from keys.ceremony.home import load_home

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = {"Helen Marsh": "designated safeguarding lead"}


async def test_a_silent_hub_is_told(tmp_path: Path) -> None:
    home = tmp_path / "moorfield-primary"
    before = datetime.now(UTC).replace(microsecond=0)
    await asyncio.to_thread(furnish, home, PEOPLE, {}, before)
    loaded = load_home(home, before)
    pin_anew(loaded, Notary().policy(loaded))
    nobody = f"http://127.0.0.1:{free_port()}"
    desk = await RunningDesk.start(home, DeskConfig(home, nobody, port=0))
    try:
        async with aiohttp.ClientSession() as http:
            client = Client(http, desk.address)
            client.token = (
                await client.post("/session", {"person": "Helen Marsh", "passphrase": PASSPHRASE})
            )["token"]
            found = await client.until("/line", lambda answer: answer["up"] is not None)
    finally:
        await desk.stop()
    assert found["up"] is False
    assert before <= datetime.fromisoformat(found["since"]) <= datetime.now(UTC)
    assert (found["oldest"] is None) == (found["waiting"] == 0)


async def test_a_hub_that_answers_is_told_too(tmp_path: Path) -> None:
    async with city(tmp_path) as made:
        await made.open("moorfield-primary", PEOPLE)
        client = await made.client("moorfield-primary", "Helen Marsh")
        found = await client.until("/line", lambda answer: answer["up"])
        assert found["since"] is not None
