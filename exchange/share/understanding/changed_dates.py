"""Which dates and times of day changed between a statement and its restatement.

Promises: a date said less exactly ("in October") is the same date; a weekday is checked against the day
that it must have been; a time without "am" or "pm" may be either; "about half past nine" is 9.20.
Never: it flags a date left out, unless the statement is critical and the day lies ahead of it: what is past
is often retold without its date, what is still to come is what somebody must act on.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from exchange.share.understanding.calendar import dates
from exchange.share.understanding.clock import HALF_DAY, times
from exchange.share.understanding.divergence import DivergenceKind, Finding, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exchange.share.understanding.calendar import Day
    from exchange.share.understanding.clock import Moment
    from exchange.share.understanding.passage import Passage
    from exchange.share.understanding.surroundings import Surroundings

_ROUGHLY = 30  # minutes that "about" may hide


def agree(one: Day, other: Day, year: int | None) -> bool | None:
    """Whether two dates may be the same day; None where neither says anything that the other does.

    `year` stands in for one that is not said.
    """
    fields = [(one.year, other.year), (one.month, other.month), (one.day, other.day)]
    if one.weekday is not None or other.weekday is not None:
        fields.append((one.falls_on(year), other.falls_on(year)))
    both = [mine == theirs for mine, theirs in fields if mine is not None and theirs is not None]
    return all(both) if both else None


def changed_dates(sent: Passage, restated: Passage, around: Surroundings) -> Iterator[Finding]:
    """At most one finding for dates and one for times of day."""
    ours, theirs = dates(sent), dates(restated)
    lost = [mine for mine in ours if not any(agree(mine, other, around.year) for other in theirs)]
    new = [other for other in theirs if not any(agree(mine, other, around.year) for mine in ours)]
    foreign = [other for other in new if not any(agree(day, other, around.year) for day in around.own_days)]
    clash = [(mine, other) for mine in lost for other in foreign if agree(mine, other, around.year) is False]
    if clash:
        mine, other = clash[0]
        yield _changed("date", sent.shown(mine.first, mine.last), restated.shown(other.first, other.last))
    elif around.critical and (ahead := [mine for mine in lost if _ahead(mine, around)]) and not new:
        shown = sent.shown(ahead[0].first, ahead[0].last)
        yield Finding(
            DivergenceKind.DATE_CHANGED, shown, "", f"A date still to come is not restated: {quote(shown)}."
        )
    elif not lost and (strange := [day for day in foreign if _strange(day, around)]):
        shown = restated.shown(strange[0].first, strange[0].last)
        yield Finding(
            DivergenceKind.DATE_CHANGED, "", shown, f"A date appears that you did not write: {quote(shown)}."
        )
    else:
        yield from _changed_times(sent, restated, around)


def _ahead(day: Day, around: Surroundings) -> bool:
    if around.as_of is None or day.month is None or day.day is None:
        return False
    try:
        return date(day.year or around.as_of.year, day.month, day.day) > around.as_of
    except ValueError:
        return False


def _strange(day: Day, around: Surroundings) -> bool:
    """See a whole date that the share says nowhere."""
    if day.month is None or day.day is None:
        return False
    return not any(agree(known, day, around.year) for known in around.all_days)


def _changed_times(sent: Passage, restated: Passage, around: Surroundings) -> Iterator[Finding]:
    ours, theirs = times(sent), times(restated)
    lost = [mine for mine in ours if not any(_same_time(mine, other) for other in theirs)]
    new = [other for other in theirs if not any(_same_time(mine, other) for mine in ours)]
    if lost and new:
        yield _changed("time", _shown(sent, lost), _shown(restated, new))
    elif not lost and not new and _swapped(ours, theirs):
        yield _changed(
            "time", sent.shown(ours[0].first, ours[1].last), restated.shown(theirs[0].first, theirs[1].last)
        )
    elif around.critical and lost and any(_ahead(day, around) for day in dates(sent)):
        shown = _shown(sent, lost)
        yield Finding(
            DivergenceKind.DATE_CHANGED,
            shown,
            "",
            f"The time of something still to come is not restated: {quote(shown)}.",
        )


def _same_time(mine: Moment, other: Moment) -> bool:
    period = 2 * HALF_DAY if mine.half_known and other.half_known else HALF_DAY
    apart = abs(mine.minute - other.minute) % period
    return min(apart, period - apart) <= (_ROUGHLY if mine.roughly or other.roughly else 0)


def _swapped(ours: Sequence[Moment], theirs: Sequence[Moment]) -> bool:
    """See "from 7 pm to 7 am" told as "from 7 am to 7 pm"."""
    if len(ours) != 2 or len(theirs) != 2 or _same_time(*ours):  # noqa: PLR2004 - from and until
        return False
    crossed = _same_time(ours[0], theirs[1]) and _same_time(ours[1], theirs[0])
    return crossed and not _same_time(ours[0], theirs[0])


def _shown(passage: Passage, found: Sequence[Moment]) -> str:
    return " … ".join(passage.shown(one.first, one.last) for one in found)


def _changed(what: str, sent: str, restated: str) -> Finding:
    return Finding(
        DivergenceKind.DATE_CHANGED,
        sent,
        restated,
        f"A {what} changed: you wrote {quote(sent)}, they wrote {quote(restated)}.",
    )
