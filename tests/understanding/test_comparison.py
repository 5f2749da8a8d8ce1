"""What is compared with what: fields, missing and doubled restatements, warnings, plans, and people not to be told."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from pairs import BOUND, share_of

from exchange.share.understanding import Divergence, DivergenceKind, compare
from exchange.wire.contents import Emphasis, ReadBackContents, Restatement

SCHOOL = {
    "id": "F1",
    "text": "Ellis has missed 12 days of school since September.",
    "source": "record: register",
    "as_of": "2026-11-10",
}
OPINION = {"id": "O1", "text": "I fear that he is kept at home to mind his brother.", "whose": "the lead"}
WELL = {
    "F1": {"meaning": "He's been off for twelve days this term."},
    "O1": {"meaning": "You are afraid that he stays in to look after his brother."},
}


def _back(said: list[tuple[str, dict[str, Any]]], key_point: str, will_do: str) -> ReadBackContents:
    restatements = tuple(
        Restatement(
            statement=name,
            meaning=one["meaning"],
            taken_as=one.get("taken_as", "fact" if name.startswith("F") else "opinion"),
            weight=one.get("weight", "critical"),
        )
        for name, one in said
    )
    return ReadBackContents(
        **BOUND,
        kind="read_back",
        version="0" * 64,
        restatements=restatements,
        key_point=key_point,
        will_do=will_do,
    )


def _compare(
    said: dict[str, dict[str, Any]] | list[tuple[str, dict[str, Any]]],
    *,
    statements: list[dict[str, Any]] | None = None,
    key_point: str = "F1",
    will_do: str = "Visit.",
    never_tell: list[str] | None = None,
    weights: dict[str, Any] | None = None,
) -> tuple[Divergence, ...]:
    sent = statements or [SCHOOL, OPINION]
    emphasis = Emphasis(
        weights={one["id"]: "critical" for one in sent} if weights is None else weights,
        key_point=sent[0]["id"],
    )
    pairs = list(said.items()) if isinstance(said, dict) else said
    return compare(share_of(sent, ["Ellis"], never_tell or []), emphasis, _back(pairs, key_point, will_do))


def _found(*args: Any, **named: Any) -> list[tuple[str | None, str]]:
    return [(one.statement, one.kind.value) for one in _compare(*args, **named)]


def test_there_is_no_verdict_in_what_is_found() -> None:
    assert {one.name for one in fields(Divergence)} == {
        "kind",
        "statement",
        "sent",
        "restated",
        "explanation",
    }
    assert not {"ok", "agreed", "severity", "score"} & set(dir(Divergence))


def test_a_right_read_back_leaves_nothing_to_say() -> None:
    assert _found(WELL) == []


def test_a_statement_without_a_restatement_is_not_covered() -> None:
    assert _found({"F1": WELL["F1"]}) == [("O1", "not_covered")]


@pytest.mark.parametrize(
    "nothing", ["", "   ", "—", "ok", "Noted, thanks.", "see above", "Understood", "as F1", "n/a"]
)
def test_an_acknowledgement_covers_nothing(nothing: str) -> None:
    assert ("F1", "not_covered") in _found(WELL | {"F1": {"meaning": nothing}})


def test_what_restates_another_statement_covers_nothing_here() -> None:
    moved = {"meaning": "You fear he is kept at home to mind a brother"}
    assert ("F1", "not_covered") in _found(WELL | {"F1": moved})


def test_half_of_a_critical_statement_is_not_the_whole() -> None:
    sent = SCHOOL | {
        "text": "The bail conditions ended on 5 November; nothing now stops him from going to the nursery."
    }
    found = _compare({"F1": {"meaning": "Bail finished on 5 November."}}, statements=[sent])
    assert [(one.kind.value, one.sent) for one in found] == [
        ("not_covered", "nothing now stops him from going to the nursery")
    ]


def test_a_restatement_of_a_statement_that_was_not_sent_is_let_pass() -> None:
    assert _found(WELL | {"F9": {"meaning": "Something else."}}) == []


def test_two_restatements_of_one_statement_are_both_compared() -> None:
    twice = [*WELL.items(), ("F1", {"meaning": "He has been off for 21 days."})]
    assert _found(twice) == [("F1", "number_changed")]


def test_an_empty_and_a_full_restatement_of_one_statement_cover_it() -> None:
    assert _found([("F1", {"meaning": ""}), *WELL.items()]) == []


def test_the_fields_are_compared_as_they_stand() -> None:
    said = {
        "F1": WELL["F1"] | {"taken_as": "opinion", "weight": "context"},
        "O1": WELL["O1"] | {"taken_as": "fact"},
    }
    assert _found(said, key_point="O1") == [
        ("F1", "fact_as_opinion"),
        ("F1", "under_weighted"),
        ("O1", "opinion_as_fact"),
        ("F1", "other_key_point"),
    ]


def test_a_statement_that_was_not_ranked_is_not_weighed() -> None:
    assert _found(WELL, weights={}) == []


def test_the_childs_own_words_may_be_repeated_and_the_rest_may_not() -> None:
    sent = SCHOOL | {
        "text": 'Ellis told the class teacher after lunch on the playground bench "I am not allowed to say".',
        "verbatim": True,
    }
    own = 'He said to his teacher: "I am not allowed to say".'
    assert _found({"F1": {"meaning": own}}, statements=[sent]) == []
    assert _found({"F1": {"meaning": sent["text"]}}, statements=[sent]) == [("F1", "copied")]


def test_names_numbers_and_dates_in_a_row_are_not_copied() -> None:
    sent = SCHOOL | {
        "text": "Ellis has lived with his grandmother Mary Jones since Tuesday 10 November 2026."
    }
    assert (
        _found(
            {"F1": {"meaning": "Since Tuesday 10 November 2026 gran Mary Jones has had him."}},
            statements=[sent],
        )
        == []
    )


WARNED = SCHOOL | {
    "text": "Mother said that Ellis fell.",
    "does_not_mean": "It does not mean that anyone saw the fall.",
}


@pytest.mark.parametrize(
    "meaning",
    [
        "Mum says he fell. It was not seen by anyone.",
        "Mum's account is a fall; that doesn't mean somebody saw it.",
        "A fall according to mum. Whether anyone saw the fall is unknown.",
        "Mum says he fell. Perhaps somebody saw the fall, we will ask.",
    ],
)
def test_a_warning_that_was_heard_is_not_an_assertion(meaning: str) -> None:
    assert _found({"F1": {"meaning": meaning}}, statements=[WARNED]) == []


@pytest.mark.parametrize(
    ("meaning", "will_do"),
    [
        ("Mum told you that he fell and that the fall was seen.", "Visit."),
        ("By mum's account he fell.", "Speak to whoever saw the fall."),
    ],
)
def test_a_warning_that_was_not_heard_is_named(meaning: str, will_do: str) -> None:
    found = _compare({"F1": {"meaning": meaning}}, statements=[WARNED], will_do=will_do)
    assert [(one.kind, one.sent) for one in found] == [
        (DivergenceKind.NEGATION_CHANGED, "that anyone saw the fall")
    ]


@pytest.mark.parametrize(
    "will_do",
    [
        "Ring the stepfather today.",
        "Both the stepfather and mum will be invited.",
        "We'll speak to stepdad about it.",
    ],
)
def test_a_plan_to_tell_somebody_who_is_never_to_be_told_is_named(will_do: str) -> None:
    assert _found(WELL, will_do=will_do, never_tell=["Ellis's stepfather"]) == [(None, "negation_changed")]


@pytest.mark.parametrize(
    "will_do",
    [
        "Ring mum today; nothing goes to the stepfather.",
        "We will not speak to stepdad.",
        "Ask the police whether the stepfather is at home.",
        "The stepfather must not be told.",
    ],
)
def test_a_plan_that_keeps_to_it_is_left_alone(will_do: str) -> None:
    assert _found(WELL, will_do=will_do, never_tell=["Ellis's stepfather"]) == []


def test_a_plan_to_do_what_a_statement_forbids_is_named() -> None:
    sent = SCHOOL | {"text": "He must not coach any child until the enquiry has ended."}
    kept = {"F1": {"meaning": "We keep him off coaching until it is over."}}
    assert _found(kept, statements=[sent], will_do="He is stood down.") == []
    assert _found(kept, statements=[sent], will_do="He can coach the under 12s.") == [
        ("F1", "negation_changed")
    ]


def test_both_parents_include_the_one_who_may_not_be_told() -> None:
    sent = SCHOOL | {
        "text": "The father still has parental responsibility.",
        "does_not_mean": "It does not mean that he may be told where Jodie goes to school.",
    }
    said = {"F1": {"meaning": "Dad keeps PR."}}
    assert _found(said, statements=[sent], will_do="Only mum will be invited.") == []
    assert _found(said, statements=[sent], will_do="Both parents will be invited.") == [
        ("F1", "negation_changed")
    ]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("Mother says that he fell.", "It does not mean that she has told the police."),
        ("She may not have told the police.", None),
        ("She has never told the police.", None),
    ],
)
def test_what_somebody_has_not_told_yet_is_not_forbidden_to_tell(text: str, warning: str | None) -> None:
    sent = SCHOOL | {"text": text, "does_not_mean": warning}
    found = _compare({"F1": {"meaning": text}}, statements=[sent], will_do="We will ring the police.")
    assert DivergenceKind.NEGATION_CHANGED not in {one.kind for one in found}


def test_numbers_that_stand_elsewhere_in_the_share_may_be_drawn_upon() -> None:
    other = SCHOOL | {"id": "F2", "text": "He is 6 and has 2 brothers."}
    said = {
        "F1": {"meaning": "The 6 year old has been off for 12 days."},
        "F2": {"meaning": "Six years old, two brothers."},
    }
    assert _found(said, statements=[SCHOOL, other]) == []


def test_a_period_worked_out_from_the_dates_is_no_new_number() -> None:
    sent = SCHOOL | {"text": "He was last seen at school on 13 October."}
    assert (
        _found({"F1": {"meaning": "Nobody at school has set eyes on him for four weeks."}}, statements=[sent])
        == []
    )


def test_explanations_are_sentences() -> None:
    wrong = {"F1": {"meaning": "He has been off for 21 days.", "weight": "context"}}
    for one in _compare(wrong, key_point="O1"):
        assert one.explanation[0].isupper()
        assert one.explanation.endswith((".", "”."))
