"""SQLite called where the statement is asked for: transactions, durability and failures as with any driver."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from exchange.store.engine import open_engine, open_reader
from exchange.store.prepared import Prepared
from exchange.store.sqlite import DirectConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

METADATA = MetaData()
THING = Table(
    "thing",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, unique=True),
    Column("data", LargeBinary),
)
PUT = Prepared(insert(THING), tuple(THING.c.keys()))
RENAME = Prepared(
    update(THING).where(THING.c.id == bindparam("of")).values(name=bindparam("to")).returning(THING.c.id)
)
NAMED_A = Prepared(select(THING.c.id, THING.c.data).where(THING.c.name == "a"))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()


async def test_prepared_statements_run_in_the_transaction_they_are_in(
    engine: AsyncEngine, database_url: str
) -> None:
    rows = [{"id": 1, "name": "a", "data": b"\0\xff"}, {"id": 2, "name": None, "data": None}]
    async with engine.connect() as connection:
        transaction = await connection.begin()
        await connection.run_sync(PUT.many, rows)
        await transaction.rollback()
        transaction = await connection.begin()
        await connection.run_sync(PUT.many, rows)
        assert await connection.run_sync(NAMED_A.rows, {}) == [(1, b"\0\xff")]
        savepoint = await connection.begin_nested()
        assert await connection.run_sync(RENAME.rows, {"of": 1, "to": "b"}) == [(1,)]
        await savepoint.rollback()
        assert await connection.run_sync(NAMED_A.rows, {}) == [(1, b"\0\xff")]
        assert await connection.run_sync(RENAME.rows, {"of": 9, "to": "b"}) == []
        await transaction.commit()
    reader = open_reader(database_url)
    async with reader.connect() as connection:
        assert (await connection.execute(select(THING.c.id).order_by(THING.c.id))).scalars().all() == [1, 2]
    await reader.dispose()


async def test_prepared_statements_fail_as_others_do(engine: AsyncEngine) -> None:
    row = {"id": 1, "name": "a", "data": b"secret"}
    async with engine.connect() as connection:
        await connection.begin()
        await connection.run_sync(PUT.many, [row])
        nested = await connection.begin_nested()
        with pytest.raises(IntegrityError) as failure:
            await connection.run_sync(PUT.many, [row])
        assert "secret" not in str(failure.value)
        await nested.rollback()
        with pytest.raises(KeyError):
            await connection.run_sync(PUT.many, [{"id": 1}])


async def test_a_broken_connection_is_known_as_such(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(NAMED_A.rows, {})
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.close()
        with pytest.raises(DBAPIError) as failure:
            await connection.run_sync(NAMED_A.rows, {})
        assert failure.value.connection_invalidated


async def test_every_pragma_that_durability_needs_is_set(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    async with engine.connect() as connection:
        found = {
            name: (await connection.exec_driver_sql(f"pragma {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    await engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


async def test_a_transaction_has_the_write_lock_from_its_first_statement(tmp_path: Path) -> None:
    path = str(tmp_path / "a.db")
    one = DirectConnection(path, ["journal_mode=wal"], begin="begin immediate")
    other = DirectConnection(path, ["journal_mode=wal", "busy_timeout=0"], begin="begin immediate")
    one.many("create table t (x)", [()])
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        other.rows("select 1", ())
    await one.commit()
    assert other.rows("select x from t", ()) == []
    await other.rollback()
    for connection in (one, other):
        await connection.close()


async def test_a_commit_that_fails_is_told_to_whoever_waits(tmp_path: Path) -> None:
    connection = DirectConnection(str(tmp_path / "a.db"), ["foreign_keys=on"], begin="begin")
    connection.many("create table parent (id integer primary key)", [()])
    connection.many("create table child (of references parent deferrable initially deferred)", [()])
    await connection.commit()
    connection.many("insert into child values (?)", [(7,)])
    with pytest.raises(sqlite3.IntegrityError):
        await connection.commit()
    await connection.rollback()
    assert connection.rows("select count(*) from child", ()) == [(0,)]
    await connection.close()


async def test_who_no_longer_waits_for_a_commit_disturbs_nobody(tmp_path: Path) -> None:
    connection = DirectConnection(str(tmp_path / "a.db"), (), begin="begin")
    connection.many("create table t (x)", [()])
    waiting = asyncio.ensure_future(connection.commit())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await connection.close()
    connection = DirectConnection(str(tmp_path / "a.db"), (), begin="begin")
    assert connection.rows("select * from t", ()) == []
    await connection.close()
    with pytest.raises(sqlite3.ProgrammingError):
        connection.rows("select 1", ())


async def test_two_files_that_are_busy_wait_for_each_other(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'a.db'}"
    engine = open_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    blocker = sqlite3.connect(tmp_path / "a.db", isolation_level=None, check_same_thread=False)
    blocker.execute("begin immediate")
    release = asyncio.get_running_loop().run_in_executor(
        None, lambda: (__import__("time").sleep(0.2), blocker.commit())
    )
    async with engine.begin() as connection:
        await connection.run_sync(PUT.many, [{"id": 1, "name": "a", "data": None}])
    await release
    blocker.close()
    await engine.dispose()


async def test_a_reader_sees_no_file_that_is_not_there(tmp_path: Path) -> None:
    reader = open_reader(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'a.db'}")
    with pytest.raises(OperationalError):
        async with reader.connect():
            pass
    await reader.dispose()
