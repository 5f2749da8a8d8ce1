"""Refusing a request: no, why, what would change the answer; and the decision, for the agency's own record.

Promises: the requester is told the reasons that are meant for them, and no other; the decision is recorded
with them in one act, with who advised.
Never: a request is refused without reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from exchange.desk.service.drafts import RefuseDraft
from exchange.desk.web.forms import Wrong
from exchange.desk.web.receiving import LONG
from exchange.desk.web.thread import is_own, opening_of
from exchange.errors import ContentsRefused
from exchange.share.draft import DecisionNote
from exchange.wire import limits

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.web.forms import Form
    from exchange.desk.web.visit import Visit

_PLACES = {
    "reason": "reason",
    "words": "words",
    "would_change": "would_change",
    "reasons[0]": "decided",
    "decision.reasons[0]": "decided",
    "advised_by[0]": "advised_by",
    "decision.advised_by[0]": "advised_by",
}


async def refuse(visit: Visit) -> web.StreamResponse:
    """Ask for the reasons; with them, tell the requester and record the decision."""
    view = await visit.desk.show(visit.session, visit.thread)
    opening = opening_of(view)
    mine = opening is None or is_own(opening, visit.session)
    if not visit.posted and (mine or view.request != "requested"):
        return visit.go(visit.about)
    reasons = visit.desk.choices().sections["refuse"]
    if visit.posted:
        draft = _drafted(visit.form, [one.code for one in reasons])
        if draft is not None:
            try:
                await visit.desk.refuse(visit.session, visit.thread, draft)
                return visit.go(f"{visit.about}?done=refused")
            except ContentsRefused as problem:
                visit.form.refuse(problem, _PLACES)
    return visit.page("refuse.html", opening=opening, reasons=reasons, about=visit.about)


def _drafted(form: Form, codes: list[str]) -> RefuseDraft | None:
    """Make the refusal out of the form; None, with everything that is missing noted, if it is not whole."""
    reason = form.choose("reason", codes, "Choose why you refuse")
    words = form.ask("words", "Tell them why, in your own words")
    decided = form.ask("decided", "Say why you decided so, for your own record")
    for name in ("words", "would_change", "decided"):
        if len(form[name].strip()) > limits.SENTENCE:
            form.wrong.append(Wrong(name, LONG))
    advised_by = form["advised_by"].strip()
    if form.wrong:
        return None
    try:
        note = DecisionNote(reasons=(decided,), advised_by=(advised_by,) if advised_by else ())
    except ValidationError:
        form.wrong.append(Wrong("advised_by", f"Use fewer than {limits.NAME} characters"))
        return None
    return RefuseDraft(
        reason=reason, words=words, would_change=form["would_change"].strip() or None, decision=note
    )
