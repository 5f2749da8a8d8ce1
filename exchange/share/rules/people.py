"""Whom it is about, and whether they know.

Promises: each person has an identifier or the reason why not, a category where the law asks for one, and an
answer to "was this person told?" at the same place of `subject_informed`.
Never: it repeats a name in a problem.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from exchange.errors import (
    CategoryMissing,
    IdentifierMissing,
    NotInformedReason,
    ReasonUnknown,
    SubjectMissing,
)
from exchange.share.clocks import day_in_london
from exchange.share.rules.dates import between, parse_when, past
from exchange.share.rules.text import is_blank

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from exchange.share.catalogue import Catalogue, Section
    from exchange.wire.contents import Subject, SubjectInformed
    from keys.errors import Problem

BEFORE_BIRTH = timedelta(days=366)  # a child is protected before it is born
PLAN_AHEAD = timedelta(days=366)
EARLIEST_BIRTH = "1900"


def subjects(
    people: Sequence[Subject], created: datetime, catalogue: Catalogue, field: str = "subjects"
) -> list[Problem]:
    """Name what is wrong with the people that a step is about."""
    problems: list[Problem] = [] if people else [SubjectMissing(field)]
    for index, person in enumerate(people):
        where = f"{field}[{index}]"
        if (person.identifier is None) == (person.identifier_omitted is None):
            problems.append(IdentifierMissing(f"{where}.identifier"))
        if person.identifier_omitted is not None:
            reason = person.identifier_omitted
            problems += known("identifier_omitted", reason, created, catalogue, f"{where}.identifier_omitted")
        if person.born is not None:
            earliest = parse_when(EARLIEST_BIRTH).start
            problems += between(person.born, earliest, created + BEFORE_BIRTH, f"{where}.born")
    return problems


def categories(people: Sequence[Subject]) -> list[Problem]:
    """Law enforcement: name each person without a category (Data Protection Act 2018 s.38(3))."""
    return [
        CategoryMissing(f"subjects[{index}].category")
        for index, person in enumerate(people)
        if person.category is None
    ]


def informed(
    answers: Sequence[SubjectInformed], people: int, created: datetime, catalogue: Catalogue
) -> list[Problem]:
    """Name what is missing: one answer for each subject, in the order of the subjects."""
    problems: list[Problem] = []
    if len(answers) != people or not answers:
        problems.append(NotInformedReason(f"subject_informed[{min(len(answers), people)}]"))
    for index, answer in enumerate(answers):
        problems += _answer(answer, created, catalogue, f"subject_informed[{index}]")
    return problems


def known(
    section: Section, code: str, created: datetime, catalogue: Catalogue, where: str
) -> list[ReasonUnknown]:
    """Refuse a reason that the catalogue did not have on the day of the step."""
    entries = catalogue.entries(section, day_in_london(created))
    return [] if any(entry.code == code for entry in entries) else [ReasonUnknown(where)]


def _answer(answer: SubjectInformed, created: datetime, catalogue: Catalogue, where: str) -> list[Problem]:
    if answer.state == "no":
        if answer.reason is None:
            return [NotInformedReason(f"{where}.reason")]
        return [*known("not_informed", answer.reason, created, catalogue, f"{where}.reason")]
    problems: list[Problem] = []
    if answer.state == "yes" and is_blank(answer.by):
        problems.append(NotInformedReason(f"{where}.by"))
    if answer.when is None:
        problems.append(NotInformedReason(f"{where}.when"))
    elif answer.state == "yes":
        problems += past(answer.when, created, f"{where}.when")
    else:
        problems += between(answer.when, created, created + PLAN_AHEAD, f"{where}.when")
    return problems
