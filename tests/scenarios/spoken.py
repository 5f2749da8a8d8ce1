"""Drafts for the stories: case 1 in full, and small ones that are quickly said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange.desk.service.drafts import AcceptDraft, HearBackDraft, ReadBackDraft
from exchange.share.draft import AmendDraft, DecisionNote, DraftEmphasis, DraftFact, DraftOpinion, ShareDraft
from exchange.wire.contents import (
    Fact,
    Heard,
    Opinion,
    Restatement,
    Source,
    Subject,
    SubjectInformed,
)
from exchange.wire.slip import Basis

if TYPE_CHECKING:
    from exchange.desk.service.views import WordsView
    from exchange.wire.slip import Party

BASIS = Basis(code="public-task", gateway="ca1989-s47", no_consent="would-prejudice-protection")
ELLIS = Subject(name="Ellis", born="2020", relation="the child", identifier_omitted="not-known")
TOLD = SubjectInformed(state="yes", when="2026-11-11", by="Helen Marsh")


def fact(name: str, text: str, **more: Any) -> DraftFact:
    said: dict[str, Any] = {
        "source": Source(kind="observed", who="the class teacher"),
        "as_of": "2026-11-10",
        "confidence": "high",
        "why_needed": "It is what this is about.",
        **more,
    }
    return DraftFact(id=name, text=text, **said)


def opinion(name: str, text: str, **more: Any) -> DraftOpinion:
    said: dict[str, Any] = {
        "whose": "Helen Marsh",
        "capacity": "designated safeguarding lead",
        "rests_on": ("F1",),
        "confidence": "medium",
        "why_needed": "It is why we are telling you.",
        **more,
    }
    return DraftOpinion(id=name, text=text, **said)


BRUISE = fact("F1", "The class teacher saw a purple bruise, about 3 cm, behind Ellis's left ear.")
MAYBE = fact(
    "F4",
    'The paediatrician, who saw a photograph, wrote that the bruise "could be consistent with" a fall.',
    source=Source(kind="record", record="letter of 11 November 2026"),
    confidence="medium",
    does_not_mean="It does not mean that she thinks it was a fall.",
)
WORRY = opinion("O1", "A fall from a scooter seldom bruises behind the ear, so the explanation worries me.")


def share(*recipients: Party, **more: Any) -> ShareDraft:
    said: dict[str, Any] = {
        "purpose": "significant-harm-enquiry",
        "purpose_text": "To help you decide whether enquiries into significant harm are needed.",
        "basis": BASIS,
        "urgency": "today",
        "subjects": (ELLIS,),
        "facts": (BRUISE, MAYBE),
        "opinions": (WORRY,),
        "not_known": ("Whether there are other children at home.",),
        "emphasis": DraftEmphasis(
            weights={"F1": "critical", "F4": "significant", "O1": "critical"}, key_point="O1"
        ),
        "need": "What was seen and said about this bruise, and nothing about school work.",
        "subject_informed": (TOLD,),
        **more,
    }
    return ShareDraft(recipients=recipients, **said)


def amendment(legs: tuple[int, ...], **more: Any) -> AmendDraft:
    said = {name: value for name, value in share() if name not in {"recipients", "answers", "decision"}}
    return AmendDraft(**{**said, "legs": legs, "change": "The bruise was 2 cm, not 3 cm.", **more})


DECISION = DecisionNote(reasons=("A child may be suffering significant harm.",), advised_by=("the head",))
ACCEPTED = AcceptDraft(my_part="I am on duty today and take this contact.")


def restated(words: WordsView, *, key_point: str = "O1", **other: str) -> ReadBackDraft:
    """A read-back of everything; `other` gives meanings by statement."""
    statements: tuple[Fact | Opinion, ...] = (*words.words.facts, *words.words.opinions)
    return ReadBackDraft(
        version=words.version,
        restatements=tuple(
            Restatement(
                statement=one.id,
                meaning=other.get(one.id, f"As I understand it: {one.id} says something about Ellis."),
                taken_as="fact" if one.id.startswith("F") else "opinion",
                weight="significant",
            )
            for one in statements
        ),
        key_point=key_point,
        will_do="A strategy discussion this afternoon.",
    )


def agreed(words: WordsView) -> HearBackDraft:
    statements = (*words.words.facts, *words.words.opinions)
    return HearBackDraft(
        verdict="agreed", heard=tuple(Heard(statement=one.id, understood=True) for one in statements)
    )


def corrected(words: WordsView, statement: str, correction: str) -> HearBackDraft:
    statements = (*words.words.facts, *words.words.opinions)
    heard = tuple(
        Heard(statement=one.id, understood=False, correction=correction)
        if one.id == statement
        else Heard(statement=one.id, understood=True)
        for one in statements
    )
    return HearBackDraft(verdict="corrected", heard=heard, words="Please look again.")
