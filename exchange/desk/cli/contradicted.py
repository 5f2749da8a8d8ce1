"""Commands for what only people can decide: two histories of one log, and a desk that was set back.

Promises: `forks` shows both sides as they were signed; `resume` is a ceremony of two administrators, where
two can act, whose transcript stands before the desk goes on.
Never: a decision is made here, or a word of the reasons goes into the audit trail.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json  # noqa: TC001 - typer reads it when it runs
from keys.cli.holding import By, ByFile, Rehearse, hands, tell_held
from keys.terminal import load, now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from exchange.store.casebook import Casebook, ContradictionRow

_Found = TypeVar("_Found")
STANDING = 1  # the exit status while there is a contradiction

Home = Annotated[Path, typer.Argument(help="The agency's folder.")]


def forks(home: Home, in_json: Json = False) -> None:
    """Show every pair of key logs that contradict each other. The exit status is 1 if there is one."""
    rows = asyncio.run(_at_casebook(home, lambda casebook: casebook.contradictions()))
    if in_json:
        say.as_json([_told(row) for row in rows])
    elif not rows:
        say.line("No two histories of the key log were seen here.")
    for row in () if in_json else rows:
        shown = f"by {row.agency}, in a slip" if row.agency else "by the hub"
        say.line(f"{row.code}, {row.at}: shown {shown}", bold=True)
        for title, data in (("What was shown:", row.shown), ("What this desk had verified:", row.known)):
            say.line(title, indent=2)
            for part in data.decode("utf-8", "replace").splitlines():
                typer.echo("    " + say.clean(part))
    if rows:
        raise typer.Exit(STANDING)


def resume(  # noqa: PLR0913, PLR0917 - a command has the options it has
    home: Home,
    reasons: Annotated[
        str, typer.Option(help="Why it may go on; kept sealed, beside the ceremony's transcript.")
    ],
    by: By = None,
    by_passphrase_file: ByFile = None,
    rehearse: Rehearse = False,
    in_json: Json = False,
) -> None:
    """Let a desk that was set back go on, after people decided what to do about what it forgot."""
    from exchange.desk.behind import forgotten
    from exchange.desk.behind import resume as resuming
    from keys.ceremony.holding import hold
    from keys.ceremony.transcript import Act

    loaded, moment = load(home), now()
    holding = hands(loaded, "resume", by, by_passphrase_file)
    found = asyncio.run(_at_casebook(home, forgotten))
    with hold(home, "resume", holding, now=moment, rehearse=rehearse, reasons=reasons) as held:
        held.told.append(Act(act="desk_resumed", number=found.anchors, index=found.cosigned))
    if not rehearse:  # the transcript stands already: cut short here, it is done again
        asyncio.run(_at_casebook(home, lambda casebook: resuming(casebook, held.record)))
    tell_held(
        in_json,
        held,
        {"anchors": found.anchors, "cosigned": found.cosigned},
        "This desk may go on. It takes over the key log, and anchors its audit trail anew.",
        "Ask the agencies you work with which of your open threads stand otherwise with them.",
    )


async def _at_casebook(home: Path, ask: Callable[[Casebook], Awaitable[_Found]]) -> _Found:
    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import Casebook

    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        return await ask(casebook)
    finally:
        await casebook.close()


def _told(row: ContradictionRow) -> dict[str, Any]:
    shown: Any = row.shown.decode("utf-8", "replace")
    return {
        "code": row.code,
        "at": row.at,
        "agency": row.agency,
        "shown": json.loads(shown) if row.agency else shown,
        "known": row.known.decode("utf-8", "replace"),
    }


def add(app: typer.Typer) -> None:
    """Add these commands to `readback desk`."""
    app.command()(forks)
    app.command()(resume)
