"""Open a database: SQLite in a file, or PostgreSQL.

Promises: a commit that returned is on the disk (SQLite: WAL with `synchronous=FULL`; PostgreSQL: its default
`synchronous_commit=on` is set, not hoped for); a writing transaction takes its lock when it begins, so that
it can never find out half-way that it must start again.
Never: it creates a table (see `migrations`), or lets a statement's parameters into an error.

Addresses: `sqlite+aiosqlite:////folder/file.db` and `postgresql+asyncpg://user@host/database`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from exchange.store.sqlite import DirectConnection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_MILLISECONDS = 10_000  # how long SQLite waits for another process's write
READERS = 8  # connections of one process that only read

_WRITING = ("journal_mode=wal", "synchronous=full", "foreign_keys=on")
_READING = ("journal_mode=wal", "query_only=on")


def open_engine(url: str) -> AsyncEngine:
    """Open `url` for one `Writer`: a single connection whose transactions begin with the write lock.

    Raises `sqlalchemy.exc.ArgumentError` when `url` is no address; connects only when first used.
    """
    if _is_sqlite(url):
        engine = _direct_engine(url, pool_size=1, max_overflow=0, hide_parameters=True)
        _set_pragmas(engine, _WRITING)
        event.listen(engine.sync_engine, "begin", _begin_immediate)
        return engine
    settings = {"synchronous_commit": "on"}
    return create_async_engine(
        url, pool_size=1, max_overflow=0, hide_parameters=True, connect_args={"server_settings": settings}
    )


def open_reader(url: str) -> AsyncEngine:
    """Open `url` for reading only: each statement sees what was committed before it began."""
    options: dict[str, Any] = {"pool_size": READERS, "pool_reset_on_return": None, "hide_parameters": True}
    if _is_sqlite(url):
        engine = _direct_engine(url, **options)
        _set_pragmas(engine, _READING)
        return engine
    settings = {"default_transaction_read_only": "on"}
    options |= {"isolation_level": "AUTOCOMMIT", "connect_args": {"server_settings": settings}}
    return create_async_engine(url, **options)


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _direct_engine(url: str, **options: Any) -> AsyncEngine:
    path = make_url(url).database or ""

    async def connect() -> DirectConnection:
        return DirectConnection(path)

    return create_async_engine(url, async_creator=connect, **options)


def _set_pragmas(engine: AsyncEngine, pragmas: Sequence[str]) -> None:
    def on_connect(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", *pragmas):
            cursor.execute(f"pragma {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", on_connect)


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("begin immediate")
