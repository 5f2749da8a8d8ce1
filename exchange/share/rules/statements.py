"""Facts and opinions: each with its id, its source and date, or what it rests on.

Promises: each gap has its own code and place; one call names them all.
Never: it reads the sense of a statement. See `understanding`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.errors import (
    DateAbsurd,
    FactWithoutDate,
    FactWithoutSource,
    OpinionRestsOnHidden,
    OpinionRestsOnNothing,
    StatementIds,
    StatementsMissing,
    TooLarge,
)
from exchange.share.rules.dates import parse_when, past
from exchange.share.rules.text import is_blank
from exchange.wire import limits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from exchange.wire.contents import Fact, Opinion
    from keys.errors import Problem


def statements(facts: Sequence[Fact], opinions: Sequence[Opinion], created: datetime) -> list[Problem]:
    """Name what is wrong with these statements, written at `created`, taken together."""
    problems: list[Problem] = []
    if not facts and not opinions:
        problems.append(StatementsMissing("facts"))
    if len(facts) + len(opinions) > limits.STATEMENTS:
        problems.append(TooLarge("facts and opinions"))
    problems += _ids("facts", [fact.id for fact in facts])
    problems += _ids("opinions", [opinion.id for opinion in opinions])
    for index, fact in enumerate(facts):
        problems += _fact(fact, created, f"facts[{index}]")
    there = {fact.id for fact in facts}
    for index, opinion in enumerate(opinions):
        problems += _opinion(opinion, there, f"opinions[{index}]")
    return problems


def _ids(field: str, ids: Sequence[str]) -> list[StatementIds]:
    seen: set[str] = set()
    problems = []
    for index, name in enumerate(ids):
        if name in seen:
            problems.append(StatementIds(f"{field}[{index}].id"))
        seen.add(name)
    return problems


def _fact(fact: Fact, created: datetime, where: str) -> list[Problem]:
    problems: list[Problem] = []
    source = fact.source
    if source is None:
        problems.append(FactWithoutSource(f"{where}.source"))
    elif source.kind == "reported" and is_blank(source.who):
        problems.append(FactWithoutSource(f"{where}.source.who"))
    elif source.kind == "record" and is_blank(source.record):
        problems.append(FactWithoutSource(f"{where}.source.record"))
    if fact.as_of is None:
        problems.append(FactWithoutDate(f"{where}.as_of"))
    problems += past(fact.as_of, created, f"{where}.as_of")
    if fact.until is not None:
        problems += _period(fact.as_of, fact.until, f"{where}.until")
    return problems


def _period(as_of: str | None, until: str, where: str) -> list[DateAbsurd]:
    """Refuse a period that ends before it starts; its end may lie ahead, as that of a court order does."""
    try:
        end = parse_when(until, where).end
    except DateAbsurd as problem:
        return [problem]
    try:
        backwards = as_of is not None and end < parse_when(as_of).start
    except DateAbsurd:
        return []  # already named at `as_of`
    return [DateAbsurd(where)] if backwards else []


def _opinion(opinion: Opinion, facts: set[str], where: str) -> list[Problem]:
    problems: list[Problem] = []
    if not opinion.rests_on and is_blank(opinion.grounds):
        problems.append(OpinionRestsOnNothing(f"{where}.rests_on"))
    if not facts.issuperset(opinion.rests_on):
        problems.append(OpinionRestsOnHidden(f"{where}.rests_on"))
    return problems
