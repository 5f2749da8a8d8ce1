"""The pages of a draft: begin it, answer its questions in their order, leave it and come back, throw it away.

Promises: a draft goes on where its writer left it; the browser's own way back leads to pages that can be sent
again; an answer to something that was removed meanwhile is added, not lost.
Never: a question is asked that the answers before it made needless.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from exchange.desk.service.draft_views import Unfinished
from exchange.desk.web.forms import Form, Wrong
from exchange.desk.web.render import HOME
from exchange.desk.web.thread import is_own, opening_of
from exchange.desk.web.writing.files import receive
from exchange.desk.web.writing.frame import SEEN, THEN, Entries, Writing, judged, same, seen_of
from exchange.desk.web.writing.questions import QUESTIONS
from exchange.errors import DraftMoved, PageUnknown, ThreadUnknown
from exchange.share.draft import ShareDraft
from exchange.wire.contents import RequestContents
from exchange.wire.slip import Party

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.service.views import StepView
    from exchange.desk.web.visit import Visit
    from exchange.desk.web.writing.frame import Question

ATTEMPTS: Final = 5
MOVED: Final = (
    "This draft has changed since you opened this page. What you typed is below. Save it again to keep it."
)


async def begin(visit: Visit) -> web.StreamResponse:
    """Say what comes, and begin a draft; at a request's address, one that answers it."""
    request = visit.request.match_info.get("thread")
    asked = await asked_for(visit, request) if request else None
    if not visit.posted:
        return visit.page("writing/begin.html", there=visit.request.path, asked=asked)
    said = Unfinished() if asked is None or request is None else _answering(asked, request)
    begun = await visit.desk.begin(visit.session, said)
    return visit.go(f"{HOME}/drafts/{begun.draft}")


def _answering(asked: StepView, thread: str) -> Unfinished:
    """Begin with what the request says: who asks, and about whom."""
    who, words = asked.who, asked.words
    subjects = words.subjects if isinstance(words, RequestContents) else ()
    draft = ShareDraft(
        recipients=(Party(agency=who.agency, person=who.person),),
        answers=asked.digest,
        subjects=subjects,
        urgency=asked.urgency or "routine",
    )
    return Unfinished(draft=draft, request=thread)


async def asked_for(visit: Visit, thread: str) -> StepView:
    """Give the request that a thread began with; `ThreadUnknown` if it is none that came to this person."""
    view = await visit.desk.show(visit.session, thread)
    opening = opening_of(view)
    if opening is None or opening.kind != "request" or is_own(opening, visit.session):
        raise ThreadUnknown
    return opening


async def beside(writing: Writing) -> StepView | None:
    """Give the request that a draft answers, to show beside it; None if it is no longer theirs to see."""
    request = writing.found.said.request
    with suppress(ThreadUnknown):
        return await asked_for(writing.visit, request) if request else None
    return None


async def opened(visit: Visit) -> Writing:
    """Open the draft that the address names; `DraftUnknown`."""
    found = await visit.desk.resume(visit.session, visit.request.match_info["draft"])
    return Writing(visit, found)


async def resume(visit: Visit) -> web.StreamResponse:
    """Go on where it was left."""
    return visit.go(_next(await opened(visit), None, ""))


async def throw_away(visit: Visit) -> web.StreamResponse:
    """Ask if it is meant, and throw the draft away."""
    draft = visit.request.match_info["draft"]
    if visit.posted:
        await visit.desk.throw_away(visit.session, draft)
        return visit.go(f"{HOME}?done=thrown-away")
    return visit.page("writing/throw_away.html", base=f"{HOME}/drafts/{draft}")


async def ask(visit: Visit) -> web.StreamResponse:
    """Ask one question; with its answer, save it and go on."""
    question = QUESTIONS.get(visit.request.match_info["question"])
    item = visit.request.match_info.get("item")
    if question is None or (item is not None and not isinstance(question, Entries)):
        raise PageUnknown
    writing = await opened(visit)
    if isinstance(question, Entries) and item is None:
        return await _list(writing, question)
    number = int(item) if item not in {None, "new"} else 0
    if not visit.posted:
        if isinstance(question, Entries) and number and not question.has(writing, number):
            return visit.go(f"{writing.base}/{question.name}")
        at = _at(question, writing, number)
        visit.form = Form(dict(question.show(writing, at)))
        return await _page(writing, question, number, visit.request.query.get(THEN, ""))
    if question.name == "files":
        await receive(writing, visit.upload)
    if isinstance(question, Entries) and visit.form["do"] == "remove":
        return await _removed(writing, question, number)
    return await _answered(writing, question, number)


