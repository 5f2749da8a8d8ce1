"""Watching mailboxes: the tail and the database together miss nothing, also with other processes in between."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

import pytest

from exchange.errors import CursorAhead, StoreUnavailable
from exchange.hub import mailboxes
from exchange.hub.mailboxes import Mailboxes
from exchange.store.mailroom import Mailroom, Post, Posting
from keys.record import new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOXES = tuple(f"box{number}" for number in range(4))


@pytest.fixture
async def hubs(database_url: str) -> AsyncIterator[list[tuple[Mailroom, Mailboxes]]]:
    """Two processes' worth of hub on PostgreSQL; on SQLite, whose file has one hub, one."""
    opened = []
    for _ in range(1 if "sqlite" in database_url else 2):
        room = await Mailroom.open(database_url)
        boxes = Mailboxes(room)
        await boxes.start()
        opened.append((room, boxes))
    yield opened
    for room, boxes in opened:
        await boxes.close()
        await room.close()


def post(*boxes: str, data: bytes = b"x") -> Post:
    return Post("a", 1, (Posting(new_id(), boxes, data, b""),))


@pytest.mark.parametrize("budget", [mailboxes.TAIL, 200], ids=["roomy", "tight"])
async def test_readers_that_follow_many_posters_get_everything_once_and_in_order(
    hubs: list[tuple[Mailroom, Mailboxes]], budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "TAIL", budget)
    monkeypatch.setattr(mailboxes, "LOOK_EVERY", 0.01)
    choose = random.Random(7)
    expected: dict[str, set[bytes]] = {box: set() for box in BOXES}
    posting = True

    async def write(number: int) -> None:
        for index in range(30):
            boxes = choose.sample(BOXES, choose.randint(1, 3))
            data = b"%d/%03d" % (number, index)
            room, _ = choose.choice(hubs)
            await room.post(post(*boxes, data=data))
            for box in boxes:
                expected[box].add(data)
            if choose.random() < 0.3:
                await asyncio.sleep(choose.random() / 50)

    async def follow(box: str, found: list[bytes]) -> None:
        cursor = 0
        while posting or set(found) != expected[box]:
            _, boxes = choose.choice(hubs)
            for mail in await boxes.read(
                box, cursor, wait=choose.choice((0, 0.05)), count=choose.choice((1, 5, 256))
            ):
                assert mail.cursor > cursor
                cursor = mail.cursor
                found.append(mail.data)
            await asyncio.sleep(0)

    found: dict[str, list[bytes]] = {box: [] for box in BOXES}
    followers = [asyncio.ensure_future(follow(box, found[box])) for box in BOXES]
    await asyncio.gather(*(write(number) for number in range(6)))
    posting = False
    await asyncio.wait_for(asyncio.gather(*followers), 20)
    for box in BOXES:
        assert len(found[box]) == len(expected[box])
        for number in range(6):
            own = [data for data in found[box] if data.startswith(b"%d/" % number)]
            assert own == sorted(own)


async def test_a_reader_is_woken_by_another_process_too(hubs: list[tuple[Mailroom, Mailboxes]]) -> None:
    room, _ = hubs[0]
    _, boxes = hubs[-1]
    assert await boxes.read("box0", 0, wait=0, count=9) == []
    waiting = asyncio.ensure_future(boxes.read("box0", 0, wait=20, count=9))
    await asyncio.sleep(0.05)
    began = time.monotonic()
    await room.post(post("box0", data=b"woken"))
    assert [mail.data for mail in await waiting] == [b"woken"]
    assert time.monotonic() - began < 5


async def test_reading_on_is_written_down_when_closing(hubs: list[tuple[Mailroom, Mailboxes]]) -> None:
    room, boxes = hubs[0]
    await room.post(post("box0"))
    await room.post(post("box0"))
    first, second = await boxes.read("box0", 0, wait=0, count=9)
    await boxes.read("box0", first.cursor, wait=0, count=9)
    await boxes.close()
    assert await room.read("box0", 0, count=9, size=1 << 20) == [second]


async def test_acknowledgements_that_could_not_be_written_are_kept(
    hubs: list[tuple[Mailroom, Mailboxes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    room, boxes = hubs[0]
    await room.post(post("box0"))
    (mail,) = await boxes.read("box0", 0, wait=0, count=9)
    await boxes.read("box0", mail.cursor, wait=0, count=9)

    async def away(_: object) -> int:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(room, "acknowledge", away)
        await boxes._write_down()
    await boxes._write_down()
    assert await room.read("box0", 0, count=9, size=1 << 20) == []


async def test_cursors_that_were_never_issued_are_refused_whoever_would_have_issued_them(
    hubs: list[tuple[Mailroom, Mailboxes]],
) -> None:
    room, _ = hubs[0]
    _, boxes = hubs[-1]
    await room.post(post("box0"))
    for ahead in (2, 2**63 - 1):
        with pytest.raises(CursorAhead):
            await boxes.read("box0", ahead, wait=0, count=9)
        with pytest.raises(CursorAhead):
            await boxes.acknowledge("box0", ahead)
    assert await boxes.read("box0", 1, wait=0, count=9) == []


async def test_readers_that_leave_are_forgotten(hubs: list[tuple[Mailroom, Mailboxes]]) -> None:
    _, boxes = hubs[0]
    waiting = [asyncio.ensure_future(boxes.read("box0", 0, wait=50, count=9)) for _ in range(5)]
    await asyncio.sleep(0.05)
    assert len(boxes._tails["box0"].waiting) == 5
    for reader in waiting:
        reader.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert len(boxes._tails["box0"].waiting) == 0
