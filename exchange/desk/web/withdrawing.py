"""Withdrawing: the sender takes a share back from one recipient, or a request.

Promises: it says beforehand that what was read cannot be unread, and asks for the reason that the other side
is told.
Never: it is offered to anybody but whoever sent it, or where it is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from exchange.desk.service.drafts import WithdrawDraft
from exchange.desk.web.forms import Wrong
from exchange.desk.web.receiving import LONG, thread_and_leg
from exchange.desk.web.thread import is_own, opening_of
from exchange.errors import ContentsRefused

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.service.views import ThreadView
    from exchange.desk.web.forms import Form
    from exchange.desk.web.visit import Visit

OPEN: Final = frozenset({"sent", "accepted", "read_back", "corrected"})


async def withdraw(visit: Visit) -> web.StreamResponse:
    """Take a share back from one recipient."""
    view, leg = await thread_and_leg(visit)
    return await _withdrawn(visit, view, visit.leg, offered=leg.state in OPEN)


async def withdraw_request(visit: Visit) -> web.StreamResponse:
    """Take a request back."""
    view = await visit.desk.show(visit.session, visit.thread)
    if view.kind != "request":
        return visit.go(visit.about)
    return await _withdrawn(visit, view, None, offered=view.request == "requested")


async def _withdrawn(visit: Visit, view: ThreadView, leg: int | None, *, offered: bool) -> web.StreamResponse:
    opening = opening_of(view)
    if not visit.posted and not (offered and opening is not None and is_own(opening, visit.session)):
        return visit.go(visit.about)
    draft = _drafted(visit.form) if visit.posted else None
    if draft is not None:
        try:
            await visit.desk.withdraw(visit.session, visit.thread, leg, draft)
            return visit.go(f"{visit.about}?done=withdrawn")
        except ContentsRefused as problem:
            visit.form.refuse(problem, {"reason": "reason"})
    return visit.page("withdraw.html", about=visit.about, there=visit.request.path)


def _drafted(form: Form) -> WithdrawDraft | None:
    """Make the withdrawal out of the form; None, with what is wrong noted, if it is not whole."""
    reason = form.ask("reason", "Say why you take it back")
    if form.wrong:
        return None
    try:
        return WithdrawDraft(reason=reason)
    except ValidationError:
        form.wrong.append(Wrong("reason", LONG))
        return None
