"""Read times of day: "9.20", "15:10", "3 pm", "1510 hrs", "twenty past nine", "ten to midnight".

Promises: total; the minute of the day, and whether morning or afternoon is known at all.
Never: "in the evening" alone, which is no time that could be compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.share.understanding.calendar import dates
from exchange.share.understanding.passage import once
from exchange.share.understanding.spelt import number_at
from exchange.share.understanding.wordlists import words

if TYPE_CHECKING:
    from exchange.share.understanding.passage import Passage, Token

MOST = 60
HALF_DAY = 720
_HOUR = 60
_HOURS, _NOON = 24, 12
_DOTTED = re.compile(r"^(\d{1,2})[.:](\d{2})$")
_MILITARY = re.compile(r"^([01]\d|2[0-3])([0-5]\d)$")
_NAMED = {"noon": 720, "midday": 720, "midnight": 0}
_ROUGHLY = words("about around roughly just nearly almost approximately approx circa gone")
_PARTS = {
    "am": 0, "morning": 0, "pm": 1, "afternoon": 1, "evening": 1, "night": 1, "tonight": 1,
}  # fmt: skip
_FILLERS = frozenset({"in", "the", "at", "this", "that", "on"})
_EARLY = 5  # up to five "at night" is before dawn
_FRACTIONS = {"quarter": 15, "half": 30}
_HOUR_WORDS = frozenset({"oclock", "hrs", "hours", "h"})


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of day: minutes from midnight, and whether the half of the day is known."""

    minute: int
    half_known: bool
    roughly: bool
    first: int
    last: int


@once
def times(passage: Passage) -> tuple[Moment, ...]:
    """Read the first `MOST` times of day of a passage, in their order."""
    taken = {index for day in dates(passage) for index in range(day.first, day.last + 1)}
    found: list[Moment] = []
    index = 0
    while index < len(passage.tokens) and len(found) < MOST:
        moment = None if index in taken else _moment(passage.tokens, index, after_another=bool(found))
        if moment is None:
            index += 1
        else:
            found.append(moment)
            index = moment.last + 1
    return tuple(found)


def dated(passage: Passage) -> frozenset[int]:
    """Give the tokens that belong to a date or a time of day, and so to no number and to nobody's name."""
    spans = [(day.first, day.last) for day in dates(passage)]
    spans += [(moment.first, moment.last) for moment in times(passage)]
    return frozenset(index for first, last in spans for index in range(first, last + 1))


def _moment(tokens: tuple[Token, ...], index: int, *, after_another: bool) -> Moment | None:
    token = tokens[index]
    roughly = any(before.word in _ROUGHLY for before in tokens[max(0, index - 2) : index])
    if token.word in _NAMED:
        return Moment(_NAMED[token.word], half_known=True, roughly=roughly, first=index, last=index)
    found = (
        _spoken(tokens, index)
        or _written(tokens, index)
        or _whole_hour(tokens, index, after_another=after_another)
    )
    if found is None:
        return None
    minute, last = found
    known = minute >= _NOON * _HOUR + _HOUR or minute < _HOUR or token.word.startswith("0")
    known = known or tokens[last].word in _NAMED
    half, end = _half(tokens, last + 1)
    if half is None or minute >= _NOON * _HOUR + _HOUR:
        return Moment(
            minute, half_known=known, roughly=roughly, first=index, last=end if half is not None else last
        )
    if half and tokens[end].word == "night" and minute < _EARLY * _HOUR:
        half = 0
    return Moment(
        minute % HALF_DAY + half * HALF_DAY, half_known=True, roughly=roughly, first=index, last=end
    )


def _half(tokens: tuple[Token, ...], index: int) -> tuple[int | None, int]:
    """Morning (0) or afternoon (1) said after a time, and the token that says it."""
    for place in range(index, min(index + 3, len(tokens))):
        word = tokens[place].word
        if word in {"a", "p"} and place + 1 < len(tokens) and tokens[place + 1].word == "m":
            return int(word == "p"), place + 1
        if word in _PARTS:
            return (_PARTS[word], place) if word != "am" or place == index else (None, index)
        if word not in _FILLERS:
            break
    return None, index


