"""A sender who checks nothing: each rule of the slip holds at the recipient's desk too, by name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from doubles import START
from stage import demand_told

from exchange.errors import ContentsRefused
from exchange.wire.slip import Basis
from keys.record import format_time

if TYPE_CHECKING:
    from stage import Stage


SLIPS: dict[str, dict[str, Any]] = {
    "purpose_missing": {"purpose": None},
    "purpose_unknown": {"purpose": "because-we-can"},
    "basis_missing": {"basis": None},
    "basis_unknown": {"basis": Basis(code="we-need-it")},
    "basis_incomplete": {"basis": Basis(code="public-task")},
    "basis_not_for_this": {"basis": Basis(code="none-claimed")},
    "slip_out_of_time": {
        "expires": format_time(START + timedelta(seconds=-1)),
        "created": "2026-11-01T00:00:00Z",
        "due": "2026-11-23T16:00:00Z",
    },
    "date_absurd": {"due": "2029-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("code", SLIPS)
async def test_a_slip_that_breaks_a_rule(stage: Stage, code: str) -> None:
    await stage.demand_refused(stage.school.share(spoken.share(stage.ruth), slip=SLIPS[code]), code)


@pytest.mark.parametrize(
    "code",
    [
        "purpose_missing",
        "purpose_unknown",
        "basis_missing",
        "basis_unknown",
        "basis_incomplete",
        "basis_not_for_this",
        "date_absurd",
    ],
)
async def test_the_same_is_refused_at_the_sender_s_own_desk(stage: Stage, code: str) -> None:
    desk = stage.school.agency.desk
    draft = spoken.share(stage.ruth, **SLIPS[code])
    with pytest.raises(ContentsRefused) as refused:
        await desk.share(stage.school.session, draft)
    demand_told(refused.value, code)
    assert await desk.casebook.outbox(limit=10, size=2**20) == ()
    assert (await desk.inbox(stage.school.session)).rows == ()


async def test_a_slip_from_the_future(stage: Stage) -> None:
    ahead = START + timedelta(hours=1)
    slip = {
        "created": format_time(ahead),
        "expires": format_time(ahead + timedelta(days=1)),
        "due": format_time(ahead + timedelta(hours=1)),
    }
    await stage.demand_refused(stage.school.share(spoken.share(stage.ruth), slip=slip), "slip_out_of_time")
