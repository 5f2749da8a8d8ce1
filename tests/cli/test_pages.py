"""What is printed can be read at 80 columns, says everything that belongs to a statement, and cannot be abused."""

from __future__ import annotations

import tomllib

import pytest
from canned_desk import fact, opinion, row, thread_view, understanding, words
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.desk.cli import pages, say, share_page, templates
from exchange.share.catalogue import Catalogue


def test_a_share_shows_all_that_belongs_to_its_statements() -> None:
    text = "\n".join(share_page.words(words()))
    for part in (
        "IMMEDIATE RISK",
        "FACT",
        "OPINION",
        "Observed: The teacher",
        "65–90 in 100",
        "35–65 in 100",
        "It does not say how",
        "NEVER PASS IT ON",
        "Protected: source",
        "!! NEVER TELL The stepfather any of this.",
        "Not known: Whether",
        "Rests on: F1",
        "Order.pdf",
    ):
        assert part in text


def test_a_share_shows_the_law_and_the_reason_in_plain_words() -> None:
    step = thread_view()["steps"][0]
    step["basis"] = {"code": "public-task", "gateway": "ca1989-s47", "no_consent": None}
    step["purpose"] = "safeguarding-child-at-risk"
    text = " ".join("\n".join(share_page.words(words(), step)).split())
    for part in (
        "Purpose: To protect a child who is at risk of harm, so that",
        "In the sender's words: To protect Ellis.",
        "Lawful basis: We are a public body",
        "By what law: The local authority must enquire",
        "Urgency: today",
        "Was Ellis told? No. The person is too young, or not able, to understand it now.",
    ):
        assert part in text
    assert text.index("Purpose:") < text.index("Lawful basis:") < text.index("FACT")
    assert "too-young" not in text
    assert "Why not by consent" not in text


def test_whom_an_answer_is_about_stands_with_it() -> None:
    ellis = words()["words"]["subjects"][0]
    told = words()["words"]["subject_informed"][0]
    view = words(
        subjects=[ellis, ellis | {"name": "Darren Cole"}],
        subject_informed=[told, told | {"state": "yes", "when": "2026-11-10", "by": "Helen", "reason": None}],
        never_tell=["darren  cole", "The stepfather"],
    )
    lines = [" ".join(one.split()) for one in share_page.words(view)]
    at = lines.index("About: Darren Cole, the child, born 2020")
    assert lines[at - 2].startswith("Was Ellis told? No.")
    assert lines[at + 1] == "!! NEVER TELL Darren Cole any of this."
    assert lines[at + 2] == "Was Darren Cole told? Yes, 2026-11-10, Helen."
    assert lines[at + 3] == "!! NEVER TELL The stepfather any of this."


def test_what_was_corrected_is_shown_while_it_waits_to_be_restated() -> None:
    view = thread_view()
    heard = view["steps"][0] | {
        "kind": "hear_back",
        "leg": 0,
        "verdict": "corrected",
        "words": {"heard": [{"statement": "O1", "understood": False, "correction": "It is an opinion."}]},
    }
    view["steps"].append(heard)
    assert list(pages.corrections(view, 0)) == []
    view["legs"][0]["state"] = "corrected"
    text = " ".join("\n".join(pages.corrections(view, 0)).split())
    assert text.startswith("!! CORRECTED by Helen Marsh")
    assert "O1 not what was meant: It is an opinion." in text
    assert list(pages.corrections(view, 1)) == []


def test_advice_for_those_who_write_is_not_for_those_who_read() -> None:
    hints = [entry.hint for section in Catalogue.load().sections.values() for entry in section if entry.hint]
    texts = [entry.text for section in Catalogue.load().sections.values() for entry in section]
    assert "Name the law that gives us the task." in hints
    assert not [hint for hint in hints if any(hint in text for text in texts)]


def test_what_is_over_is_counted_as_that() -> None:
    assert next(pages.inbox([row(yours=False)], finished=True)) == "1 is over."
    assert next(pages.inbox([], finished=True)) == "Nothing is over."


