"""Group commit: durable, in order, and one failure takes nobody else down."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from exchange.errors import StoreUnavailable
from exchange.store.engine import open_engine, open_reader
from exchange.store.writer import Bulk, Writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

METADATA = MetaData()
WORD = Table("word", METADATA, Column("id", Integer, primary_key=True), Column("text", String, unique=True))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
async def writer(engine: AsyncEngine) -> AsyncIterator[Writer]:
    writer = await Writer.start(engine)
    yield writer
    await writer.close()


async def words(url: str) -> list[str]:
    reader = open_reader(url)
    async with reader.connect() as connection:
        found = [row.text for row in await connection.execute(select(WORD).order_by(WORD.c.id))]
    await reader.dispose()
    return found


def saying(word: str) -> Any:
    async def operation(connection: AsyncConnection) -> str:
        await connection.execute(insert(WORD), {"text": word})
        return word

    return operation


async def test_what_was_submitted_is_visible_to_another_connection(writer: Writer, database_url: str) -> None:
    assert await writer.submit(saying("a")) == "a"
    assert await words(database_url) == ["a"]


async def test_those_submitted_together_commit_together_and_in_order(
    writer: Writer, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    commit = Writer._commit

    async def counted(self: Writer, batch: Any) -> None:
        commits.append(len(batch))
        await commit(self, batch)

    monkeypatch.setattr(Writer, "_commit", counted)
    expected = [f"w{number}" for number in range(600)]
    assert await asyncio.gather(*(writer.submit(saying(word)) for word in expected)) == expected
    assert await words(database_url) == expected
    assert len(commits) <= 4


async def test_one_that_fails_alone_takes_nobody_down(writer: Writer, database_url: str) -> None:
    results = await asyncio.gather(
        *(writer.submit(saying(word)) for word in ("a", "b", "a", "c")), return_exceptions=True
    )
    assert results[:2] == ["a", "b"]
    assert isinstance(results[2], IntegrityError)
    assert results[3] == "c"
    assert await words(database_url) == ["a", "b", "c"]


async def test_an_error_of_the_operation_s_own_reaches_its_submitter(
    writer: Writer, database_url: str
) -> None:
    async def refusing(connection: AsyncConnection) -> None:
        await connection.execute(insert(WORD), {"text": "half"})
        raise ValueError("no")

    refused, said = await asyncio.gather(
        writer.submit(refusing), writer.submit(saying("whole")), return_exceptions=True
    )
    assert isinstance(refused, ValueError)
    assert said == "whole"
    assert await words(database_url) == ["whole"]


async def test_bulk_runs_once_for_all_and_tells_after_the_commit(writer: Writer, database_url: str) -> None:
    calls: list[int] = []
    told: list[Sequence[str]] = []

    async def run(connection: AsyncConnection, items: Sequence[str]) -> Sequence[str]:
        calls.append(len(items))
        await connection.execute(insert(WORD), [{"text": item} for item in items])
        return [item.upper() for item in items]

    bulk = Bulk(run, told.append)
    results = await asyncio.gather(*(writer.submit_to(bulk, word) for word in ("a", "b", "c")))
    assert results == ["A", "B", "C"]
    assert calls == [3]
    assert told == [["A", "B", "C"]]

    results = await asyncio.gather(
        *(writer.submit_to(bulk, word) for word in ("d", "a", "e")), return_exceptions=True
    )
    assert [results[0], results[2]] == ["D", "E"]
    assert isinstance(results[1], IntegrityError)
    assert told[1:] == [["D", "E"]]
    assert await words(database_url) == ["a", "b", "c", "d", "e"]


async def test_a_failure_that_passes_is_tried_again(
    writer: Writer, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Writer._commit
    failures = iter(range(2))

    async def unlucky(self: Writer, batch: Any) -> None:
        if next(failures, None) is not None:
            raise OperationalError("", {}, Exception("database is locked"))
        await commit(self, batch)

    monkeypatch.setattr(Writer, "_commit", unlucky)
    assert await writer.submit(saying("a")) == "a"
    assert await words(database_url) == ["a"]


async def test_a_failure_that_stays_is_told_and_the_writer_goes_on(
    writer: Writer, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: Writer, batch: Any) -> None:
        raise OperationalError("", {}, Exception("disk full"))

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "_commit", broken)
        with pytest.raises(StoreUnavailable):
            await writer.submit(saying("a"))
    assert await writer.submit(saying("b")) == "b"
    assert await words(database_url) == ["b"]


async def test_a_lost_connection_is_opened_again(
    writer: Writer, engine: AsyncEngine, database_url: str
) -> None:
    assert writer._connection is not None
    raw = await writer._connection.get_raw_connection()
    driver = raw.driver_connection
    assert driver is not None
    await driver.close()
    assert await writer.submit(saying("a")) == "a"
    assert await words(database_url) == ["a"]


async def test_closing_commits_what_is_queued_and_refuses_the_rest(
    engine: AsyncEngine, database_url: str
) -> None:
    writer = await Writer.start(engine)
    queued = [asyncio.ensure_future(writer.submit(saying(word))) for word in ("a", "b")]
    await asyncio.sleep(0)
    await writer.close()
    assert await asyncio.gather(*queued) == ["a", "b"]
    with pytest.raises(StoreUnavailable):
        await writer.submit(saying("c"))


async def test_a_submitter_that_leaves_stops_nothing(writer: Writer, database_url: str) -> None:
    leaving = asyncio.ensure_future(writer.submit(saying("a")))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await writer.submit(saying("b")) == "b"
    assert await words(database_url) == ["a", "b"]


async def test_a_reader_cannot_write(writer: Writer, database_url: str) -> None:
    reader = open_reader(database_url)
    async with reader.connect() as connection:
        with pytest.raises(Exception, match=r"read-?only"):
            await connection.execute(text("insert into word (text) values ('x')"))
    await reader.dispose()


async def test_no_database_is_said_plainly() -> None:
    engine = open_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable):
        await Writer.start(engine)
    await engine.dispose()


async def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    writer = await Writer.start(open_engine(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"))
    await writer.submit(lambda connection: connection.exec_driver_sql("create table one (id integer)"))
    modes = _modes(tmp_path)
    assert len(modes) >= 2  # with its journal beside it
    assert set(modes) == {0o600}
    await writer.close()


def _modes(folder: Path) -> list[int]:
    return [one.stat().st_mode & 0o777 for one in folder.glob("new.db*")]


async def test_another_connection_lets_go_of_no_lock(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'shared.db'}"
    writer = await Writer.start(open_engine(url))
    await writer.submit(lambda connection: connection.exec_driver_sql("create table one (id integer)"))
    second = await Writer.start(open_engine(url))  # of this process
    elsewhere = "import sqlite3,sys; sqlite3.connect(sys.argv[1]).execute('select * from one').fetchall()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", elsewhere, str(tmp_path / "shared.db")
    )
    assert await process.wait() == 0
    assert "shared.db-wal" in _names(tmp_path)  # who leaves last takes it away, and that was not the last
    await second.close()
    await writer.close()


def _names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}
