"""Commands that look: inbox, show, read, whom, catalogue, reminders, deliveries.

Never: a look changes anything but the desk's record that words were read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json, Leg, Thread, at_desk
from exchange.desk.cli.saving import new_file, new_folder
from exchange.errors import FileExists, FileRefused, SectionUnknown

_DELIVERED: Final = {  # the hub does not tell when it was fetched, only when it was not
    "waiting": "waits here since",
    "posted": "taken by the hub on",
    "refused": "refused by the hub; waited since",
    "expired": "NOT FETCHED in time, and came back; taken by the hub on",
}

if TYPE_CHECKING:
    from collections.abc import Iterable


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def inbox(
    context: typer.Context,
    finished: Annotated[bool, typer.Option("--finished", help="Show what is over, newest first.")] = False,
    in_json: Json = False,
) -> None:
    """Show what waits for you, and what you wait for."""
    from exchange.desk.cli import pages

    rows = at_desk(context).inbox(finished=finished)
    if in_json:
        say.as_json(rows)
    else:
        _print(pages.inbox(rows, finished=finished))


def show(context: typer.Context, thread: Thread, in_json: Json = False) -> None:
    """Show a thread: where it stands, and every step."""
    from exchange.desk.cli import pages

    me = at_desk(context)
    view = me.show(me.thread(thread))
    if in_json:
        say.as_json(view)
    else:
        _print(pages.steps(view))


def read(
    context: typer.Context,
    thread: Thread,
    leg: Leg = None,
    save: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also save attached files there.")
    ] = None,
    in_json: Json = False,
) -> None:
    """Read what a share says. Accept it first. With --save: keep its files, too."""
    from exchange.desk.cli import pages, share_page

    me = at_desk(context)
    name = me.thread(thread)
    number = me.leg(name, leg)
    view = me.words(name, number)
    if in_json:
        say.as_json(view)
    else:
        whole = me.show(name)
        steps = whole["steps"]
        sent = next((step for step in steps if step["digest"] == view["version"]), steps[0])
        _print(share_page.words(view, sent))
        _print(pages.corrections(whole, number))
    if save is not None:
        for attached in view["attachments"]:
            place = _save(me.attachment(name, number, attached["index"]), save, attached["name"])
            if not in_json:
                typer.echo(f"Saved {place}")


def _save(pieces: Iterable[bytes], folder: Path, name: str) -> Path:
    """Write a file under a temporary name, and rename it when it is whole; never over another file."""
    plain = Path(name).name
    if not plain:
        raise FileRefused("it has no name")
    place = folder / plain
    if place.exists():
        raise FileExists
    part = folder / f".{plain}.part"
    new_folder(folder)
    try:
        with new_file(part) as stream:
            for piece in pieces:
                stream.write(piece)
        part.rename(place)
    except OSError:
        raise FileRefused("it cannot be written") from None
    finally:
        part.unlink(missing_ok=True)
    return place


def whom(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name, or a part of one; without it, everybody.")] = "",
    in_json: Json = False,
) -> None:
    """Look up who can be written to. Compare the fingerprint aloud before the first share."""
    found = at_desk(context).whom(name)
    if in_json:
        say.as_json(found)
        return
    for one in found:
        say.line(f"{one['party']['agency']}/{one['name']}")
        say.line(f"{one['post'] or 'a role'}, {one['agency_name']}", indent=4)
        if one["state"] == "in force":
            say.line(one["fingerprint"], indent=4)
        else:
            say.line(f"Cannot be written to now: {one['state']}.", indent=4)
    if not found:
        say.line("Nobody of that name. Names come from the agencies' rosters.")


def catalogue(
    context: typer.Context,
    section: Annotated[
        str, typer.Argument(help="purposes, bases, gateways, no_consent, refuse …; without it, all of them.")
    ] = "",
    in_json: Json = False,
) -> None:
    """List purposes, lawful bases and reasons. Each has a code that files and options use."""
    view = at_desk(context).catalogue()
    sections = view["sections"]
    if section and section not in sections:
        raise SectionUnknown(", ".join(sections))
    chosen = {name: entries for name, entries in sections.items() if section in {"", name}}
    if in_json:
        say.as_json({**view, "sections": chosen})
        return
    for name, entries in chosen.items():
        say.line(name.replace("_", " ").upper(), bold=True)
        for entry in entries:
            needs = f" Needs: {', '.join(entry['needs'])}." if entry.get("needs") else ""
            hint = f" {entry['hint']}" if entry.get("hint") else ""
            say.line(f"{entry['code']}  {entry['text']}{hint}{needs}", indent=2, hang=6)


def reminders(context: typer.Context, in_json: Json = False) -> None:
    """Show what is overdue, and who is reminded of it."""
    here = at_desk(context)
    rows = here.reminders()
    if in_json:
        say.as_json(rows)
        return
    from exchange.desk.cli import pages

    whose = {(one["thread"], one["leg"]): one["counterpart"] for one in here.inbox()} if rows else {}
    for row in rows:
        leg = "" if row["leg"] is None else f" leg {row['leg']}"
        other = whose.get((row["thread"], row["leg"]))
        leg += f" (with {other})" if other else ""
        say.line(f"{pages.short(row['thread'])}{leg}: due {pages.moment(row['due'])}, told: {row['stage']}")
    if not rows:
        say.line("Nothing is overdue.")


def deliveries(context: typer.Context, in_json: Json = False) -> None:
    """Show how far what you sent has come. It waits here, is at the hub, or came back unfetched."""
    here = at_desk(context)
    rows = here.deliveries()
    if in_json:
        say.as_json(rows)
        return
    from exchange.desk.cli import pages

    for row in rows:
        kind, since = row["kind"].replace("_", "-"), pages.moment(row["since"])
        say.line(f"{pages.short(row['thread'])}  {kind}: {_DELIVERED[row['state']]} {since}", hang=4)
    if not rows:
        say.line("Nothing is on its way.")
    line = here.line()
    if line["up"] is False:
        since = pages.moment(line["since"])
        say.line(f"The line to the hub has been down since {since}. What you send waits here.")


def add(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (inbox, show, read, whom, catalogue, reminders, deliveries):
        app.command()(command)
