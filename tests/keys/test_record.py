"""Equal things are equal bytes: one spelling of each small word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from keys.record import (
    AgencyId,
    Base64,
    Digest,
    Id,
    KeyId,
    Name,
    Time,
    decode,
    digest,
    encode,
    format_time,
    new_id,
    parse_time,
)

MOMENTS = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2199, 12, 31, 23, 59, 59),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)


@given(MOMENTS)
def test_a_time_reads_back_to_the_second(moment: datetime) -> None:
    assert parse_time(format_time(moment)) == moment.replace(microsecond=0)


@given(MOMENTS, MOMENTS)
def test_times_sort_as_they_are_written(one: datetime, two: datetime) -> None:
    one, two = one.replace(microsecond=0), two.replace(microsecond=0)
    assert (format_time(one) < format_time(two)) == (one < two)


def test_a_moment_is_written_in_utc_and_must_know_its_zone() -> None:
    summer = timezone(timedelta(hours=1))
    assert format_time(datetime(2026, 7, 1, 13, tzinfo=summer)) == "2026-07-01T12:00:00Z"
    with pytest.raises(ValueError, match="zone"):
        format_time(datetime(2026, 7, 1, 13))  # noqa: DTZ001 - the point


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T15:04:05",
        "2026-11-22T15:04:05z",
        "2026-11-22t15:04:05Z",
        "2026-11-22 15:04:05Z",
        "2026-11-22T15:04:05.0Z",
        "2026-11-22T15:04:05+00:00",
        "2026-11-22T15:04Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T23:59:60Z",
        "2026-02-29T00:00:00Z",
        "2026-1-22T15:04:050Z",
        "2026-11-22T15:04: 5Z",
        "٢٠٢٦-11-22T15:04:05Z",
        "1899-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "",
    ],
)
def test_a_time_has_one_spelling(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Time).validate_python(text)


@given(st.binary(max_size=200))
def test_base64_reads_back(data: bytes) -> None:
    assert decode(encode(data)) == data


@pytest.mark.parametrize(
    "text", ["A", "AA", "AA=", "AB==", "AAA", "AAB=", " AAAA", "AAAA\n", "AA-_", "é===", "AA==AAAA"]
)
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Base64).validate_python(text)
    with pytest.raises(ValueError):  # noqa: PT011 - its words are the library's
        decode(text)


@given(st.text(max_size=12))
def test_only_canonical_base64_is_decoded(text: str) -> None:
    try:
        data = decode(text)
    except ValueError:
        return
    assert encode(data) == text


def test_ids_are_fresh_and_as_the_type_says() -> None:
    drawn = {new_id() for _ in range(50)}
    assert len(drawn) == 50
    for one in drawn:
        TypeAdapter(Id).validate_python(one)
    TypeAdapter(Digest).validate_python(digest(b""))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Id, "a" * 25),
        (Id, "A" * 26),
        (Id, "1" * 26),
        (Id, "a" * 26 + "\n"),
        (KeyId, "a" * 31),
        (KeyId, "a" * 33),
        (Digest, "A" * 64),
        (Digest, "0" * 64 + "\n"),
        (AgencyId, "a"),
        (AgencyId, "ab"),
        (AgencyId, "9ab"),
        (AgencyId, "ab-"),
        (AgencyId, "a_b"),
        (AgencyId, "a/b"),
        (AgencyId, "a..b"),
        (AgencyId, "ab\n"),
        (AgencyId, "a" * 41),
    ],
)
def test_an_id_has_one_spelling(kind: object, text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize(
    "text", ["Ann", "Zoë O’Neill-Šimić", "محمد", "علی‌رضا", "李小龍", "Duty team (out of hours)"]
)
def test_a_name_is_one_line_in_any_script(text: str) -> None:
    assert TypeAdapter(Name).validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " a",
        "a ",
        "a\nb",
        "a\tb",
        "a\x00b",
        "a\x1b[31mb",
        "a\u2028b",
        "a\u202eb",
        "a\u2066b",
        "a\ufeffb",
        "a\u200bb",
        "x" * 201,
        5,
    ],
)
def test_a_name_hides_nothing(text: object) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Name).validate_python(text, strict=True)
    assert caught.value.error_count() == 1
