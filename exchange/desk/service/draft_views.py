"""What the use cases of drafts answer with: plain frozen values, as in `views`.

Promises: a draft's words are in a value for its writer alone; a list of drafts has none of them.
Never: keys, or another person's draft.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from exchange.share.draft import ShareDraft
from exchange.share.gentle import Kind
from keys.record import Digest, Frozen, Id, Time

QuestionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{0,19}$")]
AccountName = Annotated[str, StringConstraints(max_length=40)]


class Unfinished(Frozen):
    """Something that its writer has not sent yet: what is said so far, and which questions were answered."""

    kind: Literal["share"] = "share"
    draft: ShareDraft = ShareDraft()
    answered: Annotated[tuple[QuestionName, ...], Field(max_length=50)] = ()
    request: Id | None = None  # the thread of the request that it answers
    prepared_by: AccountName | None = None  # the service account that began it


class DraftView(Frozen):
    """A draft as its writer has it. Whoever saves it names the `revision` that they saw."""

    draft: Id
    revision: Digest
    saved: Time
    until: Time  # when it is forgotten, unless it is saved again
    said: Unfinished


class Hindrance(Frozen):
    """One thing that keeps a draft from being sent, and where it stands."""

    code: str
    message: str
    hint: str
    where: str


class Query(Frozen):
    """Something that the writer may want to look at again, with the words that gave rise to it."""

    kind: Kind
    where: str
    words: str


class LookedOver(Frozen):
    """What was found in a draft: the problems block it, the questions do not."""

    problems: tuple[Hindrance, ...]
    questions: tuple[Query, ...]


class DraftRow(Frozen):
    """A draft in a list: nothing of what it says. `kind` is null where its writer can no longer open it."""

    draft: Id
    saved: Time
    until: Time
    kind: Literal["share"] | None
    to: tuple[Literal["person", "role"], ...]  # what kinds of recipient it has so far
    answers: bool  # it answers a request
    prepared_by: str | None = None  # the service account that began it
