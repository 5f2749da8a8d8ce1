"""Any interleaving of posts, reads, acknowledgements and crashes loses, doubles and reorders nothing."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import os
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.delivery import TABLE, Event, Place, after
from exchange.store.mailroom import Issued, Mailroom, Post, Posting
from keys.record import new_id

BOXES = ("first", "second", "third")
ROOMS = 3
LOTS = {"count": 7, "size": 1 << 30}
EXAMPLES = int(os.environ.get("READBACK_INTERLEAVINGS", "25"))

boxes = st.lists(st.sampled_from(BOXES), min_size=1, max_size=3, unique=True).map(tuple)
rooms = st.integers(0, ROOMS - 1)
steps = st.one_of(
    st.tuples(st.just("post"), st.lists(st.tuples(rooms, boxes), min_size=1, max_size=6)),
    st.tuples(st.just("repeat"), rooms, st.integers(0, 50)),
    st.tuples(st.just("read"), rooms, st.sampled_from(BOXES)),
    st.tuples(st.just("acknowledge"), rooms, st.sampled_from(BOXES)),
    st.tuples(st.just("crash"), rooms),
)
_examples = count()


def test_the_machine_s_table_is_all_there_is() -> None:
    for place in Place:
        for event in Event:
            assert after(place, event) is TABLE.get((place, event), place)
    left = {place for (_, _), place in TABLE.items()} - {before for before, _ in TABLE}
    assert left == {Place.ACKNOWLEDGED, Place.EXPIRED}


@dataclass
class World:
    """The rooms on one database, and what must be in the mailboxes."""

    url: str
    prefix: str
    rooms: list[Mailroom] = field(default_factory=list)
    posted: list[tuple[Posting, frozenset[int]]] = field(default_factory=list)  # with all that came before it
    acknowledged: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BOXES, 0))
    cursors: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BOXES, 0))
    read: dict[str, list[bytes]] = field(default_factory=lambda: {box: [] for box in BOXES})

    def box(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    async def post(self, wanted: list[tuple[int, tuple[str, ...]]]) -> None:
        """Post all at once, each through its room."""
        before = frozenset(range(len(self.posted)))
        fresh = []
        for room, names in wanted:
            data = os.urandom(8)
            posting = Posting(
                new_id(), tuple(self.box(name) for name in names), data, hashlib.sha256(data).digest()
            )
            fresh.append((self.rooms[room], posting))
        verdicts = await asyncio.gather(*(room.post(Post("a", 1, (posting,))) for room, posting in fresh))
        assert set(verdicts) == {("accepted",)}
        self.posted.extend((posting, before) for _, posting in fresh)

    async def repeat(self, room: int, index: int) -> None:
        if self.posted:
            posting, _ = self.posted[index % len(self.posted)]
            assert await self.rooms[room].post(Post("a", 2, (posting,))) == ("duplicate",)

    async def read_on(self, room: int, name: str) -> None:
        mails = await self.rooms[room].read(self.box(name), self.cursors[name], **LOTS)
        for mail in mails:
            assert mail.cursor > self.cursors[name]
            self.cursors[name] = mail.cursor
            self.read[name].append(mail.data)

    async def acknowledge(self, room: int, name: str) -> None:
        await self.rooms[room].acknowledge([(self.box(name), self.cursors[name])])
        self.acknowledged[name] = self.cursors[name]

    async def crash(self, number: int) -> None:
        """Break off in the middle of whatever is being written, and begin again."""
        room = self.rooms[number]
        half = asyncio.ensure_future(room.post(Post("a", 3, (Posting(new_id(), ("nobody",), b"", b""),))))
        await asyncio.sleep(0)
        assert room._writer._task is not None
        room._writer._task.cancel()
        with suppress(asyncio.CancelledError):
            await room._writer._task
        half.cancel()
        await room._writer._disconnect()
        await room._writing.dispose()
        await room._reader.dispose()
        self.rooms[number] = await Mailroom.open(self.url)

    async def check(self) -> None:
        for name in BOXES:
            while await self._more(name):
                pass
            expected = [
                (number, posting, before)
                for number, (posting, before) in enumerate(self.posted)
                if self.box(name) in posting.mailboxes
            ]
            assert sorted(self.read[name]) == sorted(posting.data for _, posting, _ in expected)
            place = {data: index for index, data in enumerate(self.read[name])}
            numbers = {number: place[posting.data] for number, posting, _ in expected}
            for number, _, before in expected:  # what was accepted before a post was made stands before it
                assert all(numbers[earlier] < numbers[number] for earlier in before if earlier in numbers)
            waiting = [
                mail.cursor for mail in await self.rooms[0].read(self.box(name), 0, count=999, size=1 << 30)
            ]
            assert all(cursor > self.acknowledged[name] for cursor in waiting)

    async def _more(self, name: str) -> bool:
        known = len(self.read[name])
        await self.read_on(0, name)
        return len(self.read[name]) > known


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=st.lists(steps, max_size=25))
async def test_any_interleaving(database_url: str, script: list[tuple[object, ...]]) -> None:
    world = World(database_url, f"box{next(_examples)}")
    world.rooms = [await Mailroom.open(database_url) for _ in range(ROOMS)]
    try:
        for name, *arguments in script:
            step = world.read_on if name == "read" else getattr(world, str(name))
            await step(*arguments)
        await world.check()
    finally:
        for room in world.rooms:
            await room.close()


async def test_a_reader_that_follows_many_writers_skips_nothing(database_url: str) -> None:
    writers = [await Mailroom.open(database_url) for _ in range(8)]
    reader = await Mailroom.open(database_url)
    total, seen = 8 * 40, []
    done = asyncio.Event()

    async def write(room: Mailroom, number: int) -> None:
        for index in range(40):
            data = b"%d/%d" % (number, index)
            await room.post(Post("a", 1, (Posting(new_id(), ("box",), data, b""),)))

    async def follow() -> None:
        cursor = 0
        while len(seen) < total:
            finished = done.is_set()
            mails = await reader.read("box", cursor, count=5, size=1 << 20)
            assert mails or not finished, "skipped"
            for mail in mails:
                assert mail.cursor > cursor
                cursor = mail.cursor
                seen.append(mail.data)

    following = asyncio.ensure_future(follow())
    await asyncio.gather(*(write(room, number) for number, room in enumerate(writers)))
    done.set()
    await following
    assert len(set(seen)) == total
    for number in range(8):
        own = [data for data in seen if data.startswith(b"%d/" % number)]
        assert own == [b"%d/%d" % (number, index) for index in range(40)]
    for room in (*writers, reader):
        await room.close()


async def test_each_process_can_tell_whether_another_was_in_between(database_url: str) -> None:
    one, other = await Mailroom.open(database_url), await Mailroom.open(database_url)
    heard: list[Issued] = []
    one.listen(heard.append)
    for room in (one, one, other, one):
        await room.post(Post("a", 1, (Posting(new_id(), ("box", "other"), b"x", b""),)))
    assert [(issued.before, issued.last) for issued in heard] == [(0, 2), (2, 4), (6, 8)]
    await one.close()
    await other.close()


def run_a_process(url: str, number: int, each: int) -> None:
    async def run() -> None:
        room = await Mailroom.open(url)

        async def write(lane: int) -> None:
            for index in range(each):
                data = b"%d/%d/%d" % (number, lane, index)
                await room.post(Post("a", 1, (Posting(new_id(), ("box", f"lane{lane}"), data, b""),)))

        await asyncio.gather(*(write(lane) for lane in range(4)))
        await room.close()

    asyncio.run(run())


async def test_eight_processes_at_one_postgresql(postgresql_url: str) -> None:
    reader = await Mailroom.open(postgresql_url)
    each, total = 20, 8 * 4 * 20
    context = multiprocessing.get_context("forkserver")  # the imports are made once
    context.set_forkserver_preload(["exchange.store.mailroom"])
    processes = [context.Process(target=run_a_process, args=(postgresql_url, n, each)) for n in range(8)]
    for process in processes:
        process.start()
    seen: list[bytes] = []
    cursor = 0
    while len(seen) < total:
        over = not any(process.is_alive() for process in processes)
        mails = await reader.read("box", cursor, count=50, size=1 << 20)
        assert mails or not over, "skipped"
        for mail in mails:
            assert mail.cursor > cursor
            cursor = mail.cursor
            seen.append(mail.data)
        await asyncio.sleep(0.01)
    for process in processes:
        await asyncio.to_thread(process.join, 30)
    assert [process.exitcode for process in processes] == [0] * 8
    assert len(set(seen)) == total
    for number in range(8):
        for lane in range(4):
            own = [data for data in seen if data.startswith(b"%d/%d/" % (number, lane))]
            assert own == [b"%d/%d/%d" % (number, lane, index) for index in range(each)]
    await reader.close()
