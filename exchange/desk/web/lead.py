"""The page of the agency's lead: how its loops go, as pictures with a table beside each.

Promises: the lead alone is shown it; each chart says what it counts, and where too few stand behind a number
it says that instead.
Never: a name of a child, a word of a thread, or one person's numbers.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from exchange.desk import plain
from exchange.desk.web.chart import Chart, Line, number, spell

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from exchange.desk.service.figures import FiguresView, HeardFigures
    from exchange.desk.web.chart import Value
    from exchange.desk.web.visit import Visit

_LONDON: Final = ZoneInfo("Europe/London")
_TIMES: Final = ("Half within", "Nine in ten within")
_INSTANT: Final = ("Agreed to", "At once")
_DIVERGED: Final = ("Answered", "Differed")
_OPEN: Final = ("Open", "Overdue")
_ELSE: Final = "Everybody else"


async def lead(visit: Visit) -> web.StreamResponse:
    """Show how the agency's loops go."""
    figures = await visit.desk.figures(visit.session)
    return visit.page(
        "lead.html",
        figures=figures,
        charts=charts(figures),
        totals=totals(figures),
        alarms=await visit.desk.alarms(visit.session),
    )


def totals(figures: FiguresView) -> tuple[tuple[str, str], ...]:
    """Write what was heard in all the weeks together."""
    whole = figures.whole
    half, most = _times(whole)
    return (
        ("Read-backs answered", number(whole.heard).text),
        ("Agreed to", number(whole.agreed).text),
        ("Agreed to at once", number(whole.instant).text),
        ("Differences seen", number(whole.diverged).text),
        ("Half were understood within", half.text),
        ("Nine in ten within", most.text),
    )


def charts(figures: FiguresView) -> tuple[Chart, ...]:
    """Draw everything that the numbers say."""
    made = [_states(figures)]
    if figures.teams:
        made.append(_teams(figures))
    made += [_weeks_time(figures), _weeks_instant(figures), _weeks_diverged(figures), _kinds(figures)]
    if figures.teams:
        made += [_teams_time(figures), _teams_instant(figures), _teams_diverged(figures)]
    return tuple(made)


def _states(figures: FiguresView) -> Chart:
    lines = tuple(
        Line(plain.STATE.get(one.state, one.state), (number(one.open), number(one.overdue)))
        for one in figures.states
    )
    about = "Loops that are open now, by where they stand, and how many of them are late."
    return Chart("open", "Open loops", about, "Where it stands", _OPEN, lines)


def _teams(figures: FiguresView) -> Chart:
    lines = tuple(Line(one.team or _ELSE, (number(one.open), number(one.overdue))) for one in figures.teams)
    about = "The same loops by team: the sender’s where we sent it, the one it went to where it came to us."
    return Chart("open-teams", "Open loops by team", about, "Team", _OPEN, lines)


def _weeks_time(figures: FiguresView) -> Chart:
    about = "From the share to the answer “that is what I meant”, for the shares that your people sent."
    lines = _by_week(figures, _times)
    return Chart("time", "Time to understanding by week", about, "Week from", _TIMES, lines)


def _weeks_instant(figures: FiguresView) -> Chart:
    about = (
        f"Read-backs that your people agreed to. At once means within {figures.instant_seconds} seconds of "
        "its arrival: nobody can have read it by then. Ask why."
    )
    lines = _by_week(figures, lambda one: (number(one.agreed), number(one.instant)))
    return Chart("instant", "Agreed to at once", about, "Week from", _INSTANT, lines)


def _weeks_diverged(figures: FiguresView) -> Chart:
    about = "Read-backs that your people answered, and how often the computer saw the two sides differ."
    lines = _by_week(figures, lambda one: (number(one.heard), number(one.diverged)))
    return Chart("differences", "Differences by week", about, "Week from", _DIVERGED, lines)


def _kinds(figures: FiguresView) -> Chart:
    about = "In what way the two sides differed. The computer can miss a difference, and it can be wrong."
    if figures.kinds is None:
        about += f" It is shown when {_floor(figures)}."
    lines = tuple(
        Line(plain.DIVERGENCE.get(one.kind, one.kind), (number(one.times),)) for one in figures.kinds or ()
    )
    return Chart("kinds", "Differences by kind", about, "Kind", ("Times",), lines)


def _teams_time(figures: FiguresView) -> Chart:
    about = "The same time by team, for all twelve weeks together."
    lines = tuple(Line(one.team or _ELSE, _times(one.heard)) for one in figures.teams)
    return Chart("time-teams", "Time to understanding by team", about, "Team", _TIMES, lines)


def _teams_instant(figures: FiguresView) -> Chart:
    about = "Read-backs that each team agreed to in all twelve weeks, and how many of them at once."
    lines = tuple(
        Line(one.team or _ELSE, (number(one.heard.agreed), number(one.heard.instant)))
        for one in figures.teams
    )
    return Chart("instant-teams", "Agreed to at once by team", about, "Team", _INSTANT, lines)


def _teams_diverged(figures: FiguresView) -> Chart:
    about = "Read-backs that each team answered in all twelve weeks, and how often the two sides differed."
    lines = tuple(
        Line(one.team or _ELSE, (number(one.heard.heard), number(one.heard.diverged)))
        for one in figures.teams
    )
    return Chart("differences-teams", "Differences by team", about, "Team", _DIVERGED, lines)


def _times(one: HeardFigures) -> tuple[Value, ...]:
    hidden = one.heard is None
    return spell(one.median, hidden=hidden), spell(one.ninetieth, hidden=hidden)


def _by_week(figures: FiguresView, values: Callable[[HeardFigures], tuple[Value, ...]]) -> tuple[Line, ...]:
    return tuple(Line(_day(one.begins), values(one.heard)) for one in figures.weeks)


def _day(begins: str) -> str:
    day = datetime.fromisoformat(begins).astimezone(_LONDON)
    return f"{day.day} {day:%b}"


def _floor(figures: FiguresView) -> str:
    return f"{figures.fewest_people} people have answered {figures.fewest} read-backs"
