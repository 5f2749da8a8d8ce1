"""Commands for what a leaver left: name their threads, and open one by breaking the glass.

Promises: each works on a home folder and its casebook, also from a backup on a machine without hub or
network; every custodian unlocks with their own passphrase, reasons are demanded, and it is on record, with an
alarm for the agency's lead, before a word is shown.
Never: a word is written to a file that others may read, or to one that is there already.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json  # noqa: TC001 - typer reads it when it runs
from exchange.errors import FileMissing, FileRefused
from keys.terminal import ask_passphrase, find_person, load, now, of_person

if TYPE_CHECKING:
    from exchange.desk.service.breakglass import OpenedThread
    from keys.ceremony.home import AgencyHome
    from keys.keyring import Keyring

Home = Annotated[Path, typer.Argument(help="The agency's folder, or a backup of it.")]
Database = Annotated[
    Path | None, typer.Option(help="The casebook's file, if it is not the one that HOME/desk.toml names.")
]


def break_glass(  # noqa: PLR0913, PLR0917 - a command has the options it has
    home: Home,
    thread: Annotated[str, typer.Option(help="The thread; its first letters are enough.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="The custodian who asks: id or exact name.")],
    together: Annotated[
        list[str], typer.Option("--with", help="Another custodian who is here; once for each.")
    ],
    reasons: Annotated[str | None, typer.Option(help="Why it is needed now. The lead reads it.")] = None,
    passphrase_file: Annotated[
        list[Path] | None,
        typer.Option(help="A private file with a passphrase; once for each custodian, in their order."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write to this private file, as JSON.")] = None,
    save: Annotated[Path | None, typer.Option(help="Also save attached files into this folder.")] = None,
    casebook: Database = None,
    in_json: Json = False,
) -> None:
    """Open a leaver's thread: as many custodians as the records key needs, with reasons."""
    from exchange.desk.service.breakglass import lead_of

    loaded = load(home)
    lead_of(loaded)
    if out is not None and out.exists():
        raise FileRefused("there is a file of that name already")
    why = reasons if reasons is not None else str(typer.prompt("Reasons", err=True))
    present = _unlock(loaded, [by, *together], list(passphrase_file or ()))
    opened = asyncio.run(_open(loaded, casebook, thread, present, why))
    if out is not None:
        from keys.files import write_private

        write_private(out, opened.model_dump_json(indent=2).encode() + b"\n", new=True)
        say.line(f"Written to {out}, for your eyes only. Remove it when it has served.")
    elif in_json:
        say.as_json(opened.model_dump(mode="json"))
    else:
        from exchange.desk.cli.opened_page import lines

        for line in lines(opened):
            typer.echo(line)
    if save is not None:
        _save(loaded, opened, save, quiet=in_json)


def threads_of(
    home: Home,
    person: Annotated[str, typer.Option(help="Id or exact name, also of somebody who left.")],
    casebook: Database = None,
    in_json: Json = False,
) -> None:
    """Name the threads in which somebody took part, by their ids alone."""
    found = asyncio.run(_threads_of(load(home), casebook, person))
    if in_json:
        say.as_json(list(found))
        return
    for thread in found:
        typer.echo(thread)
    if not found:
        say.line("None: nothing was written by them, or to them, that is in this casebook.")


def _save(home: AgencyHome, opened: OpenedThread, folder: Path, *, quiet: bool) -> None:
    from exchange.desk.blobfolder import BlobFolder
    from exchange.desk.config import BLOBS
    from exchange.desk.service.openfiles import save_files

    for file in save_files(opened, BlobFolder(home.path / BLOBS), folder):
        said = f"Not saved ({file.refused}): {file.name}" if file.place is None else f"Saved {file.place}"
        if not quiet:
            say.line(said, hang=2)


def _unlock(home: AgencyHome, people: list[str], files: list[Path]) -> dict[str, Keyring]:
    found = [find_person(home, who) for who in people]
    present = {}
    for number, person in enumerate(found, 1):
        with of_person(number):
            passphrase = ask_passphrase(files.pop(0) if files else None, f"Passphrase of {person.name}")
            present[person.id] = home.unlock_person(person.id, passphrase)
    return present


async def _open(
    home: AgencyHome, database: Path | None, thread: str, present: dict[str, Keyring], reasons: str
) -> OpenedThread:
    from exchange.desk.service.breakglass import break_glass as breaking
    from exchange.desk.service.breakglass import find_thread
    from exchange.store.casebook import Casebook

    casebook = await Casebook.open(_url(home.path, database))
    try:
        found = await find_thread(casebook, thread)
        return await breaking(home, casebook, thread=found, present=present, reasons=reasons, now=now())
    finally:
        await casebook.close()


async def _threads_of(home: AgencyHome, database: Path | None, person: str) -> tuple[str, ...]:
    from exchange.desk.service.breakglass import threads_of as naming
    from exchange.store.casebook import Casebook

    casebook = await Casebook.open(_url(home.path, database))
    try:
        return await naming(home, casebook, person)
    finally:
        await casebook.close()


def _url(home: Path, database: Path | None) -> str:
    """Where the casebook is; `FileMissing` rather than an empty new one."""
    from exchange.desk.config import DeskConfig

    if database is not None:
        if not database.is_file():
            raise FileMissing
        return f"sqlite+aiosqlite:///{database.resolve()}"
    config = DeskConfig.read(home)
    if config.database is None and not (home / "casebook.db").is_file():
        raise FileMissing
    return config.database_url


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("break-glass")(break_glass)
    app.command("threads-of")(threads_of)
