"""Raising and clearing the alarms of one errand, each once.

Promises: an alarm that stands is not raised again; what people said is dealt with, in another process, is
heard at the next look.
Never: an alarm is cleared whose cause was not seen to be gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.store.casebook import AlarmRow, AuditEntry, Change
from keys.record import format_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from exchange.store.casebook import Casebook
    from keys.errors import Problem

_CODE = 96  # characters of a code in the audit trail


class Bells:
    """The alarms of one desk that have no subject, or (`standing`) all of them."""

    def __init__(self, casebook: Casebook, now: Callable[[], datetime]) -> None:
        self._casebook = casebook
        self._now = now

    async def standing(self) -> set[tuple[str, str]]:
        """Give the name and subject of every alarm that stands."""
        return {(alarm.name, alarm.subject) for alarm in await self._casebook.alarms()}

    async def ring(self, name: str, problem: Problem | None = None, also: Change | None = None) -> None:
        """Raise an alarm, unless it stands; `problem` says more in the audit trail, `also` goes with it."""
        change = also or Change()
        if (name, "") not in await self.standing():
            at = format_time(self._now())
            more = None if problem is None else (problem.where or problem.code)
            audit = AuditEntry("alarm", at, code=name if more is None else f"{name}:{more}"[:_CODE])
            change |= Change(alarms=(AlarmRow(name, "", at),), audit=(audit,))
        if not change.empty:
            await self._casebook.record(change)

    async def clear(self, *names: str) -> None:
        """Say that the causes of these are gone."""
        ended = {name for name, subject in await self.standing() if name in names and not subject}
        if ended:
            at = format_time(self._now())
            cleared = tuple(AlarmRow(name, "", at, at) for name in sorted(ended))
            await self._casebook.record(Change(cleared=cleared))
