"""Every test that a page of the docs names as its witness exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = ROOT / "tests"
NAMED = re.compile(r"`(?:tests/)?([\w/]+\.py)::(\w+)`")
PAGE = ROOT / "docs" / "threat-model.md"


@cache
def defined(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def witnesses(page: Path) -> list[tuple[str, str]]:
    return NAMED.findall(page.read_text("utf-8"))


@pytest.mark.parametrize(
    "page", sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md") if witnesses(path))
)
def test_the_witnesses_that_a_page_names_exist(page: str) -> None:
    missing = [
        f"{file}::{name}"
        for file, name in witnesses(ROOT / page)
        if not (TESTS / file).is_file() or name not in defined(TESTS / file)
    ]
    assert missing == []


def test_every_defence_has_a_witness_or_says_that_there_is_none() -> None:
    """A row of the attack tables without a test must own up: nothing stands in the way, or another page shows it."""
    lines = PAGE.read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines if line.startswith("| ")]
    heads = {"attack", "what happens", "---"}
    attacks = [row for row in rows if len(row) == 4 and row[0] not in heads]
    assert len(attacks) > 60
    shown = (row[0] for row in attacks if NAMED.search(row[2]) or "](" in row[2] or row[1] == "nothing")
    assert {row[0] for row in attacks} == set(shown)
