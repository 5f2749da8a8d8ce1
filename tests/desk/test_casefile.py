"""Case files: opened again from the disk, cached within bounds, written through one hand at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import spoken
from doubles import Town

from exchange.desk import casefile
from exchange.desk.service.drafts import DeclineDraft
from exchange.errors import ThreadMoved
from exchange.store.casebook import Change

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from doubles import Agency

    from exchange.desk.people import Session


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[Agency]:
    town = Town(tmp_path)
    yield await town.open("moorfield-primary", {"Helen Marsh": "lead", "Tom Reed": "attendance officer"})
    await town.close()


@pytest.fixture
async def helen(school: Agency) -> Session:
    return await school.sign_in("Helen Marsh")


async def share(school: Agency, helen: Session) -> str:
    return (await school.desk.share(helen, spoken.share(school.person("Tom Reed")))).thread


async def test_what_is_read_from_the_disk_is_what_was_remembered(school: Agency, helen: Session) -> None:
    thread = await share(school, helen)
    remembered = await school.desk.files.load(thread)
    school.desk.files.forget(thread)
    again = await school.desk.files.load(thread)
    assert again.status == remembered.status
    assert again.row == remembered.row
    assert again.legs == remembered.legs
    assert again is await school.desk.files.load(thread)


async def test_several_at_once_are_what_each_is_alone(school: Agency, helen: Session) -> None:
    files = school.desk.files
    remembered, forgotten, new = await share(school, helen), await share(school, helen), "a" * 26
    files.forget(forgotten)
    found = await files.load_all([remembered, forgotten, new, remembered])
    assert found == {one: await files.load(one) for one in (remembered, forgotten, new)}
    assert found[remembered].status.kind == found[forgotten].status.kind == "share"
    assert found[new] == files.new(new)
    assert new not in files._cache


async def test_the_cache_is_bounded(school: Agency, helen: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casefile, "CACHE", 60_000)
    threads = [await share(school, helen) for _ in range(6)]
    files = school.desk.files
    assert files._cached <= 60_000
    assert files._cached == sum(file.size for file in files._cache.values())
    for thread in threads:
        assert (await files.load(thread)).status.kind == "share"
    assert files._cached <= 60_000


async def test_one_hand_at_a_time_writes_to_a_thread(school: Agency) -> None:
    files, order = school.desk.files, []

    async def hold(name: str, *threads: str) -> None:
        async with files.holding(threads):
            order.append(f"+{name}")
            await asyncio.sleep(0.01)
            order.append(f"-{name}")

    await asyncio.gather(hold("a", "x", "y"), hold("b", "y", "x"), hold("c", "z"), hold("d", "x", "x"))
    without_c = [one for one in order if not one.endswith("c")]
    assert all(one[1] == other[1] for one, other in zip(without_c[::2], without_c[1::2], strict=True))
    assert files._locks == {}


async def test_who_gives_up_waiting_holds_nothing(school: Agency) -> None:
    files = school.desk.files
    async with files.holding(["x"]):
        waiting = asyncio.create_task(files.holding(["x"]).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert files._locks == {}
    async with asyncio.timeout(1), files.holding(["x"]):
        pass


async def test_a_stale_file_cannot_be_written_over(school: Agency, helen: Session) -> None:
    thread = await share(school, helen)
    stale = await school.desk.files.load(thread)
    tom = await school.sign_in("Tom Reed")
    await school.desk.accept(tom, thread, 0, spoken.ACCEPTED)
    assert stale.row is not None
    with pytest.raises(ThreadMoved):
        await school.desk.casebook.record(Change(threads=(stale.row,)))
    school.desk.files.remember(stale)  # as if another process had written meanwhile
    await school.desk.decline(tom, thread, 0, DeclineDraft(reason="wrong-person"))
    assert (await school.desk.files.load(thread)).status.legs[0].state.value == "declined"
