"""Read dates as busy people write them, as far as each one goes.

Promises: total; "10 November 2026", "10th Nov", "10/11", "10.11.26", "2026-11-10", "Nov 10", "Tues 10/11",
"14 and 16 November", "the 3rd", "in March", "on Mondays" and "in 2024" all become the fields that they give.
Never: "yesterday" or "last week", which depend on a day that is not written down; American order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from exchange.share.understanding.lexicon import STOPWORDS
from exchange.share.understanding.passage import once
from exchange.share.understanding.wordlists import phrases, words

if TYPE_CHECKING:
    from exchange.share.understanding.passage import Passage, Token

MOST = 60
_MONTHS = {
    form: number
    for number, forms in enumerate(
        phrases("""
            january jan, february feb, march mar, april apr, may, june jun, july jul, august aug
            september sept sep, october oct, november nov, december dec
        """),
        start=1,
    )
    for form in forms.split()
}
_WEEKDAYS = {
    form: number
    for number, forms in enumerate(
        phrases("""
            monday mon, tuesday tues tue, wednesday weds wed, thursday thurs thur thu, friday fri
            saturday sat, sunday sun
        """)
    )
    for form in (forms + " " + forms.replace(" ", "s ") + "s").split()
}
_ALSO_WORDS = frozenset({"may", "march", "mar", "jan", "sun", "suns", "sat", "wed", "mars", "mon", "dec"})
_BEFORE_A_DATE = words("""
    on in since until till by during of early late mid last next this every each from between before
    after to around about dated end start beginning
