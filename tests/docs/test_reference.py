"""The reference pages say what the code does: each is printed again and compared."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def pages() -> Mapping[str, Callable[[], str]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(FOLDER), *sys.path])
        found: Mapping[str, Callable[[], str]] = runpy.run_path(str(FOLDER / "make.py"))["PAGES"]
    return found


def test_every_page_of_the_folder_is_printed(pages: Mapping[str, Callable[[], str]]) -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == set(pages)


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.md")))
def test_a_page_is_what_the_code_says(pages: Mapping[str, Callable[[], str]], name: str) -> None:
    stands = (FOLDER / name).read_text("utf-8")
    assert stands == pages[name](), f"docs/reference/{name} is out of date: make docs"


def test_every_code_that_the_house_can_say_is_on_the_page() -> None:
    """Also those of classes that are defined elsewhere than where the page looks."""
    import exchange.cli
    import exchange.desk.app
    import exchange.hub.app  # noqa: F401
    from keys.errors import Problem

    def below(one: type[Problem]) -> set[type[Problem]]:
        return {one}.union(*(below(kind) for kind in one.__subclasses__()))

    page = (FOLDER / "errors.md").read_text("utf-8")
    ours = {one for one in below(Problem) if one.__module__.startswith(("keys.", "exchange."))}
    told = {one.code for one in ours if "code" in vars(one) and one is not Problem}
    assert len(told) > 80
    assert {code for code in told if f"| `{code}` |" not in page} == set()


def test_the_folders_pages_need_no_file_to_be_written_by_hand(tmp_path: Path) -> None:
    """`make docs` in a copy without pages writes all of them, and nothing when run again."""
    import os
    import shutil
    import subprocess

    copy = tmp_path / "reference"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("*.md", "__pycache__"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}

    def make() -> list[str]:
        command = [sys.executable, str(copy / "make.py")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    assert [Path(line).name for line in make()] == sorted(path.name for path in FOLDER.glob("*.md"))
    assert make() == []
