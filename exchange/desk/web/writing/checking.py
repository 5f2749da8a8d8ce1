"""Check your answers, send them, and what happens next.

Promises: every answer stands there with a way to change it; what keeps the share from being sent is named
with a link to its question, and so is what the writer may want to look at again, which blocks nothing.
Sending happens here and nowhere else, and pressing twice sends once.
Never: anything is sent that was not on the page before: what changed since is shown first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from exchange.desk.service.overlooking import hindrance
from exchange.desk.web.forms import Wrong
from exchange.desk.web.render import HOME
from exchange.desk.web.thread import is_own, opening_of
from exchange.desk.web.writing.asking import asked_of, beside, opened
from exchange.desk.web.writing.statements import number_of
from exchange.errors import ContentsRefused, DraftMoved, ThreadUnknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    from exchange.desk.service.draft_views import Hindrance, Query
    from exchange.desk.web.visit import Visit
    from exchange.desk.web.writing.frame import Question, Writing
    from exchange.share.draft import DraftFact, DraftOpinion
    from keys.errors import Problem

CHANGED: Final = "This draft has changed since you opened this page. Check it again, then send it."
GENTLE: Final = {
    "reads_like_two": "This reads like two statements in one. Would each be clearer alone?",
    "opinion_in_fact": "This word sounds like an opinion in a fact. Is it what somebody saw or heard?",
    "whole_file": "This looks like a whole file. Would one line be enough?",
    "never_told": "This recipient has the name of somebody who must never be told. Is it somebody else?",
}
_PLACES: Final = (
    ("purpose", "purpose"),
    ("basis.gateway", "law"),
    ("basis.no_consent", "consent"),
    ("basis", "basis"),
    ("law_enforcement", "basis"),
    ("subjects", "who"),
    ("never_tell", "never"),
    ("recipients", "to"),
    ("to[", "to"),
    ("facts", "facts"),
    ("opinions", "opinions"),
    ("not_known", "not-known"),
    ("emphasis", "weight"),
    ("need", "need"),
    ("subject_informed", "told"),
    ("attachments", "files"),
    ("urgency", "urgency"),
    ("due", "urgency"),
    ("immediate_risk", "urgency"),
    ("decision", "decision"),
)
_INDEX: Final = re.compile(r"^[a-z_]+\[(\d+)\]")


class Answer(NamedTuple):
    """One question with its answer in words; nothing said where it was not answered."""

    question: Question
    said: Sequence[str]
    wrong: bool


class Remark(NamedTuple):
    """Something to look at again, and where."""

    words: str
    found: str
    address: str


async def check(visit: Visit) -> web.StreamResponse:
    """Show every answer, and what speaks against sending."""
    writing = await opened(visit)
    if writing.found.said.draft.answers is None and not writing.found.said.answered:
        return visit.go(writing.base)
    return await _page(writing)


async def send(visit: Visit) -> web.StreamResponse:
    """Seal it and send it: the one place where a page does."""
    draft = visit.request.match_info["draft"]
    if not visit.posted:
        return visit.go(f"{visit.request.path.removesuffix('/send')}/check")
    revision = visit.form["revision"]
    try:
        posted = await visit.desk.send(visit.session, draft, revision)
    except ContentsRefused as refusal:
        return await _page(await opened(visit), refusal.problems)
    except DraftMoved:
        visit.form.wrong.append(Wrong("", CHANGED))
        return await _page(await opened(visit))
    return visit.go(f"{HOME}/threads/{posted.thread}/sent")


async def sent(visit: Visit) -> web.StreamResponse:
    """Say what happens next."""
    view = await visit.desk.show(visit.session, visit.thread)
    opening = opening_of(view)
    if opening is None or opening.kind != "share" or not is_own(opening, visit.session):
        raise ThreadUnknown
    return visit.page("writing/sent.html", view=view, opening=opening, about=visit.about)


async def _page(writing: Writing, refused: Sequence[Problem] = ()) -> web.Response:
    visit, said = writing.visit, writing.found.said
    found = await visit.desk.look_over(visit.session, said)
    problems = _each_once(writing, found.problems) or _each_once(writing, [hindrance(one) for one in refused])
    if visit.posted and problems:
        visit.form.wrong.append(Wrong("", "It cannot be sent yet"))
    names = {_name(one.where) for one in found.problems}
    answers = [
        Answer(one, [line for line in one.told(writing) if line], one.name in names)
        for one in asked_of(said.draft)
    ]
    return visit.page(
        "writing/check.html",
        answers=answers,
        problems=problems,
        remarks=[_remark(writing, one) for one in found.questions],
        base=writing.base,
        revision=writing.found.revision,
        until=writing.found.until,
        draft=said.draft,
        asked=await beside(writing),
    )


def _each_once(writing: Writing, found: Sequence[Hindrance]) -> list[Wrong]:
    told: dict[tuple[str, str], Wrong] = {}
    for one in found:
        address = address_of(writing, one)
        told.setdefault((address, one.code), Wrong(address, f"{one.message} {one.hint}"))
    return list(told.values())


def _remark(writing: Writing, one: Query) -> Remark:
    return Remark(GENTLE[one.kind], one.words, address_of(writing, one))


def _name(where: str) -> str:
    """Name the question that a place belongs to."""
    return next((name for start, name in _PLACES if where.startswith(start)), "facts")


def address_of(writing: Writing, one: Hindrance | Query) -> str:
    """Give the address of the question, or of the very entry, that a place belongs to."""
    name, draft = _name(one.where), writing.draft
    index = _INDEX.match(one.where)
    entry = ""
    if index is not None and name in {"facts", "opinions"}:
        items: Sequence[DraftFact | DraftOpinion] = draft.facts if name == "facts" else draft.opinions
        entry = f"/{number_of(items[int(index[1])].id)}" if int(index[1]) < len(items) else ""
    elif index is not None and name in {"who", "files"}:
        entry = f"/{int(index[1]) + 1}"
    return f"{writing.base}/{name}{entry}?then=check"
