"""Dates as people know them: a year, a month, a day, or a minute, in London.

Promises: `2026`, `2026-11`, `2026-11-22` and `2026-11-22T15:04` and no other spelling; a date that does not
exist, or lies outside 1900 to 2199, is refused. A span runs from its first to its last moment.
Never: it reads a clock: what counts as the future is measured against the step's own time.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from exchange.errors import DateAbsurd
from exchange.share.clocks import LONDON
from keys.record import EARLIEST_YEAR, LATEST_YEAR

_WHEN = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}))?)?)?")
_SECOND = timedelta(seconds=1)
_DECEMBER = 12


class Span(NamedTuple):
    """First and last moment of what was written."""

    start: datetime
    end: datetime


def parse_when(text: str, where: str = "") -> Span:
    """Read a date; `DateAbsurd(where)` if it is none."""
    match = _WHEN.fullmatch(text)
    if match is None or not EARLIEST_YEAR <= int(match[1]) <= LATEST_YEAR:
        raise DateAbsurd(where)
    year, month, day, hour, minute = match.groups()
    try:  # what was not written is the first; what was written as 00 is no month and no day
        start = datetime(
            int(year), int(month or "1"), int(day or "1"), int(hour or "0"), int(minute or "0"), tzinfo=LONDON
        )
    except ValueError:
        raise DateAbsurd(where) from None
    if month is None:
        following = start.replace(year=start.year + 1)
    elif day is None:
        following = start.replace(
            year=start.year + start.month // _DECEMBER, month=start.month % _DECEMBER + 1
        )
    else:
        following = start + (timedelta(days=1) if hour is None else timedelta(minutes=1))
    return Span(start, following - _SECOND)


def past(text: str | None, created: datetime, where: str) -> list[DateAbsurd]:
    """Refuse a date that had not begun when the step was created."""
    if text is None:
        return []
    try:
        started = parse_when(text, where).start <= created
    except DateAbsurd as problem:
        return [problem]
    return [] if started else [DateAbsurd(where)]


def between(text: str, earliest: datetime, latest: datetime, where: str) -> list[DateAbsurd]:
    """Refuse a date that ends before `earliest` or begins after `latest`."""
    try:
        span = parse_when(text, where)
    except DateAbsurd as problem:
        return [problem]
    return [] if earliest <= span.end and span.start <= latest else [DateAbsurd(where)]
