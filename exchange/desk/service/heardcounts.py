"""What was heard, counted once for as long as nothing more is heard.

Promises: an answer is what the database would give now: whatever is heard meanwhile, also while it is being
counted, makes it count again. Only this desk's own process writes what is counted.
Never: more than a few answers are kept, or anything but numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exchange.store.casebook import Casebook, Change, Groups, HeardCount, Recorded

KEPT: Final = 8  # answers


class Together(NamedTuple):
    """What was heard by everybody: in all, by week, by kind of divergence, and divergences by week."""

    whole: HeardCount | None
    weeks: Mapping[int, HeardCount]
    kinds: Mapping[str, int]
    diverged: Mapping[int, int]


class ByGroup(NamedTuple):
    """What each group heard, and how often the two sides differed."""

    heard: Mapping[int, HeardCount]
    diverged: Mapping[int, int]


class HeardCounts:
    """The counts of one desk's casebook."""

    def __init__(self, casebook: Casebook, instant: int) -> None:
        """`instant` is how many seconds are "at once"."""
        self._casebook = casebook
        self._instant = instant
        self._heard = 0  # how often anything was, since this desk started
        self._together: dict[tuple[str, ...], Together] = {}
        self._by_group: dict[tuple[str, Groups], ByGroup] = {}
        casebook.subscribe(self._listen)

    def _listen(self, change: Change, _: Recorded) -> None:
        if change.heard or change.divergences:
            self._heard += 1
            self._together.clear()
            self._by_group.clear()

    async def together(self, weeks: tuple[str, ...]) -> Together:
        """Count by the weeks that begin at these times."""
        known = self._together.get(weeks)
        if known is not None:
            return known
        book, before = self._casebook, self._heard
        found = Together(
            whole=await book.heard(weeks[0], self._instant),
            weeks={one.part: one for one in await book.heard_by_week(weeks, self._instant)},
            kinds=await book.diverged_by_kind(weeks[0]),
            diverged=await book.diverged_by_week(weeks),
        )
        if before == self._heard:
            if len(self._together) >= KEPT:
                self._together.clear()  # weeks go by
            self._together[weeks] = found
        return found

    async def by_group(self, since: str, groups: Groups) -> ByGroup:
        """Count by these groups, from then on."""
        known = self._by_group.get((since, groups))
        if known is not None:
            return known
        book, before = self._casebook, self._heard
        heard = await book.heard_by_group(since, self._instant, groups)
        found = ByGroup({one.part: one for one in heard}, await book.diverged_by_group(since, groups))
        if before == self._heard:
            if len(self._by_group) >= KEPT:
                self._by_group.clear()
            self._by_group[since, groups] = found
        return found
