"""Whom it is about, who must never be told, and whether those it is about know that it is shared.

Promises: each person has an identifier or the reason why not; under law enforcement each has a category; each
has an answer to "do they know?".
Never: a name is put into an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from exchange.desk import plain
from exchange.desk.web.forms import Wrong
from exchange.desk.web.writing.dates import read_when
from exchange.desk.web.writing.frame import Entries, Entry, Question
from exchange.wire import limits
from exchange.wire.contents import Subject, SubjectInformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exchange.desk.web.writing.frame import Changes, Values, Writing
    from exchange.share.draft import ShareDraft

CATEGORIES: Final = {
    "suspect": "Suspect",
    "convicted": "Convicted",
    "victim": "Victim",
    "witness": "Witness",
    "other": "Somebody else",
}
SHORT: Final = f"Use fewer than {limits.NAME} characters"


def reasons(writing: Writing, section: Any) -> list[tuple[str, str, str]]:
    """List the catalogue's reasons of the day, in the form of the radios."""
    every = writing.visit.desk.choices().sections[section]
    return [(one.code, one.label, one.text) for one in every]


def _show(writing: Writing, number: int) -> Values:
    people = writing.draft.subjects
    if not 0 < number <= len(people):
        return {}
    one = people[number - 1]
    return {
        "name": one.name,
        "born": plain.day(one.born) if one.born else "",
        "relation": one.relation or "",
        "category": one.category or "",
        "identifier": one.identifier or "",
        "identifier_omitted": one.identifier_omitted or "",
    }


def _take(writing: Writing, number: int) -> Changes | None:
    form = writing.form
    name = form.ask("name", "Type their name")
    identifier, omitted = form["identifier"].strip(), form["identifier_omitted"]
    if not identifier and not omitted:
        form.wrong.append(
            Wrong("identifier", "Type a number that names them, or choose why you leave it out")
        )
    category = form["category"]
    if writing.draft.law_enforcement:
        category = form.choose("category", CATEGORIES, "Choose what part this person has")
    for field in ("name", "relation", "identifier"):
        if len(form[field].strip()) > limits.NAME:
            form.wrong.append(Wrong(field, SHORT))
    if form.wrong:
        return None
    said = {
        "name": name,
        "born": read_when(form["born"]) if form["born"].strip() else None,
        "relation": form["relation"].strip() or None,
        "category": category if category in CATEGORIES else None,
        "identifier": identifier or None,
        "identifier_omitted": None if identifier else omitted,
    }
    try:
        person = Subject.model_validate(said)
    except ValidationError:
        form.wrong.append(Wrong("born", "Write the date as 4 May 2020, or 2020"))
        return None
    people = list(writing.draft.subjects)
    people[number - 1 : number] = [person]
    return {"subjects": tuple(people)}


def _remove(draft: ShareDraft, number: int) -> Changes:
    told = tuple(one for at, one in enumerate(draft.subject_informed) if at != number - 1)
    return {
        "subjects": tuple(one for at, one in enumerate(draft.subjects) if at != number - 1),
        "subject_informed": told,
    }


def _places(_: ShareDraft, number: int) -> Mapping[str, str]:
    fields = ("name", "born", "relation", "category", "identifier", "identifier_omitted")
    return {f"subjects[{number - 1}].{field}": field for field in fields}


def _entries(writing: Writing) -> list[Entry]:
    return [Entry(at, one.name, one.relation or "") for at, one in enumerate(writing.draft.subjects, 1)]


def _more(writing: Writing, _: int) -> Mapping[str, Any]:
    return {
        "omitted": [("", "I have typed one above", ""), *reasons(writing, "identifier_omitted")],
        "categories": [(code, label, "") for code, label in CATEGORIES.items()],
        "law_enforcement": writing.draft.law_enforcement,
    }


def _told_of(one: Subject) -> str:
    born = f", born {plain.day(one.born)}" if one.born else ""
    part = f", {CATEGORIES[one.category].lower()}" if one.category else ""
    omitted = plain.label("identifier_omitted", one.identifier_omitted) if one.identifier_omitted else ""
    number = one.identifier or f"no number given: {omitted}"
    return f"{one.name}{f', {one.relation}' if one.relation else ''}{born}{part}, {number}"


WHO = Entries(
    name="who",
    title="Who is it about?",
    short="About whom",
    template="writing/person.html",
    show=_show,
    take=_take,
    places=_places,
    told=lambda writing: [_told_of(one) for one in writing.draft.subjects],
    more=_more,
    one="person",
    hint="Name the child first. Name others only if what you share is about them too.",
    needed="Say who it is about",
    entries=_entries,
    remove=_remove,
)


