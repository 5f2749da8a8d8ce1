"""How the casebook's questions reach the database.

Promises: a question runs on a reading connection, never on the writer's.
Never: it writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from exchange.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Executable, RowMapping
    from sqlalchemy.ext.asyncio import AsyncEngine


class Reads:
    """What all families of questions share: the reading engine."""

    def __init__(self, reader: AsyncEngine) -> None:
        self._reader = reader

    async def _rows(self, statement: Executable, **values: Any) -> Sequence[RowMapping]:
        """Ask one question, of these `values`; `StoreUnavailable` when the database does not answer."""
        try:
            async with self._reader.connect() as connection:
                return (await connection.execute(statement, values or None)).mappings().all()
        except (DBAPIError, OSError) as error:
            raise StoreUnavailable from error

    async def _values(self, statement: Any, **values: Any) -> list[Any]:
        """Ask for the first column of each row."""
        return [next(iter(row.values())) for row in await self._rows(statement, **values)]
