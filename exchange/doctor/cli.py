"""`readback doctor HOME`: look at a hub's or an agency's folder, and say what to do.

Promises: the status is 0 if nothing is wrong, 1 if something is; what is only to be looked at soon does not
count. Never: it changes a setting, or mends.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from exchange.desk.cli import say
from exchange.desk.cli.options import Json  # noqa: TC001 - typer reads it when it runs
from exchange.errors import NothingToExamine

if TYPE_CHECKING:
    from exchange.doctor.finding import Finding

WRONG: Final = 1
_SIGN: Final = {"well": "ok", "soon": "soon", "wrong": "WRONG"}

Home = Annotated[Path, typer.Argument(help="A hub's folder, or an agency's.")]


def doctor(home: Home, in_json: Json = False) -> None:
    """Look at a hub's or an agency's folder: settings, keys, clocks, disk, alarms. It changes nothing."""
    found = asyncio.run(_examine(home))
    if in_json:
        say.as_json([asdict(one) for one in found])
    else:
        for one in found:
            _tell(one)
    if any(one.state == "wrong" for one in found):
        raise typer.Exit(WRONG)


async def _examine(home: Path) -> tuple[Finding, ...]:
    from exchange.desk.config import FILE as DESK
    from exchange.doctor import desk, hub
    from exchange.hub.config import FILE as HUB

    if (home / HUB).exists():
        return await hub.examine(home)
    if (home / DESK).exists():
        return await desk.examine(home)
    raise NothingToExamine


def _tell(one: Finding) -> None:
    say.line(f"{_SIGN[one.state]:6}{one.about}: {one.says}", hang=6, bold=one.state == "wrong")
    if one.do:
        say.line(f"What to do: {one.do}", indent=6, hang=8)


def add(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(doctor)
