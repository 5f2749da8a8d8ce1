"""When a read-back is due, and who is to be reminded.

Promises: every function is pure: the moment is a parameter, in UTC or any zone that it knows itself. A
deadline lies after the moment it counts from, a later start never has an earlier deadline, and the stages of
chasing come in the order person, role, lead, and stop when the step is handled.
Never: it reads a clock, or closes anything. What is overdue is chased, and that is all.

Working hours are Monday to Friday, 9 to 17, in Europe/London by the wall clock (in summer they begin at 8
UTC), without the bank holidays that the catalogue lists. *Immediate* counts plain minutes, day and night.

Source: a local authority decides on a referral within one working day (Working Together).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from exchange.wire.slip import Urgency

LONDON = ZoneInfo("Europe/London")
OPENS = time(9)
CLOSES = time(17)
IMMEDIATE = timedelta(hours=1)
ROUTINE_DAYS = 3
_SATURDAY = 5

Stage = Literal["person", "role", "lead"]

# How long after the deadline the next one is asked; for `immediate` in plain time, else in working time.
ESCALATION: dict[Urgency, tuple[tuple[timedelta, Stage], ...]] = {
    "immediate": (
        (timedelta(0), "person"),
        (timedelta(minutes=15), "role"),
        (timedelta(minutes=30), "lead"),
    ),
    "today": ((timedelta(0), "person"), (timedelta(hours=1), "role"), (timedelta(hours=2), "lead")),
    "routine": ((timedelta(0), "person"), (timedelta(hours=8), "role"), (timedelta(hours=16), "lead")),
}


def day_in_london(moment: datetime) -> date:
    """Say which calendar day it is in London: the day whose law applies."""
    return moment.astimezone(LONDON).date()


def is_working_day(day: date, holidays: AbstractSet[date]) -> bool:
    """Say whether offices work on `day`."""
    return day.weekday() < _SATURDAY and day not in holidays


def next_working_moment(moment: datetime, holidays: AbstractSet[date]) -> datetime:
    """Give the moment itself within working hours, else when they next begin. UTC."""
    local = moment.astimezone(LONDON)
    day = local.date()
    if is_working_day(day, holidays):
        if local.time() < OPENS:
            return _at(day, OPENS)
        if local.time() < CLOSES:
            return moment.astimezone(UTC)
    return _at(_next_working_day(day, holidays), OPENS)


def add_working_time(moment: datetime, amount: timedelta, holidays: AbstractSet[date]) -> datetime:
    """Count `amount` (0 to 100 times 24 hours) of working time on from `moment`. UTC."""
    if not timedelta(0) <= amount <= timedelta(days=100):
        raise ValueError("amount of working time out of bounds")
    at = next_working_moment(moment, holidays)
    while True:
        closing = _at(day_in_london(at), CLOSES)
        if at + amount <= closing:
            return at + amount
        amount -= closing - at
        at = next_working_moment(closing, holidays)


def due(urgency: Urgency, sent: datetime, holidays: AbstractSet[date]) -> datetime:
    """Say when a read-back is due for something sent at `sent`. UTC.

    immediate: one plain hour. today: the end of the working day, of the next one if there is less than an
    hour left. routine: the end of the third working day after the one on which it can first be worked on.
    """
    if urgency == "immediate":
        return sent.astimezone(UTC) + IMMEDIATE
    first = next_working_moment(sent, holidays)
    day = day_in_london(first)
    if urgency == "today":
        if _at(day, CLOSES) - first < IMMEDIATE:
            day = _next_working_day(day, holidays)
        return _at(day, CLOSES)
    for _ in range(ROUTINE_DAYS):
        day = _next_working_day(day, holidays)
    return _at(day, CLOSES)


def reminders(
    urgency: Urgency, due_at: datetime, holidays: AbstractSet[date]
) -> tuple[tuple[datetime, Stage], ...]:
    """List when each stage is asked if nobody acts, earliest first. UTC."""
    if urgency == "immediate":
        return tuple((due_at.astimezone(UTC) + after, stage) for after, stage in ESCALATION[urgency])
    return tuple(
        (add_working_time(due_at, after, holidays) if after else due_at.astimezone(UTC), stage)
        for after, stage in ESCALATION[urgency]
    )


def reminder(
    urgency: Urgency, due_at: datetime, now: datetime, *, handled: bool, holidays: AbstractSet[date]
) -> Stage | None:
    """Say who is to be asked at `now`: nobody before the deadline, and nobody once it is handled."""
    if handled:
        return None
    reached = [stage for at, stage in reminders(urgency, due_at, holidays) if at <= now]
    return reached[-1] if reached else None


def _next_working_day(day: date, holidays: AbstractSet[date]) -> date:
    day += timedelta(days=1)
    while not is_working_day(day, holidays):
        day += timedelta(days=1)
    return day


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, LONDON).astimezone(UTC)
