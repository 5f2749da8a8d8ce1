"""Which numbers changed between a statement and its restatement.

Promises: "two puffs up to four times" is not "four puffs up to two times", although the digits are the
same; a part is not its whole, "at least" is not "at most", "a day" is not "a week"; a number keeps its date
and its name.
Never: a number is missed in silence in a critical statement, unless it only describes (a length, an age,
about so many) or is one. In other statements a number may be left out, because a restatement is not a copy.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from exchange.share.understanding.amounts import amounts
from exchange.share.understanding.calendar import dates
from exchange.share.understanding.changed_dates import agree
from exchange.share.understanding.divergence import DivergenceKind, Finding, quote
from exchange.share.understanding.people import mentions, same
from exchange.share.understanding.senses import Role, senses
from exchange.share.understanding.units import DAYS_A_MONTH
from exchange.share.understanding.wordlists import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from fractions import Fraction

    from exchange.share.understanding.amounts import Amount
    from exchange.share.understanding.calendar import Day
    from exchange.share.understanding.passage import Passage
    from exchange.share.understanding.people import Mention
    from exchange.share.understanding.surroundings import Surroundings

_DESCRIBING = frozenset({"length", "temperature"})
_DATE_REACH, _NAME_REACH = 5, 2
_DAY = 1440
_DURATIONS = {"minutes", "months"}
_IN_ALL = frozenset({"total", "altogether", "all", "now"})
_ROUGHLY = words("about around roughly approximately approx circa nearly almost")


def changed_numbers(sent: Passage, restated: Passage, around: Surroundings) -> Iterator[Finding]:
    """At most one finding: every number that changed, or else those that went missing or appeared."""
    ours, theirs = list(amounts(sent)), list(amounts(restated))
    bound_otherwise = partial(_bound_otherwise, sent, restated, around.names)
    clashes = [
        (mine, other)
        for mine, other in _take(ours, theirs, lambda a, b: _equal(a, b) and _kin(a, b))
        if bound_otherwise(mine, other)
    ]
    theirs = [other for other in theirs if not _worked_out(other, around)]
    clashes += [pair for pair in _take(ours, theirs, _rivals) if not _equal(*pair)]
    for mine, other in _take(ours, theirs, lambda a, b: _equal(a, b) and a.ordinal == b.ordinal):
        if bound_otherwise(mine, other):
            clashes.append((mine, other))
    elsewhere = around.numbers
    clashes += _take(
        ours, theirs, lambda a, b: _comparable(a, b) and (b.dimension != "count" or b.raw not in elsewhere)
    )
    if clashes:
        mine_shown = " … ".join(_shown(sent, [mine for mine, _ in clashes]))
        other_shown = " … ".join(_shown(restated, [other for _, other in clashes]))
        yield _finding(
            mine_shown,
            other_shown,
            f"A number changed: you wrote {quote(mine_shown)}, they wrote {quote(other_shown)}.",
        )
        return
    yield from _missing(sent, ours, theirs, around)
    yield from _appeared(sent, restated, theirs, elsewhere)


def _take(
    ours: list[Amount], theirs: list[Amount], fit: Callable[[Amount, Amount], bool]
) -> list[tuple[Amount, Amount]]:
    """Pair what fits, each at most once, and remove it from both lists."""
    pairs: list[tuple[Amount, Amount]] = []
    for mine in list(ours):
        other = next((one for one in theirs if fit(mine, one)), None)
        if other is not None:
            pairs.append((mine, other))
            ours.remove(mine)
            theirs.remove(other)
    return pairs


def _equal(mine: Amount, other: Amount) -> bool:
    if mine.dimension == other.dimension:
        return mine.value == other.value
    if {mine.dimension, other.dimension} == _DURATIONS:
        return abs(_days(mine) - _days(other)) * 10 <= _days(mine)
    return "count" in (mine.dimension, other.dimension) and mine.raw == other.raw


def _kin(mine: Amount, other: Amount) -> bool:
    """Whether two numbers count the same thing, or are of one kind of measure."""
    if "count" not in (mine.dimension, other.dimension):
        return _measure(mine) == _measure(other)
    return bool(mine.nouns & other.nouns)


def _measure(amount: Amount) -> str:
    return "duration" if amount.dimension in _DURATIONS else amount.dimension


def _rivals(mine: Amount, other: Amount) -> bool:
    return _kin(mine, other) and mine.ordinal == other.ordinal


def _comparable(mine: Amount, other: Amount) -> bool:
    """Whether one could stand in the other's place, although nothing says that they count the same."""
    if mine.ordinal or other.ordinal:
        return False
    if mine.dimension == other.dimension:
        return True
    return "count" in (mine.dimension, other.dimension) and not (mine.nouns and other.nouns)


