"""Reads the corpus: files of shares with their read-backs, in the format that `corpus/README.md` describes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange.wire.contents import (
    Emphasis,
    Fact,
    Opinion,
    ReadBackContents,
    Restatement,
    ShareContents,
    Source,
    Subject,
)

CORPUS = Path(__file__).parent / "corpus"
BOUND: dict[str, Any] = {"step": "s" * 26, "thread": "t" * 26, "agency": "some-agency", "person": "p" * 26}


@dataclass(frozen=True)
class Pair:
    """A share, a read-back of it, and what a careful sender would want pointed out."""

    name: str
    right: bool
    share: ShareContents
    emphasis: Emphasis
    read_back: ReadBackContents
    expected: frozenset[str]
    acceptable: frozenset[str]


def load(folder: str) -> list[Pair]:
    """All pairs of one folder, in a fixed order."""
    return [pair for path in sorted((CORPUS / folder).glob("*.toml")) for pair in _pairs(path)]


def _pairs(path: Path) -> list[Pair]:
    data = tomllib.loads(path.read_text())
    statements = data["statement"]
    share = share_of(statements, data.get("subjects", []), data.get("never_tell", []))
    weights = {one["id"]: one["weight"] for one in statements}
    emphasis = Emphasis(weights=weights, key_point=data["key_point"])
    return [
        Pair(
            name=f"{path.stem}: {back['name']}",
            right=back["right"],
            share=share,
            emphasis=emphasis,
            read_back=_read_back(back, weights),
            expected=frozenset(back.get("expected", [])),
            acceptable=frozenset(back.get("acceptable", [])),
        )
        for back in data["read_back"]
    ]


def share_of(statements: list[dict[str, Any]], subjects: list[str], never_tell: list[str]) -> ShareContents:
    """A share with these statements and nothing else of interest."""
    return ShareContents(
        **BOUND,
        kind="share",
        purpose="To protect the child.",
        subjects=tuple(Subject(name=name) for name in subjects),
        facts=tuple(_fact(one) for one in statements if one["id"].startswith("F")),
        opinions=tuple(_opinion(one) for one in statements if one["id"].startswith("O")),
        not_known=(),
        need="Only what is needed.",
        subject_informed=(),
        never_tell=tuple(never_tell),
        emphasis="0" * 64,
    )


def _fact(one: dict[str, Any]) -> Fact:
    kind, _, rest = one["source"].partition(" by ")
    kind, _, record = kind.partition(": ")
    return Fact(
        id=one["id"],
        text=one["text"],
        source=Source(kind=kind, who=rest or None, record=record or None),
        as_of=one["as_of"],
        confidence=one.get("confidence", "high"),
        why_needed="It is needed.",
        does_not_mean=one.get("does_not_mean"),
        verbatim=one.get("verbatim", False),
    )


def _opinion(one: dict[str, Any]) -> Opinion:
    return Opinion(
        id=one["id"],
        text=one["text"],
        whose=one["whose"],
        capacity="as a professional",
        grounds="What was seen.",
        confidence=one.get("confidence", "medium"),
        why_needed="It is needed.",
        does_not_mean=one.get("does_not_mean"),
    )


def _read_back(back: dict[str, Any], weights: dict[str, Any]) -> ReadBackContents:
    restatements = [
        Restatement(
            statement=name,
            meaning=one["meaning"],
            taken_as=one.get("taken_as", "fact" if name.startswith("F") else "opinion"),
            weight=one.get("weight", weights[name]),
        )
        for name, one in back.items()
        if isinstance(one, dict)
    ]
    return ReadBackContents(
        **BOUND,
        kind="read_back",
        version="0" * 64,
        restatements=tuple(restatements),
        key_point=back["key_point"],
        will_do=back["will_do"],
    )
