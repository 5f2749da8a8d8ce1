"""Words bound to their step, amendments, file names, and text in any script."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cases import consistent_with
from cases_more import corrected_date, protected_address
from judged import CATALOGUE, NOW, SHARE, SLIP, bound_to, slip_of, told

from exchange.share.draft import AmendDraft, audiences, check_amend, check_share
from exchange.share.rules import check_contents
from exchange.wire.contents import AcceptContents, Bound, write
from exchange.wire.slip import AttachmentPin

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


@pytest.mark.parametrize("field", ["step", "thread", "agency", "person"])
def test_words_of_another_step_are_refused_first(field: str) -> None:
    other = SHARE.model_copy(update={field: "b" * 26})
    assert told(check_contents(other, SLIP, CATALOGUE)) == {("contents_disagree", field)}


def test_words_of_another_kind_are_refused() -> None:
    amended = SHARE.model_copy(update={"kind": "amend", "change": "so"})
    assert told(check_contents(amended, SLIP, CATALOGUE)) == {("contents_disagree", "kind")}


def test_an_amendment_says_what_changed_and_a_share_does_not() -> None:
    slip = slip_of("amend", leg=0, answers="1" * 64, prev=("1" * 64,))
    whole = audiences(corrected_date())[0]
    words = whole.contents(Bound(**bound_to(slip)), "0" * 64, {"sealed-handle": (28, 0)})
    pinned = slip.model_copy(update={"attachments": (AttachmentPin(size=100, digest="9" * 64),)})
    assert check_contents(words, pinned, CATALOGUE) == []
    silent = words.model_copy(update={"change": None, "retracted": ("F2",)})
    assert told(check_contents(silent, pinned, CATALOGUE)) == {
        ("change_missing", "change"),
        ("statement_ids", "retracted[0]"),
    }
    talkative = SHARE.model_copy(update={"change": "x1", "retracted": ("F7",)})
    assert told(check_contents(talkative, SLIP, CATALOGUE)) == {
        ("change_missing", "change"),
        ("change_missing", "retracted[0]"),
    }


def test_an_amendment_is_judged_as_a_draft_too() -> None:
    whole = corrected_date()
    assert check_amend(whole, NOW, CATALOGUE) == []
    gap = AmendDraft.model_validate(dict(whole) | {"change": None, "retracted": ("F1",)})
    assert told(check_amend(gap, NOW, CATALOGUE)) == {
        ("change_missing", "change"),
        ("statement_ids", "retracted[0]"),
    }


def test_a_file_must_be_pinned_and_have_a_name_that_is_no_path() -> None:
    draft = protected_address()
    for name in ("../../etc/passwd", "a/b.pdf", "a\\b.pdf", ".profile", "con: aux", "x.pdf "):
        item = draft.attachments[0].model_copy(update={"name": name})
        bad = draft.model_copy(update={"attachments": (item,)})
        assert told(check_share(bad, NOW, CATALOGUE)) == {("contents_malformed", "attachments[0].name")}
    pinned = slip_of(basis=draft.basis, attachments=(AttachmentPin(size=100, digest="9" * 64),))
    files = {"sealed-handle": (28, 0)}
    named = audiences(bad)[0].contents(Bound(**bound_to(pinned)), "0" * 64, files)
    assert told(check_contents(named, pinned, CATALOGUE)) == {("contents_malformed", "attachments[0].name")}
    slip = slip_of(basis=draft.basis)
    words = audiences(draft)[0].contents(Bound(**bound_to(slip)), "0" * 64, {"sealed-handle": (28, 0)})
    assert told(check_contents(words, slip, CATALOGUE)) == {("contents_disagree", "attachments[0].pin")}


def test_small_steps_may_not_be_blank_either() -> None:
    slip = slip_of("accept", leg=0, answers="1" * 64)
    words = AcceptContents(**bound_to(slip), kind="accept", my_part=" . ")
    assert told(check_contents(words, slip, CATALOGUE)) == {("text_blank", "my_part")}


def test_text_in_any_script_and_with_line_breaks_is_text() -> None:
    for text in ("ہاں", "да", "是", "שלום\u200f", "a\nb\tc", "Zoë’s", "7"):
        draft = consistent_with().model_copy(update={"need": text})
        assert check_share(draft, NOW, CATALOGUE) == []


def test_an_unborn_child_can_be_protected() -> None:
    draft = consistent_with()
    unborn = draft.subjects[0].model_copy(update={"born": "2027-03"})
    assert (
        check_share(draft.model_copy(update={"subjects": (unborn, *draft.subjects[1:])}), NOW, CATALOGUE)
        == []
    )
