"""The mailroom: what the hub asks of its store.

Promises: what was accepted is durable when the answer is given; a mailbox is read in the order of its
cursors, which strictly rise, and reading on from a cursor misses nothing; a repeated post is recognised; what
expires is told to its sender. All of it holds for several processes on one PostgreSQL.
Never: it opens an envelope, reads a clock, or waits for mail (see `hub.mailboxes`).
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from exchange.errors import StoreUnavailable
from exchange.store.engine import open_engine, open_reader
from exchange.store.mailroom import admission, leaving, posting, reading
from exchange.store.mailroom.logbook import LogBook
from exchange.store.mailroom.renumbering import renumber
from exchange.store.mailroom.tables import COUNTER, CURSOR, DELIVERY
from exchange.store.migrations import migrate
from exchange.store.writer import PreparedBulk, Writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from exchange.delivery import Verdict
    from exchange.store.mailroom.records import Issued, Post, Posted
    from exchange.wire.api import Mail

_LAST = select(COUNTER.c.last).where(COUNTER.c.name == CURSOR)


class Mailroom:
    """One process's door to the hub's database; see the module. Made by `open`."""

    def __init__(self, writing: AsyncEngine, reader: AsyncEngine, writer: Writer) -> None:
        self._writing = writing
        self._reader = reader
        self._writer = writer
        self.log = LogBook(writer, self._reading)
        self._listener: Callable[[Issued], None] | None = None
        self._post = PreparedBulk(posting.put, self._committed)
        self._expire = PreparedBulk(_expire_each, self._committed)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Bring the database at `url` to the present schema and open it; `StoreUnavailable` if it is away."""
        writing, reader = open_engine(url), open_reader(url)
        try:
            await migrate(writing, "mailroom")
            writer = await Writer.start(writing)
        except BaseException:
            await writing.dispose()
            raise
        return cls(writing, reader, writer)

    @property
    def work(self) -> Writer:
        """The hand that writes, for who counts what it does."""
        return self._writer

    @property
    def shared(self) -> bool:
        """Whether other processes may write to the same database: a SQLite file belongs to one hub."""
        return self._writing.dialect.name != "sqlite"

    async def close(self) -> None:
        """Commit what is queued, and disconnect."""
        await self._writer.close()
        await self._writing.dispose()
        await self._reader.dispose()

    def listen(self, listener: Callable[[Issued], None]) -> None:
        """Call `listener` after each commit that issued cursors, before any submitter is answered."""
        self._listener = listener

    async def post(self, post: Post) -> tuple[Verdict, ...]:
        """Put the envelopes of one request into their mailboxes; durable when it returns."""
        return (await self._writer.submit_to(self._post, post)).verdicts

    async def read(self, mailbox: str, beyond: int, *, count: int, size: int) -> list[Mail]:
        """Give what waits after the cursor `beyond`: at most `count` mails of together `size` bytes."""
        async with self._reading() as connection:
            return await reading.read(connection, mailbox, beyond, count=count, size=size)

    async def last_cursor(self) -> int:
        """Give the last cursor issued by any process."""
        async with self._reading() as connection:
            last: int = (await connection.execute(_LAST)).scalar_one()
            return last

    async def mailboxes_since(self, cursor: int) -> tuple[str, ...]:
        """Which mailboxes got something after `cursor`, from any process, that still waits."""
        query = select(DELIVERY.c.mailbox).where(DELIVERY.c.cursor > cursor).distinct()
        async with self._reading() as connection:
            return tuple((await connection.execute(query)).scalars())

    async def acknowledge(self, read: Sequence[tuple[str, int]]) -> int:
        """Remove what mailboxes have read, each up to its cursor; how many deliveries left."""
        return await self._writer.submit_to(_ACKNOWLEDGE, read)

    async def expire(self, keep: int, now: int) -> int:
        """Let go of all that has waited `keep` seconds by `now`, telling the senders; how many deliveries."""
        expired, more = 0, True
        while more:
            swept = await self._writer.submit_to(self._expire, (keep, now))
            expired, more = expired + swept.expired, swept.more
        return expired

    async def forget(self, remember: int, now: int) -> None:
        """Remove the last trace of what was posted `remember` seconds before `now` and has left."""
        while await self._writer.submit_to(_FORGET, (remember, now)):
            pass  # a portion at a time, so that mail goes on between them

    async def renumber(self) -> None:
        """Move all mail that waits beyond every cursor ever given out; see `mailroom.renumbering`."""
        await self._writer.submit(renumber)

    async def admit(self, agency: str, fingerprint: str) -> None:
        """Let `agency` in with the root of this fingerprint."""
        await self._writer.submit(lambda connection: admission.admit(connection, agency, fingerprint))

    async def admitted(self) -> dict[str, str]:
        """Every admitted agency's root fingerprint."""
        async with self._reading() as connection:
            return await admission.admitted(connection)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._reader.connect() as connection:
                yield connection
        except (OperationalError, InterfaceError, OSError) as error:
            raise StoreUnavailable from error

    def _committed(self, results: Sequence[Posted] | Sequence[leaving.Swept]) -> None:
        for result in results:
            if result.issued is not None and self._listener is not None:
                self._listener(result.issued)


def _expire_each(connection: Connection, sweeps: Sequence[tuple[int, int]]) -> list[leaving.Swept]:
    return [leaving.expire(connection, keep, now) for keep, now in sweeps]


def _acknowledge_each(connection: Connection, reads: Sequence[Sequence[tuple[str, int]]]) -> list[int]:
    return [leaving.acknowledge(connection, read) for read in reads]


def _forget_each(connection: Connection, sweeps: Sequence[tuple[int, int]]) -> list[bool]:
    return [leaving.forget(connection, remember, now) for remember, now in sweeps]


_ACKNOWLEDGE: PreparedBulk[Sequence[tuple[str, int]], int] = PreparedBulk(_acknowledge_each)
_FORGET: PreparedBulk[tuple[int, int], bool] = PreparedBulk(_forget_each)
