"""Quiet hours: when a person is not to be told, but of an immediate risk.

Promises: pure; the hours are those of the wall clock in London, in summer and winter.
Never: it reads a clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from exchange.share.clocks import LONDON, is_working_day
from keys.record import Frozen

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import date

Hour = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
_JUMPS = 60  # more than the longest row of days off has ends of days and nights


class Quiet(Frozen):
    """From when until when, by the wall clock; `days_off` are weekends and bank holidays, all day long."""

    begins: Hour = "19:00"
    ends: Hour = "07:00"
    days_off: bool = True


def quiet_until(quiet: Quiet | None, moment: datetime, holidays: AbstractSet[date]) -> datetime | None:
    """Say when the quiet ends that holds at `moment` (UTC); None if none holds."""
    at = moment
    for _ in range(_JUMPS):
        further = None if quiet is None else _ends(quiet, at.astimezone(LONDON), holidays)
        if further is None:
            break
        # The hour that autumn repeats: its second half would end before it began.
        at = max(further.astimezone(UTC), at + timedelta(minutes=1))
    return None if at == moment else at


def _ends(quiet: Quiet, local: datetime, holidays: AbstractSet[date]) -> datetime | None:
    """When this stretch of quiet ends, if `local` is in one."""
    day, hour = local.date(), local.time()
    if quiet.days_off and not is_working_day(day, holidays):
        return datetime.combine(day + timedelta(days=1), time(0), LONDON)
    begins, ends = time.fromisoformat(quiet.begins), time.fromisoformat(quiet.ends)
    if begins < ends:
        return datetime.combine(day, ends, LONDON) if begins <= hour < ends else None
    if hour < ends:
        return datetime.combine(day, ends, LONDON)
    return datetime.combine(day + timedelta(days=1), ends, LONDON) if hour >= begins else None
