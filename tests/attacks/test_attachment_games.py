"""Attachments that were never there, or are not what somebody says of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exchange.desk.blobfolder import BlobFolder
from exchange.desk.courier import attachments
from exchange.desk.courier.attachments import DownloadLoop
from exchange.store.casebook import BlobRow, Casebook, Change
from keys.record import digest

sys.path.append(str(Path(__file__).parent.parent / "desk"))

from courier_world import NOW, HubDouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FILE = b"a photograph of a bruise" * 1000


class Fetching:
    """A desk that fetches what slips have named."""

    def __init__(self, folder: BlobFolder, casebook: Casebook) -> None:
        self.folder, self.casebook, self.hub = folder, casebook, HubDouble()
        self.loop = DownloadLoop(self.hub, casebook, folder, now=lambda: NOW)

    async def named(self, *blobs: BlobRow) -> None:
        await self.casebook.record(Change(blobs=blobs))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Fetching]:
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    yield Fetching(BlobFolder(tmp_path / "blobs"), casebook)
    await casebook.close()


async def test_files_that_do_not_exist_keep_nobody_from_one_that_does(
    desk: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty shares can name a thousand small files that nobody ever uploaded."""
    monkeypatch.setattr(attachments, "PAGE", 10)
    await desk.named(*(BlobRow(digest(b"%d" % n), 72, "download", None) for n in range(25)))
    desk.hub.blobs[digest(FILE)] = bytearray(FILE)
    await desk.named(BlobRow(digest(FILE), len(FILE), "download", None))
    await desk.loop.round()
    assert desk.folder.path(digest(FILE)).read_bytes() == FILE


async def test_a_false_size_does_not_keep_a_file_from_coming(
    desk: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another recipient of the same file names it too, with a size of their own choosing, and comes first."""
    monkeypatch.setattr(attachments, "AGAIN", 0.0)
    desk.hub.blobs[digest(FILE)] = bytearray(FILE)
    await desk.named(BlobRow(digest(FILE), 72, "download", None))
    await desk.named(BlobRow(digest(FILE), len(FILE), "download", None))
    for _ in range(4):
        desk.loop.wake()
        await desk.loop.round()
    assert desk.folder.path(digest(FILE)).read_bytes() == FILE
