"""Whatever JSON a hostile sender puts anywhere: it is contents in order, or refused by name; nothing else happens."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from cases import consistent_with, correction, wrong_restatement
from cases_more import decided_not_to, not_without_more
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judged import CATALOGUE, NOW, SALT, SHARE, SLIP, bound_to, slip_of
from pydantic import ValidationError

from exchange.errors import ContentsRefused
from exchange.share.draft import ShareDraft, audiences, check_share, reveal
from exchange.share.rules import check_contents, problems_of, read_contents
from exchange.share.rules.dates import parse_when
from exchange.wire.contents import write
from exchange.wire.slip import StepKind
from keys.errors import Problem

TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["", " ", "\u202e", "F1", "O1", "2026-11", "2026-02-31", "9999", "0001", "\x00", "no", "9" * 5000]
    ),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), TEXTS),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(TEXTS, below, max_size=3)),
    max_leaves=6,
)
ACCEPT = slip_of("accept", leg=0, answers="1" * 64)
BACK = slip_of("read_back", leg=0, answers="1" * 64)
HEAR = slip_of("hear_back", leg=0, answers="1" * 64, verdict="corrected")
REFUSE = slip_of("refuse", answers="1" * 64)
DECISION = slip_of("decision", to=())
EMPHASIS = audiences(consistent_with())[0].emphasis
WHOLE = {
    "share": (SLIP, SHARE),
    "read_back": (BACK, wrong_restatement("1" * 64, **bound_to(BACK))),
    "hear_back": (HEAR, correction("1" * 64, reveal(EMPHASIS, SALT), **bound_to(HEAR))),
    "refuse": (REFUSE, not_without_more(**bound_to(REFUSE))),
    "decision": (DECISION, decided_not_to(**bound_to(DECISION))),
}


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return found + [place for key, value in items for place in places(value, (*path, key))]


def changed(data: Any, changes: list[tuple[int, Any]]) -> Any:
    copy = json.loads(json.dumps(data))
    for number, value in changes:
        *path, last = (every := places(copy))[number % len(every)]
        at = copy
        for part in path:
            at = at[part]
        at[last] = value
    return copy


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(WHOLE)), st.lists(st.tuples(st.integers(0, 500), VALUES), min_size=1, max_size=3)
)
def test_changed_contents_are_in_order_or_refused_with_places(
    kind: str, changes: list[tuple[int, Any]]
) -> None:
    slip, words = WHOLE[kind]
    payload = json.dumps(changed(json.loads(write(words)), changes)).encode()
    problems: tuple[Problem, ...] = ()
    contents = None
    try:
        contents = read_contents(kind, payload, slip, CATALOGUE)
    except ContentsRefused as refusal:
        problems = refusal.problems
    assert bool(problems) == (contents is None)
    assert all(len(problem.where) <= 130 for problem in problems)
    assert contents is None or check_contents(contents, slip, CATALOGUE) == []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 500), VALUES), min_size=1, max_size=3))
def test_changed_drafts_are_sound_or_their_problems_are_told(changes: list[tuple[int, Any]]) -> None:
    data = changed(json.loads(consistent_with().model_dump_json()), changes)
    problems: list[Problem] = []
    draft = None
    try:
        draft = ShareDraft.model_validate_json(json.dumps(data))
    except ValidationError as error:
        problems = problems_of(error)
    if draft is not None:
        problems = check_share(draft, NOW, CATALOGUE)
    assert problems or (draft is not None and audiences(draft))


@pytest.mark.parametrize("kind", get_args(StepKind))
@settings(max_examples=25, deadline=None)
@given(payload=st.binary(max_size=60))
def test_bytes_are_refused_for_every_kind_of_step(kind: str, payload: bytes) -> None:
    with pytest.raises(ContentsRefused):
        read_contents(kind, payload, SLIP, CATALOGUE)


@given(
    st.one_of(
        st.text(max_size=20), st.from_regex(r"[0-9]{4}(-[0-9]{2}){0,2}(T[0-9]{2}:[0-9]{2})?", fullmatch=True)
    )
)
def test_a_date_is_a_span_that_does_not_end_before_it_starts_or_a_problem(text: str) -> None:
    try:
        span = parse_when(text)
    except Problem:
        return
    assert span.start <= span.end
    assert 1900 <= span.start.year <= span.end.year <= 2199
