"""Who receives what: nobody more than what is for them, and what they receive stands on its own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from case_words import AMIRA
from cases import consistent_with, no_further_action
from cases_more import protected_address
from hypothesis import given
from hypothesis import strategies as st
from judged import CATALOGUE, NOW, SALT, told
from pydantic import ValidationError

from exchange.errors import EmphasisIncomplete
from exchange.share.draft import (
    AmendDraft,
    DraftEmphasis,
    ShareDraft,
    audiences,
    check_amend,
    check_share,
    commit,
)
from exchange.share.rules import problems_of
from exchange.wire.contents import Bound, write
from exchange.wire.slip import Party

BOUND = Bound(step="s" * 26, thread="t" * 26, agency="northshire-police", person="p" * 26)
CANARY = "07700 900123"


def ids(audience: Any) -> list[str]:
    return [item.id for item in (*audience.facts, *audience.opinions)]


def test_the_nursery_does_not_receive_the_telephone_number_in_any_form() -> None:
    visitor, nursery = audiences(no_further_action())
    assert (visitor.recipients, nursery.recipients) == ((0,), (1,))
    assert ids(visitor) == ["F1", "F2", "F3", "F4", "F5", "O1"]
    assert ids(nursery) == ["F1", "F2", "F3", "F4", "O1"]
    theirs = write(nursery.contents(BOUND, commit(nursery.emphasis, SALT)))
    assert CANARY.encode() not in theirs + write(nursery.emphasis)
    assert b"F5" not in theirs + write(nursery.emphasis)
    assert b"only_for" not in theirs
    assert CANARY.encode() in write(visitor.contents(BOUND, commit(visitor.emphasis, SALT)))


def test_recipients_who_receive_the_same_share_one_part() -> None:
    draft = consistent_with()
    three = draft.recipients + tuple(Party(agency="northshire-nhs", person=letter * 26) for letter in "ab")
    assert [
        audience.recipients for audience in audiences(draft.model_copy(update={"recipients": three}))
    ] == [(0, 1, 2)]


def test_files_too_go_only_to_those_they_are_for() -> None:
    draft = protected_address()
    two = (*draft.recipients, Party(agency="northshire-nhs", person="a" * 26))
    item = draft.attachments[0].model_copy(update={"only_for": (1,)})
    first, second = audiences(draft.model_copy(update={"recipients": two, "attachments": (item,)}))
    assert (first.attachments, second.attachments) == ((), (item,))
    assert first.contents(BOUND, "0" * 64).attachments == ()
    [note] = second.contents(BOUND, "0" * 64, {item.handle: (28, 0)}).attachments
    assert (note.name, note.size, note.pin) == (item.name, 28, 0)


def test_statements_that_share_an_id_by_mistake_do_not_share_their_readers() -> None:
    draft = no_further_action()
    twin = draft.facts[4].model_copy(update={"text": "Something else.", "only_for": (1,)})
    mixed = draft.model_copy(update={"facts": (*draft.facts, twin)})
    assert ("statement_ids", "facts[5].id") in told(check_share(mixed, NOW, CATALOGUE))
    visitor, nursery = audiences(mixed)
    assert CANARY not in str(nursery.facts)
    assert "Something else." not in str(visitor.facts)


class TestWhatOnlyTheWholeDraftShows:
    draft = no_further_action()

    def told_of(self, **change: Any) -> set[tuple[str, str]]:
        return told(check_share(self.draft.model_copy(update=change), NOW, CATALOGUE))

    def test_an_opinion_may_not_rest_on_a_fact_that_one_of_its_readers_does_not_receive(self) -> None:
        facts = list(self.draft.facts)
        facts[3] = facts[3].model_copy(update={"only_for": (0,)})
        assert self.told_of(facts=tuple(facts)) == {("opinion_rests_on_hidden", "opinions[0].rests_on")}

    def test_the_key_point_must_reach_everybody(self) -> None:
        emphasis = DraftEmphasis(weights=self.draft.emphasis.weights, key_point="F5")
        assert self.told_of(emphasis=emphasis) == {("emphasis_incomplete", "emphasis.key_point")}

    def test_every_statement_has_a_weight_and_nothing_else_has(self) -> None:
        weights: dict[str, Any] = dict(self.draft.emphasis.weights)
        for wrong in ({k: v for k, v in weights.items() if k != "F1"}, weights | {"F9": "context"}):
            emphasis = DraftEmphasis(weights=wrong, key_point="F3")
            assert self.told_of(emphasis=emphasis) == {("emphasis_incomplete", "emphasis.weights")}

    def test_everybody_receives_something(self) -> None:
        facts = tuple(fact.model_copy(update={"only_for": (0,)}) for fact in self.draft.facts)
        opinions = tuple(one.model_copy(update={"only_for": (0,)}) for one in self.draft.opinions)
        assert self.told_of(facts=facts, opinions=opinions) == {("statements_missing", "recipients[1]")}

    def test_nothing_is_for_a_recipient_who_is_not_there(self) -> None:
        facts = (*self.draft.facts[:4], self.draft.facts[4].model_copy(update={"only_for": (0, 2)}))
        assert self.told_of(facts=facts) == {("recipient_unknown", "facts[4].only_for")}

    def test_nobody_is_a_recipient_twice(self) -> None:
        twice = (self.draft.recipients[0], self.draft.recipients[0])
        assert self.told_of(recipients=twice) == {("recipient_repeated", "recipients[1]")}

    def test_law_enforcement_says_each_persons_category(self) -> None:
        subjects = (AMIRA.model_copy(update={"category": None}), *self.draft.subjects[1:])
        assert self.told_of(subjects=subjects) == {("category_missing", "subjects[0].category")}
        assert self.told_of(law_enforcement=False) == {("category_missing", "law_enforcement")}


def test_an_amendment_is_for_the_legs_that_it_names() -> None:
    whole = {
        name: value
        for name, value in no_further_action()
        if name not in {"recipients", "answers", "decision"}
    }
    amend = AmendDraft.model_validate(whole | {"legs": (1,), "change": "A date was wrong."})
    assert check_amend(amend, NOW, CATALOGUE) == []
    [only] = audiences(amend)
    assert only.recipients == (1,)
    assert "F5" not in ids(only)
    contents = only.contents(BOUND, "0" * 64)
    assert (contents.kind, contents.change) == ("amend", "A date was wrong.")


def test_without_an_emphasis_there_is_no_part() -> None:
    draft = consistent_with()
    for emphasis in (
        DraftEmphasis(),
        DraftEmphasis(weights=draft.emphasis.weights),
        DraftEmphasis(key_point="F1"),
    ):
        with pytest.raises(EmphasisIncomplete):
            audiences(draft.model_copy(update={"emphasis": emphasis}))


@given(
    st.lists(st.lists(st.integers(0, 4), unique=True, max_size=5).map(tuple), min_size=5, max_size=5),
    st.integers(1, 5),
)
def test_each_recipient_is_in_one_part_and_receives_exactly_what_is_for_them(
    only_for: list[tuple[int, ...]], count: int
) -> None:
    base = consistent_with()
    facts = [
        fact.model_copy(update={"only_for": places if place else ()})
        for place, (fact, places) in enumerate(zip(base.facts, only_for, strict=True))
    ]
    draft = ShareDraft.model_validate(
        dict(base)
        | {
            "recipients": tuple(
                Party(agency="northshire-nhs", person=chr(97 + n) * 26) for n in range(count)
            ),
            "facts": tuple(facts),
            "opinions": (),
            "emphasis": DraftEmphasis(
                weights=dict.fromkeys(["F1", "F2", "F3", "F4", "F5"], "context"), key_point="F1"
            ),
        }
    )
    parts = audiences(draft)
    assert sorted(place for part in parts for place in part.recipients) == list(range(count))
    for part in parts:
        for place in part.recipients:
            expected = [fact.id for fact in facts if not fact.only_for or place in fact.only_for]
            assert ids(part) == expected
            assert list(part.emphasis.weights) == expected
    received = [tuple(ids(part)) for part in parts]
    assert len(set(received)) == len(received)


def test_more_recipients_than_a_share_may_have_are_refused_by_name() -> None:
    people = [
        {"agency": "northshire-nhs", "person": f"{chr(97 + n // 26)}{chr(97 + n % 26)}" * 13}
        for n in range(51)
    ]
    draft = json.loads(consistent_with().model_dump_json()) | {"recipients": people}
    with pytest.raises(ValidationError) as error:
        ShareDraft.model_validate_json(json.dumps(draft))
    assert told(problems_of(error.value)) == {("too_large", "recipients")}
    fewer = ShareDraft.model_validate_json(json.dumps(draft | {"recipients": people[:50]}))
    assert check_share(fewer, NOW, CATALOGUE) == []
    assert len(audiences(fewer)) == 1
