"""The corpus: the cases are caught as their stories tell, nothing right in them is flagged, and the page is true."""

from __future__ import annotations

import pytest
from pairs import Pair, load
from scoring import PAGE, SETS, page, score

from exchange.share.understanding import DivergenceKind, compare

CASES = load("cases")
FEWEST = {"cases": 8, "tuned": 60, "held_out": 20}


def _found(pair: Pair) -> set[str]:
    return {
        f"{one.statement or '-'} {one.kind.value}"
        for one in compare(pair.share, pair.emphasis, pair.read_back)
    }


@pytest.mark.parametrize("pair", [pair for pair in CASES if not pair.right], ids=lambda pair: pair.name)
def test_what_went_wrong_in_a_case_is_named_and_nothing_else(pair: Pair) -> None:
    found = _found(pair)
    assert pair.expected <= found
    assert found <= pair.expected | pair.acceptable


@pytest.mark.parametrize("pair", [pair for pair in CASES if pair.right], ids=lambda pair: pair.name)
def test_a_right_read_back_of_a_case_raises_no_alarm(pair: Pair) -> None:
    assert _found(pair) == set()


@pytest.mark.parametrize("folder", sorted(SETS))
def test_no_set_of_pairs_has_become_empty(folder: str) -> None:
    assert len(load(folder)) >= FEWEST[folder]


@pytest.mark.parametrize("folder", ["tuned", "held_out"])
def test_half_of_the_pairs_are_right(folder: str) -> None:
    pairs = load(folder)
    assert sum(pair.right for pair in pairs) * 2 == len(pairs)
    assert all(bool(pair.expected) != pair.right for pair in pairs)


@pytest.mark.parametrize("folder", sorted(SETS))
def test_labels_name_kinds_and_statements_that_exist(folder: str) -> None:
    kinds = {kind.value for kind in DivergenceKind}
    for pair in load(folder):
        ids = {one.id for one in (*pair.share.facts, *pair.share.opinions)} | {"-"}
        for label in pair.expected | pair.acceptable:
            statement, kind = label.split()
            assert statement in ids
            assert kind in kinds


def test_every_kind_is_expected_somewhere() -> None:
    kinds = {label.split()[1] for folder in SETS for pair in load(folder) for label in pair.expected}
    assert kinds == {kind.value for kind in DivergenceKind}


def test_the_page_says_what_is_measured() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: .venv/bin/python tests/understanding/scoring.py"


def test_most_of_the_words_are_read_rightly_where_nothing_was_tuned() -> None:
    found = score("held_out")
    assert found.hits.total() >= 5 * found.misses.total()
    assert found.clean * 5 >= found.right * 4
