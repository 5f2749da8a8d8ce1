"""The schema of each store, and how an older one becomes the present one.

Promises: `migrate` brings an empty or older database to the present schema, in one transaction, and does
nothing to a present one; processes that start together wait for each other.
Never: it touches another store's tables, even in the same database: each store counts its own revisions.

A store's revisions lie in the folder of its name. To add one, write `NNNN_what_changes.py` there by hand; the
tests hold the migrated schema against the tables as the code knows them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError

from exchange.errors import StoreDamaged, StoreUnavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

Store = Literal["mailroom", "casebook"]

_HERE = Path(__file__).parent
_LOCK = 0x5245_4144_4241_434B  # any number, the same for all: PostgreSQL's advisory lock while migrating


async def migrate(engine: AsyncEngine, store: Store) -> None:
    """Bring `store` in the database of `engine` (see `open_engine`) to the present schema.

    `StoreUnavailable` when the database cannot be reached, `StoreDamaged` when it is not what it should be.
    """
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, store)
    except (OperationalError, InterfaceError, OSError) as error:
        raise StoreUnavailable from error
    except (DatabaseError, CommandError) as error:
        raise StoreDamaged from error


def _upgrade(connection: Connection, store: Store) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(_HERE / store).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes.update(connection=connection, version_table=f"{store}_version")
    command.upgrade(config, "head")
