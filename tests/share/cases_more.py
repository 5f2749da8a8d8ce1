"""The third and fourth case as drafts."""

from __future__ import annotations

from case_words import (
    ADMISSIONS_OFFICER,
    ATTENDANCE_OFFICER,
    ELLIS,
    RequestDraft,
    fact,
    not_told,
    opinion,
    ranked,
    record,
    reported,
    told,
)

from exchange.share.draft import (
    AmendDraft,
    DraftAttachment,
    ShareDraft,
)
from exchange.wire.contents import (
    DecisionContents,
    Handling,
    RefuseContents,
    Subject,
)
from exchange.wire.slip import Basis


def protected_address() -> ShareDraft:
    """Case 3: a refuge tells the admissions officer of a school."""
    return ShareDraft(
        recipients=(ADMISSIONS_OFFICER,),
        purpose="school-admission",
        purpose_text="To give Jodie a school place and keep her safe there.",
        basis=Basis(code="recognised-interest.sensitive", no_consent="would-prejudice-protection"),
        urgency="routine",
        immediate_risk="The father is looking for them.",
        subjects=(
            Subject(name="Jodie", born="2015", identifier_omitted="harmful"),
            Subject(name="Jodie's mother", relation="mother", identifier_omitted="harmful"),
            Subject(name="Jodie's father", relation="father", identifier_omitted="not-needed"),
        ),
        facts=(
            fact("F1", "Jodie and her mother moved.", reported("mother"), "2026-11-03"),
            fact(
                "F2",
                "Their address is protected: it may not be written in any letter, text, system that the father can ask to see, or said to any caller.",
                record("order of 30 October 2026"),
                "2026-10-30",
                handling=Handling(onward="never", protected="address"),
            ),
            fact(
                "F3",
                "The father still has parental responsibility.",
                record("order"),
                "2026-10-30",
                does_not_mean="It does not mean that he may be told where Jodie goes to school.",
            ),
            fact(
                "F4",
                "Jodie takes an inhaler, 2 puffs up to 4 times a day.",
                reported("mother"),
                "2026-11",
            ),
        ),
        opinions=(
            opinion(
                "O1",
                "Jodie will not ask for help herself.",
                "the worker",
                "refuge worker",
                grounds="Five weeks of her own observation.",
            ),
        ),
        emphasis=ranked("F2 F3", "F4 O1", "F1", "F2"),
        need="What the school must know to admit Jodie safely; nothing about the abuse itself.",
        subject_informed=(
            told("2026-11-09", "the worker"),
            told("2026-11-09", "the worker"),
            not_told("would-increase-risk"),
        ),
        never_tell=("Jodie's father",),
        attachments=(
            DraftAttachment(
                handle="sealed-handle",
                name="non-molestation order.pdf",
                media_type="application/pdf",
                why_needed="The school must know what the order says.",
            ),
        ),
    )


def corrected_date() -> AmendDraft:
    """Case 3, two weeks later: the order was of 31 October."""
    draft = protected_address()
    mended = tuple(
        one.model_copy(update={"as_of": "2026-10-31", "source": record("order of 31 October 2026")})
        if one.id in {"F2", "F3"}
        else one
        for one in draft.facts
    )
    inherited = {name: value for name, value in draft if name not in {"recipients", "answers", "decision"}}
    return AmendDraft.model_validate(
        inherited | {"facts": mended, "legs": (0,), "change": "The order is of 31 October, not 30 October."}
    )


def everything_you_have() -> RequestDraft:
    """Case 4, first: asked for too much, on no basis."""
    return RequestDraft(
        purpose="attendance-support",
        purpose_text="To understand Ellis's absences.",
        basis=Basis(code="none-claimed"),
        subjects=(ELLIS, Subject(name="Ellis's mother", relation="mother", identifier_omitted="not-known")),
        asked=("Everything you have about the mother's mental health.",),
        authority="We need it.",
    )


def not_without_more(**bound: str) -> RefuseContents:
    """The practice's answer."""
    return RefuseContents(
        **bound,
        kind="refuse",
        reason="not-necessary",
        words="Health data of an adult, not necessary for attendance, and no risk to the child is stated.",
        would_change="A concern for the child's safety, the law you rely on, and a narrower question.",
    )


def decided_not_to(**bound: str) -> DecisionContents:
    """And what the practice keeps for itself."""
    return DecisionContents(
        **bound,
        kind="decision",
        outcome="do_not_share",
        reasons=("Not necessary for that purpose.", "No lawful basis beyond need."),
        advised_by=("the Caldicott guardian",),
        advice="Refuse, and say what would change the answer.",
        requester_told=True,
    )


def asked_again(refusal: str) -> RequestDraft:
    """Case 4, a week later: one question, with new grounds."""
    return RequestDraft(
        purpose="significant-harm-enquiry",
        purpose_text="To protect Ellis.",
        basis=Basis(
            code="public-task.sensitive", gateway="ca1989-s47", no_consent="would-prejudice-protection"
        ),
        subjects=(ELLIS,),
        asked=("Has anyone in the practice seen injuries on Ellis in 2026?",),
        authority="Children Act 1989 s.47: enquiries are being made.",
        answers=refusal,
        new_grounds="Two earlier bruises and a third behind the ear; children's services are enquiring.",
    )


def one_fact_one_opinion(request: str) -> ShareDraft:
    """Case 4: the answer to it."""
    return ShareDraft(
        recipients=(ATTENDANCE_OFFICER,),
        answers=request,
        purpose="significant-harm-enquiry",
        purpose_text="To answer your question about injuries.",
        basis=Basis(
            code="public-task.sensitive", gateway="ca1989-s47", no_consent="would-prejudice-protection"
        ),
        urgency="today",
        subjects=(ELLIS, Subject(name="Ellis's mother", relation="mother", identifier_omitted="not-needed")),
        facts=(
            fact(
                "F1",
                "A burn to the right forearm was dressed on 2 June 2026; the explanation recorded is hot tea.",
                record("practice record"),
                "2026-06-02",
            ),
        ),
        opinions=(
            opinion(
                "O1",
                "The shape of the burn fitted a spill.",
                "Dr Rao",
                "general practitioner",
                rests_on=("F1",),
                confidence="low",
            ),
        ),
        emphasis=ranked("F1", "O1", "", "F1"),
        need="The one injury that you asked about.",
        subject_informed=(not_told("too-young"), not_told("would-increase-risk")),
    )
