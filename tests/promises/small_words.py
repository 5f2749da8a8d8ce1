"""The smallest share, read-back and hear-back that the rules allow, as the desk's API takes them."""

from __future__ import annotations

from typing import Any


def draft(to: dict[str, Any]) -> dict[str, Any]:
    """Draft a share of one fact to one party."""
    return {
        "recipients": [to],
        "purpose": "significant-harm-enquiry",
        "purpose_text": "To help decide whether enquiries are needed.",
        "basis": {
            "code": "public-task.sensitive",
            "gateway": "ca1989-s47",
            "no_consent": "would-prejudice-protection",
        },
        "urgency": "today",
        "subjects": [{"name": "Ellis", "relation": "the child", "identifier_omitted": "not-needed"}],
        "facts": [
            {
                "id": "F1",
                "text": "The class teacher saw a bruise behind the left ear on Tuesday.",
                "source": {"kind": "reported", "who": "The class teacher"},
                "as_of": "2026-11-10",
                "confidence": "high",
                "why_needed": "It is the reason for this share.",
            }
        ],
        "emphasis": {"weights": {"F1": "critical"}, "key_point": "F1"},
        "need": "One fact, and no more.",
        "subject_informed": [{"state": "no", "reason": "too-young"}],
        "decision": {"reasons": ["The child may be at risk."]},
    }


def restated(words: dict[str, Any]) -> dict[str, Any]:
    """Restate what was read."""
    return {
        "version": words["version"],
        "restatements": [
            {
                "statement": "F1",
                "meaning": "A teacher noticed a bruise behind his left ear that Tuesday.",
                "taken_as": "fact",
                "weight": "critical",
            }
        ],
        "key_point": "F1",
        "will_do": "Talk to the team manager today.",
    }


def heard() -> dict[str, Any]:
    """Agree."""
    return {"verdict": "agreed", "heard": [{"statement": "F1", "understood": True}]}
