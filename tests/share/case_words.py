"""The people of the four cases, and short ways to write what is said of them."""

from __future__ import annotations

from typing import Any

from exchange.share.draft import (
    DraftEmphasis,
    DraftFact,
    DraftOpinion,
)
from exchange.wire.contents import (
    Source,
    Subject,
    SubjectInformed,
)
from exchange.wire.slip import Basis, Party
from keys.record import Frozen


class RequestDraft(Frozen):
    """A request as somebody may write it, with gaps."""

    purpose: str | None = None
    purpose_text: str | None = None
    basis: Basis | None = None
    due: str | None = None
    subjects: tuple[Subject, ...] = ()
    asked: tuple[str, ...] = ()
    authority: str | None = None
    answers: str | None = None
    new_grounds: str | None = None


DUTY_SOCIAL_WORKER = Party(agency="northshire-childrens", role="d" * 26)
HEALTH_VISITOR = Party(agency="northshire-nhs", person="h" * 26)
NURSERY_MANAGER = Party(agency="little-oaks", person="m" * 26)
ADMISSIONS_OFFICER = Party(agency="castle-hill-academy", person="a" * 26)
ATTENDANCE_OFFICER = Party(agency="moorfield-primary", person="o" * 26)


def record(where: str) -> Source:
    return Source(kind="record", record=where)


def reported(who: str) -> Source:
    return Source(kind="reported", who=who)


def not_told(reason: str, explanation: str | None = None) -> SubjectInformed:
    return SubjectInformed(state="no", reason=reason, explanation=explanation)


def told(when: str, by: str) -> SubjectInformed:
    return SubjectInformed(state="yes", when=when, by=by)


def ranked(critical: str, significant: str, context: str, key_point: str) -> DraftEmphasis:
    weights: dict[str, Any] = dict.fromkeys(critical.split(), "critical")
    weights |= dict.fromkeys(significant.split(), "significant")
    weights |= dict.fromkeys(context.split(), "context")
    return DraftEmphasis(weights=weights, key_point=key_point)


def fact(name: str, text: str, source: Source, as_of: str, **more: Any) -> DraftFact:
    whole = {"confidence": "high", "why_needed": "You decide on it."} | more
    return DraftFact(id=name, text=text, source=source, as_of=as_of, **whole)


def opinion(name: str, text: str, whose: str, capacity: str, **more: Any) -> DraftOpinion:
    whole = {"confidence": "medium", "why_needed": "It says what the facts mean to us."} | more
    return DraftOpinion(id=name, text=text, whose=whose, capacity=capacity, **whole)


ELLIS = Subject(name="Ellis", born="2020", identifier="NHS 943 476 5919")
AMIRA = Subject(name="Amira", born="2024", category="victim", identifier_omitted="not-needed")
