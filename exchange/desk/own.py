"""This desk's own agency: its home folder, followed while ceremonies change it.

Promises: after a ceremony the desk speaks with the new keys and vouches with the new roster, without being
restarted; a home that is half changed or damaged leaves the desk with the one it had.
Never: it writes to the home, but to finish a ceremony that was cut short while it was put in place.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from exchange.desk.pins import Pins
from keys.ceremony.home import load_home
from keys.ceremony.policy import read_policy
from keys.errors import HomeBusy, Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from exchange.desk.trust import Trust
    from keys.ceremony.home import AgencyHome

_WATCHED = (
    "agency.json",
    "desk.keystore",
    "roster.sealed",
    "pins.json",
    "policy.json",
    "events",
    "roles",
    "ceremonies",
)
_log = structlog.get_logger("desk")


class Own:
    """The home as last loaded; `refresh` looks again."""

    def __init__(self, home: AgencyHome, trust: Trust, *, now: Callable[[], datetime]) -> None:
        """Raise what `Trust.take_roster` raises for a home whose roster its own keys do not vouch for."""
        self.home = home
        self.adopted: Callable[[AgencyHome], Awaitable[None]] | None = None  # told of each home that counts
        self._trust = trust
        self._now = now
        self._seen = _stamps(home.path)
        self._adopt(home)

    async def refresh(self) -> bool:
        """Load the home again if a ceremony changed it; whether it did."""
        stamps = await asyncio.to_thread(_stamps, self.home.path)
        if stamps == self._seen:
            return False
        try:
            home = await asyncio.to_thread(load_home, self.home.path, self._now())
            home.demand_keys()
            await asyncio.to_thread(self._adopt, home)
        except HomeBusy:
            return False  # a ceremony is just being put in place: its last file may be there already
        except Problem as problem:
            self._seen = stamps
            _log.warning("home.unchanged", code=problem.code)
            return False
        self._seen = stamps
        if self.adopted is not None:
            await self.adopted(home)
        return True

    def _adopt(self, home: AgencyHome) -> None:
        self._trust.use_policy(read_policy(home.path))
        self._trust.pins = Pins(home.pins)
        self._trust.use_own_keys(home.keys)
        self._trust.take_roster(home.roster_document, self._now(), expired_too=True)
        self.home = home


def _stamps(home: Path) -> tuple[tuple[str, int, int], ...]:
    """When each watched file was last put in its place: they are replaced, never written over."""
    found = []
    for name in _WATCHED:
        try:
            status = (home / name).stat()
        except FileNotFoundError:
            continue
        found.append((name, status.st_ino, status.st_mtime_ns))
    return tuple(found)
