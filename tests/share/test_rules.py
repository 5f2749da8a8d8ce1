"""Everything that keeps a share from being sent or believed, each with its code and place, at both ends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cases import consistent_with, no_further_action
from cases_more import one_fact_one_opinion, protected_address
from judged import CATALOGUE, NOW, SALT, SHARE, SLIP, bound_to, slip_of, told
from pydantic import ValidationError

from exchange.errors import ContentsRefused
from exchange.share.draft import ShareDraft, audiences, check_share, commit
from exchange.share.rules import check_slip, problems_of, read_contents
from exchange.wire import limits
from exchange.wire.contents import Bound, write
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


# What stands there instead, and the code and place that both ends must tell.
BROKEN = [
    ("facts.0.source", None, "fact_without_source", "facts[0].source"),
    ("facts.0.source", ..., "fact_without_source", "facts[0].source"),
    ("facts.1.source.who", None, "fact_without_source", "facts[1].source.who"),
    ("facts.3.source.record", None, "fact_without_source", "facts[3].source.record"),
    ("facts.0.source", {"kind": "heard"}, "fact_without_source", "facts[0].source.kind"),
    ("facts.0.as_of", None, "fact_without_date", "facts[0].as_of"),
    ("facts.0.as_of", ..., "fact_without_date", "facts[0].as_of"),
    ("facts.0.as_of", "2026-02-31", "date_absurd", "facts[0].as_of"),
    ("facts.0.as_of", "0000", "date_absurd", "facts[0].as_of"),
    ("facts.0.as_of", "1899-12-31", "date_absurd", "facts[0].as_of"),
    ("facts.0.as_of", "2026-11-13", "date_absurd", "facts[0].as_of"),
    ("facts.0.as_of", "2026-11-12T14:01", "date_absurd", "facts[0].as_of"),
    ("facts.0.as_of", "2026-11-12T24:00", "date_absurd", "facts[0].as_of"),
    ("facts.0.as_of", "yesterday", "date_absurd", "facts[0].as_of"),
    ("facts.0.as_of", "२०२६-११", "date_absurd", "facts[0].as_of"),
    ("facts.0.as_of", "2026-11\n", "date_absurd", "facts[0].as_of"),
    ("facts.0.as_of", "x", "date_absurd", "facts[0].as_of"),
    ("facts.4.until", "2026-08", "date_absurd", "facts[4].until"),
    ("facts.4.until", "2026-99", "date_absurd", "facts[4].until"),
    ("facts.4.as_of", "2026-00", "date_absurd", "facts[4].as_of"),
    ("facts.4.as_of", "2026-10-00", "date_absurd", "facts[4].as_of"),
    ("facts.4.as_of", "2026-13", "date_absurd", "facts[4].as_of"),
    ("subject_informed.1", {"state": "planned"}, "subject_informed_missing", "subject_informed[1].when"),
    (
        "subject_informed.1",
        {"state": "planned", "when": "2026-10"},
        "date_absurd",
        "subject_informed[1].when",
    ),
    ("subject_informed.1", {"state": "planned", "when": "2031"}, "date_absurd", "subject_informed[1].when"),
    ("facts.1.id", "F1", "statement_ids", "facts[1].id"),
    ("facts.1.id", "F01", "statement_ids", "facts[1].id"),
    ("facts.1.id", "O3", "statement_ids", "facts[1].id"),
    ("facts.0.confidence", "sure", "contents_malformed", "facts[0].confidence"),
    ("facts.0.why_needed", ..., "contents_malformed", "facts[0].why_needed"),
    ("facts.0.why_needed", "", "text_blank", "facts[0].why_needed"),
    ("facts.0.why_needed", " \t\n\u3000", "text_blank", "facts[0].why_needed"),
    ("facts.0.why_needed", "\u200b\u2060…—", "text_blank", "facts[0].why_needed"),
    ("facts.0.text", "He was\u202e not hit", "text_unprintable", "facts[0].text"),
    ("facts.0.text", "He was \u2066not\u2069 hit", "text_unprintable", "facts[0].text"),
    ("facts.0.text", "a\x1b[31mb", "text_unprintable", "facts[0].text"),
    ("facts.0.text", "a\x9bb", "text_unprintable", "facts[0].text"),
    ("facts.0.text", "a\rb", "text_unprintable", "facts[0].text"),
    ("facts.0.text", "a\x7fb", "text_unprintable", "facts[0].text"),
    ("facts.0.text", "x" * (limits.STATEMENT + 1), "too_large", "facts[0].text"),
    ("facts.0.handling.onward", "anybody", "contents_malformed", "facts[0].handling.onward"),
    ("opinions.0.rests_on", [], "opinion_rests_on_nothing", "opinions[0].rests_on"),
    ("opinions.1.grounds", None, "opinion_rests_on_nothing", "opinions[1].rests_on"),
    ("opinions.1.grounds", "  ", "opinion_rests_on_nothing", "opinions[1].rests_on"),
    ("opinions.0.rests_on", ["F1", "F9"], "opinion_rests_on_hidden", "opinions[0].rests_on"),
    ("opinions.0.whose", ..., "contents_malformed", "opinions[0].whose"),
    ("opinions.1.id", "O1", "statement_ids", "opinions[1].id"),
    ("need", "", "text_blank", "need"),
    ("need", ..., "contents_malformed", "need"),
    ("subjects.0.name", "\u00a0", "text_blank", "subjects[0].name"),
    ("subjects.0.born", "2030", "date_absurd", "subjects[0].born"),
    ("subjects.0.born", "1850", "date_absurd", "subjects[0].born"),
    ("subjects.0.identifier", None, "identifier_missing", "subjects[0].identifier"),
    ("subjects.0.identifier_omitted", "not-needed", "identifier_missing", "subjects[0].identifier"),
    ("subjects.1.identifier_omitted", "lazy", "reason_unknown", "subjects[1].identifier_omitted"),
    ("subject_informed", [], "subject_informed_missing", "subject_informed[0]"),
    ("subject_informed.2", ..., "subject_informed_missing", "subject_informed[2]"),
    ("subject_informed.2.reason", None, "subject_informed_missing", "subject_informed[2].reason"),
    ("subject_informed.2.reason", "because", "reason_unknown", "subject_informed[2].reason"),
    ("subject_informed.1.by", None, "subject_informed_missing", "subject_informed[1].by"),
    ("subject_informed.1.when", None, "subject_informed_missing", "subject_informed[1].when"),
    ("subject_informed.1.when", "2026-11-14", "date_absurd", "subject_informed[1].when"),
    ("subject_informed.1.state", "perhaps", "subject_informed_missing", "subject_informed[1].state"),
    ("immediate_risk", "\n", "text_blank", "immediate_risk"),
    ("not_known.0", " ", "text_blank", "not_known[0]"),
    ("law_enforcement", True, "category_missing", "subjects[0].category"),
    ("law_enforcement", 1, "contents_malformed", "law_enforcement"),
]
NAMES = [f"{place}={str(value)[:12]!a}" for place, value, _, _ in BROKEN]


@pytest.mark.parametrize(("place", "value", "code", "where"), BROKEN, ids=NAMES)
def test_what_a_hostile_sender_sends_anyway_is_refused_where_it_is_opened(
    place: str, value: Any, code: str, where: str
) -> None:
    payload = json.dumps(put(DATA, place, value)).encode()
    with pytest.raises(ContentsRefused) as refusal:
        read_contents("share", payload, SLIP, CATALOGUE)
    assert (code, where) in told(list(refusal.value.problems))
    assert refusal.value.code == refusal.value.problems[0].code
    assert all(problem.hint and problem.message for problem in refusal.value.problems)


DRAFT = json.loads(consistent_with().model_dump_json())


@pytest.mark.parametrize(("place", "value", "code", "where"), BROKEN, ids=NAMES)
def test_the_same_is_refused_where_it_is_written(place: str, value: Any, code: str, where: str) -> None:
    try:
        draft = ShareDraft.model_validate_json(json.dumps(put(DRAFT, place, value)))
    except ValidationError as error:
        problems = problems_of(error)
    else:
        problems = check_share(draft, NOW, CATALOGUE)
    if (place, value) == ("need", ...):  # a draft may have the gap, and the words for it are better
        code = "text_blank"
    assert (code, where) in told(problems)


def test_the_four_cases_break_no_rule_at_either_end() -> None:
    drafts = (consistent_with(), no_further_action(), protected_address(), one_fact_one_opinion("1" * 64))
    for draft in drafts:
        assert check_share(draft, NOW, CATALOGUE) == []
        pins = tuple(AttachmentPin(size=100, digest="9" * 64) for _ in draft.attachments)
        slip = slip_of(
            to=draft.recipients,
            basis=draft.basis,
            purpose=draft.purpose,
            urgency=draft.urgency,
            attachments=pins,
        )
        assert check_slip(slip, CATALOGUE) == []
        for audience in audiences(draft):
            files = {item.handle: (28, n) for n, item in enumerate(draft.attachments)}
            words = audience.contents(Bound(**bound_to(slip)), commit(audience.emphasis, SALT), files)
            assert read_contents("share", write(words), slip, CATALOGUE) == words


def test_everything_that_is_wrong_with_a_draft_is_told_together() -> None:
    draft = ShareDraft.model_validate_json(
        json.dumps(
            DRAFT
            | {
                "purpose": None,
                "purpose_text": None,
                "basis": {"code": "because-i-say-so", "gateway": None, "no_consent": "none"},
                "recipients": [],
                "due": "2026-11-11T17:00:00Z",
                "need": None,
                "emphasis": {"weights": {"F1": "critical"}, "key_point": None},
            }
        )
    )
    assert told(check_share(draft, NOW, CATALOGUE)) == {
        ("recipient_missing", "recipients"),
        ("purpose_missing", "purpose"),
        ("purpose_missing", "purpose_text"),
        ("basis_unknown", "basis.code"),
        ("basis_unknown", "basis.no_consent"),
        ("date_absurd", "due"),
        ("text_blank", "need"),
        ("emphasis_incomplete", "emphasis.weights"),
    }
    codes = {problem.code for problem in check_share(ShareDraft(), NOW, CATALOGUE)}
    assert codes >= {
        "recipient_missing",
        "purpose_missing",
        "basis_missing",
        "statements_missing",
        "subject_missing",
        "subject_informed_missing",
    }


def test_nothing_that_was_written_is_in_a_problem() -> None:
    canary = "Zebedee"
    broken = json.dumps(
        DATA
        | {
            canary: canary,
            "need": canary * 1000,
            "subjects": [{"name": canary, canary: 1}],
            "facts": [{"id": canary, "text": canary}],
            "opinions": [{"id": "O1", canary: {canary: canary}}],
        }
    ).encode()
    with pytest.raises(ContentsRefused) as refusal:
        read_contents("share", broken, SLIP, CATALOGUE)
    told_of = repr([(vars(p), str(p)) for p in refusal.value.problems]) + str(refusal.value)
    assert canary not in told_of
    draft = json.dumps(DRAFT | {"emphasis": {"weights": {canary: "critical"}}})
    with pytest.raises(ValidationError) as error:
        ShareDraft.model_validate_json(draft)
    assert canary not in repr([str(p) for p in problems_of(error.value)])
    assert told(problems_of(error.value)) == {("emphasis_incomplete", "emphasis.weights")}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'"share"',
        b"{}",
        b"\xff\xfe{}",
        b"{" * 5000,
        b'{"v":1,"v":1}',
        b'{"v":NaN}',
        b'{"v":1.0}',
        b'{"v":"\\ud800"}',
        b'{"v":' + b"[" * 50 + b"]" * 50 + b"}",
        b'{"v":99999999999999999999}',
    ],
)
def test_bytes_that_are_no_contents_are_refused_by_name(payload: bytes) -> None:
    for kind in ("share", "read_back", "hear_back", "note"):
        with pytest.raises(ContentsRefused) as refusal:
            read_contents(kind, payload, SLIP, CATALOGUE)
        assert refusal.value.problems


def test_sizes_have_limits_and_say_so() -> None:
    with pytest.raises(ContentsRefused) as refusal:
        read_contents("share", b" " * (limits.CONTENTS + 1), SLIP, CATALOGUE)
    assert refusal.value.code == "too_large"
    fact, opinion = DATA["facts"][0], DATA["opinions"][1]
    many = [fact | {"id": f"F{n}"} for n in range(1, 151)]
    views = [opinion | {"id": f"O{n}"} for n in range(1, 52)]
    payload = json.dumps(DATA | {"facts": many, "opinions": views}).encode()
    with pytest.raises(ContentsRefused) as refusal:
        read_contents("share", payload, SLIP, CATALOGUE)
    assert told(list(refusal.value.problems)) == {("too_large", "facts and opinions")}
    payload = json.dumps(DATA | {"facts": [fact | {"id": f"F{n}"} for n in range(1, 202)]}).encode()
    with pytest.raises(ContentsRefused) as refusal:
        read_contents("share", payload, SLIP, CATALOGUE)
    assert ("too_large", "facts") in told(list(refusal.value.problems))


def test_a_draft_that_would_make_too_large_a_part_is_refused_before_it_is_sealed() -> None:
    fact = DRAFT["facts"][0] | {"text": "æ" * 1900}
    ids = [f"F{n}" for n in range(1, 81)]
    draft = DRAFT | {
        "facts": [fact | {"id": name} for name in ids],
        "opinions": [],
        "emphasis": {"weights": dict.fromkeys(ids, "context"), "key_point": "F1"},
    }
    problems = check_share(ShareDraft.model_validate_json(json.dumps(draft)), NOW, CATALOGUE)
    assert told(problems) == {("too_large", "facts and opinions")}
