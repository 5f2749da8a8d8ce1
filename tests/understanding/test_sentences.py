"""Single sentences and their restatements: what is the same, what changed, and what is known not to be seen."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from pairs import BOUND, CORPUS, share_of

from exchange.share.understanding import DivergenceKind, compare
from exchange.wire.contents import Emphasis, ReadBackContents, Restatement

SUBJECTS = ["Sam", "Ruby", "Zara", "Kayleigh", "Mia", "Kai", "Ellis"]


def _sentences(name: str) -> list[Any]:
    data = tomllib.loads((CORPUS / "sentences" / f"{name}.toml").read_text())["sentence"]
    return [pytest.param(one, id=one["restated"][:40]) for one in data]


def _found(one: dict[str, Any]) -> set[str]:
    """What is found besides copying, which short sentences cannot avoid; the statement is the key point."""
    name = "O1" if one.get("opinion") else "F1"
    statement = {
        "id": name,
        "text": one["sent"],
        "source": "observed",
        "whose": "the writer",
        "as_of": "2026-11-10",
        "weight": "critical",
    }
    restatement = Restatement(
        statement=name,
        meaning=one["restated"],
        taken_as="opinion" if one.get("opinion") else "fact",
        weight="critical",
    )
    back = ReadBackContents(
        **BOUND,
        kind="read_back",
        version="0" * 64,
        restatements=(restatement,),
        key_point=name,
        will_do="Visit.",
    )
    emphasis = Emphasis(weights={name: "critical"}, key_point=name)
    found = {item.kind for item in compare(share_of([statement], SUBJECTS, []), emphasis, back)}
    return {kind.value for kind in found - {DivergenceKind.COPIED}}


@pytest.mark.parametrize("one", _sentences("same"))
def test_the_same_in_other_words_is_left_alone(one: dict[str, Any]) -> None:
    assert _found(one) == set()


@pytest.mark.parametrize("one", _sentences("changed"))
def test_a_change_is_named(one: dict[str, Any]) -> None:
    found = _found(one)
    assert set(one["expected"]) <= found
    assert found <= set(one["expected"]) | set(one.get("also", []))


@pytest.mark.parametrize("one", _sentences("unseen"))
def test_what_the_page_admits_is_still_unseen(one: dict[str, Any]) -> None:
    assert _found(one) == set(), "it is seen now: move it to changed.toml and tell docs/understanding.md"
