"""Commands for what only people can decide: two histories of one log, and a desk that was set back.

Promises: `forks` shows both sides as they were signed; `resume` is on record with who decided, and when.
Never: a decision is made here, or a word of the reasons goes into the audit trail.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json  # noqa: TC001 - typer reads it when it runs

if TYPE_CHECKING:
    from exchange.store.casebook import ContradictionRow

STANDING = 1  # the exit status while there is a contradiction

Home = Annotated[Path, typer.Argument(help="The agency's folder.")]


def forks(home: Home, in_json: Json = False) -> None:
    """Show every pair of key logs that contradict each other. The exit status is 1 if there is one."""
    rows = asyncio.run(_contradictions(home))
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


def resume(
    home: Home,
    reasons: Annotated[
        str, typer.Option(help="Why it may go on. Keep these words: the trail has their digest.")
    ],
    person: Annotated[list[str], typer.Option(help="Who decided, by id; once for each administrator.")],
) -> None:
    """Let a desk that was set back go on, after people decided what to do about what it forgot."""
    asyncio.run(_resume(home, reasons, person))
    say.line("This desk may go on. It takes over the key log, and anchors its audit trail anew.")
    say.line("Ask the agencies you work with which of your open threads stand otherwise with them.")


async def _contradictions(home: Path) -> tuple[ContradictionRow, ...]:
    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import Casebook

    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        return await casebook.contradictions()
    finally:
        await casebook.close()


async def _resume(home: Path, reasons: str, people: list[str]) -> None:
    from datetime import UTC, datetime

    from exchange.desk import behind
    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import Casebook
    from keys.ceremony.home import load_home

    roster = load_home(home).roster
    for person in people:
        roster.person(person)
    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        await behind.resume(casebook, people=people, reasons=reasons, now=datetime.now(UTC))
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
