"""How urgent it is, by when, what cannot wait, and why it was decided to share.

Promises: danger is asked for in words of its own, which stand above everything else wherever the share is
shown; the decision and its reasons stay at this agency.
Never: a deadline is set that has passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from exchange.desk import plain
from exchange.desk.web.forms import Wrong
from exchange.desk.web.writing.dates import read_moment, show_moment
from exchange.desk.web.writing.frame import Question
from exchange.desk.web.writing.people import lines
from exchange.share.draft import DecisionNote
from exchange.wire import limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exchange.desk.web.writing.frame import Changes, Values, Writing
    from exchange.share.draft import ShareDraft

_LONG: Final = f"Use fewer than {limits.SENTENCE} characters"


def _show_urgency(writing: Writing, _: int) -> Values:
    draft = writing.draft
    urgency = draft.urgency if "urgency" in writing.found.said.answered or draft.answers else ""
    return {
        "urgency": urgency,
        "due": show_moment(draft.due),
        "risk": draft.immediate_risk or "",
    }


def _take_urgency(writing: Writing, _: int) -> Changes | None:
    form = writing.form
    urgency = form.choose("urgency", plain.URGENCY, "Choose how urgent it is")
    due = read_moment(form["due"]) if form["due"].strip() else None
    if form["due"].strip() and due is None:
        form.wrong.append(
            Wrong("due", "Write a day and a time, as 24 November 2026, 17:00. Or leave it empty")
        )
    risk = form["risk"].strip()
    if urgency == "immediate" and not risk:
        form.ask("risk", "Say what the danger is, so that they see it first")
    if len(risk) > limits.SENTENCE:
        form.wrong.append(Wrong("risk", _LONG))
    if form.wrong:
        return None
    return {"urgency": urgency, "due": due, "immediate_risk": risk or None}


def _told_urgency(writing: Writing) -> list[str]:
    draft = writing.draft
    due = f"To be read back by {plain.moment(draft.due)}" if draft.due else ""
    risk = f"Immediate risk: {draft.immediate_risk}" if draft.immediate_risk else ""
    return [one for one in (plain.URGENCY[draft.urgency], due, risk) if one]


URGENCY = Question(
    name="urgency",
    title="How urgent is it?",
    short="How urgent",
    template="writing/urgency.html",
    show=_show_urgency,
    take=_take_urgency,
    places=lambda *_: {"urgency": "urgency", "due": "due", "immediate_risk": "risk"},
    told=_told_urgency,
)


def _show_decision(writing: Writing, _: int) -> Values:
    note = writing.draft.decision
    if note is None:
        return {"reasons": "", "advised_by": "", "advice": ""}
    return {
        "reasons": "\n".join(note.reasons),
        "advised_by": "\n".join(note.advised_by),
        "advice": note.advice or "",
    }


def _take_decision(writing: Writing, _: int) -> Changes | None:
    form = writing.form
    form.ask("reasons", "Say why you decided to share")
    said = {
        "reasons": lines(form["reasons"]),
        "advised_by": lines(form["advised_by"]),
        "advice": form["advice"].strip() or None,
    }
    if form.wrong:
        return None
    try:
        return {"decision": DecisionNote.model_validate(said)}
    except ValidationError as error:
        form.wrong.append(Wrong(str(error.errors()[0]["loc"][0]), "Use fewer and shorter lines"))
        return None


def _decision_places(draft: ShareDraft, _: int) -> Mapping[str, str]:
    note = draft.decision
    if note is None:
        return {}
    reasons = {f"decision.reasons[{at}]": "reasons" for at in range(len(note.reasons))}
    advisers = {f"decision.advised_by[{at}]": "advised_by" for at in range(len(note.advised_by))}
    return {**reasons, **advisers, "decision.advice": "advice"}


def _told_decision(writing: Writing) -> list[str]:
    note = writing.draft.decision
    if note is None:
        return []
    advised = [f"Advised by {', '.join(note.advised_by)}"] if note.advised_by else []
    return [*note.reasons, *advised, *([note.advice] if note.advice else [])]


DECISION = Question(
    name="decision",
    title="Why did you decide to share?",
    short="Why you decided so",
    template="writing/decision.html",
    show=_show_decision,
    take=_take_decision,
    places=_decision_places,
    told=_told_decision,
)
