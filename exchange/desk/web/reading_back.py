"""Reading back: beside each statement a box for what it means, in the reader's own words.

Promises: each statement has its own box, whether it is taken as fact or opinion, and its weight; then the key
point, what will be done, and what is still not known. What was typed is there again after an error, and
after a correction everything but what has to be said anew.
Never: anything of the sender's emphasis is in this page, in its order, its source or its defaults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from exchange.desk.service.drafts import ReadBackDraft
from exchange.desk.web.forms import Form, Wrong
from exchange.desk.web.receiving import LONG, thread_and_leg
from exchange.desk.web.thread import is_own, opening_of
from exchange.errors import ContentsRefused
from exchange.wire import limits
from exchange.wire.contents import HearBackContents, ReadBackContents, Restatement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp import web

    from exchange.desk.service.views import LegView, ThreadView, WordsView
    from exchange.desk.web.visit import Visit
    from exchange.wire.contents import Fact, Heard, Opinion

TAKEN: Final = ("fact", "opinion")
WEIGHTS: Final = ("critical", "significant", "context")
_LONG_MEANING: Final = f"Use fewer than {limits.STATEMENT} characters"


async def read_back(visit: Visit) -> web.StreamResponse:
    """Ask what each statement means; with all of it said, sign it and send it back."""
    view, leg = await thread_and_leg(visit)
    opening = opening_of(view)
    if opening is None or is_own(opening, visit.session):
        return visit.go(visit.about)
    if not visit.posted and (leg.turn != "recipient" or leg.accepted_by is None):
        return visit.go(visit.about)
    if visit.posted and visit.form["version"] != leg.version:
        return await _ask(visit, view, leg, moved=True)
    if visit.posted:
        found = await visit.desk.read(visit.session, visit.thread, visit.leg)
        draft = drafted(visit.form, (*found.words.facts, *found.words.opinions))
        if draft is not None:
            try:
                await visit.desk.read_back(visit.session, visit.thread, visit.leg, draft)
                return visit.go(f"{visit.about}?done=read-back")
            except ContentsRefused as problem:
                visit.form.refuse(problem, _places(draft))
    return await _ask(visit, view, leg)


def drafted(form: Form, statements: Sequence[Fact | Opinion]) -> ReadBackDraft | None:
    """Make the read-back out of the form; None, with everything that is missing noted, if it is not whole."""
    said: list[Restatement] = []
    for one in statements:
        meaning = form.ask(f"m-{one.id}", f"{one.id}: say in your own words what it means")
        taken = form.choose(f"t-{one.id}", TAKEN, f"{one.id}: choose fact or opinion")
        weight = form.choose(f"w-{one.id}", WEIGHTS, f"{one.id}: choose how much it matters")
        restated = _restated(form, one.id, meaning, taken, weight)
        if restated is not None:
            said.append(restated)
    names = [one.id for one in statements]
    key_point = form.choose("key_point", names, "Choose the one thing that matters most")
    will_do = form.ask("will_do", "Say what you will do")
    if form.wrong:
        return None
    for name in ("will_do", "not_known"):
        if len(form[name].strip()) > limits.SENTENCE:
            form.wrong.append(Wrong(name, LONG))
    if form.wrong:
        return None
    return ReadBackDraft(
        version=form["version"],
        restatements=tuple(said),
        key_point=key_point,
        will_do=will_do,
        not_known=form["not_known"].strip() or None,
    )


def _restated(form: Form, name: str, meaning: str, taken: str, weight: str) -> Restatement | None:
    if not (meaning and taken and weight):
        return None
    values: dict[str, Any] = {"statement": name, "meaning": meaning, "taken_as": taken, "weight": weight}
    try:
        return Restatement.model_validate(values)
    except ValidationError:
        form.wrong.append(Wrong(f"m-{name}", f"{name}: {_LONG_MEANING.lower()}"))
        return None


def _places(draft: ReadBackDraft) -> dict[str, str]:
    places = {name: name for name in ("key_point", "will_do", "not_known")}
    for index, one in enumerate(draft.restatements):
        places[f"restatements[{index}].meaning"] = f"m-{one.statement}"
    return places


async def _ask(visit: Visit, view: ThreadView, leg: LegView, *, moved: bool = False) -> web.Response:
    found = await visit.desk.read(visit.session, visit.thread, visit.leg)
    heard = corrections(view, leg)
    if not visit.posted:
        visit.form = Form(_before(view, leg, heard))
    elif moved:
        visit.form.wrong.append(Wrong("", "The sender changed this while you wrote. Read it again below"))
    return visit.page(
        "read_back.html",
        found=found,
        share=found.words,
        statements=(*found.words.facts, *found.words.opinions),
        heard=heard,
        before=_previous(view, leg, found),
        about=visit.about,
        base=f"{visit.about}/legs/{visit.leg}",
    )


def corrections(view: ThreadView, leg: LegView) -> Mapping[str, Heard]:
    """Give what the sender said to the last read-back of this version, by statement."""
    back, heard = _last(view, leg)
    if back is None or heard is None or back.version != leg.version:
        return {}
    return {one.statement: one for one in heard.heard}


def _last(view: ThreadView, leg: LegView) -> tuple[ReadBackContents | None, HearBackContents | None]:
    back = next((step.words for step in view.steps if step.digest == leg.read_back), None)
    heard = next((step.words for step in view.steps if step.digest == leg.hear_back), None)
    return (
        back if isinstance(back, ReadBackContents) else None,
        heard if isinstance(heard, HearBackContents) else None,
    )


def _previous(view: ThreadView, leg: LegView, found: WordsView) -> Mapping[str, str]:
    back, _ = _last(view, leg)
    if back is None:
        return {}
    share = found.words
    names = {*(one.id for one in share.facts), *(one.id for one in share.opinions)}
    return {one.statement: one.meaning for one in back.restatements if one.statement in names}


def _before(view: ThreadView, leg: LegView, heard: Mapping[str, Heard]) -> dict[str, str]:
    """Fill in what was understood already; what was corrected, or has changed since, is to be said anew."""
    back, _ = _last(view, leg)
    if back is None or back.version != leg.version:
        return {}
    values = {"will_do": back.will_do, "not_known": back.not_known or ""}
    for one in back.restatements:
        answer = heard.get(one.statement)
        if answer is not None and answer.understood:
            values[f"m-{one.statement}"] = one.meaning
            values[f"t-{one.statement}"] = one.taken_as
            values[f"w-{one.statement}"] = one.weight
    return values
