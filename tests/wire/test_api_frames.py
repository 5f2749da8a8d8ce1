"""Batches, mail and ranges have one spelling each, and bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import TooLarge
from exchange.wire import api, limits
from exchange.wire.api import ByteRange, Mail, MailKind
from keys.errors import Malformed, Problem


@st.composite
def rising_mails(draw: st.DrawFn) -> list[Mail]:
    cursors = sorted(draw(st.sets(st.integers(1, 10**6), max_size=12)))
    return [
        Mail(draw(st.sampled_from(MailKind)), cursor, draw(st.binary(max_size=100))) for cursor in cursors
    ]


@given(st.lists(st.binary(max_size=100), min_size=1, max_size=12))
def test_reading_a_batch_undoes_writing_it(envelopes: list[bytes]) -> None:
    assert api.read_batch(api.write_batch(envelopes)) == tuple(envelopes)


@given(st.binary(max_size=200))
def test_a_batch_that_reads_prints_the_same(data: bytes) -> None:
    try:
        envelopes = api.read_batch(data)
    except Problem:
        return
    assert api.write_batch(envelopes) == data


def test_a_batch_is_bounded_in_count_and_bytes() -> None:
    with pytest.raises(TooLarge):
        api.write_batch([b"x"] * (limits.BATCH_COUNT + 1))
    with pytest.raises(TooLarge):
        api.write_batch([bytes(limits.ENVELOPE)] * 2)
    with pytest.raises(TooLarge):
        api.read_batch(b"\0\0\0\1x" * (limits.BATCH_COUNT + 1))
    with pytest.raises(TooLarge):
        api.read_batch(bytes(limits.BATCH + 1))
    with pytest.raises(TooLarge):
        api.read_batch((limits.ENVELOPE + 1).to_bytes(4, "big") + bytes(limits.ENVELOPE + 1))


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0", b"\0\0\0\2x", b"\0\0\0\1xy", b"\xff\xff\xff\xff"])
def test_a_batch_that_is_empty_or_cut_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        api.read_batch(data)


@given(rising_mails())
def test_reading_mail_undoes_writing_it(mails: list[Mail]) -> None:
    data = api.write_mail(mails)
    assert api.read_mail(data) == tuple(mails)
    assert len(data) == sum(api.mail_size(mail.data) for mail in mails)


@given(rising_mails(), st.data())
def test_mail_that_reads_prints_the_same(mails: list[Mail], data: st.DataObject) -> None:
    raw = bytearray(api.write_mail(mails) or b"\1")
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = api.read_mail(bytes(raw))
    except Problem:
        return
    assert api.write_mail(read) == raw


def test_mail_that_is_cut_is_refused() -> None:
    data = api.write_mail([Mail(MailKind.ENVELOPE, 7, b"envelope")])
    for length in range(1, len(data)):
        with pytest.raises(Malformed):
            api.read_mail(data[:length])


@pytest.mark.parametrize(
    "mails",
    [
        [Mail(MailKind.NOTICE, 0, b"")],
        [Mail(MailKind.NOTICE, 2**63, b"")],
        [Mail(MailKind.NOTICE, 5, b""), Mail(MailKind.NOTICE, 5, b"")],
        [Mail(MailKind.NOTICE, 5, b""), Mail(MailKind.NOTICE, 4, b"")],
        [Mail(MailKind.NOTICE, n + 1, b"") for n in range(api.MAIL_COUNT + 1)],
    ],
)
def test_cursors_rise_and_are_counted(mails: list[Mail]) -> None:
    with pytest.raises(Malformed, match="cursor"):
        api.read_mail(api.write_mail(mails))


def test_an_unknown_kind_of_mail_is_refused() -> None:
    data = api.write_mail([Mail(MailKind.NOTICE, 5, b"")])
    with pytest.raises(Malformed, match="kind"):
        api.read_mail(b"\3" + data[1:])
    with pytest.raises(Malformed, match="too long"):
        api.read_mail(bytes(api.MAIL + 1))


def test_the_largest_envelope_fits_into_one_answer() -> None:
    assert api.mail_size(bytes(limits.ENVELOPE)) <= api.MAIL


@given(st.integers(0, limits.BLOB - 1), st.integers(1, limits.BLOB_RANGE))
def test_reading_a_content_range_undoes_writing_it(start: int, length: int) -> None:
    end = min(start + length, limits.BLOB) - 1
    part = ByteRange(start, end, limits.BLOB)
    assert api.read_content_range(api.write_content_range(part)) == part
    assert part.length == end - start + 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bytes 0-0/0",
        "bytes 1-0/5",
        "bytes 0-5/5",
        "bytes 00-1/5",
        "bytes 0-1/*",
        "bytes */5",
        "bytes=0-1/5",
        "Bytes 0-1/5",
        "bytes 0-1/5 ",
        "bytes -1-1/5",
        "bytes ٠-1/5",
        "bytes 0-1/9999999999999999",
    ],
)
def test_any_other_content_range_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="content-range"):
        api.read_content_range(text)


@pytest.mark.parametrize(
    "text", [f"bytes 0-{limits.BLOB_RANGE}/{limits.BLOB}", f"bytes 0-1/{limits.BLOB + 1}"]
)
def test_a_content_range_is_bounded(text: str) -> None:
    with pytest.raises(TooLarge):
        api.read_content_range(text)


def test_a_range_is_cut_to_what_there_is_and_to_what_is_served_at_once() -> None:
    assert api.read_range("bytes=0-", 10) == ByteRange(0, 9, 10)
    assert api.read_range("bytes=3-5", 10) == ByteRange(3, 5, 10)
    assert api.read_range("bytes=3-500", 10) == ByteRange(3, 9, 10)
    assert api.read_range("bytes=5-", limits.BLOB).length == limits.BLOB_RANGE


@pytest.mark.parametrize(
    "text", ["", "bytes=", "bytes=-5", "bytes=10-", "bytes=5-4", "bytes=0-1,3-4", "items=0-1"]
)
def test_any_other_range_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="range"):
        api.read_range(text, 10)


def test_the_blobs_path_fits_its_route() -> None:
    digest = "ab" * 32
    assert api.blob_path(digest) == api.BLOB.format(digest=digest)
