"""What every desk refuses of a slip: purpose, lawful basis, time and addressee."""

from __future__ import annotations

import json
from typing import Any

import pytest
from judged import CATALOGUE, SHARE, slip_of, told
from thread_steps import PARTY_OF_LEAD

from exchange.share.rules import check_contents, check_slip
from exchange.wire.contents import write
from exchange.wire.slip import Basis

DATA = json.loads(write(SHARE))


def put(data: Any, place: str, value: Any) -> Any:
    """A copy of `data` with something else at `facts.0.source`; `...` takes it away."""
    copy = json.loads(json.dumps(data))
    *path, last = [int(part) if part.isdigit() else part for part in place.split(".")]
    at = copy
    for part in path:
        at = at[part]
    if value is ...:
        del at[last]
    elif isinstance(at, list) and last == len(at):
        at.append(value)
    else:
        at[last] = value
    return copy


LAW = [
    ({"purpose": None}, "purpose_missing", "purpose"),
    ({"purpose": "curiosity"}, "purpose_unknown", "purpose"),
    ({"basis": None}, "basis_missing", "basis"),
    ({"basis": Basis(code="curiosity")}, "basis_unknown", "basis.code"),
    ({"basis": Basis(code="public-task", gateway="ca1989-s47")}, "basis_incomplete", "basis.no_consent"),
    ({"basis": Basis(code="public-task", no_consent="cannot-be-given")}, "basis_incomplete", "basis.gateway"),
    (
        {"basis": Basis(code="public-task", gateway="magna-carta", no_consent="cannot-be-given")},
        "basis_unknown",
        "basis.gateway",
    ),
    (
        {"basis": Basis(code="consent", no_consent="cannot-be-given")},
        "basis_contradictory",
        "basis.no_consent",
    ),
    ({"basis": Basis(code="none-claimed")}, "basis_not_for_this", "basis.code"),
    ({"due": "2026-11-12T14:00:00Z"}, "date_absurd", "due"),
    ({"due": "2028-11-12T14:00:00Z"}, "date_absurd", "due"),
    ({"to": (PARTY_OF_LEAD,)}, "recipient_is_author", "to[0]"),
    ({"seq": 1}, "step_not_allowed", "prev"),
    ({"prev": ("4" * 64,)}, "step_not_allowed", "prev"),
    (
        {
            "created": "2026-09-29T22:59:59Z",  # one second before midnight in London
            "due": "2026-09-30T17:00:00Z",
            "basis": Basis(code="legal-obligation", gateway="ca2004-s16la"),
        },
        "basis_unknown",
        "basis.gateway",
    ),
]


@pytest.mark.parametrize(("change", "code", "where"), LAW)
def test_what_every_desk_refuses_of_a_slip(change: dict[str, Any], code: str, where: str) -> None:
    assert told(check_slip(slip_of(**change), CATALOGUE)) == {(code, where)}


def test_a_duty_is_known_from_the_day_on_which_it_is_in_force_in_london() -> None:
    slip = slip_of(
        created="2026-09-29T23:00:00Z",
        due="2026-09-30T17:00:00Z",
        basis=Basis(code="legal-obligation", gateway="ca2004-s16la"),
    )
    assert check_slip(slip, CATALOGUE) == []


def test_law_enforcement_needs_categories_also_when_the_words_do_not_say_that_it_is() -> None:
    basis = Basis(code="law-enforcement", gateway="common-law-police", no_consent="cannot-be-given")
    slip = slip_of(basis=basis)
    assert told(check_contents(SHARE, slip, CATALOGUE)) == {("category_missing", "law_enforcement")}
