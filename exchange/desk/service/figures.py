"""How an agency's loops go: the numbers for its lead.

Promises: counted from the casebook alone; what is open and late now, and what was heard in the last twelve
weeks of London. Teams are a partition: everybody counts once (see `docs/adr/0020`).
Never: a name of a child, a word, or the numbers of one person: where fewer than `FEWEST` read-backs, or fewer
than `PEOPLE` people, stand behind a number, it is not given, nor one from which it could be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from zoneinfo import ZoneInfo

from exchange.desk.service.gate import demand_lead
from exchange.share.clocks import day_in_london
from exchange.store.casebook import NOBODY, OpenCount
from keys.record import Frozen, Time, format_time

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from exchange.desk.people import Session
    from exchange.desk.service.heardcounts import ByGroup, HeardCounts
    from exchange.desk.service.premises import Premises
    from exchange.store.casebook import Groups, HeardCount
    from keys.roster import Role, Roster

WEEKS: Final = 12
INSTANT: Final = 10  # seconds after which somebody may have read a read-back
FEWEST: Final = 5  # read-backs behind a number
PEOPLE: Final = 3  # people behind a number
_LONDON: Final = ZoneInfo("Europe/London")
_Name = TypeVar("_Name", bound="Hashable")


class HeardFigures(Frozen):
    """What became of read-backs. All None where too few stand behind it; times are seconds.

    `instant` were agreed to within ten seconds of their arrival; `diverged` is how often the two sides
    differed; `median` and `ninetieth` are from the share to the agreement, None also where none was agreed.
    """

    heard: int | None = None
    agreed: int | None = None
    instant: int | None = None
    diverged: int | None = None
    median: int | None = None
    ninetieth: int | None = None


class StateFigures(Frozen):
    """How many loops stand there, and how many of them are late."""

    state: str
    open: int
    overdue: int


class WeekFigures(Frozen):
    """One week, which began at that time."""

    begins: Time
    heard: HeardFigures


class TeamFigures(Frozen):
    """One team; `team` is the role's name, empty for everybody else."""

    team: str
    open: int
    overdue: int
    heard: HeardFigures


class KindFigures(Frozen):
    """How often read-backs differed in that way."""

    kind: str
    times: int


class FiguresView(Frozen):
    """How the agency's loops go. `kinds` is None, and `teams` empty, where too few stand behind them."""

    at: Time
    since: Time
    instant_seconds: int
    fewest: int
    fewest_people: int
    states: tuple[StateFigures, ...]
    whole: HeardFigures
    weeks: tuple[WeekFigures, ...]
    kinds: tuple[KindFigures, ...] | None
    teams: tuple[TeamFigures, ...]


async def figures(desk: Premises, session: Session, counts: HeardCounts) -> FiguresView:
    """Count how the agency's loops go, for its lead; `PageUnknown` for anybody else."""
    return await counted(desk, await demand_lead(desk, session), counts)


async def counted(desk: Premises, roster: Roster, counts: HeardCounts) -> FiguresView:
    """Count how the agency's loops go, for whoever was found to be allowed to ask."""
    now = desk.now()
    weeks, at = week_starts(now), format_time(now)
    since = weeks[0]
    heard, by_week, kinds, diverged = await counts.together(weeks)
    shown = heard is None or _enough(heard)
    week_figures = _veiled(by_week, diverged, shown=shown)
    nothing = _figures(None, 0)
    return FiguresView(
        at=at,
        since=since,
        instant_seconds=INSTANT,
        fewest=FEWEST,
        fewest_people=PEOPLE,
        states=tuple(
            StateFigures(state=str(one.part), open=one.open, overdue=one.overdue)
            for one in await desk.casebook.open_by_state(desk.agency, at)
        ),
        whole=_figures(heard, sum(kinds.values())) if shown else HeardFigures(),
        weeks=tuple(
            WeekFigures(begins=begins, heard=week_figures.get(number, nothing))
            for number, begins in enumerate(weeks)
        ),
        kinds=tuple(KindFigures(kind=kind, times=kinds[kind]) for kind in sorted(kinds)) if shown else None,
        teams=await _teams(desk, counts, roster, since, at, shown=shown),
    )


def week_starts(now: datetime) -> tuple[Time, ...]:
    """Say when each of the last weeks began, in London on a Monday; the present one last."""
    today = day_in_london(now)
    monday = today - timedelta(days=today.weekday())
    days = (monday - timedelta(weeks=back) for back in reversed(range(WEEKS)))
    return tuple(format_time(datetime.combine(day, time(0), _LONDON).astimezone(UTC)) for day in days)


