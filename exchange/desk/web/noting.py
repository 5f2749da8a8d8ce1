"""A note: a question, or an answer to one. It changes nothing about where a thread stands.

Promises: it goes to the other side of the leg, or of the request, that the address names.
Never: a note closes, accepts or corrects anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from exchange.desk.service.drafts import NoteDraft
from exchange.desk.web.forms import Wrong
from exchange.desk.web.receiving import LONG, thread_and_leg
from exchange.errors import ContentsRefused

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.web.forms import Form
    from exchange.desk.web.visit import Visit


async def note(visit: Visit) -> web.StreamResponse:
    """Ask for the words of a note on a leg; with them, send it."""
    await thread_and_leg(visit)
    return await _noted(visit, visit.leg)


async def note_on_request(visit: Visit) -> web.StreamResponse:
    """Ask for the words of a note on a request; with them, send it."""
    view = await visit.desk.show(visit.session, visit.thread)
    if view.kind != "request":
        return visit.go(visit.about)
    return await _noted(visit, None)


async def _noted(visit: Visit, leg: int | None) -> web.StreamResponse:
    draft = _drafted(visit.form) if visit.posted else None
    if draft is not None:
        try:
            await visit.desk.note(visit.session, visit.thread, leg, draft)
            return visit.go(f"{visit.about}?done=noted")
        except ContentsRefused as problem:
            visit.form.refuse(problem, {"words": "words"})
    return visit.page("note.html", about=visit.about, there=visit.request.path)


def _drafted(form: Form) -> NoteDraft | None:
    """Make the note out of the form; None, with what is wrong noted, if it is not whole."""
    words = form.ask("words", "Write your question or answer")
    if form.wrong:
        return None
    try:
        return NoteDraft(words=words)
    except ValidationError:
        form.wrong.append(Wrong("words", LONG))
        return None
