"""Several hubs on one PostgreSQL show one log; one that is killed shows the same when it is back."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
import witnessed
from hub_at_work import A, Agency, B, C, Running, running

from exchange.hub.keylog import keylog as parts
from exchange.hub.keylog import signing
from exchange.wire import api, keylog
from keys.statement import Signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HUBS = 3


@pytest.fixture
async def hubs(tmp_path: Path, postgresql_url: str) -> AsyncIterator[list[Running]]:
    """Hubs with one log key, each in a folder of its own."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(running(tmp_path / "0", postgresql_url))
        found = [first]
        for number in range(1, HUBS):
            shutil.copytree(tmp_path / "0", tmp_path / str(number))
            found.append(await stack.enter_async_context(running(tmp_path / str(number), postgresql_url)))
        yield found


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()


async def rotate(hub: Running, agency: Agency, first: Signed, count: int) -> None:
    entry = first
    for seq in range(1, count + 1):
        entry = witnessed.rotation(agency, entry, seq)
        assert await witnessed.publish(hub, entry) == 201


async def test_they_agree_on_one_order_and_one_checkpoint(hubs: list[Running]) -> None:
    names = ("brindle-college", "chalk-hospital", "dunmere-police")
    joined = await asyncio.gather(*(hub.join(name) for hub, name in zip(hubs, names, strict=True)))
    enrolled = {
        one.name: signed
        for signed in await hubs[0].hub.room.log.entries(0, 10)
        for one in joined
        if one.name.encode() in signed.payload
    }
    await asyncio.gather(
        *(rotate(hub, one, enrolled[one.name], 6) for hub, one in zip(hubs, joined, strict=True))
    )
    size = len(names) * 7
    async with asyncio.timeout(10):
        while (await witnessed.newest(hubs[0])).size != size:  # noqa: ASYNC110 - a client has no event
            await asyncio.sleep(0.1)
    notes = [await witnessed.note(hub) for hub in hubs]
    assert notes[1:] == notes[:-1]
    entries = [one.signed for one in (await witnessed.page(joined[0])).entries]
    assert witnessed.tree_of(entries).root_at(size) == (await witnessed.newest(hubs[1])).root
    stamps = await hubs[0].hub.room.log.newest(100)
    tree = witnessed.tree_of(entries)
    assert all(stamp.root == tree.root_at(stamp.size) for stamp in stamps)


async def test_what_one_was_shown_stops_them_all(
    hubs: list[Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "LOOK_EVERY", 0.2)
    agency = await hubs[0].join(A)
    strangers = [Signed(b"x", b"y")] * 5
    ahead = witnessed.signed_note(witnessed.signer(hubs[0]), strangers)
    status, _ = await witnessed.post(hubs[0], keylog.EVIDENCE, keylog.NoteDocument(note=ahead.decode()))
    assert status == 204
    async with asyncio.timeout(10):
        for hub in hubs:
            while (await witnessed.get(hub, keylog.CHECKPOINT))[0] != 503:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.1)
    status, _, body = await agency.ask("GET", f"{api.MAILBOX}?after=0")
    assert (status, api.ProblemDocument.model_validate_json(body).code) == (503, "hub_behind")


async def test_a_cosignature_at_one_lets_another_go_on(tmp_path: Path, postgresql_url: str) -> None:
    async with running(tmp_path / "0", postgresql_url, witnesses_wanted=1) as one:
        a = await one.join(A)
        shutil.copytree(tmp_path / "0", tmp_path / "1")
        async with running(tmp_path / "1", postgresql_url, witnesses_wanted=1) as other:
            note = await witnessed.note(one)
            await witnessed.send_cosignature(a, witnessed.cosigned(a, note))
            await other.join(B)
            await until_size(other, 2)
            await other.join(C)
            await asyncio.sleep(1.2)
            note = await witnessed.note(other)
            assert (await witnessed.newest(other)).size == 2
            said = await witnessed.send_cosignature(a, witnessed.cosigned(a, note))
            assert said == (204, "")
            await until_size(other, 3)


async def until_size(hub: Running, size: int) -> None:
    async with asyncio.timeout(signing.SIGN_AFTER):
        while (await witnessed.newest(hub)).size != size:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)
