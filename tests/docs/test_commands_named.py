"""Whatever a page tells a reader to type exists, and what an administrator's page tells them to do is run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from followed import commands
from typer.main import get_command

from exchange.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))
BLOCK = re.compile(r"^```(?P<kind>[\w -]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`((?:\.venv/bin/)?readback(?: [^`]*)?)`")
CALL = re.compile(r"(?:^|[\s(/])readback ((?:[^;|&()\"'<>\n]|\"[^\"]*\"|'[^']*')*)")
OPTION = re.compile(r"`(--[a-z][a-z-]*)[^`]*`")
NOT_OURS = {"--require-hashes"}
# Named on a how-to page, and neither run there nor in the tutorial; with the reason.
NAMED_ONLY = {
    "readback deliveries": "what a sender looks at, and no step of whoever reads a how-to page",
    "readback notifications": "each person's own choice, at their own desk",
}
# Run by tests of their own (tests/desk, tests/cli), and on no page yet.
ON_NO_PAGE = {
    "readback desk forks",
    "readback desk who",
    "readback keys policy show",
}


class Unknown(AssertionError):
    """A page names what is not there."""


class Named(NamedTuple):
    path: tuple[str, ...]  # the command's words
    whole: bool  # and not only a group of commands


def look_up(line: str) -> Named:
    """Find the command, its options and no more arguments than it takes; `Unknown` otherwise."""
    words = shlex.split(line.replace("…", "x"), comments=True)
    found: Any = get_command(app)
    path = ["readback"]
    while words and hasattr(found, "commands"):
        if words[0] == "--help":
            return Named(tuple(path), whole=False)
        if words[0] not in found.commands:
            raise Unknown(f"{' '.join(path)} has no {words[0]}")
        path.append(words[0])
        _, found, words = found.resolve_command(None, words)
    if hasattr(found, "commands"):
        return Named(tuple(path), whole=False)
    check(found, " ".join(path), words)
    return Named(tuple(path), whole=True)


def check(command: Any, path: str, words: list[str]) -> None:
    options = {each: one for one in command.params for each in (*one.opts, *one.secondary_opts)}
    waiting, arguments = iter(words), 0
    for word in waiting:
        name, equals, _ = word.partition("=")
        if not word.startswith("-") or word == "-":
            arguments += 1
        elif name == "--help":
            continue
        elif name not in options:
            raise Unknown(f"{path} has no {name}")
        elif not equals and not getattr(options[name], "is_flag", False):
            next(waiting, None)
    most = [one.nargs for one in command.params if one.param_type_name == "argument"]
    if -1 not in most and arguments > sum(most):
        raise Unknown(f"{path} takes {sum(most)} arguments, and not {arguments}")


def inline(text: str) -> Iterator[str]:
    """Every command within a sentence, without its first word."""
    for found in INLINE.findall(BLOCK.sub("", text)):
        yield " ".join(found.split()).removeprefix(".venv/bin/").removeprefix("readback").strip()


def in_blocks(text: str, kinds: str = r"console|sh terminal-\d|ini|sh") -> Iterator[str]:
    """Every call of the command in a block that holds commands."""
    for block in BLOCK.finditer(text):
        if not re.fullmatch(kinds, block["kind"]):
            continue
        body = block["body"]
        lines = (
            [one.line for one in commands(body)]
            if block["kind"] == "console"
            else [re.sub(r"\\\n *", "", body)]
        )
        for line in lines:
            yield from (" ".join(call.split()) for call in re.findall(CALL, line))


@pytest.mark.parametrize("page", [str(page.relative_to(ROOT)) for page in PAGES])
def test_every_command_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    wrong = []
    for line in (*inline(text), *in_blocks(text)):
        try:
            look_up(line)
        except Unknown as unknown:
            wrong.append(str(unknown))
    assert wrong == []


@pytest.mark.parametrize("page", [page.name for page in HOW_TO])
def test_every_option_that_a_page_names_is_one(page: str) -> None:
    help_page = (ROOT / "docs" / "reference" / "command-line.md").read_text("utf-8")
    known = set(re.findall(r"(--[a-z][a-z-]*)", help_page))
    text = BLOCK.sub("", (ROOT / "docs" / "how-to" / page).read_text("utf-8"))
    assert set(OPTION.findall(text)) - known - NOT_OURS == set()


def run_by_tests() -> set[str]:
    pages = [*HOW_TO, ROOT / "docs" / "tutorial.md"]
    called = (
        call for page in pages for call in in_blocks(page.read_text("utf-8"), r"console|sh terminal-\d")
    )
    return {" ".join(look_up(call).path) for call in called}


def test_what_a_how_to_page_names_is_run_on_one() -> None:
    named = {
        " ".join(one.path)
        for page in HOW_TO
        for one in map(look_up, inline(page.read_text("utf-8")))
        if one.whole
    }
    assert named - run_by_tests() <= {*NAMED_ONLY, *ON_NO_PAGE}


def test_every_command_for_administrators_and_operators_is_run_on_a_page() -> None:
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text("utf-8")
    theirs = set(re.findall(r"^### (readback (?:desk|keys|hub) .+)$", page, re.MULTILINE))
    assert len(theirs) > 40
    assert theirs - run_by_tests() <= ON_NO_PAGE


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("keys fond HOME", "readback keys has no fond"),
        ("keys log shew ADDRESS", "readback keys log has no shew"),
        ("keys roster HOME --renews", "readback keys roster has no --renews"),
        ("keys roster HOME MORE", "takes 1 arguments, and not 2"),
    ],
)
def test_what_does_not_exist_is_noticed(line: str, why: str) -> None:
    with pytest.raises(Unknown, match=why):
        look_up(line)


def test_commands_are_found_in_sentences_and_in_blocks() -> None:
    page = (
        "Say `readback keys\nroster HOME`, or `.venv/bin/readback inbox`.\n"
        '```console\n$ x "$(readback hub log hub)" | y\n```\n'
    )
    assert list(inline(page)) == ["keys roster HOME", "inbox"]
    assert list(in_blocks(page)) == ["hub log hub"]
