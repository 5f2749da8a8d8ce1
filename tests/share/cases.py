"""The four cases as drafts: invented people and places, real patterns of misunderstanding."""

from __future__ import annotations

from typing import Any

from exchange.share.draft import (
    AmendDraft,
    DraftAttachment,
    DraftEmphasis,
    DraftFact,
    DraftOpinion,
    ShareDraft,
)
from exchange.wire.contents import (
    DecisionContents,
    EmphasisReveal,
    Handling,
    HearBackContents,
    Heard,
    ReadBackContents,
    RefuseContents,
    Restatement,
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
GP = Party(agency="dr-rao-practice", person="r" * 26)
ATTENDANCE_OFFICER = Party(agency="moorfield-primary", person="o" * 26)


def _record(where: str) -> Source:
    return Source(kind="record", record=where)


def _reported(who: str) -> Source:
    return Source(kind="reported", who=who)


def _not_told(reason: str, explanation: str | None = None) -> SubjectInformed:
    return SubjectInformed(state="no", reason=reason, explanation=explanation)


def _told(when: str, by: str) -> SubjectInformed:
    return SubjectInformed(state="yes", when=when, by=by)


def _ranked(critical: str, significant: str, context: str, key_point: str) -> DraftEmphasis:
    weights: dict[str, Any] = dict.fromkeys(critical.split(), "critical")
    weights |= dict.fromkeys(significant.split(), "significant")
    weights |= dict.fromkeys(context.split(), "context")
    return DraftEmphasis(weights=weights, key_point=key_point)


def _fact(name: str, text: str, source: Source, as_of: str, **more: Any) -> DraftFact:
    whole = {"confidence": "high", "why_needed": "You decide on it."} | more
    return DraftFact(id=name, text=text, source=source, as_of=as_of, **whole)


def _opinion(name: str, text: str, whose: str, capacity: str, **more: Any) -> DraftOpinion:
    whole = {"confidence": "medium", "why_needed": "It says what the facts mean to us."} | more
    return DraftOpinion(id=name, text=text, whose=whose, capacity=capacity, **whole)


ELLIS = Subject(name="Ellis", born="2020", identifier="NHS 943 476 5919")
AMIRA = Subject(name="Amira", born="2024", category="victim", identifier_omitted="not-needed")


def consistent_with() -> ShareDraft:
    """Case 1: a school tells the duty social worker of a bruise."""
    return ShareDraft(
        recipients=(DUTY_SOCIAL_WORKER,),
        purpose="significant-harm-enquiry",
        purpose_text="To help you decide whether enquiries into significant harm are needed for Ellis.",
        basis=Basis(
            code="public-task.sensitive", gateway="ca1989-s47", no_consent="would-prejudice-protection"
        ),
        urgency="today",
        subjects=(
            ELLIS,
            Subject(name="Ellis's mother", relation="mother", identifier_omitted="not-needed"),
            Subject(name="Ellis's stepfather", relation="stepfather", identifier_omitted="not-known"),
        ),
        facts=(
            _fact(
                "F1",
                "The class teacher saw a purple bruise, about 3 cm, behind Ellis's left ear.",
                Source(kind="observed", who="the class teacher, written down at 9.35"),
                "2026-11-10T09:20",
            ),
            _fact(
                "F2",
                "I'm not allowed to say",
                _reported("Ellis, to the teacher"),
                "2026-11-10",
                verbatim=True,
            ),
            _fact(
                "F3",
                "Mother said that Ellis fell off a scooter on Sunday.",
                _reported("mother, to the lead"),
                "2026-11-10T15:10",
                does_not_mean="It does not mean that anyone saw the fall.",
            ),
            _fact(
                "F4",
                'The community paediatrician, who saw a photograph and not the child, wrote that the bruise "could be consistent with" a fall from a scooter.',
                _record("letter of 11 November 2026"),
                "2026-11-11",
                does_not_mean="It does not mean that she thinks it was a fall.",
            ),
            _fact(
                "F5",
                "Ellis has had 2 earlier unexplained bruises, on 14 September and 6 October 2026.",
                _record("school record"),
                "2026-09-14",
                until="2026-10-06",
            ),
        ),
        opinions=(
            _opinion(
                "O1",
                "A fall from a scooter seldom bruises behind the ear, so the explanation worries me.",
                "the lead",
                "designated safeguarding lead",
                rests_on=("F1", "F3"),
            ),
            _opinion(
                "O2",
                "Ellis has become withdrawn since the stepfather moved in.",
                "the class teacher",
                "class teacher",
                grounds="Her own observation in class since August.",
            ),
        ),
        not_known=("Whether there are other children at home.",),
        emphasis=_ranked("F1 F5 O1", "F2 F4 O2", "F3", "O1"),
        need="What was seen and said about the bruises, and nothing else from the file.",
        subject_informed=(
            _not_told("too-young", "The lead will speak with Ellis after you have advised."),
            _told("2026-11-12", "the lead"),
            _not_told("would-increase-risk"),
        ),
    )


def wrong_restatement(version: str, **bound: str) -> ReadBackContents:
    """How case 1 went wrong."""
    return ReadBackContents(
        **bound,
        kind="read_back",
        version=version,
        restatements=(
            Restatement(
                statement="F1",
                meaning="There is a bruise near his ear.",
                taken_as="fact",
                weight="significant",
            ),
            Restatement(
                statement="F4",
                meaning="The paediatrician confirmed that the bruise came from a scooter accident.",
                taken_as="fact",
                weight="critical",
            ),
            Restatement(
                statement="O1", meaning="Scooters do not bruise ears.", taken_as="fact", weight="context"
            ),
        ),
        key_point="F4",
        will_do="Close the contact.",
    )


def correction(read_back: str, reveal: EmphasisReveal, **bound: str) -> HearBackContents:
    """The lead's answer to it."""
    right = ("F1", "F2", "F3", "F5", "O2")
    return HearBackContents(
        **bound,
        kind="hear_back",
        read_back=read_back,
        reveal=reveal,
        heard=(
            *(Heard(statement=name, understood=True) for name in right),
            Heard(
                statement="F4",
                understood=False,
                correction="She did not confirm it; she saw a photograph only.",
            ),
            Heard(statement="O1", understood=False, correction="That is my opinion, and my main worry."),
        ),
    )


def no_further_action() -> ShareDraft:
    """Case 2: the police tell a health visitor and a nursery; one statement is for the first alone."""
    return ShareDraft(
        recipients=(HEALTH_VISITOR, NURSERY_MANAGER),
        purpose="safeguarding-child-at-risk",
        purpose_text="So that you can keep Amira safe from her mother's partner.",
        basis=Basis(
            code="law-enforcement", gateway="common-law-police", no_consent="would-prejudice-protection"
        ),
        urgency="today",
        law_enforcement=True,
        subjects=(
            AMIRA,
            Subject(
                name="Amira's mother", relation="mother", category="victim", identifier_omitted="not-needed"
            ),
            Subject(
                name="The partner",
                relation="mother's partner",
                category="suspect",
                identifier_omitted="not-needed",
            ),
        ),
        facts=(
            _fact(
                "F1",
                "The partner was arrested on suspicion of assaulting Amira's mother.",
                _record("custody record"),
                "2026-10-02",
            ),
            _fact(
                "F2",
                "The prosecutor decided on no further action because the mother withdrew her statement.",
                _record("case file"),
                "2026-11-05",
                does_not_mean="It does not mean that the assault did not happen, nor that he is not a risk.",
            ),
            _fact(
                "F3",
                "Bail conditions ended; nothing now stops him from going to the home or the nursery.",
                _record("case file"),
                "2026-11-05",
            ),
            _fact(
                "F4",
                "There were 4 police call-outs to the address; Amira was in the home at 3 of them.",
                _record("incident log"),
                "2026-03",
                until="2026-10",
            ),
            _fact(
                "F5",
                "The mother's new telephone number is 07700 900123.",
                _record("case file"),
                "2026-11-06",
                only_for=(0,),
                handling=Handling(onward="never", protected="contact"),
            ),
        ),
        opinions=(
            _opinion(
                "O1",
                "The risk to mother and child is higher now than before the arrest.",
                "the officer",
                "detective constable",
                rests_on=("F2", "F3", "F4"),
                confidence="high",
            ),
        ),
        emphasis=_ranked("F3 O1", "F2 F4", "F1 F5", "F3"),
        need="What changed on 5 November and what it means for who collects Amira.",
        subject_informed=(
            _not_told("too-young"),
            _told("2026-11-06", "the officer"),
            _not_told("would-increase-risk"),
        ),
        never_tell=("The partner",),
    )


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
            _fact("F1", "Jodie and her mother moved.", _reported("mother"), "2026-11-03"),
            _fact(
                "F2",
                "Their address is protected: it may not be written in any letter, text, system that the father can ask to see, or said to any caller.",
                _record("order of 30 October 2026"),
                "2026-10-30",
                handling=Handling(onward="never", protected="address"),
            ),
            _fact(
                "F3",
                "The father still has parental responsibility.",
                _record("order"),
                "2026-10-30",
                does_not_mean="It does not mean that he may be told where Jodie goes to school.",
            ),
            _fact(
                "F4",
                "Jodie takes an inhaler, 2 puffs up to 4 times a day.",
                _reported("mother"),
                "2026-11",
            ),
        ),
        opinions=(
            _opinion(
                "O1",
                "Jodie will not ask for help herself.",
                "the worker",
                "refuge worker",
                grounds="Five weeks of her own observation.",
            ),
        ),
        emphasis=_ranked("F2 F3", "F4 O1", "F1", "F2"),
        need="What the school must know to admit Jodie safely; nothing about the abuse itself.",
        subject_informed=(
            _told("2026-11-09", "the worker"),
            _told("2026-11-09", "the worker"),
            _not_told("would-increase-risk"),
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
        fact.model_copy(update={"as_of": "2026-10-31", "source": _record("order of 31 October 2026")})
        if fact.id in {"F2", "F3"}
        else fact
        for fact in draft.facts
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
            _fact(
                "F1",
                "A burn to the right forearm was dressed on 2 June 2026; the explanation recorded is hot tea.",
                _record("practice record"),
                "2026-06-02",
            ),
        ),
        opinions=(
            _opinion(
                "O1",
                "The shape of the burn fitted a spill.",
                "Dr Rao",
                "general practitioner",
                rests_on=("F1",),
                confidence="low",
            ),
        ),
        emphasis=_ranked("F1", "O1", "", "F1"),
        need="The one injury that you asked about.",
        subject_informed=(_not_told("too-young"), _not_told("would-increase-risk")),
    )
