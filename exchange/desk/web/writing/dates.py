"""Dates as people type them: `10 November 2026`, `10/11/2026`, `November 2026`, `2026`, or with a time.

Promises: days come before months, as in Britain; what is read is what is shown again; what is none of these
is given back as it was typed, so that the rules refuse it and its writer sees it.
Never: a date is guessed, or a two-digit year taken for one.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from exchange.share.clocks import LONDON
from keys.record import format_time

EXAMPLE: Final = "For example, 10 November 2026, or November 2026."
_MONTHS: Final = {
    name: f"{number:02}"
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_DAY: Final = re.compile(r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+)?(?P<name>[a-z]{3,9})\s+(?P<year>\d{4})")
_FIGURES: Final = re.compile(r"(?:(?P<day>\d{1,2})[/. -])?(?P<month>\d{1,2})[/. -](?P<year>\d{4})")
_ISO: Final = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?")
_TIME: Final = re.compile(r"[,t]?\s*(?:at\s+)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})\s*(?P<half>am|pm)?$")
_NOON: Final = 12
_LONGEST: Final = 16


def read_when(text: str) -> str:
    """Write what was typed as the rules have it (`2026-11-10T09:20`); as typed where it is no date."""
    said = " ".join(text.casefold().split())
    hour = _TIME.search(said)
    day = said[: hour.start()].strip(" ,") if hour else said
    for pattern in (_ISO, _DAY, _FIGURES):
        match = pattern.fullmatch(day)
        if match is not None:
            found = _date(match.groupdict())
            return found + _hour(hour) if found.count("-") == 2 else found  # noqa: PLR2004 - a whole day
    return text.strip()[:_LONGEST] or text


def _date(parts: dict[str, str | None]) -> str:
    name = parts.get("name")
    month = _MONTHS.get(name[:3], "00") if name else parts.get("month")
    found = str(parts["year"])
    if month:
        found += f"-{int(month):02}"
        if parts.get("day"):
            found += f"-{int(parts['day'] or 0):02}"
    return found


def _hour(match: re.Match[str] | None) -> str:
    if match is None:
        return ""
    hour = int(match["hour"])
    if match["half"] is not None:
        hour = hour % _NOON + (_NOON if match["half"] == "pm" else 0)
    return f"T{hour:02}:{match['minute']}"


def read_moment(text: str) -> str | None:
    """Read a day and a time in London as a moment; None for what is not both."""
    try:
        found = datetime.strptime(read_when(text), "%Y-%m-%dT%H:%M").replace(tzinfo=LONDON)
    except ValueError:
        return None
    return format_time(found)


def show_moment(moment: str | None) -> str:
    """Show a moment as `read_moment` reads it; nothing for none."""
    if moment is None:
        return ""
    found = datetime.fromisoformat(moment).astimezone(LONDON)
    return f"{found.day} {found:%B %Y, %H:%M}"
