"""Receiving: who sends what kind of thing and why; accept it or decline it; then the words.

Promises: nobody meets the words by accident: they come after accepting, and a decline needs none of them; an
attached file is offered to be saved and never shown.
Never: reading is made to wait for anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from aiohttp import web
from pydantic import ValidationError

from exchange.desk.service.drafts import AcceptDraft, DeclineDraft
from exchange.desk.web.forms import Wrong
from exchange.desk.web.guard import HEADERS
from exchange.desk.web.thread import conversation, is_own, opening_of
from exchange.errors import ContentsRefused, ThreadUnknown
from exchange.wire import limits

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from exchange.desk.service.views import LegView, ThreadView
    from exchange.desk.web.forms import Form
    from exchange.desk.web.visit import Visit

LONG: Final = f"Use fewer than {limits.SENTENCE} characters"


async def accept(visit: Visit) -> web.StreamResponse:
    """Say: I am the right person, and this is my part in it."""
    form = visit.form
    if visit.posted:
        draft = _accepting(form)
        if draft is not None:
            try:
                await visit.desk.accept(visit.session, visit.thread, visit.leg, draft)
                return visit.go(f"{visit.about}/legs/{visit.leg}/words?done=accepted")
            except ContentsRefused as problem:
                form.refuse(problem, {"my_part": "my_part"})
    return await _before_the_words(visit, "accept.html", {"sent"})


def _accepting(form: Form) -> AcceptDraft | None:
    part = form.ask("my_part", "Say what your part in this is")
    if form.wrong:
        return None
    try:
        return AcceptDraft(my_part=part)
    except ValidationError:
        form.wrong.append(Wrong("my_part", LONG))
        return None


async def decline(visit: Visit) -> web.StreamResponse:
    """Say: not mine to have."""
    form = visit.form
    reasons = visit.desk.choices().sections["decline"]
    if visit.posted:
        draft = _declining(form, [one.code for one in reasons])
        if draft is not None:
            try:
                await visit.desk.decline(visit.session, visit.thread, visit.leg, draft)
                return visit.go(f"{visit.about}?done=declined")
            except ContentsRefused as problem:
                form.refuse(problem, {"words": "words", "reason": "reason"})
    return await _before_the_words(visit, "decline.html", {"sent", "accepted"}, reasons=reasons)


def _declining(form: Form, codes: list[str]) -> DeclineDraft | None:
    reason = form.choose("reason", codes, "Choose why it is not yours to have")
    if form.wrong:
        return None
    try:
        return DeclineDraft(reason=reason, words=form["words"].strip() or None)
    except ValidationError:
        form.wrong.append(Wrong("words", LONG))
        return None


async def words(visit: Visit) -> web.StreamResponse:
    """Show the words: facts and opinions apart, each with all that belongs to it."""
    found = await visit.desk.read(visit.session, visit.thread, visit.leg)
    view, leg = await thread_and_leg(visit)
    return visit.page(
        "words.html",
        found=found,
        share=found.words,
        sent=next(step for step in view.steps if step.digest == found.version),
        opening=opening_of(view),
        conversation=conversation(visit, view, leg),
        accepted=visit.request.query.get("done") == "accepted",
        about=visit.about,
        base=f"{visit.about}/legs/{visit.leg}",
    )


async def attachment(visit: Visit) -> web.StreamResponse:
    """Give out an attached file, as bytes to save, whatever the sender called it."""
    number = int(visit.request.match_info["number"])
    found = await visit.desk.download(visit.session, visit.thread, visit.leg, number)
    answer = web.StreamResponse(headers=HEADERS)
    answer.content_type = "application/octet-stream"
    answer.content_length = found.size
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    await answer.prepare(visit.request)
    async for block in found.blocks:
        await answer.write(block)
    await answer.write_eof()
    return answer


async def certificate(visit: Visit) -> web.StreamResponse:
    """Give out the certificate of closure, without the words."""
    made = await visit.desk.certificate(visit.session, visit.thread, visit.leg)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="certificate.json"'}
    return web.Response(body=made, content_type="application/json", headers=headers)


async def pdf(visit: Visit) -> web.StreamResponse:
    """Give out the whole thread as a PDF."""
    made = await visit.desk.printed(visit.session, visit.thread)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="thread.pdf"'}
    return web.Response(body=made, content_type="application/pdf", headers=headers)


async def thread_and_leg(visit: Visit) -> tuple[ThreadView, LegView]:
    """Give the thread and the leg that the address names; `ThreadUnknown` for a leg of somebody else's."""
    view = await visit.desk.show(visit.session, visit.thread)
    leg = next((one for one in view.legs if one.index == visit.leg), None)
    if leg is None:
        raise ThreadUnknown
    return view, leg


async def _before_the_words(
    visit: Visit, template: str, states: AbstractSet[str], **values: Any
) -> web.StreamResponse:
    """Show what is known without the words; but in `states` there is nothing to choose any more."""
    view, leg = await thread_and_leg(visit)
    opening = opening_of(view)
    if opening is None or is_own(opening, visit.session) or leg.state not in states:
        return visit.go(visit.about)
    return visit.page(
        template,
        view=view,
        opening=opening,
        conversation=conversation(visit, view, leg),
        about=visit.about,
        base=f"{visit.about}/legs/{visit.leg}",
        **values,
    )
