"""The casebook: one `record` for everything that is written, and the questions that the desk asks of it.

Promises: `record` returns when the change is durable, and all of it is or none; recording it again changes
nothing, so that whoever is unsure records again; a thread's status is refused when it was folded from another
set of steps than the casebook holds (`ThreadMoved`: fold again, record again).
Never: it opens an envelope or judges a step; what it is given was judged.

    change = Change(steps=(step,), threads=(status,), legs=legs, outgoing=(envelope,))
    recorded = await casebook.record(change)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from exchange.store.casebook.accounts import AccountReads
from exchange.store.casebook.figures import FigureReads
from exchange.store.casebook.hands import HandReads
from exchange.store.casebook.lists import ListReads
from exchange.store.casebook.notices import NoticeReads
from exchange.store.casebook.queues import QueueReads
from exchange.store.casebook.threads import ThreadReads
from exchange.store.casebook.trusted import TrustedReads
from exchange.store.casebook.writing import apply_all
from exchange.store.engine import open_engine, open_reader
from exchange.store.migrations import migrate
from exchange.store.writer import Bulk, Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from exchange.store.casebook.change import Change


_RECORD: Bulk[Change, tuple[str, ...]] = Bulk(apply_all)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a change added: the digests of steps that were new, in the order of the change."""

    steps: tuple[str, ...]


class Casebook(
    ThreadReads, ListReads, HandReads, QueueReads, NoticeReads, TrustedReads, FigureReads, AccountReads
):
    """One agency's casebook; see the module. Open it with `open`, and `close` it.

    The questions come from its families of reads; all of them are safe to ask at any time and see what
    was committed before they were asked.
    """

    def __init__(self, engine: AsyncEngine, reader: AsyncEngine, writer: Writer) -> None:
        super().__init__(reader)
        self._engine = engine
        self._writer = writer
        self._listeners: list[Callable[[Change, Recorded], None]] = []

    @classmethod
    async def open(cls, url: str) -> Self:
        """Bring the database at `url` to today's tables and open it; `StoreUnavailable`, `StoreDamaged`."""
        engine = open_engine(url)
        try:
            await migrate(engine, "casebook")
        except BaseException:
            await engine.dispose()
            raise
        return cls(engine, open_reader(url), await Writer.start(engine))

    async def close(self) -> None:
        """Commit what is queued and let go of the database."""
        await self._writer.close()
        await self._engine.dispose()
        await self._reader.dispose()

    async def record(self, change: Change) -> Recorded:
        """Write `change` in one transaction; durable when this returns.

        Raises `ThreadMoved` (nothing was written) when a `ThreadRow.folded` is not `folded(thread)`, counted
        with this change's steps; `StoreUnavailable` when the database does not answer: then it may or may
        not have been written, and recording it again is right.
        """
        recorded = Recorded(await self._writer.submit_to(_RECORD, change))
        for listener in self._listeners:
            listener(change, recorded)
        return recorded

    def subscribe(self, listener: Callable[[Change, Recorded], None]) -> None:
        """Call `listener` on the loop after every commit; it must return at once and never raise."""
        self._listeners.append(listener)
