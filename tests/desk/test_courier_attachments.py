"""Attachments: in ranges, going on where they stopped, whole under their name or not there at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, HubDouble

from exchange.desk.blobfolder import BlobFolder
from exchange.desk.courier import attachments
from exchange.desk.courier.attachments import DAMAGED, LOST, REFUSED, DownloadLoop, UploadLoop
from exchange.errors import AttachmentUnknown, HubRefused, HubUnreachable
from exchange.store.casebook import BlobRow, Casebook, Change
from exchange.wire import limits
from keys.record import digest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

DATA = bytes(range(256)) * 4096 * 5  # a little more than one range
NAME = digest(DATA)


class Moving:
    """A desk that moves attachments to and from a hub in memory."""

    def __init__(self, folder: BlobFolder, casebook: Casebook) -> None:
        self.folder, self.casebook, self.hub = folder, casebook, HubDouble()
        self.up = UploadLoop(self.hub, casebook, folder, now=lambda: NOW)
        self.down = DownloadLoop(self.hub, casebook, folder, now=lambda: NOW)

    def put_here(self, data: bytes = DATA) -> None:
        self.folder.append(digest(data), data)
        assert self.folder.complete(digest(data))

    async def want(self, state: str, size: int = len(DATA), name: str = NAME) -> None:
        await self.casebook.record(Change(blobs=(BlobRow(name, size, state, "t1"),)))  # type: ignore[arg-type]

    async def state(self, name: str = NAME) -> str:
        row = await self.casebook.blob(name)
        assert row is not None
        return row.state

    async def alarms(self) -> set[tuple[str, str]]:
        return {(alarm.name, alarm.subject) for alarm in await self.casebook.alarms()}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Moving]:
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    yield Moving(BlobFolder(tmp_path / "blobs"), casebook)
    await casebook.close()


async def test_an_upload_goes_in_ranges_and_says_when_it_is_done(desk: Moving) -> None:
    assert len(DATA) > limits.BLOB_RANGE
    desk.put_here()
    await desk.want("upload")
    await desk.up.round()
    assert bytes(desk.hub.blobs[NAME]) == DATA
    assert await desk.state() == "uploaded"


async def test_an_upload_goes_on_where_it_stopped(desk: Moving) -> None:
    desk.put_here()
    desk.hub.blobs[NAME] = bytearray(DATA[:1000])
    await desk.want("upload")
    desk.hub.down = True
    with pytest.raises(HubUnreachable):
        await desk.up.round()
    desk.hub.down = False
    await desk.up.round()
    assert bytes(desk.hub.blobs[NAME]) == DATA


async def test_a_hub_that_takes_nothing_is_an_outage_and_no_endless_loop(desk: Moving) -> None:
    desk.put_here()
    await desk.want("upload")

    async def take_nothing(*_: object) -> int:
        return 0

    desk.hub.put_blob = take_nothing  # type: ignore[method-assign,assignment]
    with pytest.raises(HubUnreachable):
        await desk.up.round()
    assert await desk.state() == "upload"


@pytest.mark.parametrize("loss", ["gone", "cut"])
async def test_an_attachment_lost_here_is_named_and_lets_the_words_go(desk: Moving, loss: str) -> None:
    if loss == "cut":
        desk.put_here()
        desk.folder.path(NAME).write_bytes(DATA[:-1])
    await desk.want("upload")
    await desk.up.round()
    assert await desk.state() == "refused"
    assert await desk.alarms() == {(LOST, NAME)}


@pytest.mark.parametrize(("code", "alarm"), [("blob_differs", LOST), ("too_large", REFUSED)])
async def test_an_attachment_that_the_hub_refuses_is_named(desk: Moving, code: str, alarm: str) -> None:
    desk.put_here()
    await desk.want("upload")

    async def refuse(*_: object) -> int:
        raise HubRefused(code, 409)

    desk.hub.put_blob = refuse  # type: ignore[method-assign,assignment]
    await desk.up.round()
    assert await desk.state() == "refused"
    assert await desk.alarms() == {(alarm, NAME)}


async def test_a_download_stands_under_its_name_when_it_is_whole(desk: Moving) -> None:
    desk.hub.blobs[NAME] = bytearray(DATA)
    await desk.want("download")
    await desk.down.round()
    assert desk.folder.path(NAME).read_bytes() == DATA
    assert desk.folder.begun(NAME) == 0
    assert await desk.state() == "present"


async def test_a_download_goes_on_where_it_stopped(desk: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.hub.blobs[NAME] = bytearray(DATA)
    await desk.want("download")
    asked: list[int] = []
    whole = desk.hub.get_blob

    async def twice(digest: str, start: int) -> bytes:
        asked.append(start)
        if len(asked) == 2:
            raise HubUnreachable
        return await whole(digest, start)

    monkeypatch.setattr(desk.hub, "get_blob", twice)
    with pytest.raises(HubUnreachable):
        await desk.down.round()
    assert desk.folder.size(NAME) is None
    await desk.down.round()
    assert asked == [0, limits.BLOB_RANGE, limits.BLOB_RANGE]
    assert desk.folder.path(NAME).read_bytes() == DATA


@pytest.mark.parametrize("lie", ["changed", "longer", "empty"])
async def test_a_damaged_download_is_thrown_away_and_given_up_by_name(
    desk: Moving, lie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "AGAIN", 0.0)
    lies = {"changed": bytes(len(DATA)), "longer": DATA + bytes(limits.BLOB_RANGE), "empty": b""}
    desk.hub.blobs[NAME] = bytearray(lies[lie])
    await desk.want("download")
    for number in range(DAMAGED):
        assert await desk.state() == "download", number
        desk.down.wake()
        await desk.down.round()
    assert await desk.state() == "refused"
    assert await desk.alarms() == {(REFUSED, NAME)}
    assert desk.folder.size(NAME) is None
    assert desk.folder.begun(NAME) == 0


async def test_one_that_cannot_be_had_does_not_hold_up_another(
    desk: Moving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "AGAIN", 0.05)
    other = b"x" * 100_000_0
    desk.hub.blobs[digest(other)] = bytearray(other)
    await desk.want("download", 10, NAME)
    await desk.want("download", len(other), digest(other))
    await desk.down.round()
    assert await desk.state(digest(other)) == "present"
    assert await desk.state() == "download"
    assert await desk.alarms() == {(LOST, NAME)}
    desk.hub.blobs[NAME] = bytearray(DATA)
    await desk.want("refused")
    await desk.want("download")  # nothing changes: a refusal is final
    assert await desk.state() == "refused"


async def test_what_came_after_all_ends_the_alarm(desk: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "AGAIN", 0.01)
    await desk.want("download")
    await desk.down.round()
    assert await desk.alarms() == {(LOST, NAME)}
    desk.hub.blobs[NAME] = bytearray(DATA)
    await asyncio.sleep(0.02)
    await asyncio.wait_for(desk.down.round(), 5)
    assert await desk.state() == "present"
    assert await desk.alarms() == set()


async def test_what_is_here_already_is_not_fetched(desk: Moving) -> None:
    desk.put_here()
    await desk.want("download")
    await desk.down.round()
    assert await desk.state() == "present"


async def test_an_attachment_of_ours_is_not_fetched_because_somebody_names_it(desk: Moving) -> None:
    await desk.want("upload")
    await desk.want("download")
    assert await desk.state() == "upload"


@pytest.mark.parametrize("name", ["", "..", "../" + "a" * 61, "A" * 64, "a" * 63, "a" * 65])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = BlobFolder(tmp_path)
    for attack in (folder.path, folder.size, folder.begun, folder.drop):
        with pytest.raises(AttachmentUnknown):
            attack(name)
