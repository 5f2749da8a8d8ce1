"""Gentle questions: asked where a reader of the cases would ask, and silent where not; never in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from case_words import fact, opinion, ranked, record, reported
from cases import consistent_with, no_further_action
from cases_more import protected_address

from exchange.share.draft import DraftAttachment, ShareDraft
from exchange.share.gentle import MANY, bears_name, gentle_questions, judging_word, two_in_one

if TYPE_CHECKING:
    from collections.abc import Callable

ONE = (
    "On Tuesday 10 November 2026 at 9.20 the class teacher saw a purple bruise, about 3 cm, behind his ear.",
    'Ellis told the teacher "I\'m not allowed to say".',
    "Mother said at 15.10 that Ellis fell off a scooter on Sunday.",
    "Ellis has had 2 earlier unexplained bruises, on 14 September and 6 October 2026.",
    "The partner was arrested on 2 October 2026 on suspicion of assaulting Amira's mother.",
    "The prosecutor decided on no further action because the mother withdrew her statement.",
    "Jodie and her mother moved on 3 November 2026.",
    "Jodie takes an inhaler, 2 puffs up to 4 times a day.",
    "A fall from a scooter seldom bruises behind the ear, so the explanation worries her.",
    "Dr. Rao and Mrs. Marsh met on 3 November.",
    "She said “He hit me. He said sorry.” on the way home.",
)
TWO = {
    "Bail conditions ended on 5 November; nothing now stops him from going to the home.": "nothing now stops",
    "There were 4 police call-outs; Amira was in the home at 3 of them.": "Amira was in",
    "The father still has parental responsibility. He may not be told of the school.": "He may not",
    "She has a bruise, and she did not say how she came by it.": "and she did",
    "He was seen at the gate and he ran away.": "and he ran",
    "She came on Monday, but nobody opened the door.": "but nobody opened",
}


@pytest.mark.parametrize("text", ONE)
def test_one_statement_is_taken_for_one(text: str) -> None:
    assert two_in_one(text) == ""


@pytest.mark.parametrize("text", TWO)
def test_two_statements_in_one_are_asked_about(text: str) -> None:
    assert two_in_one(text).startswith(TWO[text])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Ellis has become withdrawn since the stepfather moved in.", "withdrawn"),
        ("He seems afraid of his stepfather.", "seems"),
        ("The bruise is consistent with a fall.", "consistent with"),
        ("She is clearly lying.", "clearly"),
        ("The mother was aggressive at the gate.", "aggressive"),
    ],
)
def test_a_word_that_judges_is_asked_about_in_a_fact(text: str, word: str) -> None:
    assert judging_word(text) == word


@pytest.mark.parametrize("text", [*ONE[:8], 'She wrote that it "could be consistent with" a fall.'])
def test_what_was_seen_or_said_judges_nothing(text: str) -> None:
    assert judging_word(text) == ""


def draft(**more: object) -> ShareDraft:
    said = {
        "facts": (fact("F1", "He seems sad.", reported("the teacher"), "2026-11-10"),),
        "opinions": (opinion("O1", "He seems sad.", "Helen Marsh", "lead", rests_on=("F1",)),),
        "emphasis": ranked("F1", "O1", "", "F1"),
        **more,
    }
    return ShareDraft(**said)


def file(name: str, why: str = "To see it.") -> DraftAttachment:
    return DraftAttachment(handle="h", name=name, media_type="application/pdf", why_needed=why)


def test_a_fact_is_asked_about_and_an_opinion_may_judge() -> None:
    assert [(one.kind, one.where, one.words) for one in gentle_questions(draft())] == [
        ("opinion_in_fact", "facts[0].text", "seems")
    ]


def test_a_childs_own_words_are_left_as_they_were_said() -> None:
    said = fact("F1", "I fell. He seems cross; he hit me.", reported("Ellis"), "2026-11-10", verbatim=True)
    assert gentle_questions(draft(facts=(said,))) == ()


@pytest.mark.parametrize("case", [consistent_with, no_further_action, protected_address])
def test_the_cases_give_rise_to_few_questions(case: Callable[[], ShareDraft]) -> None:
    found = gentle_questions(case())
    assert len(found) <= 3, found
    assert {one.kind for one in found} <= {"reads_like_two"}


@pytest.mark.parametrize(
    "name", ["whole file.pdf", "Ellis_case_file.pdf", "GP-records.pdf", "full chronology.docx"]
)
def test_a_whole_file_is_asked_about(name: str) -> None:
    kinds = [(one.kind, one.where) for one in gentle_questions(draft(facts=(), attachments=(file(name),)))]
    assert kinds == [("whole_file", "attachments[0]")]


def test_where_one_thing_was_asked_any_file_and_many_statements_are_asked_about() -> None:
    asked = ("Has anyone in the practice seen injuries on Ellis in 2026?",)
    order = file("order.pdf")
    plain = draft(facts=(), attachments=(order,))
    assert gentle_questions(plain) == ()
    assert [one.where for one in gentle_questions(plain, asked)] == ["attachments[0]"]
    assert gentle_questions(plain, ("Everything we have", "and more")) == ()
    facts = tuple(fact(f"F{n}", "He was seen.", record("file"), "2026") for n in range(1, MANY + 1))
    found = gentle_questions(draft(facts=facts, opinions=()), asked)
    assert [(one.kind, one.where) for one in found] == [("whole_file", "facts")]


def test_what_is_needed_may_not_be_the_whole_file() -> None:
    found = gentle_questions(draft(facts=(), need="We send the whole file, to be safe."))
    assert [(one.kind, one.where, one.words) for one in found] == [("whole_file", "need", "whole file")]


@pytest.mark.parametrize(
    ("name", "other", "same"),
    [
        ("John Smith", "Smith", True),
        ("john smith", "John Smith", True),
        ("Jane Smith", "John Smith", False),
        ("Ellis’s stepfather", "Ruth Okafor", False),
        ("", "Ruth", False),
    ],
)
def test_a_name_is_known_again(name: str, other: str, same: bool) -> None:
    assert bears_name(name, other) is same
    assert bears_name(other, name) is same


@pytest.mark.parametrize("text", ["", " ", '"', "“" * 5000, "a" * 4000, "and he " * 600, ". A" * 1300])
def test_any_text_is_read_at_once(text: str) -> None:
    two_in_one(text)
    judging_word(text)
