"""The tutorial is true: its commands are run in two terminals, as written, and say what it says they say."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(sh terminal-(?P<terminal>\d)|text)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
SHARED = re.compile(r"Thread ([a-z2-7]{8})\.")
PLACEHOLDER = "q7xk2mzp"
PATIENCE = 60.0
AGAIN = "again in a few seconds"
AFTER_A_CHANGE = "where the first command after a change of terminal does not find it"
DONE = "--- done with status "


class Block(NamedTuple):
    terminal: str | None  # None: what the block before it prints
    body: str
    again: bool = False  # the page says, just before or after it, that its last command may be too early


class Terminal:
    """A shell that stays, as a person's would."""

    def __init__(self, folder: Path, path: str) -> None:
        environment = {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "TERM": "dumb"}
        self.shell = subprocess.Popen(
            ["bash", "--norc", "-m"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, command: str) -> tuple[int, str]:
        """The status and everything that was printed."""
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        self.shell.stdin.write(f"{command}\nended=$?; echo; echo '{DONE}'$ended\n".encode())
        self.shell.stdin.flush()
        printed, deadline = b"", time.monotonic() + PATIENCE
        while not re.search(rb"\n%s(\d+)\n" % DONE.encode(), printed):
            ready, _, _ = select.select([self.shell.stdout], [], [], deadline - time.monotonic())
            assert ready, f"{command!r} takes too long: {printed.decode()}"
            piece = os.read(self.shell.stdout.fileno(), 65536)
            assert piece, f"the shell ended: {printed.decode()}"
            printed += piece
        text, _, status = printed.decode().rpartition(DONE)
        return int(status), text

    def close(self) -> None:
        for job in self.run("jobs -p")[1].split():
            with suppress(ProcessLookupError):  # it was told to stop, and has
                os.kill(int(job), signal.SIGKILL)
        self.shell.kill()
        self.shell.communicate()


def blocks() -> list[Block]:
    page = PAGE.read_text("utf-8")
    found = list(BLOCK.finditer(page))
    ends = [0, *(one.end() for one in found)]
    starts = [*(one.start() for one in found), len(page)]
    prose = [" ".join(page[end:start].split()) for end, start in zip(ends, starts, strict=True)]
    made = []
    for index, one in enumerate(found):
        shows = index + 1 < len(found) and found[index + 1]["terminal"] is None
        before = prose[index].split(". ")[-2:] if index else []  # the page's opening speaks of all of them
        after = prose[index + 1 + shows].split(". ")[:3]
        made.append(Block(one["terminal"], one["body"], any(AGAIN in said for said in (*before, *after))))
    return made


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[dict[str, Terminal]]:
    tools = tmp_path / "bin"
    tools.mkdir()
    readback = tools / "readback"
    readback.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m exchange.cli "$@"\n')
    readback.chmod(0o755)
    path = f"{tools}:/usr/local/bin:/usr/bin:/bin"
    both = {number: Terminal(tmp_path, path) for number in ("1", "2")}
    yield both
    for terminal in both.values():
        terminal.close()


def until_it_says(terminal: Terminal, command: str, expected: list[str], *, again: bool) -> str:
    """Run a command; `again` and again, where the page says that it may be too early."""
    deadline = time.monotonic() + PATIENCE
    while True:
        status, printed = terminal.run(command)
        shown = SHARED.sub(f"Thread {PLACEHOLDER}.", printed)
        missing = [line for line in expected if line not in shown and line not in printed]
        if status == 0 and not missing:
            return printed
        assert again, f"{command}\n{printed}\nlacks {missing}"
        assert time.monotonic() < deadline, f"{command}\n{printed}\nlacks {missing}"
        time.sleep(0.2)


@pytest.mark.timeout(280)
def test_the_tutorial_says_what_happens(terminals: dict[str, Terminal]) -> None:
    ports, thread = {str(8440 + index): str(free_port()) for index in range(3)}, PLACEHOLDER
    pages = blocks()
    assert AFTER_A_CHANGE in " ".join(PAGE.read_text("utf-8").split())
    assert sum(block.terminal is not None for block in pages) > 15
    at = None
    for index, block in enumerate(pages):
        if block.terminal is None:
            continue
        following = pages[index + 1] if index + 1 < len(pages) else Block("end", "")
        expected = [] if following.terminal else following.body.replace(PLACEHOLDER, thread).splitlines()
        *before, last = commands(block.body)
        for nth, (command, shown) in enumerate([*((one, []) for one in before), (last, expected)]):
            said = command.replace(PLACEHOLDER, thread)
            for port, free in ports.items():
                said = said.replace(port, free)
            again = (nth == 0 and block.terminal != at) or (nth == len(before) and block.again)
            printed = until_it_says(terminals[block.terminal], said, shown, again=again)
            found = SHARED.search(printed)
            thread = found[1] if found else thread
        at = block.terminal
    assert thread != PLACEHOLDER


def commands(body: str) -> list[str]:
    """The commands of a block; a here-document belongs to its own."""
    found: list[str] = []
    inside = False
    for line in body.splitlines():
        if inside:
            found[-1] += f"\n{line}"
            inside = line != "END"
        else:
            found.append(line)
            inside = line.endswith("<<'END'")
    return found
