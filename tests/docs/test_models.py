"""The models of docs/models speak of the code as it is, and their runner lets nothing half-open pass.

The searches themselves are run by `make check`, since they need Spin.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from exchange.share.lifecycle import SHARE, Row, State
from keys.transparency.policy import is_safe

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "models"
MODELS = ("closing", "order", "quorum")

HOLDS = """
State-vector 64 byte, depth reached 38, errors: 0
   809097 states, stored
  3485627 states, matched
"""
COUNTEREXAMPLE = """pan:1: assertion violated (state[0]!=16) (at depth 35)
pan: wrote closing.pml.trail
Warning: Search not completed
State-vector 56 byte, depth reached 41, errors: 1
  1037767 states, stored
"""


@pytest.fixture(scope="module")
def check() -> SimpleNamespace:
    with pytest.MonkeyPatch.context() as patch:
        # A dataclass looks its module up by name.
        patch.setitem(sys.modules, "check", SimpleNamespace())
        return SimpleNamespace(**runpy.run_path(str(FOLDER / "check.py"), run_name="check"))


def row_in_promela(row: Row) -> str:
    if not row.states:
        where = "at == NONE"
    elif set(row.states) == set(State):
        where = "at != NONE"
    else:
        where = " || ".join(f"at == {state.name}" for state in row.states)
        where = f"({where})" if len(row.states) > 1 else where
    after = row.next.name if row.next else "at"
    return f":: {where} && did == {row.kind} && said == {row.verdict or 'none'} && by == {row.by} -> to = {after}"


def test_the_models_table_is_the_codes_table() -> None:
    lines = (FOLDER / "lifecycle.pml").read_text("utf-8").splitlines()
    body = lines[lines.index("inline transition(at, did, said, by, to)") :]
    rows = [line.strip() for line in body if "::" in line]
    assert rows == [*map(row_in_promela, SHARE), ":: else -> to = NONE"]


def test_the_thread_models_use_that_table_and_no_other() -> None:
    thread = (FOLDER / "thread.pml").read_text("utf-8")
    assert '#include "lifecycle.pml"' in thread
    for name in ("closing", "order"):
        text = (FOLDER / f"{name}.pml").read_text("utf-8")
        assert '#include "thread.pml"' in text
        assert "inline transition" not in text + thread


@pytest.mark.parametrize("model", MODELS)
def test_each_model_is_searched_right_and_broken(check: SimpleNamespace, model: str) -> None:
    searches = [search for search in check.SEARCHES if search.model == model]
    assert any(search.holds for search in searches)
    assert any(not search.holds and search.variant.startswith("broken") for search in searches)


def test_every_model_of_the_folder_is_searched_or_included(check: SimpleNamespace) -> None:
    searched = {f"{search.model}.pml" for search in check.SEARCHES}
    assert {path.name for path in FOLDER.glob("*.pml")} == searched | {"lifecycle.pml", "thread.pml"}


def test_a_right_quorum_is_one_that_a_policy_may_have_and_a_broken_one_is_not(
    check: SimpleNamespace,
) -> None:
    for search in check.quorums():
        values = {flag.split("=")[0]: int(flag.split("=")[1]) for flag in search.flags}
        assert is_safe(values["N"], values["Q"], values["F"]) == search.holds


@pytest.mark.parametrize(
    ("output", "right", "broken"),
    [
        (HOLDS, "holds", "NO COUNTEREXAMPLE"),
        (COUNTEREXAMPLE, "COUNTEREXAMPLE", "counterexample, as it must"),
        (COUNTEREXAMPLE.replace("assertion violated", "invalid end state"), None, None),
        ("error: max search depth too small\n" + HOLDS, None, None),
        ("pan: reached -DMEMLIM bound\nWarning: Search not completed\n" + HOLDS, None, None),
        ("Warning: Search not completed\n" + HOLDS, None, None),
        ("Segmentation fault", None, None),
        ("", None, None),
    ],
)
def test_only_a_whole_search_shows_anything(
    check: SimpleNamespace, output: str, right: str | None, broken: str | None
) -> None:
    for holds, words in ((True, right), (False, broken)):
        good, said = check.verdict(check.Search("closing", "one", holds=holds), check.read(output))
        assert good == (said in {"holds", "counterexample, as it must"})
        assert said == words if words else said.startswith("NOTHING SHOWN")
