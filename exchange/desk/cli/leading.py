"""Commands for an agency's lead: what stands wrong, why custodians opened a thread, and how loops go.

Promises: the reasons come from the desk, which opened them with the lead's own key; the numbers are those of
the lead's page.
Never: a word of the thread that was opened, or one person's numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json, at_desk

if TYPE_CHECKING:
    from collections.abc import Iterator


def alarms(context: typer.Context, in_json: Json = False) -> None:
    """For the agency's lead: show the alarms that stand, and why a thread was opened."""
    rows = at_desk(context).alarms()
    if in_json:
        say.as_json(rows)
        return
    for row in rows:
        _tell(row)
    if not rows:
        say.line("No alarm stands; or you are not your agency's lead, who alone is shown them.")


def _tell(row: dict[str, Any]) -> None:
    from exchange.desk.cli.pages import moment

    ended = f", ended {moment(row['ended'])}" if row["ended"] else ""
    say.line(f"{row['name']} ({row['grave']}), since {moment(row['since'])}{ended}", bold=True)
    if row["subject"]:
        say.line(f"{row['about']}: {row['subject']}", indent=2, hang=4)
    say.line(row["meaning"], indent=2, hang=2)
    for opening in row["openings"]:
        who = " and ".join(one["name"] or one["person"] for one in opening["by"])
        say.line(f"{moment(opening['at'])}, {who}:", indent=2, hang=4)
        say.line(opening["reasons"], indent=4)
        if not opening["signed"]:
            say.line("!! Not each of them signed this, or one has left since: ask them.", indent=4)
    say.line(f"What to do: {row['what_to_do']}", indent=2, hang=4)


def figures(context: typer.Context, in_json: Json = False) -> None:
    """For the agency's lead: show how its loops go, without one person's numbers."""
    view = at_desk(context).figures()
    if in_json:
        say.as_json(view)
        return
    for line in _figures(view):
        typer.echo(line)


def _figures(view: dict[str, Any]) -> Iterator[str]:
    yield "Open loops:"
    for one in view["states"]:
        yield f"  {one['state']}: {one['open']}, of which late {one['overdue']}"
    for one in view["teams"]:
        yield f"  {one['team'] or 'everybody else'}: {one['open']}, of which late {one['overdue']}"
    yield f"Heard since {view['since']}:"
    yield f"  together: {_heard(view['whole'])}"
    for one in view["weeks"]:
        yield f"  week from {one['begins']}: {_heard(one['heard'])}"
    for one in view["teams"]:
        yield f"  {one['team'] or 'everybody else'}: {_heard(one['heard'])}"
    for one in view["kinds"] or ():
        yield f"  {one['kind']}: {one['times']}"


def _heard(one: dict[str, Any]) -> str:
    if one["heard"] is None:
        return "too few to show"
    spans = (_minutes(one["median"]), _minutes(one["ninetieth"]))
    return (
        f"{one['heard']} answered, {one['agreed']} agreed to, {one['instant']} of them at once, "
        f"{one['diverged']} differences; half understood within {spans[0]}, nine in ten within {spans[1]}"
    )


def _minutes(seconds: int | None) -> str:
    return "-" if seconds is None else f"{seconds // 60} min"


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(alarms)
    app.command()(figures)
