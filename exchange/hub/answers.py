"""Good answers with a body, written in one piece.

Promises: head and body are one write; it says what HTTP/1.1 asks for (type, length, date) and nothing of what
this hub is made of.
Never: it is given to anything but a plain HTTP/1.1 connection that stays open; others get aiohttp's own.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, web

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter


class Whole(web.StreamResponse):
    """Status 200 with its whole body."""

    def __init__(self, body: bytes, media_type: str) -> None:
        super().__init__()
        self._whole = body
        self._media_type = media_type
        self._usual: web.Response | None = None

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write everything."""
        transport = request.transport
        body = self._whole
        if transport is None or request.version != HttpVersion11 or not request.keep_alive:
            self._usual = web.Response(body=body, content_type=self._media_type)
            return await self._usual.prepare(request)
        self._keep_alive = True
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: {self._media_type}\r\nContent-Length: {len(body)}\r\n"
            f"Date: {_date()}\r\n\r\n"
        )
        transport.write(head.encode() + body)
        await request.writer.drain()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """End what was not written at once."""
        if self._usual is not None:
            await self._usual.write_eof(data)


_today: tuple[int, str] = (0, "")


def _date() -> str:
    global _today  # noqa: PLW0603 - one clock for the process
    second = int(time.time())
    if second != _today[0]:
        _today = (second, formatdate(second, usegmt=True))
    return _today[1]
