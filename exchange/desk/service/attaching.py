"""Files in and out, as streams in constant memory.

Promises: a file is sealed while it arrives and never lies here in the clear; its key is kept sealed to the
person who attached it. A file goes out only after its whole ciphertext was checked against what the signed
slip pins, and a copy on disk gets its name only after its end was verified.
Never: a file's name is used as a path here, or its bytes are held whole in memory.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from exchange.desk.service.keeping import KeptFile, keep_file
from exchange.desk.service.reading import demand_accepted, leg_of, open_version, visible
from exchange.desk.service.views import AttachedView, AttachmentView
from exchange.errors import AttachmentUnknown
from exchange.sealing import AttachmentOpener, AttachmentSealer
from exchange.wire import limits
from keys.record import encode, new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from exchange.wire.contents import ShareContents
    from exchange.wire.slip import AttachmentPin

BLOCK = limits.MIB


@dataclass(frozen=True, slots=True)
class Download:
    """One attached file, ready to go out."""

    name: str
    media_type: str
    size: int
    blocks: AsyncIterator[bytes]


async def attach(desk: Premises, session: Session, blocks: AsyncIterator[bytes]) -> AttachedView:
    """Seal a file while it arrives; the handle stands for it in a draft. `TooLarge` beyond the limit."""
    sealer, temporary = AttachmentSealer(), desk.config.blobs / f".{new_id()}.new"
    await asyncio.to_thread(desk.config.blobs.mkdir, mode=0o700, parents=True, exist_ok=True)
    try:
        await _seal(sealer, temporary, blocks)
        pin, handle = sealer.pin, new_id()
        await asyncio.to_thread(_settle, temporary, desk.blobs.path(pin.digest))
        file = KeptFile(pin=pin, size=sealer.size, key=encode(sealer.key))
        await desk.casebook.record(await asyncio.to_thread(keep_file, desk, session, handle, file))
    finally:
        await asyncio.to_thread(temporary.unlink, missing_ok=True)
    return AttachedView(handle=handle, size=sealer.size)


async def described(
    desk: Premises, share: ShareContents, pins: tuple[AttachmentPin, ...]
) -> tuple[AttachmentView, ...]:
    """Describe the files of a share, and say which of them have arrived."""
    found = []
    for index, note in enumerate(share.attachments):
        here = await asyncio.to_thread(desk.blobs.size, pins[note.pin].digest)
        found.append(
            AttachmentView(
                index=index,
                name=note.name,
                media_type=note.media_type,
                size=note.size,
                why_needed=note.why_needed,
                here=here is not None,
            )
        )
    return tuple(found)


async def download(desk: Premises, session: Session, thread: str, leg: int, number: int) -> Download:
    """One file of the version that stands, verified whole before its first byte goes out.

    `AttachmentUnknown` if there is none of that number or it has not arrived; `ContentsDisagree` or
    `EnvelopeRefused` if it is not what was sent.
    """
    file = await visible(desk, session, thread)
    at = leg_of(desk, session, file, leg)
    demand_accepted(desk, session, file, at)
    share, read = await open_version(desk, session, file, at)
    if not 0 <= number < len(share.attachments):
        raise AttachmentUnknown
    note = share.attachments[number]
    pin = file.opened[at.version].step.slip.attachments[note.pin]
    key, size, path = read.attachment_keys[number], note.size, desk.blobs.path(pin.digest)
    if await asyncio.to_thread(desk.blobs.size, pin.digest) is None:
        raise AttachmentUnknown
    await asyncio.to_thread(_verify, path, key, pin, size)
    return Download(note.name, note.media_type, size, _stream(opened_blocks(path, key, pin, size)))


async def save(found: Download, destination: Path) -> None:
    """Write a file under a temporary name beside `destination`, and rename it when it is whole."""
    temporary = destination.with_name(f".{new_id()}.part")
    try:
        with await asyncio.to_thread(temporary.open, "xb") as target:
            async for block in found.blocks:
                await asyncio.to_thread(target.write, block)
            await asyncio.to_thread(_flush, target.fileno())
        await asyncio.to_thread(temporary.replace, destination)
    finally:
        await asyncio.to_thread(temporary.unlink, missing_ok=True)


async def _seal(sealer: AttachmentSealer, temporary: Path, blocks: AsyncIterator[bytes]) -> None:
    with await asyncio.to_thread(_create, temporary) as target:
        async for block in blocks:
            await asyncio.to_thread(lambda data: target.write(sealer.update(data)), block)

        def finish() -> None:
            for sealed in sealer.finish():
                target.write(sealed)
            target.flush()
            os.fsync(target.fileno())

        await asyncio.to_thread(finish)


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb")


def _settle(temporary: Path, place: Path) -> None:
    temporary.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _flush(descriptor: int) -> None:
    os.fsync(descriptor)


def _verify(path: Path, key: bytes, pin: AttachmentPin, size: int) -> None:
    for _ in opened_blocks(path, key, pin, size):
        pass  # it raises unless every block, and the end, is right


def opened_blocks(path: Path, key: bytes, pin: AttachmentPin, size: int) -> Iterator[bytes]:
    """Open a sealed file; only once the last block came is any of it to be believed."""
    opener = AttachmentOpener(key, pin, size)
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            yield opener.update(block)
    yield opener.finish()


async def _stream(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    end = object()
    while (block := await asyncio.to_thread(next, blocks, end)) is not end:
        assert isinstance(block, bytes)
        if block:
            yield block
