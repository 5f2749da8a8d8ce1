"""The rules of what is said, for the writer before it is sealed and for the opener after it is opened.

Promises: the same functions judge both; everything that is wrong is named together, each with its own code,
words and place, and never with what was written there. What a desk can judge (the slip) and what only the
reader can (the contents) are apart.
Never: it decides who a person is, or where a thread stands. See `trust` and `thread`.

    problems = check_slip(slip, catalogue)                   # at both desks
    contents = read_contents(kind, payload, slip, catalogue) # at the reader; raises ContentsRefused
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from exchange.errors import (
    ContentsMalformed,
    ContentsRefused,
    DateAbsurd,
    RecipientIsAuthor,
    StepNotAllowed,
    TooLarge,
)
from exchange.share.belonging import OPENINGS, opens
from exchange.share.clocks import day_in_london
from exchange.share.rules.answering import check_hear_back, check_read_back, open_emphasis
from exchange.share.rules.law import law
from exchange.share.rules.shape import problems_of
from exchange.share.rules.words import check_contents
from exchange.wire import limits
from exchange.wire.contents import MODEL_OF
from exchange.wire.slip import SPEAKS_OF_LAW, thread_of
from keys.errors import Malformed
from keys.record import parse_time
from keys.statement import check_json, load

if TYPE_CHECKING:
    from exchange.share.catalogue import Catalogue
    from exchange.wire.contents import Contents
    from exchange.wire.slip import Slip
    from keys.errors import Problem

__all__ = [
    "check_contents",
    "check_hear_back",
    "check_read_back",
    "check_slip",
    "law",
    "open_emphasis",
    "problems_of",
    "read_contents",
]

LONGEST_DUE = timedelta(days=366)


def check_slip(slip: Slip, catalogue: Catalogue) -> list[Problem]:
    """Name everything that is wrong with a slip that is well formed."""
    created = parse_time(slip.created)
    problems: list[Problem] = []
    if slip.kind in SPEAKS_OF_LAW:
        problems += law(slip.kind, slip.purpose, slip.basis, day_in_london(created), catalogue)
    if slip.due is not None and not created < parse_time(slip.due) <= created + LONGEST_DUE:
        problems.append(DateAbsurd("due"))
    problems += [
        RecipientIsAuthor(f"to[{index}]")
        for index, party in enumerate(slip.to)
        if (party.agency, party.person) == (slip.author.agency, slip.author.person)
    ]
    if slip.kind in OPENINGS and not opens(slip):
        problems.append(StepNotAllowed("prev"))
    author = slip.author
    if slip.kind in OPENINGS and slip.thread != thread_of(author.agency, author.person, slip.id):
        problems.append(StepNotAllowed("thread"))  # else one could take the name of another's thread
    return problems


def read_contents(kind: str, payload: bytes, slip: Slip, catalogue: Catalogue) -> Contents:
    """Read the words of a step and judge them; `ContentsRefused` with everything that is wrong."""
    if len(payload) > limits.CONTENTS:
        raise ContentsRefused([TooLarge("contents")])
    try:
        contents: Contents = load(payload, MODEL_OF[kind], limit=limits.CONTENTS)
    except Malformed as problem:
        raise ContentsRefused(_unreadable(kind, payload) or [ContentsMalformed(problem.where)]) from None
    problems = check_contents(contents, slip, catalogue)
    if problems:
        raise ContentsRefused(problems)
    return contents


def _unreadable(kind: str, payload: bytes) -> list[Problem]:
    """Name every field that kept these words from being read; none if they are no strict JSON at all."""
    try:
        check_json(payload, limit=limits.CONTENTS)
        MODEL_OF[kind].model_validate_json(payload, strict=True)
    except Malformed:
        return []
    except ValidationError as error:
        return problems_of(error)
    return []
