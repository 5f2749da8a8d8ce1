"""`readback desk service-account …`: what other systems may ask of this desk, made, listed and ended.

Promises: each works on the home's casebook, whether or not the desk runs, and leaves a line in the audit
trail; a desk that runs knows it at the next request. The token is written once, to a new private file.
Never: a token among the arguments, on the screen, or kept.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json  # noqa: TC001 - typer reads it when it runs
from exchange.desk.scopes import (
    ACCOUNT_ADDED,
    ACCOUNT_REVOKED,
    LONGEST,
    NAME,
    SAYS,
    SCOPES,
    hashed,
    new_token,
)
from exchange.errors import ServiceAccountRefused, ServiceAccountThere, ServiceAccountUnknown

if TYPE_CHECKING:
    from exchange.store.casebook import ServiceAccountRow

_GROUP = typer.Typer(help="What other systems may ask of this desk.", no_args_is_help=True)
Home = Annotated[Path, typer.Argument(help="The agency's folder.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is called: small letters and hyphens.")]


@_GROUP.command("add")
def add_account(
    home: Home,
    name: Name,
    scope: Annotated[list[str], typer.Option(metavar="SCOPE", help="What it may ask; once for each.")],
    out: Annotated[Path, typer.Option(help="The new private file to which its token is written.")],
    days: Annotated[int, typer.Option(min=1, max=LONGEST, help="For how many days it lasts.")] = 365,
) -> None:
    """Make a service account. Its token is in the file and nowhere else; give it to that system alone."""
    from exchange.desk.cli.saving import new_file

    wanted = tuple(one for one in SCOPES if one in scope)
    if not NAME.fullmatch(name) or not wanted or set(scope) != set(wanted):
        raise ServiceAccountRefused
    token = new_token()
    with new_file(out) as file:  # first: an account whose token nobody has would be of no use
        try:
            made = asyncio.run(_add(home, name, wanted, hashed(token), days))
        except BaseException:
            out.unlink()
            raise
        file.write(token.encode() + b"\n")
    say.line(f"The service account {name} is made, until {made.expires}. Its token is in {out}.")
    for one in wanted:
        say.line(f"{one}: {SAYS[one]}", indent=2, hang=4)


@_GROUP.command("list")
def list_accounts(home: Home, in_json: Json = False) -> None:
    """Show every service account: what it may ask, until when, and the day when it last did."""
    rows = asyncio.run(_list(home))
    if in_json:
        say.as_json([_told(row) for row in rows])
    elif not rows:
        say.line("There is no service account.")
    else:
        for row in rows:
            state = f"revoked {row.revoked}" if row.revoked else f"until {row.expires}"
            say.line(f"{row.name}, {state}, last used {row.used or 'never'}", bold=row.revoked is None)
            say.line(", ".join(row.scopes), indent=2, hang=4)


@_GROUP.command("revoke")
def revoke_account(home: Home, name: Name) -> None:
    """End a service account. Its token is refused from the next request on."""
    asyncio.run(_revoke(home, name))
    say.line(f"The service account {name} is ended. Its token is refused from now on.")


def _told(row: ServiceAccountRow) -> dict[str, object]:
    return {
        "name": row.name,
        "scopes": list(row.scopes),
        "created": row.created,
        "expires": row.expires,
        "last_used": row.used,
        "revoked": row.revoked,
    }


async def _add(home: Path, name: str, scopes: tuple[str, ...], token: str, days: int) -> ServiceAccountRow:
    from datetime import UTC, datetime, timedelta

    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import AuditEntry, Casebook, Change, ServiceAccountRow
    from keys.record import format_time

    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        if any(row.name == name for row in await casebook.service_accounts()):
            raise ServiceAccountThere
        now = datetime.now(UTC)
        at = format_time(now)
        made = ServiceAccountRow(name, token, scopes, at, format_time(now + timedelta(days=days)))
        trail = (AuditEntry(ACCOUNT_ADDED, at, code=name),)
        await casebook.record(Change(accounts=(made,), audit=trail))
        return made
    finally:
        await casebook.close()


async def _list(home: Path) -> tuple[ServiceAccountRow, ...]:
    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import Casebook

    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        return await casebook.service_accounts()
    finally:
        await casebook.close()


async def _revoke(home: Path, name: str) -> None:
    from datetime import UTC, datetime

    from exchange.desk.config import DeskConfig
    from exchange.store.casebook import AuditEntry, Casebook, Change
    from keys.record import format_time

    casebook = await Casebook.open(DeskConfig.read(home).database_url)
    try:
        if not any(row.name == name and row.revoked is None for row in await casebook.service_accounts()):
            raise ServiceAccountUnknown
        at = format_time(datetime.now(UTC))
        trail = (AuditEntry(ACCOUNT_REVOKED, at, code=name),)
        await casebook.record(Change(accounts_revoked=((name, at),), audit=trail))
    finally:
        await casebook.close()


def add(app: typer.Typer) -> None:
    """Add this group."""
    app.add_typer(_GROUP, name="service-account")
