"""The same desks on PostgreSQL: the loop, and conversations over a bad line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import pytest
import spoken
from doubles import Town

from exchange.desk.service.asked import Asked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def pg_town(tmp_path: Path, postgres: Path) -> AsyncIterator[Town]:
    town, names = Town(tmp_path), []

    async def say(statement: str) -> None:
        connection = await asyncpg.connect(host=str(postgres), user="postgres", database="postgres")
        await connection.execute(statement)
        await connection.close()

    async def database() -> str:
        names.append(f"desk_{uuid4().hex}")
        await say(f"create database {names[-1]}")
        return f"postgresql+asyncpg://postgres@/{names[-1]}?host={quote(str(postgres), safe='')}"

    await town.open("moorfield-primary", {"Helen Marsh": "lead"}, database=await database())
    await town.open("northshire-childrens", {"Ruth Okafor": "social worker"}, database=await database())
    await town.settle()
    yield town
    await town.close()
    for name in names:
        await say(f"drop database {name} with (force)")


async def test_a_share_closes_and_reopens(pg_town: Town) -> None:
    school, duty = pg_town["moorfield-primary"], pg_town["northshire-childrens"]
    helen, ruth = await school.sign_in("Helen Marsh"), await duty.sign_in("Ruth Okafor")
    to = duty.person("Ruth Okafor")
    posted = await asyncio.gather(*(school.desk.share(helen, spoken.share(to)) for _ in range(8)))
    threads = [one.thread for one in posted]
    await pg_town.settle()
    await asyncio.gather(*(duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED) for thread in threads))
    said = [await duty.desk.read(ruth, thread, 0) for thread in threads]
    await asyncio.gather(
        *(
            duty.desk.read_back(ruth, thread, 0, spoken.restated(words))
            for thread, words in zip(threads, said, strict=True)
        )
    )
    await pg_town.settle()
    await asyncio.gather(*(school.desk.hear_back(helen, t, 0, spoken.agreed(said[0])) for t in threads))
    await pg_town.settle()
    for thread in threads:
        for desk in (school.desk, duty.desk):
            desk.files.forget(thread)
            assert (await desk.files.load(thread)).status.closed
    assert len((await duty.desk.inbox(ruth, Asked(list="over"))).rows) == 8
    await school.desk.amend(helen, threads[0], spoken.amendment((0,)))
    await pg_town.settle()
    assert [row.thread for row in (await duty.desk.inbox(ruth)).rows] == [threads[0]]
    for desk in (school.desk, duty.desk):
        assert await desk.casebook.broken_audit() is None
