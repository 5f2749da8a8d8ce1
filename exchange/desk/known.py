"""What a desk knows of its own agency's home: how far its events and its roster went.

Promises: a home that is older than what its desk has seen of it is refused by name, by the desk and by every
ceremony, before it signs a second history; one that was brought up to the log is not.
Never: it says who put an old copy there, or whether a thief of the root went on in the agency's name. Both
look alike from here, and people decide.

The casebook keeps the number of own events in the log, and the beginning of the last one's digest, so that a
ceremony need not read the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from keys.errors import AgencyUnknown, HomeContradicted, HomeSetBack
from keys.record import digest

if TYPE_CHECKING:
    from exchange.store.casebook import Casebook
    from keys.ceremony.home import AgencyHome
    from keys.directory import Directory

_EVENTS: Final = "own_events"  # cursor: how many of our events the log has
_HEAD: Final = "own_head"  # cursor: the beginning of the last one's digest
_HEAD_DIGITS: Final = 12


class Known(NamedTuple):
    """How many events of ours the log has, the last one's mark, and our newest roster's version; 0: none."""

    events: int
    head: int
    roster: int


def own_events(agency: str, directory: Directory) -> tuple[tuple[str, int], ...]:
    """Give the cursors that keep how far our events went in the log."""
    try:
        keys = directory.agency(agency)
    except AgencyUnknown:
        return ()
    return ((_EVENTS, keys.seq + 1), (_HEAD, _mark(keys.head)))


async def known(casebook: Casebook, agency: str) -> Known:
    """Read what a casebook remembers of its agency."""
    events, head = await casebook.cursor(_EVENTS), await casebook.cursor(_HEAD)
    return Known(events, head, await newest_roster(casebook, agency))


async def newest_roster(casebook: Casebook, agency: str) -> int:
    """Give the highest version of our own roster that was in force here, or was sent out; 0 for none."""
    kept = [row.version for row in await casebook.rosters() if row.agency == agency]
    sent = [row.version for row in await casebook.rosters_sent()]
    return max((*kept, *sent), default=0)


def demand_events(home: AgencyHome, directory: Directory) -> None:
    """Raise `HomeSetBack` if a log has events of ours that come after all that the home has."""
    try:
        listed = directory.agency(home.agency).seq + 1
    except AgencyUnknown:
        return
    if listed > len(home.events):
        raise HomeSetBack("events")


def demand_roster(home: AgencyHome, newest: int) -> None:
    """Raise `HomeSetBack` if a newer roster than the home's was seen."""
    if home.roster.version < newest:
        raise HomeSetBack("roster")


def demand_newest(home: AgencyHome, seen: Known) -> None:
    """Raise `HomeSetBack`, or `HomeContradicted` where the log has another event than the home."""
    if seen.events > len(home.events):
        raise HomeSetBack("events")
    if seen.events and _mark(digest(home.events[seen.events - 1].payload)) != seen.head:
        raise HomeContradicted(f"event {seen.events - 1}")
    demand_roster(home, seen.roster)


def _mark(head: str) -> int:
    return int(head[:_HEAD_DIGITS], 16)
