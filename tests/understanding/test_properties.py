"""What holds for any words at all."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pairs import BOUND, load, share_of

from exchange.share.understanding import Divergence, DivergenceKind, compare
from exchange.wire.contents import Emphasis, ReadBackContents, Restatement

WORDS = st.sampled_from(
    [
        "mum",
        "dad",
        "Ellis",
        "Mr",
        "Khan",
        "the",
        "teacher",
        "police",
        "said",
        "says",
        "told",
        "hit",
        "was",
        "not",
        "never",
        "no",
        "nobody",
        "n't",
        "isn't",
        "can't",
        "without",
        "may",
        "might",
        "could",
        "confirmed",
        "allegedly",
        "likely",
        "2",
        "two",
        "twice",
        "3",
        "first",
        "9.20",
        "10",
        "November",
        "10/11",
        "Tuesday",
        "2026",
        "may",
        "march",
        "half",
        "past",
        "nine",
        "4",
        "puffs",
        "times",
        "a",
        "day",
        "up",
        "to",
        "at",
        "least",
        "cm",
        "kg",
        "left",
        "arm",
        "right",
        "ear",
        "before",
        "after",
        "assault",
        "and",
        "but",
        "because",
        ",",
        ".",
        ";",
        "-",
        "(",
        ")",
        "bruise",
        "school",
        "safe",
        "risk",
        "allowed",
        "forbidden",
        "stopped",
        "ended",
        "supervised",
        "unsupervised",
        "missed",
        "attended",
        "cleared",
        "of",
        "with",
        "both",
        "parents",
        "aged",
        "weeks",
        "£40",
        "50%",
        "whether",
        "does",
        "mean",
        "that",
        "3/5",
        "26/40",
        "tds",
    ]
)
SENTENCES = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)
ANYTHING = st.one_of(SENTENCES, st.text(max_size=4000))
SAID = ANYTHING.filter(bool)


def _compare(
    sent: str, restated: str, warning: str | None = None, will_do: str = "Visit."
) -> tuple[Divergence, ...]:
    statement = {
        "id": "F1",
        "text": sent,
        "source": "observed",
        "as_of": "2026-11-10",
        "does_not_mean": warning,
    }
    restatement = Restatement(statement="F1", meaning=restated, taken_as="fact", weight="critical")
    back = ReadBackContents(
        **BOUND,
        kind="read_back",
        version="0" * 64,
        restatements=(restatement,),
        key_point="F1",
        will_do=will_do,
    )
    share = share_of([statement], ["Ellis"], ["the partner"])
    return compare(share, Emphasis(weights={"F1": "critical"}, key_point="F1"), back)


@given(SAID, ANYTHING, SAID, SAID)
@settings(max_examples=300, deadline=None)
def test_any_words_are_compared(sent: str, restated: str, warning: str, will_do: str) -> None:
    found = _compare(sent[:4000], restated[:4000], warning[:2000], will_do[:2000])
    assert all(one.explanation for one in found)
    assert all(len(one.sent) <= 240 and len(one.restated) <= 240 for one in found)


@given(SAID)
@example("10 of 10")
@example("before after")
@example("«0")
@settings(max_examples=300, deadline=None)
def test_the_same_text_is_copied_or_covers_nothing_and_is_nothing_else(text: str) -> None:
    kinds = {one.kind for one in _compare(text, text)}
    assert kinds in ({DivergenceKind.COPIED}, {DivergenceKind.NOT_COVERED})


@given(st.text(alphabet=" \t\n.,;!?-…\"'()", max_size=50))
def test_nothing_said_covers_nothing(nothing: str) -> None:
    found = _compare("Mother said that he fell.", nothing)
    assert [one.kind for one in found] == [DivergenceKind.NOT_COVERED]


SPELLINGS = [
    pytest.param(lambda text: text.replace(" ", "  \t "), id="white space"),
    pytest.param(lambda text: text.replace(" ", "\n"), id="line breaks"),
    pytest.param(lambda text: text.replace("'", "’").replace('"', "”"), id="curly quotes"),
    pytest.param(lambda text: text.replace("'", "ʼ"), id="modifier apostrophe"),
    pytest.param(
        lambda text: text.translate({ord("0") + n: 0xFF10 + n for n in range(10)}), id="full-width digits"
    ),
]


@pytest.mark.parametrize("spelt", SPELLINGS)
@given(sent=SENTENCES, restated=SENTENCES)
@settings(max_examples=60, deadline=None)
def test_white_space_quotation_marks_and_look_alikes_change_nothing(
    spelt: Any, sent: str, restated: str
) -> None:
    plain = {one.kind for one in _compare(sent, restated)}
    assert {one.kind for one in _compare(spelt(sent), spelt(restated))} == plain
    assert {one.kind for one in _compare(sent, spelt(restated))} == plain


@given(sent=SENTENCES, restated=SENTENCES, case=st.sampled_from([str.upper, str.lower, str.title]))
@settings(max_examples=200, deadline=None)
def test_case_changes_nothing_but_which_new_words_look_like_names(
    sent: str, restated: str, case: Any
) -> None:
    plain = {one.kind for one in _compare(sent, restated)} - {DivergenceKind.NAME_CHANGED}
    other = {one.kind for one in _compare(case(sent), case(restated))} - {DivergenceKind.NAME_CHANGED}
    assert other == plain


def test_divergences_stand_in_the_order_of_statements_and_kinds_each_once() -> None:
    order = list(DivergenceKind)
    for pair in load("tuned"):
        ids = [one.id for one in (*pair.share.facts, *pair.share.opinions)]
        found = compare(pair.share, pair.emphasis, pair.read_back)
        assert len({(one.statement, one.kind) for one in found}) == len(found)
        within = [one for one in found if one.kind is not DivergenceKind.OTHER_KEY_POINT and one.statement]
        places = [(ids.index(str(one.statement)), order.index(one.kind)) for one in within]
        assert all(before < after for before, after in pairwise(places))


def test_the_words_shown_are_the_persons_own() -> None:
    for pair in load("tuned"):
        sent = " ".join(
            f"{one.text} {one.does_not_mean or ''}" for one in (*pair.share.facts, *pair.share.opinions)
        )
        restated = " ".join(one.meaning for one in pair.read_back.restatements) + " " + pair.read_back.will_do
        for one in compare(pair.share, pair.emphasis, pair.read_back):
            assert all(part.strip("…") in sent for part in one.sent.split(" … "))
            if one.kind is not DivergenceKind.OTHER_KEY_POINT:
                assert all(part.strip("…") in restated for part in one.restated.split(" … "))


_DIGEST = "import sys; sys.path[:0] = sys.argv[1:]; import test_properties; print(test_properties.digest())"


def digest() -> str:
    """Everything that is found in the corpus, as one short word."""
    found = [compare(pair.share, pair.emphasis, pair.read_back) for pair in load("tuned")]
    return hashlib.sha256(repr(found).encode()).hexdigest()


def test_the_same_words_give_the_same_answer_in_every_process() -> None:
    here, root = Path(__file__).parent, Path(__file__).parents[2]
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", _DIGEST, str(here), str(root)],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout.strip() == digest()
