"""Group commit: everything that was submitted while the last commit ran goes into the next one.

Promises: when `submit` or `Bulk` returns, its rows are durable; operations commit in the order in which they
were submitted; one that fails alone takes nobody else down; failures that pass (a serialisation failure, a
busy file, a lost connection) are tried again here and nowhere else.
Never: an operation sees another's half; an answer is given before the commit.

One `Writer` owns one connection. An operation may run more than once before it commits, so it must have no
effect but on the connection that it is given. What must happen once, after the commit and before anyone is
answered (telling waiting readers), belongs into a `Bulk`'s `committed`.

    saved = await writer.submit(lambda connection: connection.execute(insert(table), row))
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from exchange.errors import StoreUnavailable
from exchange.store.bulk import Bulk, Entry, Item, PreparedBulk, Result, keep, runs_of, tell_committed
from exchange.store.sqlite import DirectConnection

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

__all__ = ["Bulk", "PreparedBulk", "Writer"]

T = TypeVar("T")

BATCH = 256  # operations of one transaction
ATTEMPTS = 8  # of one transaction, when its failure is of the kind that passes
PAUSE = 0.02  # seconds before the second attempt; doubled each time
PASSING = frozenset({"40001", "40P01", "55P03"})  # PostgreSQL: serialisation, deadlock, lock not available


async def _run_each(connection: AsyncConnection, operations: Sequence[Any]) -> list[Any]:
    return [await operation(connection) for operation in operations]


_SINGLE: Bulk[Any, Any] = Bulk(_run_each)


class Writer:
    """The only hand that writes to one database; see the module."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: deque[Entry] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._connection: AsyncConnection | None = None
        self._direct: DirectConnection | None = None  # the same, where it is a SQLite file
        self._task: asyncio.Task[None] | None = None
        self.commits = 0  # transactions since the start
        self.operations = 0  # in them

    @property
    def waiting(self) -> int:
        """How many operations wait for the next transaction."""
        return len(self._waiting)

    @classmethod
    async def start(cls, engine: AsyncEngine) -> Self:
        """Connect and begin to write; `StoreUnavailable` when the database cannot be reached."""
        writer = cls(engine)
        try:
            await writer._connected()
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable from error
        writer._task = asyncio.create_task(writer._write(), name="writer")
        return writer

    async def submit(self, operation: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `operation` in the next transaction; its result once that is durable, or its own exception."""
        answer: T = await self._queue(_SINGLE, operation)
        return answer

    async def submit_to(self, bulk: Bulk[Item, Result], item: Item) -> Result:
        """Run `item` with all others of `bulk` in the next transaction; its result once that is durable."""
        answer: Result = await self._queue(bulk, item)
        return answer

    async def close(self) -> None:
        """Commit what is queued, refuse what comes later, and disconnect."""
        self._closing = True
        self._arrived.set()
        if self._task is not None:
            await self._task
        await self._disconnect()

    def _queue(self, bulk: Bulk[Any, Any], item: Any) -> asyncio.Future[Any]:
        if self._closing:
            raise StoreUnavailable
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(Entry(bulk, item, answer))
        self._arrived.set()
        return answer

    async def _write(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            await asyncio.sleep(0)  # what has come in already joins, which makes commits fewer
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            await self._settle(batch)

    async def _settle(self, batch: list[Entry]) -> None:
        try:
            await self._commit_with_patience(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may be left waiting for ever
            await self._disconnect()
            for entry in batch:
                entry.error = error
        else:
            self.commits += 1
            self.operations += len(batch)
            tell_committed(batch)
        for entry in batch:
            entry.settle()

    async def _commit_with_patience(self, batch: list[Entry]) -> None:
        pause = PAUSE
        for attempt in range(ATTEMPTS):
            try:
                await self._commit(batch)
            except (DBAPIError, OSError) as error:
                if not _passes(error) or attempt == ATTEMPTS - 1:
                    raise
                await self._disconnect()
                await asyncio.sleep(pause)
                pause *= 2
            else:
                return

    async def _commit(self, batch: list[Entry]) -> None:
        """Write the whole batch at once; if one operation fails, write each behind a savepoint of its own."""
        connection = await self._connected()
        if await self._committed_directly(connection, batch):
            return
        transaction = await connection.begin()
        try:
            for bulk, entries in runs_of(batch):
                keep(entries, await bulk.run(connection, [entry.item for entry in entries]))
        except Exception as error:
            await transaction.rollback()
            if _passes(error):
                raise
            transaction = await connection.begin()
            await _run_apart(connection, batch)
        try:
            await transaction.commit()
        except (DBAPIError, OSError) as error:
            if _lost(error):  # nobody knows whether it was committed: that is for the submitter to find out
                raise StoreUnavailable from error
            raise

    async def _committed_directly(self, connection: AsyncConnection, batch: list[Entry]) -> bool:
        """Write prepared statements straight into a SQLite file; false, with nothing done, if that fails."""
        if self._direct is None or not all(isinstance(entry.bulk, PreparedBulk) for entry in batch):
            return False
        plain = connection.sync_connection
        try:
            for bulk, entries in runs_of(batch):
                keep(entries, bulk.work(plain, [entry.item for entry in entries]))
            await self._direct.commit()
        except Exception as error:
            if _passes(error):
                raise
            await self._direct.rollback()
            return False
        return True

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self._engine.connect()
            driver = (await self._connection.get_raw_connection()).driver_connection
            self._direct = driver if isinstance(driver, DirectConnection) else None
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection, self._direct = self._connection, None, None
        if connection is not None:
            await connection.close()


async def _run_apart(connection: AsyncConnection, batch: list[Entry]) -> None:
    for entry in batch:
        savepoint = await connection.begin_nested()
        try:
            (entry.result,) = await entry.bulk.run(connection, [entry.item])
        except Exception as error:
            if _passes(error):
                raise
            await savepoint.rollback()
            entry.error = error
        else:
            await savepoint.commit()
            entry.error = None


def _passes(error: Exception) -> bool:
    """Whether the same transaction may well succeed a moment later."""
    if _lost(error):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if getattr(error.orig, "sqlstate", None) in PASSING:
        return True
    return isinstance(error, OperationalError) and "locked" in str(error.orig)


def _lost(error: Exception) -> bool:
    """Whether the connection broke, rather than the statement."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, InterfaceError)
    return isinstance(error, OSError)
