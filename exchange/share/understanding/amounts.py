"""Read numbers: digits and words, with what they count or measure.

Promises: total; the same amount for "2", "two" and "a couple"; lengths, weights, volumes, money and
durations are brought to one unit each; a number knows the words that it counts, the "up to" or "at least"
before it, the "a day" after it, and the whole of which it is a part ("3 of 4").
Never: more than `MOST` numbers of one passage, so that a page of digits costs no more than a page of words.

Dates and times of day are read first (`calendar`, `clock`); their digits are no numbers any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exchange.share.understanding import units
from exchange.share.understanding.clock import dated
from exchange.share.understanding.lexicon import STOPWORDS
from exchange.share.understanding.passage import once
from exchange.share.understanding.people import mentions
from exchange.share.understanding.spelt import A_DAY, number_at
from exchange.share.understanding.stem import stem
from exchange.share.understanding.wordlists import words

if TYPE_CHECKING:
    from fractions import Fraction

    from exchange.share.understanding.passage import Passage, Token
    from exchange.share.understanding.spelt import Number

MOST = 60
_REACH = 4  # how many words after a number may still be what it counts
_AGE_WORDS = frozenset({"aged", "age", "old", "yo"})
_NO_COUNT_BEFORE_ONE = words("no some any every the this that which another each")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a passage. `nouns` are stems of what it counts; without a unit its dimension is "count".

    `shown` is the last token of the words that say what it counts.
    """

    value: Fraction
    raw: Fraction  # as written, before its unit
    dimension: str
    nouns: frozenset[str]
    bound: int
    per: str
    whole: Fraction | None
    ordinal: bool
    first: int
    last: int
    shown: int


@once
def amounts(passage: Passage) -> tuple[Amount, ...]:
    """Read the first `MOST` numbers of a passage, in their order."""
    taken = dated(passage)
    reader = _Reader(passage)
    found: list[Amount] = []
    index = 0
    while index < len(passage.tokens) and len(found) < MOST:
        number = None if index in taken else number_at(passage.tokens, index)
        if number is None or not reader.counts(index, number):
            index += 1
            continue
        found.append(reader.amount(index, number))
        index = found[-1].last + 1
    return _with_wholes(passage.tokens, found)