def _bound_otherwise(
    sent: Passage, restated: Passage, names: frozenset[str], mine: Amount, other: Amount
) -> bool:
    """See the same number, but of another whole, limit, rate, date or person."""
    if mine.whole is not None and other.whole is not None and mine.whole != other.whole:
        return True
    if _is_whole_of(restated, other, mine.whole) or _is_whole_of(sent, mine, other.whole):
        return True
    if mine.per and other.per and mine.per != other.per:
        return True
    if mine.bound * other.bound < 0 and not (_negated(sent, mine) or _negated(restated, other)):
        return True
    my_day, other_day = _date_of(sent, mine), _date_of(restated, other)
    if my_day is not None and other_day is not None and agree(my_day, other_day, None) is False:
        return True
    me, them = _name_of(sent, mine, names), _name_of(restated, other, names)
    return me is not None and them is not None and not same(me, them)


def _is_whole_of(passage: Passage, amount: Amount, part: Fraction | None) -> bool:
    """See "23 of 57" told as "57 of 23": what was the part is now the whole."""
    if part is None or part == amount.value:
        return False
    return any(one.value == part and one.whole == amount.value for one in amounts(passage))


def _negated(passage: Passage, amount: Amount) -> bool:
    clause = passage.tokens[amount.first].clause
    return any(
        sense.role is Role.NEGATOR and passage.tokens[sense.first].clause == clause
        for sense in senses(passage)
    )


def _date_of(passage: Passage, amount: Amount) -> Day | None:
    """Find the date beside a measure, where there are several of either."""
    days = dates(passage)
    if amount.dimension == "count" or len(days) + len(amounts(passage)) <= 2:  # noqa: PLR2004 - one of each is no choice
        return None
    after = [day for day in days if 0 < day.first - amount.last <= _DATE_REACH]
    return after[0] if after else None


def _name_of(passage: Passage, amount: Amount, names: frozenset[str]) -> Mention | None:
    """Find the name right before a lone number: "Mia, 7"."""
    if amount.dimension not in {"count", "months"} or (
        amount.dimension == "count" and amount.nouns - {"age"} - names - _named(passage)
    ):
        return None
    called = [one for one in mentions(passage, names) if one.sort == "name"]
    near = [one for one in called if 0 < amount.first - one.last <= _NAME_REACH]
    return near[-1] if near else None


def _named(passage: Passage) -> frozenset[str]:
    return frozenset(one.who for one in mentions(passage))


def _worked_out(amount: Amount, around: Surroundings) -> bool:
    """See a period that follows from two dates of the statement is a restatement of them."""
    if amount.dimension not in _DURATIONS or _days(amount) < 1:
        return False
    days = _days(amount)
    return any(abs(days - gap) <= max(3, gap // 6) for gap in around.gaps)


def _days(amount: Amount) -> Fraction:
    return amount.value * DAYS_A_MONTH if amount.dimension == "months" else amount.value / _DAY


def _missing(
    sent: Passage, ours: list[Amount], theirs: list[Amount], around: Surroundings
) -> Iterator[Finding]:
    """In a critical statement: numbers that are not restated at all."""
    wholes = {one.whole for one in amounts(sent) if one.whole is not None}
    lost = [
        one
        for one in ours
        if not (
            one.ordinal
            or one.raw == 1
            or one.dimension in _DESCRIBING
            or "age" in one.nouns
            or one.value in wholes
        )
        and not _roughly(sent, one)
        and _name_of(sent, one, around.names) is None
    ]
    if around.critical and lost and not theirs:
        shown = " … ".join(_shown(sent, lost))
        yield _finding(shown, "", f"A number in a critical statement is not restated: {quote(shown)}.")


def _roughly(passage: Passage, amount: Amount) -> bool:
    return any(token.word in _ROUGHLY for token in passage.tokens[max(0, amount.first - 2) : amount.first])


def _appeared(
    sent: Passage, restated: Passage, theirs: list[Amount], elsewhere: frozenset[Fraction]
) -> Iterator[Finding]:
    """Numbers of something that the statement speaks of without a number, and that the share says nowhere."""
    spoken_of = {token.stem for token in sent.tokens}
    new = [
        one
        for one in theirs
        if one.nouns & spoken_of and one.raw != 1 and one.raw not in elsewhere and not _sums_up(restated, one)
    ]
    if new:
        shown = " … ".join(_shown(restated, new))
        yield _finding("", shown, f"A number appears that you did not write: {quote(shown)}.")


def _sums_up(passage: Passage, amount: Amount) -> bool:
    near = passage.tokens[max(0, amount.first - 4) : amount.last + 6]
    return any(token.word in _IN_ALL for token in near)


def _shown(passage: Passage, found: list[Amount]) -> list[str]:
    last = len(passage.tokens) - 1
    return [
        passage.shown(one.first, min(one.shown, last)) for one in sorted(found, key=lambda one: one.first)
    ]


def _finding(sent: str, restated: str, explanation: str) -> Finding:
    return Finding(DivergenceKind.NUMBER_CHANGED, sent, restated, explanation)
