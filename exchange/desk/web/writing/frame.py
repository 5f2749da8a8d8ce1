"""One question a page: what a question is, and how its page is shown, taken, and saved.

Promises: every answer that is whole is saved, sealed, before the next page comes; one that is not is shown
again as it was typed, with how to mend it. Two windows on one draft do not overwrite each other: what was
changed meanwhile is kept until its writer says otherwise.
Never: a question knows how a draft is kept, or which question comes next.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from pydantic import ValidationError

from exchange.desk.web.forms import Form, Wrong
from exchange.desk.web.render import HOME
from exchange.errors import ContentsRefused, TooLarge
from exchange.share.draft import ShareDraft, check_share
from exchange.share.rules.shape import problems_of

if TYPE_CHECKING:
    from exchange.desk.service.draft_views import DraftView
    from exchange.desk.web.visit import Visit
    from keys.errors import Problem

SEEN: Final = "seen"
"""The field that names what stood in the draft when the page was made."""
THEN: Final = "then"
"""The field that says where to go on: empty for the next question, `check` for the check of all answers."""
LONG: Final = "Use fewer words here, or say part of it in another statement."


class Entry(NamedTuple):
    """One of the answers to a question that may have several: a fact, a person, a file."""

    number: int
    words: str
    more: str = ""


@dataclass(slots=True)
class Writing:
    """A draft in its writer's hands, and the visit that is about it."""

    visit: Visit
    found: DraftView

    @property
    def draft(self) -> ShareDraft:
        """What is said so far."""
        return self.found.said.draft

    @property
    def form(self) -> Form:
        """What came with the visit."""
        return self.visit.form

    @property
    def base(self) -> str:
        """The address of the draft, to which a question's name is added."""
        return f"{HOME}/drafts/{self.found.draft}"

    async def save(self, draft: ShareDraft, *answered: str) -> None:
        """Keep the draft as it is now, and note what was answered; `DraftMoved` if another was kept since."""
        said = self.found.said
        names = tuple(dict.fromkeys((*said.answered, *answered)))
        anew = said.model_copy(update={"draft": draft, "answered": names})
        visit = self.visit
        self.found = await visit.desk.keep(visit.session, self.found.draft, self.found.revision, anew)


Values: TypeAlias = Mapping[str, str]
"""Fields of a form, by name."""
Changes: TypeAlias = Mapping[str, Any]
"""Fields of a draft, by name."""


def always(_: ShareDraft) -> bool:
    """Ask it of everybody."""
    return True


def nothing(_: Writing, __: int) -> Mapping[str, Any]:
    """Give a template nothing besides its form."""
    return {}


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `number` is that of an entry; 0 where a question has one answer."""

    name: str  # in its address
    title: str  # its heading
    short: str  # its name in a list
    template: str
    show: Callable[[Writing, int], Values]  # what was answered, as fields of the form
    take: Callable[[Writing, int], Changes | None]  # None, with what is wrong noted, if it is not whole
    places: Callable[[ShareDraft, int], Mapping[str, str]]  # which field each place in the draft is
    told: Callable[[Writing], Sequence[str]]  # the answer in words
    asked: Callable[[ShareDraft], bool] = always
    more: Callable[[Writing, int], Mapping[str, Any]] = nothing


@dataclass(frozen=True, slots=True)
class Entries(Question):
    """A question that may have several answers, each on a page of its own."""

    one: str = ""  # what an entry is called
    hint: str = ""  # what to say above the list
    needed: str = ""  # what to say where there is none; empty where there may be none
    entries: Callable[[Writing], Sequence[Entry]] = lambda _: ()
    remove: Callable[[ShareDraft, int], Changes] = lambda *_: {}
    list_template: str = "writing/entries.html"

    def fresh(self, writing: Writing) -> int:
        """Give the number of the next new entry."""
        return max((one.number for one in self.entries(writing)), default=0) + 1

    def has(self, writing: Writing, number: int) -> bool:
        """Say whether there is such an entry."""
        return any(one.number == number for one in self.entries(writing))


def changed(draft: ShareDraft, changes: Changes) -> ShareDraft:
    """Put changes into a draft; `ContentsRefused` for what has not the shape of one."""
    try:
        return ShareDraft.model_validate(dict(draft) | dict(changes))
    except ValidationError as error:
        raise ContentsRefused(problems_of(error)) from None


def judged(writing: Writing, question: Question, number: int, changes: Changes) -> ShareDraft | None:
    """Put an answer into the draft; None, with what is wrong noted, where a rule speaks against it."""
    desk, form = writing.visit.desk, writing.form
    try:
        draft = changed(writing.draft, changes)
    except ContentsRefused as refusal:
        _note(form, refusal.problems, question.places(writing.draft, number))
        return None
    places = question.places(draft, number)
    problems = [one for one in check_share(draft, desk.now(), desk.catalogue) if one.where in places]
    _note(form, problems, places)
    return None if problems else draft


def _note(form: Form, problems: Sequence[Problem], places: Mapping[str, str]) -> None:
    for one in problems:
        text = LONG if isinstance(one, TooLarge) else ""
        words = text or f"{one.message.removesuffix(f' ({one.where})')} {one.hint}"
        form.wrong.append(Wrong(places.get(one.where, ""), words))


def seen_of(question: Question, writing: Writing, number: int) -> str:
    """Name what stands in the draft now where an answer would go."""
    values = dict(question.show(writing, number))
    return sha256(json.dumps([number, values], sort_keys=True).encode()).hexdigest()[:32]


def same(question: Question, writing: Writing, number: int) -> bool:
    """Say whether the form says what the draft says already."""
    if isinstance(question, Entries) and not question.has(writing, number):
        return False
    taken = question.take(writing, number)
    writing.form.wrong.clear()
    try:
        return taken is not None and changed(writing.draft, taken) == writing.draft
    except ContentsRefused:
        return False
