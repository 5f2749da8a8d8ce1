"""Sealed attachments: in ranges, resumable, whole or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from exchange.errors import BlobOutOfOrder, BlobUnknown
from exchange.hub.blobs import Blobs
from exchange.wire import api, limits

if TYPE_CHECKING:
    from pathlib import Path

    from hub_at_work import Agency, Running

DATA = os.urandom(300_000)
DIGEST = hashlib.sha256(DATA).hexdigest()


async def put(
    agency: Agency,
    start: int,
    end: int,
    *,
    data: bytes = DATA,
    digest: str = DIGEST,
    total: int | None = None,
) -> tuple[int, Any, bytes]:
    part = api.write_content_range(api.ByteRange(start, end - 1, total or len(data)))
    return await agency.ask(
        "PUT", api.blob_path(digest), data[start:end], content_type=api.BLOB_TYPE, Content_Range=part
    )


async def test_up_in_ranges_and_down_in_ranges(a: Agency, b: Agency, hub: Running) -> None:
    status, headers, _ = await put(a, 0, 100_000)
    assert (status, headers[api.HELD_HEADER]) == (202, "100000")
    status, headers, _ = await a.ask("HEAD", api.blob_path(DIGEST))
    assert (status, headers[api.HELD_HEADER]) == (404, "100000")
    status, headers, _ = await b.ask("HEAD", api.blob_path(DIGEST))
    assert (status, headers[api.HELD_HEADER]) == (404, "0")
    status, headers, _ = await put(a, 100_000, 300_000)
    assert (status, headers[api.HELD_HEADER]) == (201, "300000")

    status, headers, _ = await b.ask("HEAD", api.blob_path(DIGEST))
    assert (status, headers["Content-Length"]) == (200, "300000")
    status, headers, first = await b.ask("GET", api.blob_path(DIGEST), Range="bytes=0-99")
    assert (status, headers["Content-Range"], first) == (206, "bytes 0-99/300000", DATA[:100])
    status, _, rest = await b.ask("GET", api.blob_path(DIGEST), Range="bytes=100-")
    assert first + rest == DATA
    status, _, whole = await b.ask("GET", api.blob_path(DIGEST))
    assert (status, whole) == (206, DATA)
    assert [path.name for path in (hub.config.blobs / "whole").iterdir()] == [DIGEST]
    assert list((hub.config.blobs / "parts").iterdir()) == []


async def test_ranges_out_of_order_are_told_where_to_go_on(a: Agency) -> None:
    await put(a, 0, 1000)
    for start, end in ((0, 1000), (2000, 3000), (999, 2000)):
        status, headers, _ = await put(a, start, end)
        assert (status, headers[api.HELD_HEADER]) == (409, "1000")
    status, _, _ = await put(a, 1000, len(DATA))
    assert status == 201


async def test_complete_is_complete_also_for_those_who_come_later(a: Agency, b: Agency) -> None:
    await put(a, 0, len(DATA))
    for agency in (a, b):
        status, headers, _ = await put(agency, 0, 10)
        assert (status, headers[api.HELD_HEADER]) == (201, "300000")


async def test_other_bytes_than_announced_are_thrown_away(a: Agency, b: Agency) -> None:
    wrong = bytes(len(DATA))
    await put(b, 0, 1000)
    status, _, body = await put(a, 0, len(DATA), data=wrong)
    assert status == 409
    assert b"blob_differs" in body
    assert (await a.ask("HEAD", api.blob_path(DIGEST)))[1][api.HELD_HEADER] == "0"
    assert (await b.ask("HEAD", api.blob_path(DIGEST)))[1][api.HELD_HEADER] == "1000"
    assert (await put(b, 1000, len(DATA)))[0] == 201


@pytest.mark.parametrize(
    ("content_range", "status"),
    [
        ("bytes 0-9/5", 400),
        ("bytes 9-0/10", 400),
        ("bytes 0-8/10", 400),
        ("bytes 0-9/*", 400),
        ("bytes */10", 400),
        ("items 0-9/10", 400),
        ("bytes 00-9/10", 400),
        ("bytes -1-8/10", 400),
        ("bytes 0-9/99999999999999", 413),
        ("bytes 0-99999999/100000000", 413),
        ("", 400),
    ],
)
async def test_odd_content_ranges(a: Agency, content_range: str, status: int) -> None:
    found, _, _ = await a.ask(
        "PUT", api.blob_path(DIGEST), bytes(10), content_type=api.BLOB_TYPE, Content_Range=content_range
    )
    assert found == status


@pytest.mark.parametrize(
    "span",
    ["bytes=300000-", "bytes=5-4", "bytes=-5", "bytes=0-1,2-3", "bytes=a-b", "0-1", "bytes=0-" + "9" * 99],
)
async def test_odd_ranges(a: Agency, span: str) -> None:
    await put(a, 0, len(DATA))
    status, headers, _ = await a.ask("GET", api.blob_path(DIGEST), Range=span)
    assert (status, headers["Content-Range"]) == (416, "bytes */300000")


@pytest.mark.parametrize("name", ["x", "0" * 63, "0" * 65, "A" * 64, "." * 64])
async def test_odd_names(a: Agency, name: str, hub: Running) -> None:
    for method in ("GET", "HEAD"):
        assert (await a.ask(method, f"{api.BLOBS}/{name}"))[0] == 404
    status, _, _ = await a.ask(
        "PUT", f"{api.BLOBS}/{name}", b"x", content_type=api.BLOB_TYPE, Content_Range="bytes 0-0/1"
    )
    assert status == 404
    assert list((hub.config.blobs / "parts").iterdir()) == []


async def test_one_range_is_at_most_as_large_as_one_request(a: Agency) -> None:
    large = os.urandom(limits.BLOB_RANGE + 1000)
    digest = hashlib.sha256(large).hexdigest()
    assert (await put(a, 0, limits.BLOB_RANGE, data=large, digest=digest))[0] == 202
    assert (await put(a, limits.BLOB_RANGE, len(large), data=large, digest=digest))[0] == 201
    status, headers, body = await a.ask("GET", api.blob_path(digest), Range="bytes=0-")
    assert (status, len(body)) == (206, limits.BLOB_RANGE)
    assert headers["Content-Range"] == f"bytes 0-{limits.BLOB_RANGE - 1}/{len(large)}"


async def test_several_uploads_of_one_blob_at_once_end_with_the_blob(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    blobs.start()

    async def upload(agency: str) -> None:
        while (held := await blobs.held(agency, DIGEST)) < len(DATA):
            end = min(held + 7_000, len(DATA))
            with suppress(BlobOutOfOrder):
                await blobs.put(agency, DIGEST, api.ByteRange(held, end - 1, len(DATA)), DATA[held:end])

    await asyncio.gather(*(upload(agency) for agency in ("first", "first", "second", "second")))
    assert await blobs.read(DIGEST, api.ByteRange(0, len(DATA) - 1, len(DATA))) == DATA
    assert (await asyncio.to_thread((tmp_path / "whole" / DIGEST).read_bytes)) == DATA


async def test_old_blobs_and_abandoned_uploads_are_removed(a: Agency, hub: Running) -> None:
    await put(a, 0, len(DATA))
    other = hashlib.sha256(b"other").hexdigest()
    await put(a, 0, 2, data=b"other", digest=other)
    assert await hub.hub.blobs.remove_older(time.time() - 10) == 0
    assert await hub.hub.blobs.remove_older(time.time() + 10) == 2
    with pytest.raises(BlobUnknown):
        await hub.hub.blobs.size(DIGEST)
