"""Charts: bars that the desk draws itself, and the very same numbers as a table beside them.

Promises: picture and table are made from one list of texts, so that they cannot differ; a chart has a title
and a description, says nothing by colour, and needs no style or script. It is drawn 320 units wide and grows
with its column, so that its letters are large enough on a telephone.
Never: a number is made up where none is given: the place says so in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

WIDTH: Final = 320
LONGEST: Final = 160  # of a bar
_LABEL: Final = 18  # the height of a row's name
_BAR: Final = 18  # the height of a bar with its gap
_GAP: Final = 8
TOO_FEW: Final = "too few to show"
NONE: Final = "none"
_HOUR, _DAY = 3600, 86400


class Value(NamedTuple):
    """One number, and how it is written; without a number there is no bar."""

    size: int | None
    text: str


class Line(NamedTuple):
    """One row: its name, and a value for each series."""

    name: str
    values: tuple[Value, ...]


class Bar(NamedTuple):
    """Where one bar stands, how long it is, and what stands behind it. The first of a row is filled."""

    y: int
    length: float
    text: str
    filled: bool


class Drawn(NamedTuple):
    """One row as it is drawn."""

    y: int
    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. `id` is its name in the page, `first` what its rows are, `series` what is counted of each."""

    id: str
    title: str
    about: str
    first: str
    series: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def drawn(self) -> tuple[Drawn, ...]:
        """Place every row."""
        longest = max((one.size or 0 for line in self.lines for one in line.values), default=0)
        found, y = [], 0
        for line in self.lines:
            bars = tuple(
                Bar(y + _LABEL + at * _BAR, _length(one.size, longest), one.text, at == 0)
                for at, one in enumerate(line.values)
            )
            found.append(Drawn(y, line.name, bars))
            y += _LABEL + len(bars) * _BAR + _GAP
        return tuple(found)

    @property
    def height(self) -> int:
        """How high it is, in its own units."""
        return len(self.lines) * (_LABEL + len(self.series) * _BAR + _GAP)


def number(count: int | None) -> Value:
    """Write a count."""
    return Value(count, TOO_FEW if count is None else str(count))


def spell(seconds: int | None, *, hidden: bool) -> Value:
    """Write how long something took; `hidden` where too few stand behind it."""
    if seconds is None:
        return Value(None, TOO_FEW if hidden else NONE)
    return Value(seconds, span(seconds))


def span(seconds: int) -> str:
    """Write a span of time in its two largest units: `2 days 4 h`, `3 h 20 min`, `12 min`."""
    days, rest = divmod(seconds, _DAY)
    hours, minutes = rest // _HOUR, rest % _HOUR // 60
    if days:
        return _two(f"{days} {'day' if days == 1 else 'days'}", hours, "h")
    if hours:
        return _two(f"{hours} h", minutes, "min")
    return f"{minutes} min" if minutes else "under 1 min"


def _two(large: str, small: int, unit: str) -> str:
    return f"{large} {small} {unit}" if small else large


def _length(size: int | None, longest: int) -> float:
    return round(LONGEST * size / longest, 1) if size and longest else 0.0
