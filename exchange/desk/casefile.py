"""A thread as this desk holds it: its steps opened from the casebook, folded, and turned back into rows.

Promises: what a case file says is a function of the steps in it; the rows it gives are those of the fold,
so that lists need not open anything. Opened letters are remembered only in memory, in a bounded cache; the
casebook refuses a status that was folded from other steps than it holds, so a stale cache can do no harm.
Never: it opens a person's part, or changes a step.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exchange.desk.recall import roster_in
from exchange.errors import TooLarge
from exchange.sealing import Letter, open_envelope
from exchange.share.thread import Step, ThreadStatus, fold
from exchange.wire import limits, slip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from exchange.desk.rows import Lists
    from exchange.sealing import OpeningKeys
    from exchange.store.casebook import Casebook, LegRow, StepRow, ThreadRow
    from keys.roster import RosterDocument

CACHE = 64 * limits.MIB  # of opened letters: slips and still sealed parts, no words
_OVERHEAD = 8 * limits.KIB


@dataclass(frozen=True, slots=True)
class Opened:
    """One step with the letter that brought it, and when it first came: the hour, and the log's size."""

    step: Step
    letter: Letter
    received: str
    received_at: int

    @property
    def size(self) -> int:
        """About how much memory it takes, in bytes."""
        return len(self.letter.payload) + sum(map(len, self.letter.parts)) + _OVERHEAD


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that is here of one thread. `citing` are the shares in other threads that answer it."""

    thread: str
    opened: Mapping[str, Opened]
    citing: Mapping[str, Opened]
    status: ThreadStatus
    row: ThreadRow | None  # as the casebook has it
    legs: Mapping[int | None, LegRow]
    news: tuple[LegRow, ...] = ()  # those of the legs that the last step changed

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its steps, in no particular order."""
        return tuple(one.step for one in self.opened.values())

    @property
    def size(self) -> int:
        """About how much memory it takes, in bytes."""
        return sum(one.size for one in (*self.opened.values(), *self.citing.values())) + _OVERHEAD

    def demand_room(self, agency: str) -> None:
        """Refuse one more step of an agency that has filled its share of this thread; `TooLarge`."""
        every = (*self.opened.values(), *self.citing.values())
        if sum(one.step.slip.author.agency == agency for one in every) >= limits.STEPS_OF_ONE_AGENCY:
            raise TooLarge("thread")

    def with_step(self, one: Opened, lists: Lists, now: str) -> CaseFile:
        """Add one step, its own or a share that cites it, and the rows that follow."""
        here = one.step.slip.thread == self.thread
        opened = {**self.opened, one.step.digest: one} if here else self.opened
        citing = self.citing if here else {**self.citing, one.step.digest: one}
        status = _fold(opened, citing)
        row = lists.thread_row(self.thread, status, self.row, folded=len(opened) + len(citing), now=now)
        legs = {leg.leg: self._unless_same(leg) for leg in lists.leg_rows(status, now)}
        news = tuple(leg for index, leg in legs.items() if self.legs.get(index) is not leg)
        return CaseFile(self.thread, opened, citing, status, row, legs, news)

    def _unless_same(self, leg: LegRow) -> LegRow:
        """Keep the old row, and so its place in people's lists, where nothing but the hour is new."""
        old = self.legs.get(leg.leg)
        return old if old is not None and replace(old, updated=leg.updated) == leg else leg


NOTHING = fold(())


def _fold(opened: Mapping[str, Opened], citing: Mapping[str, Opened]) -> ThreadStatus:
    return fold((one.step for one in opened.values()), (one.step for one in citing.values()))


