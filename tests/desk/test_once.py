"""Under one key a step is taken once: also asked for at once, after a restart, and never by somebody else."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import spoken
from aiohttp import web
from doubles import PASSPHRASE, Town

from exchange.desk.api.app import create_app
from exchange.desk.service.desk import Desk
from exchange.desk.service.once import LIFE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KEY = "aaaabbbbccccddddeeeeffff22"
CANARY = "Ellis-was-seen-at-nine"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", {"Helen Marsh": "lead", "Tom Reed": "attendance officer"})
    await town.open("northshire-childrens", {"Ruth Okafor": "social worker"})
    await town.settle()
    yield town
    await town.close()


class Door:
    """The API of the school's desk, whoever knocks."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self.http, self.address = http, address

    async def sign_in(self, person: str) -> str:
        body = {"person": person, "passphrase": PASSPHRASE}
        async with self.http.post(f"{self.address}/api/v1/session", json=body) as answer:
            return str((await answer.json())["token"])

    async def post(self, token: str, path: str, body: Any, *keys: str) -> tuple[int, Any]:
        headers = [("Authorization", f"Bearer {token}"), *(("Idempotency-Key", key) for key in keys)]
        async with self.http.post(f"{self.address}/api/v1{path}", json=body, headers=headers) as answer:
            return answer.status, json.loads(await answer.text())


async def opened(desk: Desk) -> AsyncIterator[Door]:
    runner = web.AppRunner(create_app(desk), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        yield Door(http, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


@pytest.fixture
async def door(town: Town) -> AsyncIterator[Door]:
    async for one in opened(town["moorfield-primary"].desk):
        yield one


@pytest.fixture
async def helen(door: Door) -> str:
    return await door.sign_in("Helen Marsh")


def bodies(town: Town) -> dict[str, Any]:
    ruth = json.loads(town["northshire-childrens"].person("Ruth Okafor").model_dump_json())
    words = {
        "purpose": "significant-harm-enquiry",
        "purpose_text": "To decide.",
        "basis": json.loads(spoken.BASIS.model_dump_json()),
    }
    about = [{"name": "Ellis", "relation": "the child", "identifier_omitted": "not-known"}]
    asked = {"recipient": ruth, "asked": [CANARY], "authority": "My post.", "subjects": about, **words}
    return {
        "/shares": json.loads(spoken.share().model_dump_json()) | {"recipients": [ruth]},
        "/requests": asked,
        "/decisions": {"outcome": "do_not_share", "reasons": [CANARY]},
    }


@pytest.mark.parametrize("path", ["/shares", "/requests", "/decisions"])
async def test_the_same_key_and_body_give_the_same_answer_and_post_nothing(
    town: Town, door: Door, helen: str, path: str
) -> None:
    body, desk = bodies(town)[path], town["moorfield-primary"].desk
    first = await door.post(helen, path, body, KEY)
    assert first[0] == 201, first
    before = await desk.inbox(await desk.session(helen)), await desk.casebook.outbox_state()
    assert await door.post(helen, path, body, KEY) == first
    assert await door.post(helen, path, dict(reversed(body.items())), KEY) == first
    assert (await desk.inbox(await desk.session(helen)), await desk.casebook.outbox_state()) == before


async def test_without_a_key_each_is_new(town: Town, door: Door, helen: str) -> None:
    body = bodies(town)["/decisions"]
    assert (await door.post(helen, "/decisions", body))[1] != (await door.post(helen, "/decisions", body))[1]


async def test_asked_for_at_once_it_is_done_once(town: Town, door: Door, helen: str) -> None:
    body = bodies(town)["/shares"]
    answers = await asyncio.gather(*(door.post(helen, "/shares", body, KEY) for _ in range(5)))
    assert {status for status, _ in answers} == {201}
    assert len({found["digest"] for _, found in answers}) == 1
    assert (await town["moorfield-primary"].desk.casebook.outbox_state()).waiting == 1


async def test_another_body_or_another_act_is_refused(town: Town, door: Door, helen: str) -> None:
    body = bodies(town)["/decisions"]
    await door.post(helen, "/decisions", body, KEY)
    for path, other in (("/decisions", body | {"reasons": ["Other."]}), ("/shares", bodies(town)["/shares"])):
        status, found = await door.post(helen, path, other, KEY)
        assert (status, found["code"]) == (409, "idempotency_key_reused")
        assert CANARY not in json.dumps(found)
        assert KEY not in json.dumps(found)


async def test_somebody_elses_key_is_another_key(town: Town, door: Door, helen: str) -> None:
    body, tom = bodies(town)["/decisions"], await door.sign_in("Tom Reed")
    first = await door.post(helen, "/decisions", body, KEY)
    second = await door.post(tom, "/decisions", body, KEY)
    assert (first[0], second[0]) == (201, 201)
    assert first[1] != second[1]


async def test_a_refused_act_leaves_its_key_free(town: Town, door: Door, helen: str) -> None:
    body = bodies(town)["/shares"]
    assert (await door.post(helen, "/shares", body | {"purpose": None}, KEY))[0] == 422
    assert (await door.post(helen, "/shares", body, KEY))[0] == 201


async def test_after_a_restart_it_is_still_known(town: Town, door: Door, helen: str) -> None:
    body, before = bodies(town)["/shares"], town["moorfield-primary"].desk
    first = await door.post(helen, "/shares", body, KEY)
    await before.close()
    town["moorfield-primary"].desk = again = await Desk.open(
        town["moorfield-primary"].home, before.config, now=town.clock
    )
    async for other in opened(again):
        token = await other.sign_in("Helen Marsh")
        assert await other.post(token, "/shares", body, KEY) == first
    assert (await again.casebook.outbox_state()).waiting == 1


async def test_after_a_day_it_is_forgotten(town: Town, door: Door, helen: str) -> None:
    body, desk = bodies(town)["/decisions"], town["moorfield-primary"].desk
    person = (await desk.session(helen)).person
    first = await door.post(helen, "/decisions", body, KEY)
    assert len(await desk.casebook.kept_of(person, "once/")) == 1
    town.clock.forward(seconds=LIFE.total_seconds() - 1)
    helen = await door.sign_in("Helen Marsh")
    assert await door.post(helen, "/decisions", body, KEY) == first
    town.clock.forward(seconds=1)
    helen = await door.sign_in("Helen Marsh")
    assert await desk.casebook.kept_of(person, "once/") == ()
    assert (await door.post(helen, "/decisions", body, KEY))[1] != first[1]


@pytest.mark.parametrize("keys", [("",), ("x" * 129,), ("two words",), ("é",), ("a", "a")])
async def test_a_key_that_is_none_is_refused(
    town: Town, door: Door, helen: str, keys: tuple[str, ...]
) -> None:
    status, found = await door.post(helen, "/decisions", bodies(town)["/decisions"], *keys)
    assert (status, found["code"]) == (422, "contents_malformed")
    assert found["problems"][0]["where"] == "Idempotency-Key"


async def test_neither_key_nor_words_are_kept(town: Town, door: Door, helen: str) -> None:
    desk = town["moorfield-primary"].desk
    await door.post(helen, "/decisions", bodies(town)["/decisions"], KEY)
    (row,) = await desk.casebook.kept_of((await desk.session(helen)).person, "once/")
    assert KEY not in row.name
    for words in (KEY.encode(), CANARY.encode(), b"posted"):
        assert words not in row.sealed
