"""What is submitted to a `Writer`: operations over many items, each item with whoever waits for it.

Never: anything here touches a connection by itself.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from exchange.errors import StoreUnavailable

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

Item = TypeVar("Item")
Result = TypeVar("Result")

_bulk_of = attrgetter("bulk")


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


class PreparedBulk(Bulk[Item, Result]):
    """A bulk whose work is `Prepared` statements alone; on SQLite it runs without a switch of task.

    `work(connection, items)` is given SQLAlchemy's plain connection, and must not execute on it by itself.
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


class Entry:
    """One submitted item and whoever waits for it."""

    __slots__ = ("answer", "bulk", "error", "item", "result")

    def __init__(self, bulk: Bulk[Any, Any], item: Any, answer: asyncio.Future[Any]) -> None:
        self.bulk = bulk
        self.item = item
        self.answer = answer
        self.result: Any = None
        self.error: Exception | None = None

    def settle(self) -> None:
        """Tell whoever waits."""
        if self.answer.done():  # whoever asked has gone; the rows stay
            return
        if self.error is None:
            self.answer.set_result(self.result)
        elif isinstance(self.error, OperationalError | InterfaceError | OSError):
            self.answer.set_exception(StoreUnavailable())
        else:
            self.answer.set_exception(self.error)


def runs_of(batch: Sequence[Entry]) -> Iterator[tuple[Any, list[Entry]]]:
    """Give each run of neighbours with the same bulk."""
    for bulk, run in groupby(batch, key=_bulk_of):
        yield bulk, list(run)


def keep(entries: Sequence[Entry], results: Sequence[Any]) -> None:
    """Note each entry's result."""
    for entry, result in zip(entries, results, strict=True):
        entry.result, entry.error = result, None


def tell_committed(batch: Sequence[Entry]) -> None:
    """Call each bulk's `committed` with the results of its entries."""
    for bulk, entries in runs_of([entry for entry in batch if entry.error is None]):
        if bulk.committed is not None:
            bulk.committed([entry.result for entry in entries])
