"""A person's file reaches the desk as it was meant, and what is wrong with it is named before it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from exchange.desk.cli import forms
from exchange.errors import FileRefused
from exchange.share.catalogue import Catalogue
from exchange.share.draft import AmendDraft, ShareDraft, check_amend, check_share
from keys.record import parse_time

if TYPE_CHECKING:
    from pathlib import Path

NOW = parse_time("2026-11-22T12:00:00Z")
SHARE = """
to = ["one/A", "two/B"]
purpose = "school-admission"
purpose_text = "To give a place."
need = "No more than this."
key_point = "F1"
[basis]
code = "consent"
[[subjects]]
name = "Jodie"
identifier_omitted = "harmful"
told = { state = "yes", when = 2026-11-09, by = "Leah Stone" }
[[facts]]
id = "F1"
weight = "critical"
text = "She moved."
source = { kind = "observed", who = "me" }
as_of = 2026-11-03T09:20:00
confidence = "high"
why_needed = "It is why."
[[facts]]
id = "F2"
weight = "context"
only_for = ["two/B"]
text = "Her number is 1."
source = { kind = "record", record = "Card" }
as_of = 2026-11-03
confidence = "high"
why_needed = "To ring."
[[attachments]]
file = "order.pdf"
name = "Order.pdf"
media_type = "application/pdf"
why_needed = "To show."
only_for = ["one/A"]
"""


def _party(name: str) -> dict[str, Any]:
    return {"agency": name.partition("/")[0] + "-agency", "person": "p" * 26}


def _attach(name: str) -> str:
    return f"handle of {name}"


def _form(tmp_path: Path, text: str) -> dict[str, Any]:
    path = tmp_path / "form.toml"
    path.write_text(text, encoding="utf-8")
    return forms.read_form(path)


def test_a_share_file_becomes_a_draft_that_may_be_sent(tmp_path: Path) -> None:
    draft = ShareDraft.model_validate(forms.share(_form(tmp_path, SHARE), _party, _attach), strict=False)
    assert check_share(draft, NOW, Catalogue.load()) == []
    assert [fact.only_for for fact in draft.facts] == [(), (1,)]
    assert draft.emphasis.weights == {"F1": "critical", "F2": "context"}
    assert draft.facts[0].as_of == "2026-11-03T09:20"
    assert draft.attachments[0].handle == "handle of order.pdf"
    assert draft.subject_informed[0].state == "yes"


def test_an_amendment_file_becomes_a_draft_for_its_legs(tmp_path: Path) -> None:
    form = _form(tmp_path, SHARE.replace("to = ", 'change = "One date was wrong."\nto = '))
    names = ["one/A", "two/B"]
    draft = AmendDraft.model_validate(forms.amendment(form, names, [0, 1], _attach), strict=False)
    assert check_amend(draft, NOW, Catalogue.load()) == []
    assert draft.legs == (0, 1)


def test_every_judgement_that_is_left_out_stays_out(tmp_path: Path) -> None:
    """No weight, no key point, no answer to "was this person told?" is made up on the way."""
    bare = "\n".join(
        line for line in SHARE.splitlines() if not line.startswith(("weight", "key_point", "told"))
    )
    draft = forms.share(_form(tmp_path, bare), _party, _attach)
    assert draft["emphasis"] == {"weights": {}, "key_point": None}
    assert draft["subject_informed"] == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("to = [", "not TOML: "),
        ('to = "one/A"', "to"),
        ("facts = [1]", "facts[0]"),
        ('to = ["one/A"]\n[[facts]]\nid = "F1"\nonly_for = ["three/C"]', "facts[0].only_for"),
    ],
)
def test_a_broken_share_file_is_named_by_its_place(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(FileRefused) as refused:
        forms.share(_form(tmp_path, text), _party, _attach)
    assert where in refused.value.where


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused):
        forms.read_form(tmp_path / "missing.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(FileRefused):
        forms.read_form(tmp_path / "bytes.toml")


def test_a_blank_read_back_is_refused_before_it_is_sent() -> None:
    one = {"statement": "F1", "meaning": None, "taken_as": "fact", "weight": "critical"}
    full = {"version": "a" * 64, "key_point": "F1", "will_do": "See her.", "restatements": [one]}
    assert forms.read_back(full)["restatements"][0]["meaning"] == ""
    for name in ("version", "key_point", "will_do"):
        with pytest.raises(FileRefused):
            forms.read_back(full | {name: None})
    for name in ("taken_as", "weight"):
        with pytest.raises(FileRefused):
            forms.read_back(full | {"restatements": [one | {name: None}]})


@pytest.mark.parametrize("verdict", [None, ""])
def test_a_hear_back_without_a_verdict_is_refused_before_it_is_sent(verdict: str | None) -> None:
    with pytest.raises(FileRefused):
        forms.hear_back({"verdict": verdict, "heard": []})


@pytest.mark.parametrize("understood", [None, "", "maybe", "y", 1.5])
def test_an_unanswered_statement_is_refused_before_it_is_sent(understood: object) -> None:
    with pytest.raises(FileRefused) as refused:
        forms.hear_back({"verdict": "agreed", "heard": [{"statement": "F1", "understood": understood}]})
    assert "heard[0].understood" in refused.value.where


def test_yes_and_no_are_understood() -> None:
    heard = [{"statement": "F1", "understood": "yes"}, {"statement": "F2", "understood": "no"}]
    form = forms.hear_back({"verdict": "corrected", "heard": heard})
    assert [one["understood"] for one in form["heard"]] == [True, False]


@pytest.mark.parametrize("to", ["one/A", ["one/A"]])
def test_a_request_goes_to_one_by_name_or_in_a_list_of_one(to: object) -> None:
    assert forms.request({"to": to}, _party)["recipient"] == _party("one/A")


@pytest.mark.parametrize("to", [None, [], ["one/A", "two/B"], [1], 1])
def test_a_request_to_anything_else_is_told_what_is_wanted(to: object) -> None:
    with pytest.raises(FileRefused) as refused:
        forms.request({"to": to}, _party)
    assert "agency/Full name" in refused.value.where