def lines(text: str) -> tuple[str, ...]:
    """Give each line that says something."""
    return tuple(dict.fromkeys(one.strip() for one in text.split("\n") if one.strip()))


def _take_never(writing: Writing, _: int) -> Changes | None:
    form = writing.form
    names = lines(form["never"])
    if any(len(one) > limits.NAME for one in names):
        form.wrong.append(Wrong("never", f"{SHORT} for each name"))
    if len(names) > limits.SUBJECTS:
        form.wrong.append(Wrong("never", f"Name at most {limits.SUBJECTS} people"))
    return None if form.wrong else {"never_tell": names}


NEVER = Question(
    name="never",
    title="Who must never be told?",
    short="Never tell",
    template="writing/never.html",
    show=lambda writing, _: {"never": "\n".join(writing.draft.never_tell)},
    take=_take_never,
    places=lambda draft, _: {f"never_tell[{at}]": "never" for at in range(len(draft.never_tell))},
    told=lambda writing: writing.draft.never_tell or ["Nobody is named"],
)


def _show_told(writing: Writing, _: int) -> Values:
    values: dict[str, str] = {}
    for at, _person in enumerate(writing.draft.subjects):
        given = writing.draft.subject_informed
        one = given[at] if at < len(given) else None
        values[f"state-{at}"] = one.state if one is not None else ""
        values[f"when-{at}"] = plain.day(one.when) if one is not None and one.when else ""
        values[f"by-{at}"] = (one.by or "") if one is not None else ""
        values[f"reason-{at}"] = (one.reason or "") if one is not None else ""
        values[f"explanation-{at}"] = (one.explanation or "") if one is not None else ""
    return values


def _take_told(writing: Writing, _: int) -> Changes | None:
    given = [_one_told(writing, at, one.name) for at, one in enumerate(writing.draft.subjects)]
    if writing.form.wrong:
        return None
    return {"subject_informed": tuple(one for one in given if one is not None)}


def _one_told(writing: Writing, at: int, name: str) -> SubjectInformed | None:
    form = writing.form
    state = form.choose(f"state-{at}", plain.TOLD, f"{name}: choose if they know")
    said: dict[str, Any] = {"state": state, "explanation": form[f"explanation-{at}"].strip() or None}
    if state in {"yes", "planned"}:
        words = "when they were told" if state == "yes" else "by when they will be told"
        when = form.ask(f"when-{at}", f"{name}: say {words}")
        said |= {"when": read_when(when) or None, "by": form[f"by-{at}"].strip() or None}
    if state == "yes":
        form.ask(f"by-{at}", f"{name}: say who told them")
    if state == "no":
        codes = [one.code for one in writing.visit.desk.choices().sections["not_informed"]]
        said["reason"] = form.choose(f"reason-{at}", codes, f"{name}: choose why they were not told")
    if form.wrong:
        return None
    try:
        return SubjectInformed.model_validate(said)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        words = "write the date as 10 November 2026" if field == "when" else "use fewer words"
        form.wrong.append(Wrong(f"{field}-{at}", f"{name}: {words}"))
        return None


def _told_places(draft: ShareDraft, _: int) -> Mapping[str, str]:
    return {
        f"subject_informed[{at}].{field}": f"{field}-{at}"
        for at in range(len(draft.subjects))
        for field in ("when", "by", "reason", "explanation")
    }


def _told_words(writing: Writing) -> list[str]:
    given = writing.draft.subject_informed
    found = []
    for at, person in enumerate(writing.draft.subjects):
        one = given[at] if at < len(given) else None
        if one is not None:
            reason = f": {plain.label('not_informed', one.reason)}" if one.reason else ""
            when = f", {plain.day(one.when)}" if one.when else ""
            by = f", by {one.by}" if one.by else ""
            more = f"\n{one.explanation}" if one.explanation else ""
            found.append(f"{person.name}: {plain.TOLD[one.state]}{when}{by}{reason}{more}")
    return found


TOLD = Question(
    name="told",
    title="Do they know that you share this?",
    short="Do they know?",
    template="writing/told.html",
    show=_show_told,
    take=_take_told,
    places=_told_places,
    told=_told_words,
    more=lambda writing, _: {"reasons": [one[:2] for one in reasons(writing, "not_informed")]},
)
