"""The routes for other systems, each under one scope of a service account.

Promises: as `handlers`; the scope stands in the registry, and is demanded before anything is read.
Never: a route here that a person's session opens, or that opens a person's words.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from exchange.desk.api import handlers
from exchange.desk.api.answers import LineNow, Parties, WhomQuery
from exchange.desk.api.offices import TrailQuery
from exchange.desk.api.routes import BASE, Route
from exchange.desk.service.figures import FiguresView
from exchange.desk.service.systems import LeaveDraft, Left, WaitingQuery, WaitingView
from exchange.desk.service.trail import TrailView

if TYPE_CHECKING:
    from exchange.desk.api.routes import Call

_BASE: Final = f"{BASE}/service"


async def waiting(call: Call) -> WaitingView:
    """List what waits for one person or role: ids, states, dates and urgency."""
    return await call.desk.waiting_of(call.body)


async def figures(call: Call) -> FiguresView:
    """Count how the agency's loops go, as its lead sees it."""
    return await call.desk.figures_for_system()


async def trail(call: Call) -> TrailView:
    """Give a page of the audit trail, newest first, as an administrator sees it."""
    before = call.query.before
    return await call.desk.trail_for_system(call.query.kind, int(before) if before else None)


async def line(call: Call) -> LineNow:
    """Say whether the hub answers, since when, and how much waits for it."""
    return await handlers.line(call)


async def whom(call: Call) -> Parties:
    """Look up who can be written to."""
    return await handlers.whom(call)


async def leave(call: Call) -> Left:
    """Leave a share begun for one person, who alone can open, change and send it."""
    return await call.desk.leave_draft(call.system, call.body, call.key)


SYSTEMS: Final[tuple[Route, ...]] = (
    Route(
        "POST",
        f"{_BASE}/waiting",
        "serviceWaiting",
        waiting,
        body=WaitingQuery,
        answer=WaitingView,
        scope="waiting:read",
    ),
    Route("GET", f"{_BASE}/figures", "serviceFigures", figures, answer=FiguresView, scope="figures:read"),
    Route(
        "GET",
        f"{_BASE}/trail",
        "serviceTrail",
        trail,
        query_model=TrailQuery,
        answer=TrailView,
        scope="audit:read",
    ),
    Route("GET", f"{_BASE}/line", "serviceLine", line, answer=LineNow, scope="line:read"),
    Route(
        "POST", f"{_BASE}/whom", "serviceWhom", whom, body=WhomQuery, answer=Parties, scope="directory:read"
    ),
    Route(
        "POST",
        f"{_BASE}/drafts",
        "serviceDraft",
        leave,
        body=LeaveDraft,
        answer=Left,
        status=HTTPStatus.CREATED,
        takes_key=True,
        scope="drafts:write",
    ),
)
