"""Heads of requests that no honest client writes: any bytes in the method, the target, names and values."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

ODD = (
    b"\xb1",
    b"\xc3\xa9",
    b"\xff",
    b"\xed\xb2\xb1",
    b"\x00",
    b"\x7f",
    b" ",
    b"%",
    b"%00",
    b"%b1",
    b"\t",
    b";",
    b'"',
)
NAMES = (
    b"Accept", b"Authorization", b"Content-Encoding", b"Content-Type", b"Cookie", b"Expect", b"Forwarded", b"Host",
    b"Idempotency-Key", b"If-None-Match", b"If-Modified-Since", b"Origin", b"Range", b"Referer", b"Upgrade",
    b"X-Forwarded-For", b"Sec-Fetch-Site",
)  # fmt: skip
VALUES = (
    b"", b"100-continue", b"Bearer ab", b"Readback a.b.c", b"text/html", b"application/json", b"gzip", b"websocket",
    b"bytes=0-5", b"session=ab", b"__Host-session=ab", b"Sun, 22 Nov 2026 20:00:00 GMT", b"127.0.0.1", b"for=_x",
)  # fmt: skip
PATIENCE = 10.0  # seconds; silence is a failure
LAST = b"GET /nothing-here HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
"""Sent behind anything, it makes a server answer or drop the line."""
METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"CONNECT", b"TRACE")


@st.composite
def _mangled(draw: st.DrawFn, usual: Sequence[bytes]) -> bytes:
    """One of the usual words, now and then with something odd put into it."""
    word = draw(st.sampled_from(usual))
    if draw(st.integers(0, 3)):
        return word
    odd = draw(st.one_of(st.just(b""), st.sampled_from(ODD), st.binary(max_size=3)))
    place = draw(st.integers(0, len(word)))
    return word[:place] + odd + word[place:]


@st.composite
def requests(draw: st.DrawFn, targets: Sequence[bytes]) -> bytes:
    """A whole request; it says that it is the last on its connection, so that each is answered or dropped."""
    method, target = draw(_mangled(METHODS)), draw(_mangled(targets))
    head = [method + b" " + target + b" HTTP/1.1", b"Host: here", b"Connection: close", b"Content-Length: 2"]
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.one_of(st.sampled_from(NAMES), _mangled(NAMES)))
        head.append(
            name + b": " + draw(st.one_of(_mangled(VALUES), st.sampled_from(ODD), st.binary(max_size=6)))
        )
    return b"\r\n".join(head) + b"\r\n\r\n{}"


async def first_answer(host: str, port: int, data: bytes) -> tuple[int, dict[str, str], bytes] | None:
    """Send `data`; the line's first answer, None where it was dropped without one, `TimeoutError` for silence."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(data)
            head = b"HTTP/1.1 100 "
            while head.startswith(b"HTTP/1.1 100 "):
                head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            pairs = (line.partition(": ") for line in lines[1:-2])
            headers = {name.lower(): value for name, _, value in pairs}
            length = 0 if data.startswith(b"HEAD ") else int(headers.get("content-length", "0"))
            return int(lines[0].split()[1]), headers, await reader.readexactly(length)
    except (ConnectionError, asyncio.IncompleteReadError):
        return None
    finally:
        writer.close()