def test_the_inbox_puts_what_waits_for_you_first() -> None:
    lines = list(pages.inbox([row(thread="z" * 26, yours=False, overdue=False), row()]))
    text = "\n".join(lines)
    assert text.startswith("1 waits for you; 1 with others.")
    assert text.index("* abcdefgh") < text.index("  zzzzzzzz")
    assert "OVERDUE" in text


def test_a_leg_is_named_only_where_there_are_several() -> None:
    assert "leg" not in "".join(pages.inbox([row()]))
    assert "urgency: today" in "".join(pages.inbox([row()]))
    assert "".join(pages.inbox([row(), row(leg=1)])).count(" leg ") == 2
    view = thread_view()
    assert "leg 0" not in "".join(pages.steps(view))
    view["legs"].append(view["legs"][0] | {"index": 1})
    assert "leg 0  Duty social worker" in "".join(pages.steps(view))
    assert "noted on leg 0 (Duty social worker)" in " ".join(" ".join(pages.steps(view)).split())


def test_an_empty_inbox_says_so() -> None:
    assert list(pages.inbox([])) == ["Nothing waits for you; 0 with others."]


def test_a_thread_shows_forks_idle_steps_and_what_is_missing() -> None:
    text = "\n".join(pages.steps(thread_view()))
    for part in ("two different steps", "without effect: superseded", "2 steps are known", "Helen Marsh"):
        assert part in text


@pytest.mark.parametrize(
    "lines", [share_page.words(words()), pages.inbox([row()]), pages.steps(thread_view())]
)
def test_everything_fits_eighty_columns(lines: object) -> None:
    assert all(len(line) <= say.WIDTH for line in lines)  # type: ignore[attr-defined]


def test_a_times_of_day_are_londons() -> None:
    assert pages.moment("2026-07-01T16:00:00Z") == "1 Jul 2026, 17:00 BST"
    assert pages.moment("2026-12-01T16:00:00Z") == "1 Dec 2026, 16:00 GMT"


@settings(deadline=None)  # a machine with other work is no failure
@given(st.text(min_size=1, max_size=200))
def test_nobodys_words_move_the_cursor(text: str) -> None:
    printed = "\n".join(say.wrapped(text))
    assert not any(ord(sign) < 32 and sign != "\n" for sign in printed)
    assert "\x9b" not in printed
    assert "\u202e" not in printed


def test_a_read_back_template_is_toml_with_every_judgement_empty() -> None:
    form = tomllib.loads(templates.read_back(words()))
    assert form["version"] == "a" * 64
    assert (form["key_point"], form["will_do"], form["not_known"]) == ("", "", "")
    assert form["restatements"] == [
        {"statement": name, "meaning": "", "taken_as": "", "weight": ""} for name in ("F1", "O1")
    ]


def test_a_hear_back_template_is_toml_without_a_verdict() -> None:
    text = templates.hear_back(understanding())
    form = tomllib.loads(text)
    assert form["verdict"] == ""
    assert form["read_back"] == "b" * 64
    assert all(one["understood"] == "" for one in form["heard"])
    assert "! You gave an opinion" in text
    assert "they wrote: (nothing)" in text


@settings(deadline=None)
@given(st.text(max_size=300))
def test_what_somebody_wrote_cannot_become_a_setting(text: str) -> None:
    """A statement that ends its comment and sets a verdict would agree in the sender's name."""
    evil = text + '\nverdict = "agreed"\r\nverdict = "agreed"\u2028verdict = "agreed"'
    view = understanding()
    view["rows"][1]["restatement"]["meaning"] = evil
    assert tomllib.loads(templates.hear_back(view))["verdict"] == ""
    share = words(facts=[fact(text=evil)], opinions=[opinion(text=evil)])
    form = tomllib.loads(templates.read_back(share))
    assert set(form) == {"version", "key_point", "will_do", "not_known", "restatements"}
