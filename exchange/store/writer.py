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
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from exchange.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")
Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH = 256  # operations of one transaction
ATTEMPTS = 8  # of one transaction, when its failure is of the kind that passes
PAUSE = 0.02  # seconds before the second attempt; doubled each time
_bulk_of = attrgetter("bulk")
PASSING = frozenset({"40001", "40P01", "55P03"})  # PostgreSQL: serialisation, deadlock, lock not available


class Bulk(Generic[Item, Result]):
    """One operation over many items: those submitted together run as one call, in one `executemany`.

    `run(connection, items)` gives one result per item, in order. `committed(results)` is called once, after
    the commit and before any of the items' submitters is answered; it must not fail or wait.
    """

    def __init__(
        self,
        run: Callable[[AsyncConnection, Sequence[Item]], Awaitable[Sequence[Result]]],
        committed: Callable[[Sequence[Result]], None] | None = None,
    ) -> None:
        self.run = run
        self.committed = committed


class RowBulk(Bulk[Item, Result]):
    """A bulk whose work waits for nothing but the database; a transaction of only these runs in one go.

    `work(connection, items)` is given SQLAlchemy's plain connection, as by `AsyncConnection.run_sync`.
    """

    def __init__(
        self,
        work: Callable[[Connection, Sequence[Item]], Sequence[Result]],
        committed: Callable[[Sequence[Result]], None] | None = None,
    ) -> None:
        async def run(connection: AsyncConnection, items: Sequence[Item]) -> Sequence[Result]:
            return await connection.run_sync(work, items)

        super().__init__(run, committed)
        self.work = work


class _Entry:
    """One submitted operation and whoever waits for it."""

    __slots__ = ("answer", "bulk", "error", "item", "result")

    def __init__(self, bulk: Bulk[Any, Any], item: Any, answer: asyncio.Future[Any]) -> None:
        self.bulk = bulk
        self.item = item
        self.answer = answer
        self.result: Any = None
        self.error: Exception | None = None

    def settle(self) -> None:
        if self.answer.done():  # whoever asked has gone; the rows stay
            return
        if self.error is None:
            self.answer.set_result(self.result)
        elif isinstance(self.error, OperationalError | InterfaceError | OSError):
            self.answer.set_exception(StoreUnavailable())
        else:
            self.answer.set_exception(self.error)


async def _run_each(connection: AsyncConnection, operations: Sequence[Any]) -> list[Any]:
    return [await operation(connection) for operation in operations]


_SINGLE: Bulk[Any, Any] = Bulk(_run_each)


class Writer:
    """The only hand that writes to one database; see the module."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: deque[_Entry] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._connection: AsyncConnection | None = None
        self._task: asyncio.Task[None] | None = None

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
        self._waiting.append(_Entry(bulk, item, answer))
        self._arrived.set()
        return answer

    async def _write(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            await self._settle(batch)

    async def _settle(self, batch: list[_Entry]) -> None:
        try:
            await self._commit_with_patience(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may be left waiting for ever
            await self._disconnect()
            for entry in batch:
                entry.error = error
        else:
            _tell_committed(batch)
        for entry in batch:
            entry.settle()

    async def _commit_with_patience(self, batch: list[_Entry]) -> None:
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

    async def _commit(self, batch: list[_Entry]) -> None:
        """Write the whole batch at once; if one operation fails, write each behind a savepoint of its own."""
        connection = await self._connected()
        try:
            if all(isinstance(entry.bulk, RowBulk) for entry in batch):
                await connection.run_sync(_run_in_one_go, batch)
                return
            transaction = await connection.begin()
            for bulk, entries in _runs(batch):
                _keep(entries, await bulk.run(connection, [entry.item for entry in entries]))
        except _CommitLostError:
            raise StoreUnavailable from None
        except Exception as error:
            await connection.rollback()
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

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self._engine.connect()
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


class _CommitLostError(Exception):
    """The connection broke during a commit, of which nobody knows now whether it took place."""


def _run_in_one_go(connection: Connection, batch: list[_Entry]) -> None:
    transaction = connection.begin()
    for bulk, entries in _runs(batch):
        _keep(entries, bulk.work(connection, [entry.item for entry in entries]))
    try:
        transaction.commit()
    except (DBAPIError, OSError) as error:
        if _lost(error):
            raise _CommitLostError from error
        raise


def _runs(batch: list[_Entry]) -> Iterator[tuple[Any, list[_Entry]]]:
    """Give each run of neighbours with the same bulk."""
    for bulk, run in groupby(batch, key=_bulk_of):
        yield bulk, list(run)


def _keep(entries: list[_Entry], results: Sequence[Any]) -> None:
    for entry, result in zip(entries, results, strict=True):
        entry.result, entry.error = result, None


async def _run_apart(connection: AsyncConnection, batch: list[_Entry]) -> None:
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


def _tell_committed(batch: list[_Entry]) -> None:
    for bulk, entries in _runs([entry for entry in batch if entry.error is None]):
        if bulk.committed is not None:
            bulk.committed([entry.result for entry in entries])


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
