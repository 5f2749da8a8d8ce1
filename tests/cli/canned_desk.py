"""What a desk answers, canned: enough of each view for the command line to print."""

from __future__ import annotations

from typing import Any

THREAD = "abcdefghijklmnopqrstuvwx22"
OTHER = "abcdefgzijklmnopqrstuvwx22"


def fact(name: str = "F1", **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "text": "A bruise was seen.",
        "source": {"kind": "observed", "who": "The teacher", "record": None},
        "as_of": "2026-11-10",
        "until": None,
        "confidence": "high",
        "why_needed": "It is the injury.",
        "does_not_mean": "It does not say how it came about.",
        "verbatim": False,
        "handling": {"onward": "ask_first", "protected": None},
    } | changes


def opinion(name: str = "O1", **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "text": "The explanation worries me.",
        "whose": "Helen Marsh",
        "capacity": "Lead",
        "rests_on": ["F1"],
        "grounds": None,
        "confidence": "medium",
        "why_needed": "It is why I write.",
        "does_not_mean": None,
        "handling": {"onward": "never", "protected": "source"},
    } | changes


def words(**changes: Any) -> dict[str, Any]:
    share = {
        "purpose": "To protect Ellis.",
        "subjects": [
            {
                "name": "Ellis",
                "born": "2020",
                "relation": "the child",
                "category": None,
                "identifier": None,
                "identifier_omitted": "not-known",
            }
        ],
        "facts": [fact()],
        "opinions": [opinion()],
        "not_known": ["Whether there are others at home."],
        "need": "No more than this.",
        "subject_informed": [
            {"state": "no", "when": None, "by": None, "reason": "too-young", "explanation": None}
        ],
        "immediate_risk": "He is looking for them.",
        "never_tell": ["The stepfather"],
        "change": None,
        "retracted": [],
    } | changes
    attached = {
        "index": 0,
        "name": "Order.pdf",
        "media_type": "application/pdf",
        "size": 5,
        "why_needed": "To show it.",
        "here": True,
    }
    return {"version": "a" * 64, "version_number": 1, "words": share, "attachments": [attached]}


def row(thread: str = THREAD, **changes: Any) -> dict[str, Any]:
    return {
        "thread": thread,
        "leg": 0,
        "kind": "share",
        "side": "recipient",
        "state": "sent",
        "turn": "recipient",
        "yours": True,
        "urgency": "today",
        "due": "2026-11-23T17:00:00Z",
        "overdue": True,
        "counterpart": "Moorfield Primary School / Helen Marsh",
        "why": "Accept it if it is yours to have, or decline it unread.",
    } | changes


def understanding() -> dict[str, Any]:
    flag = {
        "kind": "opinion_as_fact",
        "statement": "O1",
        "sent": "worries me",
        "restated": "is false",
        "explanation": "You gave an opinion; they take it as a fact.",
    }
    general = {
        "kind": "other_key_point",
        "statement": None,
        "sent": "O1",
        "restated": "F1",
        "explanation": "Your key point was O1; theirs is F1.",
    }
    back = {"statement": "O1", "meaning": "The account is false.", "taken_as": "fact", "weight": "critical"}
    return {
        "version": "a" * 64,
        "read_back": "b" * 64,
        "key_point": "O1",
        "their_key_point": "F1",
        "will_do": "Close the contact.",
        "not_known": None,
        "rows": [
            {"statement": fact(), "weight": "critical", "restatement": None, "flags": []},
            {"statement": opinion(), "weight": "critical", "restatement": back, "flags": [flag]},
        ],
        "flags": [flag, general],
    }


def thread_view() -> dict[str, Any]:
    who = {"agency": "moorfield-primary", "person": "p" * 26, "name": "Helen Marsh", "post": "Lead"}
    step = {
        "digest": "a" * 64,
        "kind": "share",
        "leg": None,
        "who": who,
        "key": "k" * 32,
        "when": "2026-11-23T09:00:00Z",
        "answers": None,
        "verdict": None,
        "purpose": "p",
        "basis": None,
        "urgency": "today",
        "due": None,
        "without_effect": None,
        "words": {"purpose": "To protect Ellis."},
        "words_refused": None,
        "attachments": 0,
    }
    idle = {
        **step,
        "digest": "b" * 64,
        "kind": "note",
        "leg": 0,
        "without_effect": "superseded",
        "words": None,
    }
    leg = {
        "index": 0,
        "party": {"agency": "northshire-childrens", "person": None, "role": "d" * 26},
        "name": "Duty social worker",
        "state": "sent",
        "turn": "recipient",
        "version": "a" * 64,
        "version_number": 1,
        "read_back": None,
        "hear_back": None,
        "accepted_by": None,
        "due": "2026-11-23T17:00:00Z",
        "sender_emphasis": None,
        "emphasis_refused": None,
    }
    fork = {"leg": 0, "who": who, "seq": 1, "steps": ["a" * 64, "b" * 64]}
    return {
        "thread": THREAD,
        "kind": "share",
        "request": None,
        "closed": False,
        "legs": [leg],
        "steps": [step, idle],
        "forks": [fork],
        "waiting": 2,
        "answered_by": [],
    }
