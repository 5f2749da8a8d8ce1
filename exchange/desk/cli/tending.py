"""Commands for whoever looks after a desk: its standing alarms, and its audit trail.

Promises: each works on the home folder and its casebook, whether or not the desk runs; each alarm is shown
with what it means and what to do; the trail is checked link by link before any of it is shown.
Never: a word that a practitioner wrote is shown: the casebook has none that opens without its reader.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json  # noqa: TC001 - typer reads it when it runs
from exchange.errors import AlarmAbsent, DeskBehind

if TYPE_CHECKING:
    from exchange.store.casebook import AlarmRow, AuditRow

STANDING = 1  # the exit status while an alarm stands, for whatever watches the desk
BROKEN = 1  # the same for a trail that somebody changed

Home = Annotated[Path, typer.Argument(help="The agency's folder.")]


def alarms(
    home: Home,
    over: Annotated[
        str | None, typer.Option(metavar="NAME", help="Say that this alarm was dealt with.")
    ] = None,
    in_json: Json = False,
) -> None:
    """Show what is wrong, and what to do. The exit status is 1 while an alarm stands."""
    rows = asyncio.run(_alarms(home, over))
    if in_json:
        say.as_json([_told(row) for row in rows])
    elif not rows:
        say.line("No alarm stands.")
    else:
        for row in rows:
            _tell(_told(row))
    if rows:
        raise typer.Exit(STANDING)


def audit(
    home: Home,
    last: Annotated[int, typer.Option(help="How many of the newest entries.", min=1, max=10_000)] = 50,
    after: Annotated[
        int | None, typer.Option(min=0, help="Instead: every entry behind this one, as JSON lines.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with JSON lines as the trail grows, until Ctrl-C.")
    ] = False,
    in_json: Json = False,
) -> None:
    """Show what happened at this desk. It says who, when, which thread, and why something was refused."""
    if after is not None or follow:
        from exchange.desk.cli.exporting import export

        export(home, after or 0, follow=follow)
        return
    broken, rows = asyncio.run(_trail(home, last))
    if in_json:
        say.as_json({"broken_at": broken, "entries": [_entry(row) for row in rows]})
    else:
        for row in rows:
            typer.echo(_line(row))
        if broken is None:
            say.line("The trail is whole: every entry follows from the one before it.")
        else:
            say.line(f"!! Entry {broken} does not follow from the one before it: the trail was changed.")
    if broken is not None:
        raise typer.Exit(BROKEN)


async def _alarms(home: Path, over: str | None) -> tuple[AlarmRow, ...]:
    from dataclasses import replace
    from datetime import UTC, datetime

    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import AuditEntry, Casebook, Change
    from keys.record import format_time

    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        rows = await casebook.alarms()
        if over is None:
            return rows
        if over == DeskBehind.code:
            raise DeskBehind
        at = format_time(datetime.now(UTC))
        ended = tuple(replace(row, cleared=at) for row in rows if row.name == over)
        if not ended:
            raise AlarmAbsent
        trail = tuple(AuditEntry("alarm_dealt_with", at, code=row.name) for row in ended)
        await casebook.record(Change(cleared=ended, audit=trail))
        return await casebook.alarms()
    finally:
        await casebook.close()


async def _trail(home: Path, last: int) -> tuple[int | None, tuple[AuditRow, ...]]:
    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import Casebook

    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        broken = await casebook.broken_audit()
        rows: tuple[AuditRow, ...] = ()
        number = 0
        while page := await casebook.audit(number):
            rows, number = (*rows, *page)[-last:], page[-1].number
        return broken, rows
    finally:
        await casebook.close()


def _told(row: AlarmRow) -> dict[str, Any]:
    from exchange.desk.alarms import MEANINGS

    meaning = MEANINGS[row.name]
    return {
        "name": row.name,
        "subject": row.subject,
        "about": meaning.about,
        "since": row.raised,
        "grave": meaning.grave,
        "meaning": meaning.says,
        "what_to_do": meaning.do,
        "ends_by_itself": meaning.ends,
    }


def _tell(one: dict[str, Any]) -> None:
    say.line(f"{one['name']} ({one['grave']}), since {one['since']}", bold=True)
    if one["subject"]:
        say.line(f"{one['about']}: {one['subject']}", indent=2, hang=4)
    say.line(one["meaning"], indent=2, hang=2)
    say.line(f"What to do: {one['what_to_do']}", indent=2, hang=4)
    if not one["ends_by_itself"] and one["name"] != "desk_behind":  # that one ends with `resume` alone
        say.line(f"When that is done: readback desk alarms HOME --over {one['name']}", indent=2, hang=4)


def _entry(row: AuditRow) -> dict[str, Any]:
    entry = row.entry
    return {
        "number": row.number,
        "at": entry.at,
        "event": entry.event,
        "code": entry.code,
        "agency": entry.agency,
        "person": entry.person,
        "thread": entry.thread,
        "step": entry.step,
    }


def _line(row: AuditRow) -> str:
    entry = row.entry
    words = (entry.event, entry.code, entry.agency, entry.person, entry.thread and f"thread {entry.thread}")
    return f"{row.number:6}  {entry.at}  " + "  ".join(word for word in words if word)


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(alarms)
    app.command()(audit)