def _at(question: Question, writing: Writing, number: int) -> int:
    """Give the number of the entry that is asked for: that of a new one is the next."""
    return question.fresh(writing) if isinstance(question, Entries) and not number else number


async def _answered(writing: Writing, question: Question, number: int) -> web.StreamResponse:
    visit, form = writing.visit, writing.form
    then = form[THEN]
    at = _at(question, writing, number)
    if form[SEEN] != seen_of(question, writing, at):
        if same(question, writing, at) or (not number and same(question, writing, at - 1)):
            return visit.go(_onward(writing, question, then))  # it was sent twice
        form.wrong.append(Wrong("", MOVED))
        return await _page(writing, question, number, then)
    for _ in range(ATTEMPTS):
        at = _at(question, writing, number)
        taken = question.take(writing, at)
        draft = None if taken is None or form.wrong else judged(writing, question, at, taken)
        if draft is None:
            return await _page(writing, question, number, then)
        try:
            await writing.save(draft, *([] if isinstance(question, Entries) else [question.name]))
        except DraftMoved:
            writing = await opened(visit)
            continue
        return visit.go(_onward(writing, question, then))
    raise DraftMoved


async def _removed(writing: Writing, question: Entries, number: int) -> web.StreamResponse:
    for _ in range(ATTEMPTS):
        if not question.has(writing, number):
            break
        kept = dict(writing.draft)
        draft = ShareDraft.model_validate(kept | dict(question.remove(writing.draft, number)))
        try:
            await writing.save(draft)
        except DraftMoved:
            writing = await opened(writing.visit)
            continue
        break
    return writing.visit.go(_onward(writing, question, writing.form[THEN]))


async def _list(writing: Writing, question: Entries) -> web.StreamResponse:
    """Show the entries; *Continue* says that there are no more."""
    visit = writing.visit
    entries = question.entries(writing)
    then = visit.form[THEN] if visit.posted else visit.request.query.get(THEN, "")
    if not visit.posted and question.needed and not entries:
        return visit.go(f"{writing.base}/{question.name}/new{_query(then)}")
    if visit.posted and question.needed and not entries:
        visit.form.wrong.append(Wrong("add", question.needed))
    elif visit.posted:
        for _ in range(ATTEMPTS):
            try:
                await writing.save(writing.draft, question.name)
            except DraftMoved:
                writing = await opened(visit)
                continue
            return visit.go(_next(writing, question, then))
        raise DraftMoved
    return await _page(writing, question, None, then, entries=entries, template=question.list_template)


async def _page(
    writing: Writing,
    question: Question,
    number: int | None,
    then: str,
    *,
    template: str = "",
    **values: Any,
) -> web.Response:
    visit = writing.visit
    at = 0 if number is None else _at(question, writing, number)
    item = "" if not isinstance(question, Entries) or number is None else f"/{number or 'new'}"
    return visit.page(
        template or question.template,
        question=question,
        draft=writing.draft,
        base=writing.base,
        there=f"{writing.base}/{question.name}{item}",
        then=then if then == "check" else "",
        seen=seen_of(question, writing, at),
        number=number,
        asked=await beside(writing),
        address_back=_back(writing, question, number, then),
        **question.more(writing, at),
        **values,
    )


def asked_of(draft: ShareDraft) -> list[Question]:
    """List the questions that this draft has, in their order."""
    return [one for one in QUESTIONS.values() if one.asked(draft)]


def _onward(writing: Writing, question: Question, then: str) -> str:
    """Where to go after an answer: an entry leads back to its list."""
    if isinstance(question, Entries):
        return f"{writing.base}/{question.name}{_query(then)}"
    return _next(writing, question, then)


def _next(writing: Writing, question: Question | None, then: str) -> str:
    """Where to go after a question: the next in order, or the first that was not answered yet."""
    asked, answered = asked_of(writing.draft), writing.found.said.answered
    if question is None or then == "check":
        left = [one for one in asked if one.name not in answered]
        return f"{writing.base}/{left[0].name}{_query(then)}" if left else f"{writing.base}/check"
    names = list(QUESTIONS)
    after = [one for one in asked if names.index(one.name) > names.index(question.name)]
    return f"{writing.base}/{after[0].name}" if after else f"{writing.base}/check"


def _back(writing: Writing, question: Question, number: int | None, then: str) -> str:
    if isinstance(question, Entries) and number is not None and question.entries(writing):
        return f"{writing.base}/{question.name}{_query(then)}"
    if then == "check":
        return f"{writing.base}/check"
    names = list(QUESTIONS)
    before = [one for one in asked_of(writing.draft) if names.index(one.name) < names.index(question.name)]
    return f"{writing.base}/{before[-1].name}" if before else HOME


def _query(then: str) -> str:
    return f"?{THEN}=check" if then == "check" else ""
