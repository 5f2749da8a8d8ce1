"""The command for an agency's lead: what stands wrong, and why custodians opened a thread.

Promises: the reasons come from the desk, which opened them with the lead's own key.
Never: a word of the thread that was opened.
"""

from __future__ import annotations

from typing import Any

import typer  # noqa: TC002 - typer reads it when it runs

from exchange.desk.cli import say
from exchange.desk.cli.options import Json, at_desk


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


def add(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(alarms)
