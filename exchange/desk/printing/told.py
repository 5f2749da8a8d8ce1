"""What each kind of step says, as pairs of a term and the words to it: one telling for page and print.

Promises: every kind of contents but a share's (see `statement_rows`) has its rows here, in the pages' words.
Never: markup, and nothing that the step does not hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from exchange.desk import plain
from exchange.wire import contents as said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exchange.desk.service.views import AnyContents

Row: TypeAlias = tuple[str, str]
"""A term and its words."""


def rows(contents: AnyContents) -> tuple[Row, ...]:
    """Tell a step's words; of a share or an amendment, what surrounds its statements."""
    match contents:
        case said.ShareContents():
            found = _share(contents)
        case said.RequestContents():
            found = _request(contents)
        case said.DecisionContents():
            found = _decision(contents)
        case said.ReadBackContents():
            found = _read_back(contents)
        case said.HearBackContents():
            found = _hear_back(contents)
        case _:
            found = _short(contents)
    return tuple((term, words) for term, words in found if words)


def statement_rows(one: said.Fact | said.Opinion) -> tuple[Row, ...]:
    """Tell what belongs to a statement: how it is known, how sure, why it is needed, how to handle it."""
    about = _fact(one) if isinstance(one, said.Fact) else _opinion(one)
    kept = plain.ONWARD[one.handling.onward]
    if one.handling.protected:
        kept += " " + plain.PROTECTED[one.handling.protected]
    every = (
        *about,
        ("How sure", plain.sentence("confidence", one.confidence)),
        ("Why you need it", one.why_needed),
        ("What it does not mean", one.does_not_mean or ""),
        ("Handling", kept),
    )
    return tuple((term, words) for term, words in every if words)


def subject(one: said.Subject) -> str:
    """Name somebody whom it is about."""
    born = f"born {plain.day(one.born)}" if one.born else None
    return ", ".join(part for part in (one.name, one.relation, born, one.category, one.identifier) if part)


def told(one: said.SubjectInformed) -> str:
    """Say whether somebody knows of the share, and if not, why not."""
    when = plain.day(one.when) if one.when else None
    known = ", ".join(part for part in (plain.TOLD[one.state], when, one.by and f"by {one.by}") if part)
    reason = plain.sentence("not_informed", one.reason) if one.reason else ""
    return " ".join(part for part in (f"{known}.", reason, one.explanation) if part)


def _share(of: said.ShareContents) -> Iterable[Row]:
    yield "In the sender’s words", of.purpose
    yield "What changed", of.change or ""
    for at, one in enumerate(of.subjects):
        yield "About", subject(one)
        if at < len(of.subject_informed):
            yield f"Does {one.name} know?", told(of.subject_informed[at])
    yield "Never tell", ", ".join(of.never_tell)
    yield "How much, and why no more", of.need
    if of.law_enforcement:
        yield "Law enforcement", "Sent under Part 3 of the Data Protection Act 2018"


def _request(of: said.RequestContents) -> Iterable[Row]:
    yield "Why", of.purpose
    for one in of.subjects:
        yield "About", subject(one)
    for asked in of.asked:
        yield "Asks", asked
    yield "By what authority", of.authority
    yield "New grounds", of.new_grounds or ""


def _decision(of: said.DecisionContents) -> Iterable[Row]:
    yield "Decided", "To share" if of.outcome == "share" else "Not to share"
    for reason in of.reasons:
        yield "Because", reason
    for one in of.about:
        yield "About", subject(one)
    yield "Advised by", ", ".join(of.advised_by)
    yield "Advice", of.advice or ""


def _read_back(of: said.ReadBackContents) -> Iterable[Row]:
    for one in of.restatements:
        yield f"{one.statement}, as {one.taken_as}, {one.weight}", one.meaning
    yield "The key point", of.key_point
    yield "Will do", of.will_do
    yield "Still not known", of.not_known or ""


def _hear_back(of: said.HearBackContents) -> Iterable[Row]:
    for one in of.heard:
        yield one.statement, "Understood." if one.understood else f"Not what was meant. {one.correction}"
    yield "Also", of.words or ""


def _short(of: AnyContents) -> Iterable[Row]:
    match of:
        case said.AcceptContents():
            yield "Their part in it", of.my_part
        case said.DeclineContents():
            yield "Why", plain.sentence("decline", of.reason)
            yield "In their words", of.words or ""
        case said.WithdrawContents():
            yield "Why", of.reason
        case said.RefuseContents():
            yield "Why", plain.sentence("refuse", of.reason)
            yield "In their words", of.words
            yield "What would change the answer", of.would_change or ""
        case said.NoteContents():
            yield "Note", of.words


def _fact(of: said.Fact) -> Iterable[Row]:
    if of.source is not None:
        named = of.source.who or of.source.record
        yield "How it is known", plain.SOURCE[of.source.kind] + (f": {named}" if named else "")
    if of.as_of:
        yield "True on", plain.day(of.as_of) + (f" to {plain.day(of.until)}" if of.until else "")
    if of.verbatim:
        yield "Whose words", "The child’s own words, as they were said"


def _opinion(of: said.Opinion) -> Iterable[Row]:
    yield "Whose opinion", f"{of.whose}, {of.capacity}"
    yield "It rests on", "; ".join(part for part in (", ".join(of.rests_on), of.grounds) if part)
