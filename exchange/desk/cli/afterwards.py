"""What a ceremony leaves to do at the desk: see what a stolen key touched, and erase keys whose time is over.

Promises: both read the whole casebook and show ids alone; keys are erased in a ceremony of two people, after
everything that the desk keeps was sealed anew, and not while something unread needs them, unless told so.
Never: a word of anybody's is opened.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json  # noqa: TC001 - typer reads it when it runs
from exchange.errors import FileMissing, StillUnread
from keys.cli.holding import By, ByFile, Rehearse, hands, tell_held
from keys.terminal import load, now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from exchange.desk.service.suspects import Hand, Suspect
    from exchange.store.casebook import Casebook
    from keys.ceremony.home import AgencyHome

_Found = TypeVar("_Found")
Home = Annotated[Path, typer.Argument(help="The agency's folder.")]
_HOW: Final[Mapping[Hand, str]] = {
    "signed": "signed it",
    "opens": "opens it",
    "vouched": "vouches for who signed it",
}
_EVERYBODY: Final = (
    "This key vouches for your own agency. Whoever had it may have invented people of yours, and written to "
    "anybody as them: none of that is here. Ring all agencies, also those that you never wrote to."
)
RETENTION = 730  # days; as `keys.ceremony.epochs` has it


def suspects(
    home: Home,
    key: Annotated[str, typer.Option(help="The key's id, as the record of the ceremony names it.")],
    in_json: Json = False,
) -> None:
    """List every step that was signed, or can be opened, under a key that somebody else may have."""
    loaded = load(home)
    found, ours = asyncio.run(_suspects(loaded, key))
    if in_json:
        say.as_json([one.model_dump(mode="json") for one in found])
        if ours:
            typer.echo(_EVERYBODY, err=True)
        return
    for one in found:
        with_whom = ", ".join(one.agencies) or "nobody else"
        typer.echo(
            f"{one.thread}  {one.received}  at log size {one.received_at}  {one.kind}: {_HOW[one.how]}"
        )
        typer.echo(f"  step {one.step}, with {with_whom}")
    others = sorted({agency for one in found for agency in one.agencies})
    if ours:
        say.line(_EVERYBODY)
    elif others:
        say.line(f"Ring these agencies: {', '.join(others)}.")
    if not found and not ours:
        say.line("Nothing here was signed or can be opened under that key.")


def erase_keys(  # noqa: PLR0913, PLR0917 - a command has the options it has
    home: Home,
    by: By = None,
    by_passphrase_file: ByFile = None,
    retention: Annotated[
        int, typer.Option(min=30, help="Days for which an old key is kept after it was replaced.")
    ] = RETENTION,
    even_unread: Annotated[
        bool, typer.Option("--even-unread", help="Also where open threads still need one of them.")
    ] = False,
    rehearse: Rehearse = False,
    in_json: Json = False,
) -> None:
    """Erase old sealing keys of the mailbox and of roles whose time is over. Two people hold it."""
    from keys.ceremony.epochs import erase_shared
    from keys.ceremony.holding import hold

    loaded, moment, kept = load(home), now(), timedelta(days=retention)
    holding = hands(loaded, "erase-keys", by, by_passphrase_file)
    ready = asyncio.run(_make_ready(loaded, kept, even_unread=even_unread, rehearse=rehearse))
    with hold(home, "erase-keys", holding, now=moment, rehearse=rehearse) as held:
        erase_shared(held.path, mailbox=ready, now=moment, retention=kept)
    tell_held(
        in_json,
        held,
        {"mailbox": sorted(ready)},
        "Old keys are erased. The casebook reads as before.",
        "Backups made before this still hold them: let those go when their time comes.",
        "If the desk is running, start it again: it has them in memory.",
    )


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(suspects)
    app.command("erase-keys")(erase_keys)


async def _suspects(home: AgencyHome, key: str) -> tuple[tuple[Suspect, ...], bool]:
    """List them, and say whether the key vouches for this agency itself."""
    from exchange.desk.service.suspects import suspects as listing
    from exchange.desk.service.suspects import vouches_for_us

    found = await _at_casebook(home, lambda casebook: listing(home, casebook, key))
    return found, vouches_for_us(home, key)


async def _make_ready(
    home: AgencyHome, retention: timedelta, *, even_unread: bool, rehearse: bool
) -> frozenset[str]:
    """Seal anew what is under old mailbox keys, and say which of them nothing needs any more."""
    from exchange.desk.service.resealing import needed_by_held, reseal, still_open
    from keys.ceremony.epochs import mailbox_keys_over, role_keys_over

    due, roles = mailbox_keys_over(home, now(), retention), role_keys_over(home, now(), retention)

    async def at(casebook: Casebook) -> frozenset[str]:
        unread = await still_open(home, casebook, roles) if roles else ()
        for thread in unread:
            typer.echo(f"Still open, and sealed to an old key of a role: {thread}", err=True)
        if unread and not even_unread:
            raise StillUnread
        if due and not rehearse:
            await reseal(home, casebook, due)
        return due - await needed_by_held(casebook, due)

    return await _at_casebook(home, at)


async def _at_casebook(home: AgencyHome, ask: Callable[[Casebook], Awaitable[_Found]]) -> _Found:
    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import Casebook

    config = DeskConfig.read(home.path)
    if config.database is None and not (home.path / "casebook.db").is_file():
        raise FileMissing
    casebook = await Casebook.open(config.database_url)
    try:
        return await ask(casebook)
    finally:
        await casebook.close()
