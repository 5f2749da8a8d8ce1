"""Read one number at one place: "2", "1,840", "7.5", "twenty-one", "a couple", "twice", "3rd", "third".

Promises: exact fractions, no floating point; nothing longer than `LONGEST` digits is taken for a number.
Never: what it counts. See `amounts`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from exchange.share.understanding.wordlists import ordered

if TYPE_CHECKING:
    from exchange.share.understanding.passage import Token

LONGEST = 15
_FIRST_TENS = 20
_UNITS = {
    word: value
    for value, word in enumerate(
        ordered("""
            zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
            fifteen sixteen seventeen eighteen nineteen
        """)
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(ordered("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)
}
_SCALES = {"hundred": 100, "thousand": 1000}
_COLLECTIVE = {"couple": 2, "pair": 2, "dozen": 12}
TIMES = {"once": 1, "twice": 2, "thrice": 3, "bd": 2, "bid": 2, "tds": 3, "qds": 4}
A_DAY = frozenset({"bd", "bid", "tds", "qds"})  # as doctors write how often
_PERIODS = frozenset(["minute", "hour", "day", "week", "fortnight", "month", "year"])
_FOR = frozenset(
    ["for", "in", "within", "after", "over", "about", "lasting", "lasted", "took", "next", "last", "another"]
)
ORDINALS = {
    word: value
    for value, word in enumerate(
        ordered("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"), start=1
    )
}
_SUFFIXES = frozenset({"st", "nd", "rd", "th"})
_GROUPED = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_OF_WEEKS = re.compile(r"^(\d{1,2})/(?:40|52)$", re.ASCII)  # as midwives and doctors write weeks
_PART = re.compile(r"^(\d{1,3})/(\d{1,3})$", re.ASCII)
_PLAIN = re.compile(r"^\d+(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class Number:
    """A number and the last token that belongs to it."""

    value: Fraction
    last: int
    ordinal: bool = False
    occasions: bool = False  # "twice": it counts times
    unit: str = ""  # "26/40": the unit is in the writing
    whole: Fraction | None = None  # "3/5"


def number_at(tokens: tuple[Token, ...], index: int) -> Number | None:
    """Read the number that begins at a token, if one does."""
    token = tokens[index]
    if token.kind == "number":
        return _figures(tokens, index)
    if token.word in {"a", "an"} and 0 < index < len(tokens) - 1:
        period = tokens[index - 1].word in _FOR and tokens[index + 1].word in _PERIODS
        return Number(Fraction(1), index) if period else None
    if token.word in TIMES:
        return Number(Fraction(TIMES[token.word]), index, occasions=True)
    if token.word in ORDINALS:
        return Number(Fraction(ORDINALS[token.word]), index, ordinal=True)
    if token.word in _COLLECTIVE:
        return Number(Fraction(_COLLECTIVE[token.word]), index)
    return _words(tokens, index)


def _figures(tokens: tuple[Token, ...], index: int) -> Number | None:
    token = tokens[index]
    weeks = _OF_WEEKS.match(token.word)
    if weeks:
        return Number(Fraction(int(weeks[1])), index, unit="week")
    part = _PART.match(token.word)
    if part and 0 < int(part[1]) <= int(part[2]):
        return Number(Fraction(int(part[1])), index, whole=Fraction(int(part[2])))
    value = digits(token.word)
    if value is None:
        return None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if after is not None and after.word in _SUFFIXES and after.start == token.end:
        return Number(value, index + 1, ordinal=True)
    return Number(value, index)


def digits(word: str) -> Fraction | None:
    """Give the value of a number in digits, with or without thousands' commas; None for anything else."""
    if len(word) > LONGEST or not word.isascii():
        return None
    if _GROUPED.match(word):
        return Fraction(word.replace(",", ""))
    return Fraction(word) if _PLAIN.match(word) else None


def _words(tokens: tuple[Token, ...], index: int) -> Number | None:
    """Up to four words: tens and units, with "hundred" and "thousand" and the "and" after them."""
    if tokens[index].word not in _UNITS and tokens[index].word not in _TENS:
        return None
    total = part = 0
    last = -1
    for place in range(index, min(index + 6, len(tokens))):
        word = tokens[place].word
        if place > index and tokens[place].lead not in {"", "-"}:
            break
        if word in _UNITS and (part % 10 == 0 or part == 0) and not (part % 100 and part % 100 < _FIRST_TENS):
            part += _UNITS[word]
        elif word in _TENS and part % 100 == 0:
            part += _TENS[word]
        elif word in _SCALES and part:
            part *= _SCALES[word]
            if word == "thousand":
                total, part = total + part, 0
        elif word == "and" and last == place - 1 and last >= 0 and tokens[last].word in _SCALES:
            continue
        else:
            break
        last = place
    return Number(Fraction(total + part), last) if last >= 0 else None
