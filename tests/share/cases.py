"""The first two cases as drafts: invented people and places, real patterns of misunderstanding."""

from __future__ import annotations

from case_words import (
    AMIRA,
    DUTY_SOCIAL_WORKER,
    ELLIS,
    HEALTH_VISITOR,
    NURSERY_MANAGER,
    fact,
    not_told,
    opinion,
    ranked,
    record,
    reported,
    told,
)

from exchange.share.draft import (
    ShareDraft,
)
from exchange.wire.contents import (
    EmphasisReveal,
    Handling,
    HearBackContents,
    Heard,
    ReadBackContents,
    Restatement,
    Source,
    Subject,
)
from exchange.wire.slip import Basis


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
            fact(
                "F1",
                "The class teacher saw a purple bruise, about 3 cm, behind Ellis's left ear.",
                Source(kind="observed", who="the class teacher, written down at 9.35"),
                "2026-11-10T09:20",
            ),
            fact(
                "F2",
                "I'm not allowed to say",
                reported("Ellis, to the teacher"),
                "2026-11-10",
                verbatim=True,
            ),
            fact(
                "F3",
                "Mother said that Ellis fell off a scooter on Sunday.",
                reported("mother, to the lead"),
                "2026-11-10T15:10",
                does_not_mean="It does not mean that anyone saw the fall.",
            ),
            fact(
                "F4",
                'The community paediatrician, who saw a photograph and not the child, wrote that the bruise "could be consistent with" a fall from a scooter.',
                record("letter of 11 November 2026"),
                "2026-11-11",
                does_not_mean="It does not mean that she thinks it was a fall.",
            ),
            fact(
                "F5",
                "Ellis has had 2 earlier unexplained bruises, on 14 September and 6 October 2026.",
                record("school record"),
                "2026-09-14",
                until="2026-10-06",
            ),
        ),
        opinions=(
            opinion(
                "O1",
                "A fall from a scooter seldom bruises behind the ear, so the explanation worries me.",
                "the lead",
                "designated safeguarding lead",
                rests_on=("F1", "F3"),
            ),
            opinion(
                "O2",
                "Ellis has become withdrawn since the stepfather moved in.",
                "the class teacher",
                "class teacher",
                grounds="Her own observation in class since August.",
            ),
        ),
        not_known=("Whether there are other children at home.",),
        emphasis=ranked("F1 F5 O1", "F2 F4 O2", "F3", "O1"),
        need="What was seen and said about the bruises, and nothing else from the file.",
        subject_informed=(
            not_told("too-young", "The lead will speak with Ellis after you have advised."),
            told("2026-11-12", "the lead"),
            not_told("would-increase-risk"),
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
            fact(
                "F1",
                "The partner was arrested on suspicion of assaulting Amira's mother.",
                record("custody record"),
                "2026-10-02",
            ),
            fact(
                "F2",
                "The prosecutor decided on no further action because the mother withdrew her statement.",
                record("case file"),
                "2026-11-05",
                does_not_mean="It does not mean that the assault did not happen, nor that he is not a risk.",
            ),
            fact(
                "F3",
                "Bail conditions ended; nothing now stops him from going to the home or the nursery.",
                record("case file"),
                "2026-11-05",
            ),
            fact(
                "F4",
                "There were 4 police call-outs to the address; Amira was in the home at 3 of them.",
                record("incident log"),
                "2026-03",
                until="2026-10",
            ),
            fact(
                "F5",
                "The mother's new telephone number is 07700 900123.",
                record("case file"),
                "2026-11-06",
                only_for=(0,),
                handling=Handling(onward="never", protected="contact"),
            ),
        ),
        opinions=(
            opinion(
                "O1",
                "The risk to mother and child is higher now than before the arrest.",
                "the officer",
                "detective constable",
                rests_on=("F2", "F3", "F4"),
                confidence="high",
            ),
        ),
        emphasis=ranked("F3 O1", "F2 F4", "F1 F5", "F3"),
        need="What changed on 5 November and what it means for who collects Amira.",
        subject_informed=(
            not_told("too-young"),
            told("2026-11-06", "the officer"),
            not_told("would-increase-risk"),
        ),
        never_tell=("The partner",),
    )