class CaseFiles:
    """The desk's threads, opened on demand."""

    def __init__(self, agency: str, casebook: Casebook, keys: OpeningKeys) -> None:
        """`keys` gives the agency's mailbox keys, past ones too: what is at rest is sealed to them."""
        self._agency = agency
        self._casebook = casebook
        self._keys = keys
        self._cache: OrderedDict[str, CaseFile] = OrderedDict()
        self._cached = 0
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}  # and how many hold or await it

    @asynccontextmanager
    async def holding(self, threads: Iterable[str]) -> AsyncIterator[None]:
        """Let nobody else write to these threads meanwhile; always taken in one order, so no deadlock."""
        names = sorted(set(threads))
        for name in names:
            lock, users = self._locks.get(name) or (asyncio.Lock(), 0)
            self._locks[name] = lock, users + 1
        taken: list[asyncio.Lock] = []
        try:
            for name in names:
                lock, _ = self._locks[name]
                await lock.acquire()
                taken.append(lock)
            yield
        finally:
            for lock in reversed(taken):
                lock.release()
            for name in names:
                lock, users = self._locks.pop(name)
                if users > 1:
                    self._locks[name] = lock, users - 1

    @staticmethod
    def new(thread: str) -> CaseFile:
        """Begin the file of a thread of which nothing is here."""
        return CaseFile(thread, {}, {}, NOTHING, None, {})

    async def load(self, thread: str) -> CaseFile:
        """Open and fold a thread; one of which nothing is here is empty."""
        known = self._cache.get(thread)
        if known is not None:
            self._cache.move_to_end(thread)
            return known
        rows = await self._casebook.steps(thread)
        if not rows:
            return self.new(thread)
        row, legs = await self._casebook.thread(thread), await self._casebook.legs(thread)
        opened = await self._open(rows)
        others = await self.citing(*(row.digest for row in rows if row.kind == "request"))
        found = CaseFile(thread, opened, others, _fold(opened, others), row, {leg.leg: leg for leg in legs})
        self.remember(found)
        return found

    async def load_all(self, threads: Iterable[str]) -> dict[str, CaseFile]:
        """Load several threads; one question finds out which of those not remembered are new."""
        names = tuple(dict.fromkeys(threads))
        unknown = [name for name in names if name not in self._cache]
        here = await self._casebook.present(unknown)
        new = {name for name in unknown if name not in here}
        return {name: self.new(name) if name in new else await self.load(name) for name in names}

    async def citing(self, *requests: str) -> dict[str, Opened]:
        """Find the shares that cite these requests, by their digests."""
        return await self._open(await self._casebook.citing(*requests)) if requests else {}

    async def request_thread(self, digest: str | None) -> str | None:
        """Which thread the request with this digest opened; None if there is no such request here."""
        row = await self._casebook.step(digest) if digest is not None else None
        return row.thread if row is not None and row.kind == "request" else None

    async def rosters(self, agency: str) -> list[RosterDocument]:
        """Open every version of the agency's roster that is here, oldest first; none is believed anew."""
        rows = await self._casebook.rosters_of(agency)

        def opened() -> list[RosterDocument]:
            return [roster_in(open_envelope(row.envelope, self._agency, self._keys).letter) for row in rows]

        return await asyncio.to_thread(opened)

    def remember(self, file: CaseFile) -> None:
        """Take what was just read or recorded as the thread's present state."""
        self.forget(file.thread)
        self._cache[file.thread] = file
        self._cached += file.size
        while self._cached > CACHE and len(self._cache) > 1:
            _, old = self._cache.popitem(last=False)
            self._cached -= old.size

    def forget(self, thread: str) -> None:
        """Read the thread from the casebook again next time."""
        old = self._cache.pop(thread, None)
        self._cached -= old.size if old is not None else 0

    async def _open(self, rows: Iterable[StepRow]) -> dict[str, Opened]:
        return await asyncio.to_thread(lambda: {row.digest: self._open_one(row) for row in rows})

    def _open_one(self, row: StepRow) -> Opened:
        letter = open_envelope(row.envelope, self._agency, self._keys).letter
        return Opened(Step(row.digest, slip.read(letter.payload)), letter, row.received, row.received_at)
