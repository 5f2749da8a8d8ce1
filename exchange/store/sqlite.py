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
import os
import sqlite3
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
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


class _Committer:
    """The thread in which one connection's commits wait for the disk."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._wanted: SimpleQueue[asyncio.Future[None] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="sqlite-commit", daemon=True)
        self._thread.start()

    def commit(self) -> asyncio.Future[None]:
        """Begin a commit."""
        done = asyncio.get_running_loop().create_future()
        self._wanted.put(done)
        return done

    def stop(self) -> None:
        """End; what is being committed is committed first."""
        self._wanted.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (done := self._wanted.get()) is not None:
            error: Exception | None = None
            try:
                self._connection.commit()
            except Exception as problem:  # noqa: BLE001 - it is told to whoever waits
                error = problem
            with suppress(RuntimeError):  # the loop is closed, and nobody waits
                done.get_loop().call_soon_threadsafe(_tell, done, error)


def _tell(done: asyncio.Future[None], error: Exception | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


class DirectConnection:
    """A connection to one file; see the module.

    `pragmas` are set at once. With `begin`, the first statement of each transaction is preceded by it;
    without, there are no transactions, and each statement sees what was committed before it.
    """

    isolation_level = None

    def __init__(self, path: str, pragmas: Iterable[str], *, begin: str | None = None) -> None:
        _make_private(path)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in pragmas:
            connection.execute(f"pragma {pragma}")
        self._connection: sqlite3.Connection | None = connection
        self._begin = begin
        self._committer: _Committer | None = None

    def cursor(self) -> DirectCursor:
        """Begin a statement."""
        return DirectCursor(self._open().cursor(), self._begin)

    def rows(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        """Run one statement at once; all rows that it returns."""
        return self._entered().execute(sql, parameters).fetchall()

    def many(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows at once."""
        self._entered().executemany(sql, parameters)

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        """Teach SQL a function."""
        self._open().create_function(*arguments, **options)

    async def commit(self) -> None:
        """Commit; the disk has it when this returns."""
        connection = self._open()
        if not connection.in_transaction:
            return
        if self._committer is None:
            self._committer = _Committer(connection)
        await self._committer.commit()

    async def rollback(self) -> None:
        """Undo what was not committed."""
        self._open().rollback()

    async def close(self) -> None:
        """Let go of the file."""
        self.stop()

    def stop(self) -> None:
        """Let go of the file at once; a commit under way ends first."""
        connection, self._connection = self._connection, None
        if self._committer is not None:
            self._committer.stop()
        if connection is not None:
            connection.close()

    def _entered(self) -> sqlite3.Connection:
        connection = self._open()
        if self._begin is not None and not connection.in_transaction:
            connection.execute(self._begin)
        return connection

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError(
                "Cannot operate on a closed database."
            )  # SQLAlchemy knows it by this
        return self._connection


def _make_private(path: str) -> None:
    """Make a missing file its owner's alone; what SQLite puts beside it takes over that mode.

    A file that is there is not opened: to close it again would let go of every lock that this process has on
    it (POSIX), and another process would take away the journal below our feet.
    """
    with suppress(OSError):  # it is there; or it cannot be made, and SQLite says so itself
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
