"""Rules of the house that no linter knows."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]
LONGEST = 320


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--", *patterns], cwd=HOUSE, check=True, capture_output=True, text=True
    ).stdout
    found = [HOUSE / name for name in listed.splitlines() if (HOUSE / name).is_file()]
    assert found
    return found


def test_no_two_test_files_share_a_name() -> None:
    """Test folders are no packages, so the name alone tells them apart."""
    names = Counter(path.name for path in tracked("tests/**/*.py") if path.name != "conftest.py")
    assert [name for name, count in names.items() if count > 1] == []


def test_no_file_of_the_product_outgrows_a_room() -> None:
    long = [path.name for path in tracked("keys/*.py", "exchange/*.py") if _lines(path) > LONGEST]
    assert long == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path)
        for path in tracked("keys/*.py", "exchange/*.py")
        if '"""' not in path.read_text("utf-8")[:4]
    ]
    assert silent == []


def test_no_address_of_a_package_registry_and_no_path_of_one_machine() -> None:
    strange = [
        "pypi" + ".org",
        "files.python" + "hosted",
        "registry.np" + "mjs",
        "/ro" + "ot/",
        "/wo" + "rk/",
    ]
    text = [path for path in tracked() if path.suffix in {".py", ".md", ".toml", ".lock", ".txt", ""}]
    assert [(path.name, word) for path in text for word in strange if word in _read(path)] == []


def _lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def _read(path: Path) -> str:
    return path.read_text("utf-8", "replace")
