"""A statement compiled once and run through the driver's own cursor, for the few that run with every message.

Promises: the SQL is the one that SQLAlchemy would write for that database; failures come as the same
exceptions; it runs inside whatever transaction the connection is in, on either database.
Never: it converts values: give and expect what the driver gives (`int`, `str`, `bytes`, None).

Looking up the compiled form, making a result object and switching between the loop and a greenlet costs more
than most of these statements, so whole groups of them run within one `AsyncConnection.run_sync`.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from exchange.store.sqlite import DirectConnection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Dialect
    from sqlalchemy.sql import ClauseElement

Row = tuple[Any, ...]


class Prepared:
    """One statement; its parameters are the names of its `bindparam`s, or of an insert's columns."""

    def __init__(self, statement: ClauseElement, columns: tuple[str, ...] | None = None) -> None:
        """`columns` are an insert's."""
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Run it once; all rows that it returns."""
        text, names, constants = self._for(connection.dialect)
        given = {**constants, **values} if constants else values
        row = tuple([given[name] for name in names])
        try:
            driver = connection.connection.driver_connection
            if isinstance(driver, DirectConnection):
                return driver.rows(text, row)
            with closing(connection.connection.cursor()) as cursor:
                cursor.execute(text, row)
                return list(cursor.fetchall()) if cursor.description else []
        except Exception as error:
            raise self._told(connection, error) from error

    def many(self, connection: Connection, values: Iterable[Mapping[str, Any]]) -> None:
        """Run it once for each of `values`, in one go."""
        text, names, _ = self._for(connection.dialect)
        rows = [tuple([row[name] for name in names]) for row in values]
        try:
            driver = connection.connection.driver_connection
            if isinstance(driver, DirectConnection):
                driver.many(text, rows)
            else:
                with closing(connection.connection.cursor()) as cursor:
                    cursor.executemany(text, rows)
        except Exception as error:
            raise self._told(connection, error) from error

    def _for(self, dialect: Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
            given = compiled.construct_params(_check=False)
            constants = {name: value for name, value in given.items() if value is not None}
            found = self._compiled[dialect.name] = (str(compiled), tuple(compiled.positiontup), constants)
        return found

    @staticmethod
    def _told(connection: Connection, error: Exception) -> Exception:
        dialect = connection.dialect
        base = dialect.loaded_dbapi.Error
        if not isinstance(error, base):
            return error
        lost = dialect.is_disconnect(error, connection.connection, None)
        if lost:
            connection.invalidate(error)
        told = DBAPIError.instance(
            "(prepared)",
            None,
            error,
            base,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        )
        assert isinstance(told, Exception)
        return told
