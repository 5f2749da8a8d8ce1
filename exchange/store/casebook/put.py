"""Putting rows into a table, new ones and ones that are there already, on SQLite and PostgreSQL alike.

Promises: a statement is built once for each kind of use; building it costs more than running it.
Never: SQL of one database alone: both know `on conflict`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Insert, Table


def put(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert `rows`; one whose primary key is there already is replaced."""
    _run(connection, table, rows, None, ())


def put_new(
    connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]], *, on: str | None = None
) -> None:
    """Insert those of `rows` whose primary key (or column `on`) is not there yet."""
    _run(connection, table, rows, on, None)


def put_on(
    connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]], on: str, *stays: str
) -> None:
    """Insert `rows`; one whose column `on` is there already is replaced, except in the columns `stays`."""
    _run(connection, table, rows, on, stays)


def _run(
    connection: Connection,
    table: Table,
    rows: Iterable[Mapping[str, Any]],
    on: str | None,
    stays: tuple[str, ...] | None,
) -> None:
    listed = list(rows)
    if listed:
        statement = _statement(connection.dialect.name, table, on, stays, tuple(listed[0]))
        connection.execute(statement, listed)


@cache
def _statement(
    dialect: str, table: Table, on: str | None, stays: tuple[str, ...] | None, columns: tuple[str, ...]
) -> Insert:
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    key = [on] if on else [column.name for column in table.primary_key]
    if stays is None:
        kept: Insert = insert.on_conflict_do_nothing(index_elements=key)
        return kept
    replaced = {name: insert.excluded[name] for name in columns if name not in (*key, *stays)}
    put: Insert = insert.on_conflict_do_update(index_elements=key, set_=replaced)
    return put
