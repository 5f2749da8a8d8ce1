"""The cases' files say what may be said, and the comparison finds in them what each story says it finds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from exchange.demo import stories
from exchange.demo.cast import plans
from exchange.demo.stage import CASES, form
from exchange.desk.cli import forms
from exchange.desk.service.drafts import HearBackDraft, ReadBackDraft, RefuseDraft, RequestDraft
from exchange.share.catalogue import Catalogue
from exchange.share.draft import AmendDraft, ShareDraft, audiences, check_amend, check_share
from exchange.share.understanding import compare
from exchange.wire.contents import Bound, ReadBackContents
from keys.record import new_id

NOW = datetime.now(UTC)
BOUND = {"step": "s" * 26, "thread": "t" * 26, "agency": "some-agency", "person": "p" * 26}


def _party(name: str) -> dict[str, Any]:
    agency, _, who = name.partition("/")
    known = {one.id: {entry.name for entry in (*one.people, *one.roles)} for one in plans()}
    assert who in known[agency]
    return {"agency": agency, "person": new_id()}


def _read(model: type[Any], data: dict[str, Any]) -> Any:
    return model.model_validate_json(json.dumps(data))


def _share(case: str, name: str = "share") -> Any:
    attach = lambda file: file if (CASES / case / file).is_file() else ""  # noqa: E731 - said once
    data = form(case, name)
    if name == "amend":
        return _read(AmendDraft, forms.amendment(data, ["castle-hill-academy/Miriam Hughes"], [0], attach))
    return _read(ShareDraft, forms.share(data, _party, attach))


def _files(pattern: str) -> list[tuple[str, str]]:
    return [(path.parent.name, path.stem) for path in sorted(CASES.glob(f"*/{pattern}.toml"))]


@pytest.mark.parametrize("case", [case for case, _ in _files("share")])
def test_each_share_may_be_sent(case: str) -> None:
    assert check_share(_share(case), NOW, Catalogue.load()) == []


def test_the_amendment_may_be_sent() -> None:
    assert check_amend(_share("3-protected-address", "amend"), NOW, Catalogue.load()) == []


@pytest.mark.parametrize(("case", "name"), _files("request-*"))
def test_each_request_has_its_shape(case: str, name: str) -> None:
    _read(RequestDraft, forms.request(form(case, name), _party))


def test_the_refusal_has_its_shape() -> None:
    _read(RefuseDraft, form("4-refused-then-shared", "refuse"))


@pytest.mark.parametrize(("case", "name"), _files("hear-back*"))
def test_each_hear_back_has_its_shape(case: str, name: str) -> None:
    _read(HearBackDraft, forms.hear_back(form(case, name)))


# leg, read-back, and the statements that the story says are flagged
FOUND = [
    ("1-consistent-with", 0, "read-back-1", {"F4", "F5", "O1"}),
    ("1-consistent-with", 0, "read-back-2", set()),
    ("2-no-further-action", 0, "read-back-health-visitor", set()),
    ("2-no-further-action", 1, "read-back-nursery", {"F2", "F3", "O1"}),
    ("3-protected-address", 0, "read-back-1", {"F2", "F3", "F4"}),
    ("3-protected-address", 0, "read-back-2", set()),
    ("4-refused-then-shared", 0, "read-back", set()),
]


@pytest.mark.parametrize(("case", "leg", "name", "flagged"), FOUND)
def test_what_went_wrong_is_flagged_and_what_is_right_is_not(
    case: str, leg: int, name: str, flagged: set[str]
) -> None:
    audience = next(one for one in audiences(_share(case)) if leg in one.recipients)
    files = {item.handle: (1, 0) for item in audience.attachments}
    share = audience.contents(Bound(**BOUND), "0" * 64, files)
    draft = _read(ReadBackDraft, forms.read_back(form(case, name) | {"version": "0" * 64}))
    back = ReadBackContents(
        **BOUND,
        kind="read_back",
        version="0" * 64,
        restatements=draft.restatements,
        key_point=draft.key_point,
        will_do=draft.will_do,
        not_known=draft.not_known,
    )
    found = compare(share, audience.emphasis, back)
    if not flagged:
        assert found == ()
    assert flagged <= {one.statement for one in found}


def test_the_corpus_is_whole() -> None:
    assert len(_files("share")) == 4
    assert {case for case, _ in _files("*")} == {case for case, _, _, _ in FOUND}
    assert len(list(Path(stories.__file__).parent.glob("[a-z]*.py"))) == 4
