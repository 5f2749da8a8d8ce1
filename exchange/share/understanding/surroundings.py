"""What else a share says around one statement, so that a restatement may draw on it.

Promises: the numbers, dates and people of the whole share, read once for all its statements.
Never: the sender's emphasis, beyond whether this statement is critical or the key point.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from exchange.share.understanding import people_words
from exchange.share.understanding.amounts import amounts
from exchange.share.understanding.calendar import dates
from exchange.share.understanding.lexicon import STOPWORDS
from exchange.share.understanding.passage import read
from exchange.share.understanding.people import mentions
from exchange.wire.contents import Fact

if TYPE_CHECKING:
    from fractions import Fraction

    from exchange.share.understanding.calendar import Day
    from exchange.share.understanding.passage import Passage
    from exchange.share.understanding.people import Mention
    from exchange.wire.contents import Opinion, ShareContents

_MOST_GAPS = 12  # dates of one statement between which periods are worked out


@dataclass(frozen=True, slots=True)
class Surroundings:
    """For one statement: `gaps` are the days between its dates; `year` stands in for one that is not said."""

    critical: bool
    opinion: bool
    confidence: str
    numbers: frozenset[Fraction]
    all_days: tuple[Day, ...]
    own_days: tuple[Day, ...]
    gaps: frozenset[int]
    as_of: date | None
    year: int | None
    own_people: tuple[Mention, ...]
    all_people: frozenset[str]
    names: frozenset[str]


class Share:
    """A share as a whole, read once."""

    def __init__(self, share: ShareContents) -> None:
        subjects = " . ".join(subject.name for subject in share.subjects)
        self.names = frozenset(name for subject in share.subjects for name in _names(subject.name))
        others = [*share.not_known, share.purpose, share.need, share.immediate_risk or "", subjects]
        statements: tuple[Fact | Opinion, ...] = (*share.facts, *share.opinions)
        for statement in statements:
            others += [statement.text, statement.does_not_mean or "", *_sources(statement)]
        self._read = {text: read(text) for text in others}
        passages = list(self._read.values())
        self.numbers = frozenset(one.raw for passage in passages for one in amounts(passage))
        self.days = tuple(day for passage in passages for day in dates(passage))
        self.people = frozenset(one.who for passage in passages for one in self._people(passage))

    def _people(self, passage: Passage) -> tuple[Mention, ...]:
        return mentions(passage, self.names, by_capitals=True)

    def passage(self, text: str) -> Passage:
        """Give a text of this share as it was read."""
        return self._read[text]

    def around(self, statement: Fact | Opinion, *, critical: bool) -> Surroundings:
        """Gather what surrounds one of its statements."""
        as_of = _day(statement.as_of) if isinstance(statement, Fact) else None
        until = _day(statement.until) if isinstance(statement, Fact) else None
        own = [self._read[text] for text in _sources(statement)]
        said = [day for day in (as_of, until) if day is not None]
        year = as_of.year if as_of else next((day.year for day in self.days if day.year), None)
        known = [*said, *_full(dates(self._read[statement.text]), year)][:_MOST_GAPS]
        return Surroundings(
            critical=critical,
            opinion=not isinstance(statement, Fact),
            confidence=statement.confidence,
            numbers=self.numbers,
            all_days=(*self.days, *_as_days(said)),
            own_days=(*_as_days(said), *(day for passage in own for day in dates(passage))),
            gaps=frozenset(abs((one - other).days) for one, other in combinations(known, 2)),
            as_of=as_of,
            year=year,
            own_people=tuple(one for passage in own for one in self._people(passage)),
            all_people=self.people,
            names=self.names,
        )


def _names(subject: str) -> set[str]:
    """Give the words of a subject's name, without "mother", "the" and the like."""
    passage = read(subject)
    roles = {
        place for one in mentions(passage) if one.sort != "name" for place in range(one.first, one.last + 1)
    }
    named = (
        token.word for at, token in enumerate(passage.tokens) if at not in roles and token.kind == "word"
    )
    return {word for word in named if len(word) > 1} - STOPWORDS - people_words.TITLES


def _sources(statement: Fact | Opinion) -> list[str]:
    """Where it comes from, in words."""
    if isinstance(statement, Fact):
        source = statement.source
        return [source.who or "", source.record or ""] if source else []
    return [statement.whose, statement.capacity, statement.grounds or ""]


def _day(when: str | None) -> date | None:
    try:
        return date.fromisoformat((when or "")[:10])
    except ValueError:
        return None


def _full(days: tuple[Day, ...], year: int | None) -> list[date]:
    found: list[date] = []
    for day in days:
        if day.month and day.day and (day.year or year):
            try:
                found.append(date(day.year or year or 1, day.month, day.day))
            except ValueError:
                continue
    return found


def _as_days(days: list[date]) -> tuple[Day, ...]:
    return tuple(day for one in days for day in dates(read(one.isoformat())))
