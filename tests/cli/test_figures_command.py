"""`readback figures`: the lead's numbers in a terminal, and nothing where too few stand behind them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_commands import CannedDesk, desk, run

from exchange.desk.service.figures import (
    FiguresView,
    HeardFigures,
    KindFigures,
    StateFigures,
    TeamFigures,
    WeekFigures,
)

__all__ = ["desk"]  # the fixture

HEARD = HeardFigures(heard=9, agreed=8, instant=1, diverged=4, median=7200, ninetieth=86400)
AT = "2026-11-22T10:00:00Z"


def view(**changed: Any) -> dict[str, Any]:
    made = FiguresView(
        at=AT,
        since=AT,
        instant_seconds=10,
        fewest=5,
        fewest_people=3,
        states=(StateFigures(state="sent", open=3, overdue=1),),
        whole=HEARD,
        weeks=(WeekFigures(begins=AT, heard=HeardFigures()),),
        kinds=(KindFigures(kind="copied", times=4),),
        teams=(
            TeamFigures(team="Duty", open=2, overdue=1, heard=HEARD),
            TeamFigures(team="", open=1, overdue=0, heard=HeardFigures()),
        ),
    )
    return made.model_copy(update=changed).model_dump(mode="json")


def test_figures_say_what_the_desk_counted(desk: CannedDesk) -> None:
    desk.answers["/api/v1/figures"] = view()
    said = run("figures").stdout
    for line in (
        "  sent: 3, of which late 1",
        "  Duty: 2, of which late 1",
        "  everybody else: 1, of which late 0",
        (
            "  together: 9 answered, 8 agreed to, 1 of them at once, 4 differences; "
            "half understood within 120 min, nine in ten within 1440 min"
        ),
        f"  week from {AT}: too few to show",
        "  copied: 4",
    ):
        assert line in said.splitlines()
    assert json.loads(run("figures", "--json").stdout) == view()


@pytest.mark.parametrize("kinds", [None, ()])
def test_what_is_hidden_is_said_to_be(desk: CannedDesk, kinds: Any) -> None:
    desk.answers["/api/v1/figures"] = view(whole=HeardFigures(), kinds=kinds, teams=())
    assert "together: too few to show" in run("figures").stdout