class _Reader:
    """Reads what belongs to a number from the words around it."""

    def __init__(self, passage: Passage) -> None:
        self.tokens: tuple[Token, ...] = passage.tokens
        self.people = {
            index: one.who for one in mentions(passage) for index in range(one.first, one.last + 1)
        }

    def counts(self, index: int, number: Number) -> bool:
        """Tell a number from a paragraph of law, an emergency call, and "one" or "first" in passing."""
        word, before = self.tokens[index].word, self._word(index - 1)
        if word in units.EMERGENCY_NUMBERS or before in units.LAW:
            return False
        after = self._word(number.last + 1)
        if word in {"one", "first"} and number.last == index:
            return before not in _NO_COUNT_BEFORE_ONE | {"at"} and bool(after) and after not in STOPWORDS
        if word in {"couple", "pair"}:
            return after == "of"
        if word == "second" and before in {"a", "per"} and after not in {"time", "dose"}:
            return not self._in_stopwords(number.last + 1)
        return True

    def amount(self, index: int, number: Number) -> Amount:
        """Give the number at `index` with everything that belongs to it."""
        last = number.last
        dimension, value, nouns = "count", number.value, self._nouns(last)
        unit = None if number.ordinal else self._unit(last)
        if number.unit:
            dimension, factor = units.UNITS[number.unit]
            value *= factor
        elif index and self.tokens[index - 1].word == "£":
            dimension = "money"
        elif unit is not None:
            dimension, value, last = unit[0], value * unit[1], last + 1
            nouns |= self._nouns(last)
        elif number.occasions:
            nouns = frozenset({stem("time")})
        if self._word(index - 1) in units.LABELS:
            nouns |= {self.tokens[index - 1].stem}
        if _AGE_WORDS & {self._word(index - 1), self._word(last), self._word(last + 1)}:
            nouns |= {"age"}
        return Amount(
            value=value,
            raw=number.value,
            dimension=dimension,
            nouns=nouns or self._noun_before(index),
            bound=self._bound(index, last),
            per=self._per(last),
            whole=number.whole,
            ordinal=number.ordinal,
            first=index,
            last=last,
            shown=last + len(self._noun_tokens(last)),
        )

    def _unit(self, last: int) -> tuple[str, Fraction] | None:
        if last + 1 >= len(self.tokens) or self.tokens[last + 1].lead not in {"", "-"}:
            return None
        return units.UNITS.get(self.tokens[last + 1].stem)

    def _nouns(self, last: int) -> frozenset[str]:
        """Stems of the words right after a number, up to a preposition, a verb's helper or a mark."""
        place = last + 1
        if self._word(place) == "of":
            place += 1
            while self._word(place) in {"the", "them", "her", "his", "their"}:
                place += 1
        return frozenset(token.stem for token in self._noun_tokens(place - 1) if token.word not in STOPWORDS)

    def _noun_tokens(self, last: int) -> tuple[Token, ...]:
        found: list[Token] = []
        for place, token in enumerate(self.tokens[last + 1 : last + 1 + _REACH], start=last + 1):
            if number_at(self.tokens, place) is not None:
                break
            if token.kind != "word" or (token.lead and token.lead != "-") or token.word in units.NOUN_ENDS:
                break
            found.append(token)
        return tuple(found)

    def _noun_before(self, index: int) -> frozenset[str]:
        """Find what stands before a lone number: a person ("a boy of about four") or nothing."""
        for place in range(index - 1, max(-1, index - 4), -1):
            if place in self.people:
                return frozenset({self.people[place]})
        return frozenset()

    def _bound(self, first: int, last: int) -> int:
        for length in (3, 2, 1):
            before = tuple(self._word(first - back) for back in range(length, 0, -1))
            if before in units.BOUNDS_BEFORE:
                return units.BOUNDS_BEFORE[before]
        for start in (last + 1, last + 2):
            for length in (2, 1):
                after = tuple(self._word(start + step) for step in range(length))
                beyond = start + length
                bounds_next = beyond < len(self.tokens) and number_at(self.tokens, beyond) is not None
                if after in units.BOUNDS_AFTER and not bounds_next:
                    return units.BOUNDS_AFTER[after]
        return 0

    def _per(self, last: int) -> str:
        """Find "a day", "each week" or "daily" within two words after the number or its unit."""
        if self._word(last) in A_DAY:
            return "day"
        for place in range(last + 1, min(last + 4, len(self.tokens))):
            word = self._word(place)
            if self.tokens[place].lead not in {"", "-", "/"}:
                break
            if word in units.PER and (word.endswith("ly") or self._word(place - 1) in units.PER_BEFORE):
                return units.PER[word]
        return ""

    def _word(self, index: int) -> str:
        return self.tokens[index].word if 0 <= index < len(self.tokens) else ""

    def _in_stopwords(self, index: int) -> bool:
        return not self._word(index) or self._word(index) in STOPWORDS


def _with_wholes(tokens: tuple[Token, ...], found: list[Amount]) -> tuple[Amount, ...]:
    """Tell each part its whole: "31 of the 48", "6 out of the last 8", and "of 57 children, 23"."""
    for place in range(len(found) - 1):
        one, other = found[place], found[place + 1]
        between = [token.word for token in tokens[one.last + 1 : other.first]]
        if one.dimension != other.dimension or one.ordinal or other.ordinal:
            continue
        if (
            between
            and set(between) <= {"of", "the", "out", "last", "his", "her", "their", "all"}
            and "of" in between
        ):
            found[place] = replace(one, whole=other.value, nouns=one.nouns | other.nouns)
        elif one.first and tokens[one.first - 1].word == "of" and _goes_on(tokens, one, other):
            found[place + 1] = replace(other, whole=one.value)
    return tuple(found)


def _goes_on(tokens: tuple[Token, ...], whole: Amount, part: Amount) -> bool:
    """See "of 57 children there, 23": a smaller number, in the same clause or right after its comma."""
    same_clause = tokens[whole.first].clause == tokens[part.first].clause
    return whole.value > part.value and (same_clause or "," in tokens[part.first].lead)
