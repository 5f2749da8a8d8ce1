"""Hearing back: what was sent and what came back, side by side, and the sender's answer to each.

Promises: every difference that the comparison found is named in text and marked in the words; each statement
is answered understood or corrected; nothing is chosen before the sender chooses it, least of all the verdict.
Never: the comparison decides, or somebody else than the author sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast

from exchange.desk.service.drafts import HearBackDraft
from exchange.desk.web.forms import Wrong
from exchange.desk.web.receiving import LONG, thread_and_leg
from exchange.desk.web.thread import words_of
from exchange.errors import ContentsRefused
from exchange.wire import limits
from exchange.wire.contents import Heard

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aiohttp import web

    from exchange.desk.service.views import StatementRow
    from exchange.desk.web.forms import Form
    from exchange.desk.web.visit import Visit

_ANSWERS: Final = ("understood", "corrected")
_VERDICTS: Final = ("agreed", "corrected")


class Piece(NamedTuple):
    """A run of words, marked where a difference lies in it."""

    text: str
    marked: bool


class Side(NamedTuple):
    """One statement as it was sent and as it came back, with the differences marked in both."""

    row: StatementRow
    sent: tuple[Piece, ...]
    restated: tuple[Piece, ...]


async def hear_back(visit: Visit) -> web.StreamResponse:
    """Show both sides; with an answer to each, sign it and send it."""
    view, leg = await thread_and_leg(visit)
    if leg.state != "read_back" and not visit.posted:
        return visit.go(visit.about)
    found = await visit.desk.compare(visit.session, visit.thread, visit.leg)
    form = visit.form
    if visit.posted and form["read_back"] != found.read_back:
        form.wrong.append(Wrong("", "They sent another read-back since. Look at it below"))
    elif visit.posted:
        draft = drafted(form, [row.statement.id for row in found.rows])
        if draft is not None:
            try:
                await visit.desk.hear_back(visit.session, visit.thread, visit.leg, draft)
                return visit.go(f"{visit.about}?done={draft.verdict}")
            except ContentsRefused as problem:
                form.refuse(problem, {"words": "words"})
    share = words_of(view, leg)
    return visit.page(
        "hear_back.html",
        found=found,
        leg=leg,
        sides=[_side(row) for row in found.rows],
        overall=[flag for flag in found.flags if flag.statement is None],
        will_do=marked(found.will_do, (flag.restated for flag in found.flags)),
        risk=share.immediate_risk if share is not None else None,
        about=visit.about,
    )


def drafted(form: Form, names: Sequence[str]) -> HearBackDraft | None:
    """Make the answer out of the form; None, with everything that is missing noted, if it is not whole."""
    heard: list[Heard] = []
    for name in names:
        answer = form.choose(f"h-{name}", _ANSWERS, f"{name}: choose understood or corrected")
        correction = form[f"c-{name}"].strip()
        if answer == "corrected" and not correction:
            form.wrong.append(Wrong(f"c-{name}", f"{name}: say what you meant"))
        if len(correction) > limits.SENTENCE:
            form.wrong.append(Wrong(f"c-{name}", f"{name}: {LONG.lower()}"))
        elif answer:
            kept = correction if answer == "corrected" else ""
            if kept or answer == "understood":
                heard.append(Heard(statement=name, understood=not kept, correction=kept or None))
    words = form["words"].strip()
    if len(words) > limits.SENTENCE:
        form.wrong.append(Wrong("words", LONG))
    verdict = form.choose("verdict", _VERDICTS, "Choose if this is what you meant")
    wrong = [one.statement for one in heard if not one.understood]
    if verdict == "agreed" and wrong:
        text = f"You corrected {', '.join(wrong)}, so you cannot agree yet. Choose “No” or change your answer"
        form.wrong.append(Wrong("verdict", text))
    if verdict == "corrected" and not wrong and not words:
        form.wrong.append(Wrong("words", "Say what is still wrong, or correct a statement above"))
    if form.wrong:
        return None
    return HearBackDraft(
        read_back=form["read_back"],
        verdict=cast("Literal['agreed', 'corrected']", verdict),
        heard=tuple(heard),
        words=words or None,
    )


def marked(text: str, parts: Iterable[str]) -> tuple[Piece, ...]:
    """Cut `text` where any of `parts` stands in it; a part that does not stand in it marks nothing."""
    spots = [False] * len(text)
    for part in parts:
        at = text.find(part) if part else -1
        if at >= 0 and part != text:
            spots[at : at + len(part)] = [True] * len(part)
    pieces: list[Piece] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or spots[end] != spots[start]:
            pieces.append(Piece(text[start:end], spots[start]))
            start = end
    return tuple(pieces)


def _side(row: StatementRow) -> Side:
    sent = marked(row.statement.text, (flag.sent for flag in row.flags))
    meaning = row.restatement.meaning if row.restatement is not None else ""
    return Side(row, sent, marked(meaning, (flag.restated for flag in row.flags)))
