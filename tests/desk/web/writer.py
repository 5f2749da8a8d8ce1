"""Case 1 as somebody writes it in the pages: every question with its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from visitor import Answer, Visitor

    from exchange.wire.slip import Party

LEAD = "designated safeguarding lead"


def fact(text: str, source: str, when: str, **more: str) -> dict[str, str]:
    said = {"text": text, "source": source, "as_of": when, "confidence": "high"}
    return said | {"why_needed": "You decide on it.", "onward": "ask_first", "protected": "", **more}


def opinion(text: str, whose: str, capacity: str, **more: str) -> dict[str, str]:
    said = {"text": text, "whose": whose, "capacity": capacity, "confidence": "medium"}
    said |= {"why_needed": "It says what the facts mean to us.", "onward": "ask_first", "protected": ""}
    return said | more


FACTS = (
    fact(
        "The class teacher saw a purple bruise, about 3 cm, behind Ellis’s left ear.",
        "observed",
        "10 November 2026 at 9:20",
        who="the class teacher",
    ),
    fact(
        "Ellis told the teacher “I’m not allowed to say”.",
        "reported",
        "10 November 2026",
        who="the class teacher",
        verbatim="yes",
    ),
    fact(
        "Mother said at 15.10 that Ellis fell off a scooter on Sunday.",
        "reported",
        "10/11/2026",
        who="mother",
        does_not_mean="It does not mean that anyone saw the fall.",
    ),
    fact(
        "The community paediatrician, who saw a photograph, wrote that the bruise “could be consistent with” "
        "a fall from a scooter.",
        "record",
        "2026-11-11",
        record="her letter",
        does_not_mean="It does not mean that she thinks it was a fall.",
    ),
    fact(
        "Ellis has had 2 earlier unexplained bruises, on 14 September and 6 October 2026.",
        "record",
        "6 October 2026",
        record="school record",
    ),
)
OPINIONS = (
    opinion(
        "A fall from a scooter seldom bruises behind the ear, so the explanation worries me.",
        "Helen Marsh",
        LEAD,
        **{"rests-F1": "yes", "rests-F3": "yes"},
    ),
    opinion(
        "Ellis has become withdrawn since the stepfather moved in.",
        "The class teacher",
        "class teacher",
        grounds="Her own observation since August.",
    ),
)
PEOPLE = (
    {"name": "Ellis", "relation": "the child", "born": "2020", "identifier": "NHS 943 476 5919"},
    {"name": "Ellis’s mother", "relation": "mother", "identifier_omitted": "not-needed"},
    {"name": "Ellis’s stepfather", "relation": "stepfather", "identifier_omitted": "not-needed"},
)
SIMPLE = {
    "purpose": {
        "purpose": "significant-harm-enquiry",
        "purpose_text": "To help decide whether enquiries into significant harm are needed.",
    },
    "basis": {"basis": "public-task"},
    "law": {"gateway": "ca1989-s47"},
    "consent": {"no_consent": "would-prejudice-protection"},
    "never": {"never": ""},
    "not-known": {"not_known": "Whether there are other children at home."},
    "weight": {
        **{f"w-{name}": "critical" for name in ("F1", "F5", "O1")},
        **{f"w-{name}": "significant" for name in ("F2", "F4", "O2")},
        "w-F3": "context",
        "key_point": "O1",
    },
    "need": {"need": "What was seen and said of this bruise, and nothing about school work."},
    "told": {
        "state-0": "planned",
        "when-0": "1 December 2026",
        "by-0": "Helen Marsh",
        "state-1": "yes",
        "when-1": "11 November 2026",
        "by-1": "Helen Marsh",
        "state-2": "no",
        "reason-2": "would-increase-risk",
        "explanation-2": "It could put Ellis at greater risk.",
    },
    "urgency": {"urgency": "today", "due": "", "risk": ""},
    "decision": {"reasons": "A child may be suffering significant harm.", "advised_by": "the head teacher"},
}
ORDER = (
    *("purpose", "basis", "law", "consent", "who", "never", "to", "facts", "opinions", "not-known"),
    *("weight", "need", "told", "files", "urgency", "decision"),
)
ENTRIES = {"who": PEOPLE, "facts": FACTS, "opinions": OPINIONS}


async def begun(visitor: Visitor, start: str = f"{HOME}/share") -> str:
    """Begin a draft; its address."""
    answer = await visitor.send(await visitor.get(start), "/share")
    assert answer.status == 303, answer.text
    return answer.location


async def answered(visitor: Visitor, base: str, name: str, to: Party | None = None) -> Answer:
    """Answer one question whole; the answer that leads on."""
    if name in SIMPLE:
        page = await visitor.get(f"{base}/{name}")
        answer = await visitor.send(page, f"/{name}", **SIMPLE[name])
        assert answer.status == 303, answer.text
        return answer
    if name == "to" and to is not None:
        page = await visitor.get(f"{base}/to/new?agency={to.agency}")
        party = f"{to.agency}/{'role' if to.role else 'person'}/{to.role or to.person}"
        answer = await visitor.send(page, "/to/new", party=party)
        assert answer.status == 303, answer.text
    for entry in ENTRIES.get(name, ()):
        page = await visitor.get(f"{base}/{name}/new")
        answer = await visitor.send(page, f"/{name}/new", **entry)
        assert (answer.status, answer.location) == (303, f"{base}/{name}"), answer.text
    answer = await visitor.send(await visitor.get(f"{base}/{name}"), f"/{name}")
    assert answer.status == 303, answer.text
    return answer


async def written(visitor: Visitor, to: Party) -> str:
    """Write all of case 1; the address of the draft."""
    base = await begun(visitor)
    answer = await visitor.get(base)
    for at, name in enumerate(ORDER):
        assert answer.location == f"{base}/{name}"
        answer = await answered(visitor, base, name, to)
        if at + 1 == len(ORDER):
            assert answer.location == f"{base}/check"
    return base
