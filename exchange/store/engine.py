"""Open a database: SQLite in a file, or PostgreSQL.

Promises: a commit that returned is on the disk (SQLite: WAL with `synchronous=FULL`; PostgreSQL: its default
`synchronous_commit=on` is set, not hoped for); a writing transaction takes its lock when it begins, so that
it can never find out half-way that it must start again.
Never: it creates a table (see `migrations`), or lets a statement's parameters into an error.

Addresses: `sqlite+aiosqlite:////folder/file.db` and `postgresql+asyncpg://user@host/database`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from exchange.store.sqlite import DirectConnection

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_MILLISECONDS = 10_000  # how long SQLite waits for another process's write
READERS = 8  # connections of one process that only read

_BUSY = f"busy_timeout={BUSY_MILLISECONDS}"
_WRITING = (
    _BUSY,
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "wal_autocheckpoint=4000",  # pages, 16 MB: what is written again and again is copied back once
)
_READING = (_BUSY, "journal_mode=wal", "query_only=on")


def open_engine(url: str) -> AsyncEngine:
    """Open `url` for one `Writer`: a single connection whose transactions begin with the write lock.

    Raises `sqlalchemy.exc.ArgumentError` when `url` is no address; connects only when first used.
    """
    options: dict[str, Any] = {"pool_size": 1, "max_overflow": 0, "hide_parameters": True}
    if _is_sqlite(url):
        return _direct_engine(url, _WRITING, "begin immediate", options)
    settings = {"synchronous_commit": "on"}
    return create_async_engine(url, connect_args={"server_settings": settings}, **options)


def open_reader(url: str) -> AsyncEngine:
    """Open `url` for reading only: each statement sees what was committed before it began."""
    options: dict[str, Any] = {"pool_size": READERS, "pool_reset_on_return": None, "hide_parameters": True}
    if _is_sqlite(url):
        return _direct_engine(url, _READING, None, options)
    settings = {"default_transaction_read_only": "on"}
    options |= {"isolation_level": "AUTOCOMMIT", "connect_args": {"server_settings": settings}}
    return create_async_engine(url, **options)


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _direct_engine(
    url: str, pragmas: tuple[str, ...], begin: str | None, options: dict[str, Any]
) -> AsyncEngine:
    path = make_url(url).database or ""

    async def connect() -> DirectConnection:
        return DirectConnection(path, pragmas, begin=begin)

    return create_async_engine(url, async_creator=connect, **options)