""")
_SUFFIXES = frozenset({"st", "nd", "rd", "th"})
_NUMERIC = re.compile(r"^(\d{1,4})([./-])(\d{1,2})(?:\2(\d{2}|\d{4}))?$")
_JOINS = frozenset({"and", "to", "or", "&", "until", "till"})
_CENTURY = 2000
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_DAYS, _MONTHS_A_YEAR = 31, 12


@dataclass(frozen=True, slots=True)
class Day:
    """What a passage says of one date. A field that is not said is None; `weekday` counts from Monday, 0."""

    year: int | None
    month: int | None
    day: int | None
    weekday: int | None
    first: int
    last: int

    def falls_on(self, year: int | None) -> int | None:
        """Give the day of the week, said or worked out; `year` stands in for a year that is not said."""
        if self.weekday is not None:
            return self.weekday
        year = self.year or year
        if year is None or self.month is None or self.day is None:
            return None
        try:
            return date(year, self.month, self.day).weekday()
        except ValueError:
            return None


@once
def dates(passage: Passage) -> tuple[Day, ...]:
    """Read the first `MOST` dates of a passage, in their order."""
    found: list[Day] = []
    index = 0
    while index < len(passage.tokens) and len(found) < MOST:
        here = _Reader(passage.tokens, index).read()
        found.extend(here)
        index = here[-1].last + 1 if here else index + 1
    return tuple(found)


class _Reader:
    """Reads what stands at one token."""

    def __init__(self, tokens: tuple[Token, ...], index: int) -> None:
        self.tokens = tokens
        self.index = index

    def read(self) -> list[Day]:
        index = self.index
        weekday = self._weekday(index)
        after = index + 1 if weekday is not None else index
        if weekday is not None and self._word(after) == "the":
            after += 1
        found = self._with_month(after) or self._day_alone(after, weekday)
        if found:
            return [replace(found[0], weekday=weekday, first=index), *found[1:]]
        if weekday is not None:
            return [Day(None, None, None, weekday, index, index)]
        month = self._month(index)
        if month is not None:
            year = self._year(index + 1)
            return [Day(year, month, None, None, index, index + (year is not None))]
        year = self._year(index)
        if year is not None and self._word(index - 1) in _BEFORE_A_DATE | {
            "and",
            "autumn",
            "summer",
            "spring",
            "winter",
        }:
            return [Day(year, None, None, None, index, index)]
        return []

    def _with_month(self, index: int) -> list[Day]:
        numeric = self._numeric(index)
        if numeric is not None:
            return [numeric]
        day, after = self._day(index)
        if day is not None:
            if self._word(after) == "of":
                after += 1
            month = self._month(after, beside=True)
            if month is not None:
                year = self._year(after + 1)
                return [Day(year, month, day, None, index, after + (year is not None))]
            return self._list(index, day, after)
        month = self._month(index, beside=True)
        day, after = self._day(index + 1)
        if month is not None and day is not None and self._year(index + 1) is None and not self._month(after):
            year = self._year(after)
            return [Day(year, month, day, None, index, after - 1 + (year is not None))]
        return []

    def _list(self, index: int, day: int, after: int) -> list[Day]:
        """Read "14 and 16 November": the first takes the month of the second."""
        if self._word(after) not in _JOINS and not self._lead(after).startswith((",", "-", "\u2013")):
            return []
        skip = 1 if self._word(after) in _JOINS else 0
        second, beyond = self._day(after + skip)
        month = self._month(beyond, beside=True)
        if second is None or month is None:
            return []
        year = self._year(beyond + 1)
        last = beyond + (year is not None)
        return [
            Day(year, month, day, None, index, after - 1),
            Day(year, month, second, None, after + skip, last),
        ]

    def _day_alone(self, index: int, weekday: int | None) -> list[Day]:
        day, after = self._day(index)
        if day is None:
            return []
        suffixed = after == index + 2
        if suffixed and (
            weekday is not None
            or "(" in self._lead(index)
            or self._word(index - 1) in {"the", "on", "by", "until", "and"}
        ):
            follower = self._word(after)
            if (
                not follower
                or self._lead(after)
                or follower in _BEFORE_A_DATE | _JOINS | {"he", "she", "they", "at", "i", "we", "with", "it"}
            ):
                return [Day(None, None, day, None, index, after - 1)]
        if weekday is not None and not suffixed and not self._lead(index) and not self._unit_follows(after):
            return [Day(None, None, day, None, index, index)]
        return []

    def _unit_follows(self, index: int) -> bool:
        word = self._word(index)
        return word in {"am", "pm", "until", "till", "to", "oclock"} or (
            bool(word) and not self._lead(index) and word not in _BEFORE_A_DATE | {"at", "and"}
        )

    def _numeric(self, index: int) -> Day | None:
        if self._kind(index) != "number" or not self.tokens[index].word.isascii():
            return None
        parts = _NUMERIC.match(self.tokens[index].word)
        if parts is None:
            return None
        first, separator, second, third = parts.groups()
        if third is None and (separator != "/" or not self._stands_alone(index)):
            return None
        if len(first) == len("2026"):
            year, month, day = int(first), int(second), int(third or 0)
        else:
            day, month = int(first), int(second)
            year = int(third) + (_CENTURY if len(third) == len("26") else 0) if third else 0
        if not (1 <= month <= _MONTHS_A_YEAR and 1 <= day <= _DAYS):
            return None
        return Day(year or None, month, day, None, index, index)

    def _stands_alone(self, index: int) -> bool:
        """Whether "3/4" is a date: nothing that could be counted or measured follows."""
        if self._word(index - 1) in _BEFORE_A_DATE or self._weekday(index - 1) is not None:
            return True
        following = self._word(index + 1)
        return not following or bool(self._lead(index + 1)) or (following in STOPWORDS and following != "of")

    def _day(self, index: int) -> tuple[int | None, int]:
        """Read a day of a month and the index after it."""
        if not 0 <= index < len(self.tokens):
            return None, index
        word = self.tokens[index].word
        if (
            self.tokens[index].kind != "number"
            or not word.isascii()
            or not word.isdigit()
            or len(word) > len("31")
        ):
            return None, index
        if not 1 <= int(word) <= _DAYS:
            return None, index
        return int(word), index + (2 if self._word(index + 1) in _SUFFIXES else 1)

    def _month(self, index: int, *, beside: bool = False) -> int | None:
        """Read a month; "may" and "march" count only `beside` a day, or after "in", "since" and so on."""
        word = self._word(index)
        if word not in _MONTHS:
            return None
        clear = beside or word not in _ALSO_WORDS or self._year(index + 1) is not None
        return _MONTHS[word] if clear or self._word(index - 1) in _BEFORE_A_DATE - {"to", "this"} else None

    def _weekday(self, index: int) -> int | None:
        word = self._word(index)
        if word not in _WEEKDAYS:
            return None
        beside = self._day(index + 1)[0] is not None or self._numeric_like(index + 1)
        return (
            _WEEKDAYS[word]
            if word not in _ALSO_WORDS or beside or self._word(index - 1) in _BEFORE_A_DATE
            else None
        )

    def _numeric_like(self, index: int) -> bool:
        return self._kind(index) == "number" and _NUMERIC.match(self.tokens[index].word) is not None

    def _year(self, index: int) -> int | None:
        word = self._word(index)
        if len(word) != len("2026") or not word.isascii() or not word.isdigit():
            return None
        return int(word) if _FIRST_YEAR <= int(word) <= _LAST_YEAR else None

    def _kind(self, index: int) -> str:
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else ""

    def _word(self, index: int) -> str:
        return self.tokens[index].word if 0 <= index < len(self.tokens) else ""

    def _lead(self, index: int) -> str:
        return self.tokens[index].lead if 0 <= index < len(self.tokens) else ""
