"""Attachments: sealed bytes to the hub before the envelope that names them, and from it after one that did.

Promises: both directions go on where they stopped, in ranges, in constant memory; what arrives stands under
its name only when its digest fits; one attachment that cannot be had does not hold up the others.
Never: an envelope waits for ever for an attachment that is lost: the words go, and an alarm names the loss.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.errors import AttachmentUnknown, BlobDiffers, HubRefused, HubUnreachable
from exchange.store.casebook import AlarmRow, AuditEntry, BlobRow, Change
from exchange.wire import limits
from exchange.wire.api import ByteRange
from keys.record import format_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from exchange.desk.blobfolder import BlobFolder
    from exchange.desk.hub_client import HubClient
    from exchange.store.casebook import Casebook
    from exchange.store.casebook.rows import BlobState

LOST = "attachment_lost"
REFUSED = "attachment_refused"
AGAIN = 60.0  # seconds until an attachment that could not be had is asked for again; doubled each time
LATEST = 3600.0  # seconds, at most
PAGE = 1000  # attachments looked at together
STALLS = 3  # ranges in a row that may bring the upload no further
DAMAGED = 3  # times that an attachment may arrive damaged


class _Transfers:
    """What both directions share."""

    def __init__(
        self, hub: HubClient, casebook: Casebook, folder: BlobFolder, *, now: Callable[[], datetime]
    ) -> None:
        self._hub = hub
        self._casebook = casebook
        self._folder = folder
        self._now = now
        self._asked = asyncio.Event()
        self._asked.set()

    def wake(self) -> None:
        """Look for attachments to move."""
        self._asked.set()

    async def _wait(self, seconds: float | None = None) -> None:
        try:
            await asyncio.wait_for(self._asked.wait(), seconds)
        except TimeoutError:
            return

    async def _settle(self, blob: BlobRow, state: BlobState, alarm: str | None = None) -> None:
        at = format_time(self._now())
        await self._casebook.record(
            Change(
                blobs=(BlobRow(blob.digest, blob.size, state, blob.thread),),
                alarms=() if alarm is None else (AlarmRow(alarm, blob.digest, at),),
                cleared=(AlarmRow(LOST, blob.digest, at, at),) if state == "present" else (),
                audit=(AuditEntry(f"attachment_{state}", at, blob.thread, code=alarm),),
            )
        )


class UploadLoop(_Transfers):
    """Brings attachments to the hub."""

    name = "uploads"

    async def round(self) -> None:
        """Wait until there is something to upload, and upload it."""
        await self._wait()
        self._asked.clear()
        try:
            for blob in await self._casebook.blobs("upload"):
                await self._upload(blob)
        except BaseException:
            self._asked.set()
            raise

    async def _upload(self, blob: BlobRow) -> None:
        if await asyncio.to_thread(self._folder.size, blob.digest) != blob.size:
            await self._settle(blob, "refused", LOST)
            return
        try:
            await self._send(blob)
        except AttachmentUnknown:
            await self._settle(blob, "refused", LOST)
        except HubRefused as problem:
            await self._settle(blob, "refused", LOST if problem.where == BlobDiffers.code else REFUSED)
        else:
            await self._settle(blob, "uploaded")

    async def _send(self, blob: BlobRow) -> None:
        held = await self._hub.blob_held(blob.digest)
        stalls = 0
        while held < blob.size:
            length = min(limits.BLOB_RANGE, blob.size - held)
            data = await asyncio.to_thread(self._folder.read, blob.digest, held, length)
            part = ByteRange(held, held + len(data) - 1, blob.size)
            before, held = held, await self._hub.put_blob(blob.digest, part, data)
            stalls = 0 if held > before else stalls + 1
            if stalls == STALLS:
                raise HubUnreachable("upload")


class DownloadLoop(_Transfers):
    """Fetches the attachments of what came in."""

    name = "downloads"

    def __init__(
        self, hub: HubClient, casebook: Casebook, folder: BlobFolder, *, now: Callable[[], datetime]
    ) -> None:
        super().__init__(hub, casebook, folder, now=now)
        self._later: dict[str, float] = {}  # digest → when to ask again
        self._pauses: dict[str, float] = {}  # digest → how long that was put off
        self._damaged: dict[str, int] = {}

    async def round(self) -> None:
        """Wait until there is something to fetch, and fetch it."""
        await self._wait(AGAIN if self._later else None)
        self._asked.clear()
        last: BlobRow | None = None
        try:
            while page := await self._casebook.blobs("download", after=last, limit=PAGE):
                for last in page:
                    await self._fetch(last)
        except BaseException:
            self._asked.set()
            raise

    async def _fetch(self, blob: BlobRow) -> None:
        """Fetch one if it is its time; put it off for longer each time that it cannot be had."""
        clock = asyncio.get_running_loop().time
        if self._later.get(blob.digest, 0.0) > clock():
            return
        self._later.pop(blob.digest, None)
        if await self._download(blob):
            self._pauses.pop(blob.digest, None)
            return
        pause = self._pauses.get(blob.digest, AGAIN)
        self._pauses[blob.digest] = min(2 * pause, LATEST)
        self._later[blob.digest] = clock() + pause

    async def _download(self, blob: BlobRow) -> bool:
        """Fetch one; false if it is to be tried again later."""
        folder = self._folder
        if await asyncio.to_thread(folder.size, blob.digest) is not None:
            await self._settle(blob, "present")
            return True
        # Several slips may name one file: its digest says when it is whole, not the size that one gives.
        size = min(await self._hub.blob_held(blob.digest), limits.BLOB) or blob.size
        held = await asyncio.to_thread(folder.begun, blob.digest)
        while held < size:
            try:
                data = await self._hub.get_blob(blob.digest, held)
            except HubRefused:
                await self._alarm(blob)
                return False
            if not data or held + len(data) > size:
                await asyncio.to_thread(folder.drop, blob.digest)
                return await self._was_damaged(blob)
            await asyncio.to_thread(folder.append, blob.digest, data)
            held += len(data)
        if held > size or not await asyncio.to_thread(folder.complete, blob.digest):
            await asyncio.to_thread(folder.drop, blob.digest)
            return await self._was_damaged(blob)
        await self._settle(blob, "present")
        return True

    async def _was_damaged(self, blob: BlobRow) -> bool:
        self._damaged[blob.digest] = self._damaged.get(blob.digest, 0) + 1
        if self._damaged[blob.digest] < DAMAGED:
            return False
        await self._settle(blob, "refused", REFUSED)
        return True

    async def _alarm(self, blob: BlobRow) -> None:
        at = format_time(self._now())
        await self._casebook.record(Change(alarms=(AlarmRow(LOST, blob.digest, at),)))