def _written(tokens: tuple[Token, ...], index: int) -> tuple[int, int] | None:
    token = tokens[index]
    if token.kind != "number" or not token.word.isascii():
        return None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    parts = _DOTTED.match(token.word)
    if parts is not None:
        hour, minute = int(parts[1]), int(parts[2])
        if hour >= _HOURS or minute >= _HOUR or (index and tokens[index - 1].kind == "sign"):
            return None
        if _measures(after) and ":" not in token.word:
            return None
        return hour * _HOUR + minute, index + (after is not None and after.word in _HOUR_WORDS)
    military = _MILITARY.match(token.word)
    if military is not None and after is not None and after.word in _HOUR_WORDS:
        return int(military[1]) * _HOUR + int(military[2]), index + 1
    return None


def _measures(after: Token | None) -> bool:
    """Whether the word after "3.50" makes it an amount."""
    return after is not None and not after.lead and (after.word in _AMOUNT_WORDS or after.word == "%")


_AMOUNT_WORDS = words("""
    kg g mg ml l cm mm m km miles mile metres litres percent million pounds stone lb degrees per
""")


def _spoken(tokens: tuple[Token, ...], index: int) -> tuple[int, int] | None:
    """Read "twenty past nine", "quarter to four", "half past eight", "half eight"."""
    word = tokens[index].word
    if word in _FRACTIONS:
        minutes, place = _FRACTIONS[word], index + 1
    else:
        number = number_at(tokens, index)
        if number is None or number.value.denominator != 1 or not 0 < number.value < _HOUR or number.ordinal:
            return None
        minutes, place = int(number.value), number.last + 1
    if place < len(tokens) and tokens[place].stem == "minut":
        place += 1
    direction = tokens[place].word if place < len(tokens) else ""
    if direction not in {"past", "to"}:
        return _hour(tokens, place, _FRACTIONS["half"]) if word == "half" else None
    if direction == "to" and word not in _FRACTIONS and (tokens[index].kind == "number" or minutes % 5):
        return None  # "2 to 3 cm" is a range
    return _hour(tokens, place + 1, minutes if direction == "past" else -minutes)


def _hour(tokens: tuple[Token, ...], index: int, shift: int) -> tuple[int, int] | None:
    if index >= len(tokens):
        return None
    if tokens[index].word in _NAMED:
        return (_NAMED[tokens[index].word] + shift) % (2 * HALF_DAY), index
    number = number_at(tokens, index)
    if number is None or number.value.denominator != 1 or not 0 < number.value <= _NOON:
        return None
    follower = tokens[number.last + 1] if number.last + 1 < len(tokens) else None
    if (
        follower is not None
        and not follower.lead
        and follower.word in _AMOUNT_WORDS | {"years", "days", "weeks", "months"}
    ):
        return None
    return (int(number.value) * _HOUR + shift) % (2 * HALF_DAY), number.last


def _whole_hour(tokens: tuple[Token, ...], index: int, *, after_another: bool) -> tuple[int, int] | None:
    """Read "3 pm", "10 o'clock", "7 in the morning", "at 10", and "5" after "3.30 until"."""
    number = number_at(tokens, index)
    if (
        number is None
        or number.ordinal
        or number.occasions
        or number.value.denominator != 1
        or number.value > _NOON
    ):
        return None
    last = number.last
    after = tokens[last + 1] if last + 1 < len(tokens) else None
    hour = int(number.value) * _HOUR
    if (after is not None and after.word in {"am", "pm", "oclock"}) or _half(tokens, last + 1)[0] is not None:
        return hour, last + (after is not None and after.word == "oclock")
    before = tokens[index - 1].word if index else ""
    ends = (
        after is None
        or after.lead[:1] in tuple(".,;!?)")
        or after.word in {"on", "in", "this", "and", "for", "until", "till", "with", "tomorrow", "today"}
    )
    if ends and (
        before == "at"
        or (before in {"until", "till", "to", "from"} and (after_another or _range_follows(tokens, last)))
    ):
        return hour, last
    return None


def _range_follows(tokens: tuple[Token, ...], last: int) -> bool:
    words = [token.word for token in tokens[last + 1 : last + 4]]
    return (
        len(words) > 1 and words[0] in {"until", "till", "to"} and any(word in {"am", "pm"} for word in words)
    )
