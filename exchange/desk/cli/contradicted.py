"""Commands for what only people can decide: two histories of one log, and a desk that was set back.

Promises: `forks` shows both sides as they were signed; `resume` takes two administrators, where two can act,
each with their own passphrase, and is on record with who decided, and when.
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

FEWEST = 2  # administrators who decide together, once there are so many
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
    reasons: Annotated[str, typer.Option(help="Why it may go on. Keep these words: the trail has a digest.")],
    by: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="An administrator who decides: id or name; two where two can."),
    ],
    by_passphrase_file: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A private file with their passphrase, in the order of --by; asked for if not given.",
        ),
    ] = None,
) -> None:
    """Let a desk that was set back go on, after people decided what to do about what it forgot."""
    people = _deciding(home, by, by_passphrase_file or [])
    salt = asyncio.run(_resume(home, reasons, people))
    say.line("This desk may go on. It takes over the key log, and anchors its audit trail anew.")
    say.line(f"Keep this beside the words of your reasons, which the trail has by a digest of both: {salt}")
    say.line("Ask the agencies you work with which of your open threads stand otherwise with them.")


def _deciding(home: Path, by: list[str], files: list[Path]) -> list[str]:
    """Let each administrator show who they are, by their own passphrase; as many as can be demanded.

    `NotAnAdministrator`, `PersonSuspended`, `TwoPeopleNeeded`, `KeystoreLocked`.
    """
    from keys.ceremony.hands import able, demand_administrator, unlock_hand
    from keys.ceremony.home import load_home
    from keys.errors import TwoPeopleNeeded
    from keys.terminal import ask_passphrase, find_person, of_person

    loaded = load_home(home)
    people = [find_person(loaded, who) for who in by]
    for person in people:
        demand_administrator(loaded.roster, person.id)
    if len({person.id for person in people}) < min(FEWEST, len(able(loaded.roster))):
        raise TwoPeopleNeeded
    waiting = list(files)
    for number, person in enumerate(people, 1):
        file = waiting.pop(0) if waiting else None
        with of_person(number):
            passphrase = ask_passphrase(file, f"Passphrase of {person.name}, administrator")
            unlock_hand(loaded, person.id, passphrase)
    return list(dict.fromkeys(person.id for person in people))


async def _contradictions(home: Path) -> tuple[ContradictionRow, ...]:
    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import Casebook

    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        return await casebook.contradictions()
    finally:
        await casebook.close()


async def _resume(home: Path, reasons: str, people: list[str]) -> str:
    """Let it go on; what to keep beside the reasons."""
    from datetime import UTC, datetime

    from exchange.desk import behind
    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import Casebook

    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        return await behind.resume(casebook, people=people, reasons=reasons, now=datetime.now(UTC))
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
