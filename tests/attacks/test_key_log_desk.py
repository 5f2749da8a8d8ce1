"""What a hub shows that is no log at all, and a thief who speaks for a desk's audit trail."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from courier_world import NOW, THEM, US, make_home
from following import Following
from notary import Notary

from exchange.desk import log_reader
from exchange.desk.cli import keylog
from exchange.desk.courier.directory import NOT_OURS, UNBELIEVABLE
from exchange.desk.keylog import KeyLog
from exchange.desk.log_reader import LogReader
from exchange.errors import DeskBehind, EntryDropped
from exchange.store.casebook import Casebook
from exchange.wire.keylog import SignedEvent
from keys.errors import CheckpointForged, CheckpointMalformed, Malformed
from keys.event import Anchor
from keys.record import format_time
from keys.statement import Kind, dump, sign
from keys.transparency.checkpoint import Checkpoint, sign_checkpoint
from keys.transparency.tiles import TILE, write_entries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from exchange.wire.keylog import DirectoryPage


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Following]:
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    others = make_home(tmp_path, THEM), make_home(tmp_path, "eastvale-police")
    desk = Following(make_home(tmp_path, US), casebook, *others)
    desk.hub.notary.add(others[0].events)
    await desk.loop.follow()
    assert desk.loop.may_send.is_set()
    yield desk
    await casebook.close()


def showing(spoil: Callable[[str], str]) -> Callable[[DirectoryPage], DirectoryPage]:
    return lambda page: page.model_copy(update={"checkpoint": spoil(page.checkpoint)})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "no note at all",
        lambda note: note.replace("\n2\n", "\n02\n"),
        lambda note: note.replace("\n2\n", "\n2\u2028\n"),
        lambda note: note.replace("\n\n", "\nan extension\n\n"),
        lambda note: note + "\n",
    ],
)
async def test_what_is_no_checkpoint_is_an_alarm_and_stops_the_mail(
    desk: Following, spoil: Callable[[str], str]
) -> None:
    desk.hub.forged = showing(spoil)
    with pytest.raises((CheckpointForged, CheckpointMalformed)):
        await desk.loop.follow()
    assert not desk.loop.may_send.is_set()
    assert len(await desk.alarms()) == 1
    desk.hub.forged = lambda page: page
    await desk.loop.follow()
    assert desk.loop.may_send.is_set()
    assert await desk.alarms() == set()


async def test_what_is_no_entry_is_an_alarm_and_stops_the_mail(desk: Following) -> None:
    desk.hub.notary.add(make_home(desk.home.path.parent, "ashby-police").events)
    no_base64 = SignedEvent(payload="?", signature="AB==")
    desk.hub.forged = lambda page: page.model_copy(update={"entries": (no_base64,)})
    with pytest.raises(Malformed):
        await desk.loop.follow()
    assert not desk.loop.may_send.is_set()
    assert await desk.alarms() == {UNBELIEVABLE}


async def test_a_thiefs_anchor_stops_the_desk_and_is_no_event_of_ours(desk: Following) -> None:
    """Whoever holds the signing key may do this: the desk cannot tell it from an old copy of its own."""
    home = desk.own.home
    key, at = home.keys.signing.key_id, format_time(NOW)
    anchor = Anchor(agency=US, key=key, number=10**6, head="0" * 64, created=at)
    desk.hub.notary.add([sign(Kind.ANCHOR, dump(anchor), home.signing_key)])
    with pytest.raises(DeskBehind):
        await desk.loop.follow()
    assert not desk.loop.may_send.is_set()
    assert NOT_OURS not in await desk.alarms()


async def test_who_only_reads_a_log_is_not_filled_up_by_an_endless_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's own key signs a size that it will never reach, and there is always another bundle."""
    notary, told = Notary(), []
    note = sign_checkpoint(Checkpoint(notary.origin, 10**12, bytes(32)), notary.signer)

    async def endless(request: web.Request) -> web.Response:
        told.append(request.path)
        bundle = b"" if len(told) > 100 else write_entries([bytes(5000)] * TILE)
        return web.Response(body=note if request.path.endswith("checkpoint") else bundle)

    app = web.Application()
    app.router.add_get("/{anything:.*}", endless)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    monkeypatch.setattr(log_reader, "AT_ONCE", 16 * 2**20)
    try:
        async with LogReader(f"http://127.0.0.1:{runner.addresses[0][1]}") as reader:
            with pytest.raises(EntryDropped):
                await reader.follow(KeyLog(notary.policy(make_home(tmp_path, US))))
    finally:
        await runner.cleanup()
    assert len(told) < 20


async def test_a_hub_that_is_away_is_not_accused_by_who_remembers_its_log(tmp_path: Path) -> None:
    """An alarm that anybody can ring by cutting a cable is one that nobody heeds."""
    home, notary, remembered = make_home(tmp_path, US), Notary(), tmp_path / "remembered"
    notary.add(home.events)
    remembered.write_bytes(notary.note(NOW))
    log, nowhere = KeyLog(notary.policy(home)), "http://127.0.0.1:9"
    watching = keylog._watch(nowhere, log, remembered, 0.05, keylog._silent, patient=True)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(watching, 0.5)
    assert remembered.read_bytes() == notary.note(NOW)
