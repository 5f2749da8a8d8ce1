"""Deadlines in London's working hours: never in the past, never earlier for a later start, stages in order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.share.catalogue import Catalogue
from exchange.share.clocks import (
    LONDON,
    add_working_time,
    day_in_london,
    due,
    is_working_day,
    next_working_moment,
    reminder,
    reminders,
)
from exchange.wire.slip import Urgency

HOLIDAYS = Catalogue.load().holidays
URGENCIES = get_args(Urgency)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
AMOUNTS = st.timedeltas(timedelta(0), timedelta(hours=60))


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("urgency", "sent", "expected"),
    [
        ("immediate", "2026-12-24T23:30", "2026-12-25T00:30"),
        ("today", "2026-11-12T10:00", "2026-11-12T17:00"),
        ("today", "2026-11-12T16:30", "2026-11-13T17:00"),  # less than an hour left
        ("today", "2026-11-13T18:00", "2026-11-16T17:00"),  # Friday evening
        ("today", "2026-11-12T06:00", "2026-11-12T17:00"),
        ("routine", "2026-11-12T10:00", "2026-11-17T17:00"),  # Thursday: Fri, Mon, Tue
        ("routine", "2026-04-02T12:00", "2026-04-09T17:00"),  # over Good Friday and Easter Monday
        ("routine", "2026-12-24T12:00", "2026-12-31T17:00"),  # 25 and 28 are holidays: 29, 30, 31
        ("today", "2026-03-27T18:00", "2026-03-30T17:00"),  # over the night the clocks go forward
        ("today", "2026-10-23T18:00", "2026-10-26T17:00"),  # and back
    ],
)
def test_when_a_read_back_is_due(urgency: Urgency, sent: str, expected: str) -> None:
    assert due(urgency, london(sent), HOLIDAYS) == london(expected)


def test_working_hours_follow_the_wall_clock_through_summer_time() -> None:
    assert next_working_moment(london("2026-03-27T20:00"), HOLIDAYS) == datetime(2026, 3, 30, 8, tzinfo=UTC)
    assert next_working_moment(london("2026-10-23T20:00"), HOLIDAYS) == datetime(2026, 10, 26, 9, tzinfo=UTC)
    assert day_in_london(datetime(2026, 9, 29, 23, 30, tzinfo=UTC)) == date(2026, 9, 30)


@given(st.sampled_from(URGENCIES), MOMENTS)
def test_a_deadline_lies_ahead_and_offices_are_at_work(urgency: Urgency, sent: datetime) -> None:
    at = due(urgency, sent, HOLIDAYS)
    assert at - sent >= timedelta(hours=1)
    if urgency != "immediate":
        assert is_working_day(at.astimezone(LONDON).date(), HOLIDAYS)
        assert at.astimezone(LONDON).hour == 17


@given(st.sampled_from(URGENCIES), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=10)))
def test_a_later_start_never_has_an_earlier_deadline(
    urgency: Urgency, sent: datetime, later: timedelta
) -> None:
    assert due(urgency, sent, HOLIDAYS) <= due(urgency, sent + later, HOLIDAYS)


@given(MOMENTS)
def test_more_urgent_is_never_later(sent: datetime) -> None:
    immediate, today, routine = (
        due(urgency, sent, HOLIDAYS) for urgency in ("immediate", "today", "routine")
    )
    assert immediate <= today <= routine


@given(MOMENTS, AMOUNTS, AMOUNTS)
def test_working_time_adds_up(at: datetime, one: timedelta, two: timedelta) -> None:
    together = add_working_time(at, one + two, HOLIDAYS)
    assert together >= at + one + two
    apart = add_working_time(add_working_time(at, one, HOLIDAYS), two, HOLIDAYS)
    # 17:00 and the next 9:00 are the same working moment, so that only the working time between must be none
    assert next_working_moment(apart, HOLIDAYS) == next_working_moment(together, HOLIDAYS)


@given(MOMENTS)
def test_the_next_working_moment_is_within_working_hours(at: datetime) -> None:
    local = next_working_moment(at, HOLIDAYS).astimezone(LONDON)
    assert is_working_day(local.date(), HOLIDAYS)
    assert 9 <= local.hour < 17
    assert next_working_moment(local, HOLIDAYS) == local


@pytest.mark.parametrize("amount", [timedelta(seconds=-1), timedelta(days=101)])
def test_an_amount_out_of_bounds_is_refused(amount: timedelta) -> None:
    with pytest.raises(ValueError, match="bounds"):
        add_working_time(london("2026-11-12T10:00"), amount, HOLIDAYS)


@given(st.sampled_from(URGENCIES), MOMENTS)
def test_the_stages_come_in_order_and_never_before_the_deadline(urgency: Urgency, sent: datetime) -> None:
    at = due(urgency, sent, HOLIDAYS)
    stages = reminders(urgency, at, HOLIDAYS)
    assert [stage for _, stage in stages] == ["person", "role", "lead"]
    moments = [moment for moment, _ in stages]
    assert moments[0] == at
    assert all(one < other for one, other in pairwise(moments))


@given(st.sampled_from(URGENCIES), MOMENTS, st.timedeltas(timedelta(days=-5), timedelta(days=20)))
def test_who_is_asked_only_ever_moves_up_and_nobody_is_once_it_is_handled(
    urgency: Urgency, sent: datetime, after: timedelta
) -> None:
    at = due(urgency, sent, HOLIDAYS)
    rank = {None: 0, "person": 1, "role": 2, "lead": 3}
    now = reminder(urgency, at, at + after, handled=False, holidays=HOLIDAYS)
    later = reminder(urgency, at, at + after + timedelta(hours=5), handled=False, holidays=HOLIDAYS)
    assert rank[now] <= rank[later]
    assert (now is None) == (after < timedelta(0))
    assert reminder(urgency, at, at + after, handled=True, holidays=HOLIDAYS) is None


def test_after_three_weeks_of_silence_the_lead_is_asked_and_nothing_is_closed() -> None:
    at = london("2026-11-12T17:00")
    assert reminder("routine", at, at + timedelta(days=21), handled=False, holidays=HOLIDAYS) == "lead"
