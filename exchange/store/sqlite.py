"""SQLite without a thread hop for every statement.

Promises: statements run where they are asked for, which for rows that are in memory anyway takes
microseconds; only the commit, which waits for the disk, runs in the connection's own thread, while the loop
goes on.
Never: two statements of one connection run at once (its owner awaits each), or a commit is believed before
the disk has it.

The usual driver hands every call to a thread and back, which costs more than most statements: with a dozen
calls to a batch, most of the time. SQLite itself is built to be called from any thread (serialised mode);
that is checked when this is imported. These two classes are what SQLAlchemy's adapter for that driver needs.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SERIALISED = 3
if sqlite3.threadsafety != _SERIALISED:  # pragma: no cover - how Python was built
    raise ImportError("this Python's SQLite may not be called from several threads")


class DirectCursor:
    """One statement and its rows."""

    def __init__(self, cursor: sqlite3.Cursor, begin: str | None) -> None:
        self._cursor = cursor
        self._begin = begin
        self.arraysize = cursor.arraysize

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> None:
        """Run one statement, in a transaction if the connection is for writing."""
        self._enter()
        self._cursor.execute(sql, parameters)  # type: ignore[arg-type]  # a sequence, as the dialect binds them

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> None:
        """Run one statement for many rows, likewise."""
        self._enter()
        self._cursor.executemany(sql, parameters)  # type: ignore[arg-type]  # as above

    async def fetchall(self) -> Sequence[Any]:
        """Give all rows."""
        return self._cursor.fetchall()

    async def close(self) -> None:
        """Let go of the statement."""
        self._cursor.close()

    def _enter(self) -> None:
        if self._begin is not None and not self._cursor.connection.in_transaction:
            self._cursor.execute(self._begin)

    @property
    def description(self) -> Any:
        """What the columns are called."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Which row was inserted last."""
        return self._cursor.lastrowid


class DirectConnection:
    """A connection to one file; see the module.

    `pragmas` are set at once. With `begin`, the first statement of each transaction is preceded by it;
    without, there are no transactions, and each statement sees what was committed before it.
    """

    isolation_level = None

    def __init__(self, path: str, pragmas: Iterable[str], *, begin: str | None = None) -> None:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in pragmas:
            connection.execute(f"pragma {pragma}")
        self._connection: sqlite3.Connection | None = connection
        self._begin = begin
        self._thread: ThreadPoolExecutor | None = None

    def cursor(self) -> DirectCursor:
        """Begin a statement."""
        return DirectCursor(self._open().cursor(), self._begin)

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        """Teach SQL a function."""
        self._open().create_function(*arguments, **options)

    async def commit(self) -> None:
        """Commit; the disk has it when this returns."""
        connection = self._open()
        if not connection.in_transaction:
            return
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")
        await asyncio.get_running_loop().run_in_executor(self._thread, connection.commit)

    async def rollback(self) -> None:
        """Undo what was not committed."""
        self._open().rollback()

    async def close(self) -> None:
        """Let go of the file."""
        self.stop()

    def stop(self) -> None:
        """Let go of the file at once; a commit under way ends first."""
        connection, self._connection = self._connection, None
        if self._thread is not None:
            self._thread.shutdown()
        if connection is not None:
            connection.close()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError(
                "Cannot operate on a closed database."
            )  # SQLAlchemy knows it by this
        return self._connection