# --- teams ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Teams:
    """A partition of an agency's people: teams that are large enough, and how many are in none of them."""

    teams: tuple[tuple[Role, tuple[str, ...]], ...]
    others: int

    @property
    def groups(self) -> Groups:
        """The ids that count for each team: its role's, and its people's."""
        return tuple((role.id, *people) for role, people in self.teams)

    def joined(self) -> Teams:
        """Count the smallest team among everybody else."""
        smallest = min(self.teams, key=lambda one: (len(one[1]), one[0].id))
        rest = tuple(one for one in self.teams if one is not smallest)
        return Teams(rest, self.others + len(smallest[1]))


def partition(roster: Roster) -> Teams:
    """Put everybody in force into one team, the first large enough by its id, or among everybody else."""
    waiting = {one.id for one in roster.people if one.suspended is None}
    found = []
    for role in sorted(roster.roles, key=lambda one: one.id):
        people = tuple(person for person in role.members if person in waiting)
        if len(people) >= PEOPLE:
            waiting.difference_update(people)
            found.append((role, people))
    made = Teams(tuple(found), len(waiting))
    return made.joined() if made.teams and 0 < made.others < PEOPLE else made


async def _teams(  # noqa: PLR0913 - what is counted, of whom, and since when
    desk: Premises, counts: HeardCounts, roster: Roster, since: str, now: str, *, shown: bool
) -> tuple[TeamFigures, ...]:
    made = partition(roster)
    open_, heard = await _counted(desk, counts, made, since, now)
    if made.teams and made.others < PEOPLE and (NOBODY in open_ or NOBODY in heard.heard):
        made = made.joined()  # what leavers left is not shown as theirs either
        open_, heard = await _counted(desk, counts, made, since, now)
    names = dict(enumerate(role.name for role, _ in made.teams))
    if made.others or NOBODY in open_ or NOBODY in heard.heard:
        names[NOBODY] = ""
    if len(names) < 2:  # noqa: PLR2004 - one part is the whole
        return ()
    told, nothing = _veiled(heard.heard, heard.diverged, shown=shown), OpenCount(NOBODY, 0, 0)
    return tuple(
        TeamFigures(
            team=name,
            open=open_.get(part, nothing).open,
            overdue=open_.get(part, nothing).overdue,
            heard=told.get(part, _figures(None, 0)),
        )
        for part, name in names.items()
    )


async def _counted(
    desk: Premises, counts: HeardCounts, made: Teams, since: str, now: str
) -> tuple[Mapping[int, OpenCount], ByGroup]:
    every = await desk.casebook.open_by_group(desk.agency, now, made.groups)
    return {int(one.part): one for one in every}, await counts.by_group(since, made.groups)


# --- too few to show -----------------------------------------------------------------------------


def _enough(count: HeardCount) -> bool:
    agreed = not count.agreed or _reach(count.agreed, count.agreeing)
    return _reach(count.heard, count.people) and agreed


def _enough_hidden(hidden: Sequence[HeardCount]) -> bool:
    """Whether enough stands behind the hidden rows together, which the total less the others gives away.

    One person may be behind several rows, so that at least as many are behind all as behind one of them.
    """
    if not hidden:
        return True
    heard, people = sum(one.heard for one in hidden), max(one.people for one in hidden)
    agreed, agreeing = sum(one.agreed for one in hidden), max(one.agreeing for one in hidden)
    return _reach(heard, people) and (not agreed or _reach(agreed, agreeing))


def _reach(number: int, people: int) -> bool:
    return number >= FEWEST and people >= PEOPLE


def _veiled(
    counts: Mapping[_Name, HeardCount], diverged: Mapping[_Name, int], *, shown: bool
) -> dict[_Name, HeardFigures]:
    """Give each row's numbers, or none where too few stand behind it, or where the others would tell it."""
    told = {name for name, one in counts.items() if shown and _enough(one)}
    while told and not _enough_hidden([one for name, one in counts.items() if name not in told]):
        told.discard(min(told, key=lambda name: counts[name].heard))
    hidden = HeardFigures()
    return {
        name: _figures(one, diverged.get(name, 0)) if name in told else hidden for name, one in counts.items()
    }


def _figures(count: HeardCount | None, diverged: int) -> HeardFigures:
    if count is None:
        return HeardFigures(heard=0, agreed=0, instant=0, diverged=0)
    return HeardFigures(
        heard=count.heard,
        agreed=count.agreed,
        instant=count.instant,
        diverged=diverged,
        median=count.median,
        ninetieth=count.ninetieth,
    )
