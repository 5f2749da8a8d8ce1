"""Putting rows into a table, new ones and ones that are there already, on SQLite and PostgreSQL alike.

Promises: a statement is built and compiled once for each kind of use: doing that again for every commit costs
more than running it. The tables' columns hold what drivers take as it is: text, numbers, yes or no, bytes.
Never: SQL of one database alone: both know `on conflict`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Dialect, Insert, Table


class _Use(NamedTuple):
    """One kind of use: rows with these columns, and what happens to one that is there already (by `on`)."""

    dialect: str
    table: str
    columns: tuple[str, ...]
    there: Literal["fail", "keep", "replace"]
    on: str | None
    stays: tuple[str, ...]


class _Compiled(NamedTuple):
    sql: str
    order: tuple[str, ...]


_COMPILED: dict[_Use, _Compiled] = {}


def add(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert `rows`; `IntegrityError` if one is there already."""
    _run(connection, table, list(rows), "fail")


def put(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert `rows`; one whose primary key is there already is replaced."""
    _run(connection, table, list(rows), "replace")


def put_new(
    connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]], *, on: str | None = None
) -> None:
    """Insert those of `rows` whose primary key (or column `on`) is not there yet."""
    _run(connection, table, list(rows), "keep", on)


def put_on(
    connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]], on: str, *stays: str
) -> None:
    """Insert `rows`; one whose column `on` is there already is replaced, except in the columns `stays`."""
    _run(connection, table, list(rows), "replace", on, stays)


def _run(  # noqa: PLR0913, PLR0917 - the four functions above, spelt out
    connection: Connection,
    table: Table,
    rows: list[Mapping[str, Any]],
    there: Literal["fail", "keep", "replace"],
    on: str | None = None,
    stays: tuple[str, ...] = (),
) -> None:
    if not rows:
        return
    use = _Use(connection.dialect.name, table.name, tuple(rows[0]), there, on, stays)
    compiled = _COMPILED.get(use)
    if compiled is None:
        compiled = _COMPILED[use] = _compile(use, table, connection.dialect)
    connection.exec_driver_sql(compiled.sql, [tuple(row[name] for name in compiled.order) for row in rows])


def _compile(use: _Use, table: Table, dialect: Dialect) -> _Compiled:
    compiled = _statement(use, table).compile(dialect=dialect, column_keys=use.columns)
    assert compiled.positiontup is not None  # both drivers count their parameters
    return _Compiled(str(compiled), tuple(compiled.positiontup))


def _statement(use: _Use, table: Table) -> Insert:
    insert: Any = (postgresql if use.dialect == "postgresql" else sqlite).insert(table)
    key = [use.on] if use.on else [column.name for column in table.primary_key]
    if use.there == "keep":
        insert = insert.on_conflict_do_nothing(index_elements=key)
    elif use.there == "replace":
        replaced = {name: insert.excluded[name] for name in use.columns if name not in (*key, *use.stays)}
        insert = insert.on_conflict_do_update(index_elements=key, set_=replaced)
    statement: Insert = insert
    return statement
