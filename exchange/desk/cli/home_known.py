"""A home held against what its desk's casebook has seen, before a ceremony changes it.

Promises: a ceremony on a home that is older than its desk knows is refused by name; but for those that bring
it up to date, and those without which administrators could not hold that.
Never: a casebook is made by looking for one; a ceremony fails because a database does not answer: that is
said, and it goes on.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

import typer

from exchange.errors import DeskMissing, SettingsRefused, StoreUnavailable
from keys.ceremony.hands import able
from keys.ceremony.kinds import BEGINNINGS, FEWEST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from exchange.desk.known import Known
    from exchange.store.casebook import Casebook
    from keys.ceremony.home import AgencyHome
    from keys.ceremony.kinds import Ceremony

# What brings a home back and up to date, and what neither signs a second history nor changes who is in it.
_MENDING: Final[frozenset[Ceremony]] = frozenset(
    {"restore-home", "catch-up", "resume", "pin", "pin-policy", "backup", "drill"}
)
_Found = TypeVar("_Found")


def demand_newest(home: AgencyHome, ceremony: Ceremony) -> None:
    """Raise `HomeSetBack` or `HomeContradicted`; see `desk.known`."""
    from exchange.desk import known

    alone = ceremony in BEGINNINGS and len(able(home.roster)) < FEWEST
    if ceremony in _MENDING or alone:
        return
    seen = with_casebook(home, _known)
    if seen is not None:
        known.demand_newest(home, seen)


def with_casebook(
    home: AgencyHome, ask: Callable[[Casebook, AgencyHome], Awaitable[_Found]]
) -> _Found | None:
    """Ask the casebook of this home's desk; None where the home has no desk, or it does not answer."""
    from exchange.desk.config import DeskConfig

    try:
        config = DeskConfig.read(home.path)
    except (DeskMissing, SettingsRefused):
        return None
    if config.database is None and not (home.path / "casebook.db").exists():
        return None
    try:
        return asyncio.run(_asked(config.database_url, home, ask))
    except StoreUnavailable:
        typer.echo("The desk's database does not answer: this home was not compared with it.", err=True)
        return None


async def _asked(
    url: str, home: AgencyHome, ask: Callable[[Casebook, AgencyHome], Awaitable[_Found]]
) -> _Found:
    from exchange.store.casebook import Casebook

    casebook = await Casebook.open(url)
    try:
        return await ask(casebook, home)
    finally:
        await casebook.close()


async def _known(casebook: Casebook, home: AgencyHome) -> Known:
    from exchange.desk.known import known

    return await known(casebook, home.agency)
