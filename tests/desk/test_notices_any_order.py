"""Whatever order things happen in: nobody is told of what is handled, or twice, and nothing that waits is lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.desk.notify import occasion
from exchange.desk.notifying.audience import Recipient
from exchange.desk.notifying.delivering import Delivering
from exchange.desk.notifying.matters import Matters
from exchange.desk.notifying.noticing import Noticing
from exchange.errors import NoticeUnsent
from exchange.store.casebook import Casebook, Change, LegRow, ReminderRow
from keys.record import format_time

if TYPE_CHECKING:
    from pathlib import Path

    from exchange.desk.notifying.matters import Matter
    from exchange.desk.notifying.message import Notice
    from exchange.store.casebook.rows import Turn

US, THEM = "northshire-childrens", "moorfield-primary"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
THREADS = 2
ROSTER = SimpleNamespace(people=(SimpleNamespace(id="ann"),), roles=(), lead=None)


class Everybody:
    """Everybody is told at their own name."""

    nobody = False

    def of(self, matter: Matter) -> tuple[Recipient, ...]:
        return (Recipient(matter.to, "mail", f"{matter.to}@northshire.example"),)


@dataclass
class World:
    """A desk's notices over rows that are written as steps would write them."""

    book: Casebook
    now: datetime = NOW
    legs: dict[str, LegRow] = field(default_factory=dict)
    reminded: dict[str, set[str]] = field(default_factory=dict)  # by thread, for its present turn
    failing: bool = False
    falls: bool = False
    handed: dict[str, int] = field(default_factory=dict)  # how often each notice was handed over
    version: int = 0
    round: int = 0

    def begin(self) -> None:
        """Begin anew, with a desk that has just started."""
        self.legs, self.reminded, self.handed = {}, {}, {}
        self.failing, self.round = False, self.round + 1
        self.start()

    def start(self) -> None:
        """Start the desk, or start it anew: what it had in memory is gone."""
        trust: Any = SimpleNamespace(agency=US, roster=lambda _: ROSTER)
        matters, everybody = Matters(self.book, trust), Everybody()

        async def audience() -> Any:
            return everybody

        self.noticing = Noticing(self.book, matters, audience, holidays=frozenset(), now=lambda: self.now)
        self.delivering = Delivering(
            self.book, matters, audience, self, holidays=frozenset(), now=lambda: self.now
        )
        self.book._listeners.clear()
        self.book.subscribe(self.noticing.committed)

    async def send(self, recipient: Recipient, notice: Notice) -> None:
        """Take a notice, as a mail server would; and know what waits at this moment."""
        assert recipient.to == "ann"
        if self.failing:
            raise NoticeUnsent("unreachable")
        waits = sum(
            1 + len(self.reminded[name]) for name, leg in self.legs.items() if leg.turn == "recipient"
        )
        assert 1 <= notice.count <= waits, "told of what is handled"
        self.handed[notice.id] = self.handed.get(notice.id, 0) + 1
        if self.falls:
            raise RuntimeError("killed before it was recorded")

    async def put(self, thread: str, turn: Turn | None, state: str) -> None:
        """A step moves the thread."""
        self.version += 1
        leg = LegRow(
            thread, 0, THEM, "theirs", US, "ann", None, state, turn is not None, turn, "routine",
            format_time(self.now), f"v{self.version}", None, None, format_time(self.now),
        )  # fmt: skip
        self.legs[thread], self.reminded[thread] = leg, set()
        await self.book.record(Change(legs=(leg,)))

    async def remind(self, thread: str) -> None:
        leg = self.legs.get(thread)
        if leg is None or leg.turn != "recipient":
            return
        self.reminded[thread].add("person")
        at = format_time(self.now)
        row = ReminderRow(thread, 0, occasion(leg), "person", "ann", at, at)
        await self.book.record(Change(reminders=(row,)))

    async def do(self, what: str, thread: str) -> None:
        """Do one of `ACTS`."""
        moves: dict[str, tuple[Turn | None, str]] = {
            "arrive": ("recipient", "sent"),
            "handle": ("sender", "read_back"),
            "close": (None, "closed"),
        }
        rows = {"make": ("arrive", "look", "wait", "look"), "settle": ("handle", "deliver")}
        for one in rows.get(what, ()):
            await self.do(one, thread)
        if what in moves:
            await self.put(thread, *moves[what])
        elif what == "remind":
            await self.remind(thread)
        elif what == "look":
            await self.noticing.look(self.now)
        elif what == "deliver":
            await self.delivering.deliver()
        elif what == "wait":
            self.now += timedelta(seconds=61)
        elif what == "fail":
            self.failing = not self.failing
        elif what == "kill":
            await self.kill()

    async def kill(self) -> None:
        """Fall between handing over and recording it, and start anew."""
        self.falls = True
        await asyncio.gather(self.delivering.deliver(), return_exceptions=True)
        self.falls = False
        self.start()

    async def calm(self) -> None:
        """Everything works again, for a while."""
        self.failing = False
        for _ in range(3):
            await self.noticing.look(self.now)
            self.now += timedelta(minutes=11)
            await self.noticing.look(self.now)
            await self.delivering.deliver()


ACTS = ("make", "settle", "arrive", "handle", "close", "remind", "look", "deliver", "wait", "fail", "kill")
acts = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, THREADS - 1)), max_size=20)


def test_in_any_order_nobody_is_told_of_what_is_handled_and_nothing_is_lost(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        book = runner.run(Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}"))
        world = World(book)

        @settings(max_examples=80, deadline=None)
        @given(acts)
        def play(done: list[tuple[str, int]]) -> None:
            runner.run(_play(world, done))

        play()
        runner.run(book.close())


async def _play(world: World, done: list[tuple[str, int]]) -> None:
    """Play on, in threads of which nobody has heard; then all of them are over."""
    world.begin()
    try:
        for what, number in done:
            await world.do(what, f"t{world.round}-{number}")
        await world.calm()
        await _demand_all_told(world)
        if "kill" not in {what for what, _ in done}:
            assert set(world.handed.values()) <= {1}, "told twice"
    finally:
        for thread in list(world.legs):
            await world.put(thread, None, "closed")
        await world.calm()


async def _demand_all_told(world: World) -> None:
    """Everything that still waits was told once: it stands in a notice that was handed over."""
    trust: Any = SimpleNamespace(agency=US, roster=lambda _: ROSTER)
    for one in await Matters(world.book, trust).everywhere(world.now):
        assert (one.key, one.to) in await world.book.told_of([one.key])
    sent = {name for name, count in world.handed.items() if count}
    told = {row.notice for name in sent for row in await world.book.told_in(name)}
    waiting = {thread for thread, leg in world.legs.items() if leg.turn == "recipient"}
    told_threads = {row.thread for name in told for row in await world.book.told_in(name)}
    assert waiting <= told_threads
    assert await world.book.lanes_waiting(format_time(world.now)) == frozenset()


def test_a_thread_that_moves_is_another_matter() -> None:
    leg = LegRow(
        "t", 0, THEM, "theirs", US, "ann", None, "sent", True, "recipient", "routine", None, "v1", None,
        None, format_time(NOW),
    )  # fmt: skip
    trust: Any = SimpleNamespace(agency=US, roster=lambda _: ROSTER)
    of = Matters(None, trust)._of_legs  # type: ignore[arg-type]  # it asks no casebook for this
    (one,) = of([leg], NOW)
    (same,) = of([replace(leg, state="accepted", updated=format_time(NOW + timedelta(hours=1)))], NOW)
    (other,) = of([replace(leg, version="v2")], NOW)
    assert one.key == same.key != other.key
