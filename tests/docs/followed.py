"""A page followed to the letter: its console blocks run in order, in an empty folder, at a terminal.

What a page needs beyond what it shows stands in comments of its source, just before the block that needs it:

    here: NAME = COMMAND            what the page shows as NAME is, on this machine, what COMMAND prints
    ports: 8440 8441                each stands for a free one
    type: WORDS                     what is typed at a prompt that hides it; one comment for each prompt
    status: 2                       how the block's last command ends (0 otherwise)
    soon                            the block's last command is repeated until it says what is shown
    leave running: NAME, until WORDS    the block's command goes on in another window; it is up when it says WORDS
    stop: NAME                      Ctrl-C in that window
    meanwhile: COMMAND              what somebody else does in the meantime
    meanwhile, leave running: NAME, until WORDS: COMMAND

What follows a command in a block is what it prints: exactly, but for ``…``, which stands for anything; alone on a
line, for any lines. Where nothing follows, anything may be printed.
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
AT_NO_COST = ROOT / "tests" / "docs" / "at_no_cost.py"  # the command itself, where stretching is cheap
PATIENCE = 120.0  # seconds for one command, on a machine that does much else
_PART = re.compile(r"<!-- (?P<note>.*?) -->|^```console\n(?P<block>.*?)^```$", re.DOTALL | re.MULTILINE)
_AT_A_TERMINAL = 'exec bash --norc -c "$0" < "$1" > "$1" 2>&1'  # the first terminal opened becomes its own


@dataclass(frozen=True)
class Command:
    """One command as the page shows it, and what it is to print."""

    line: str
    prints: tuple[str, ...]


@dataclass
class Window:
    """A program that goes on in another window."""

    process: subprocess.Popen[bytes]
    log: Path


@dataclass
class Reader:
    """Somebody who follows a page, in `folder`."""

    folder: Path
    names: dict[str, str] = field(default_factory=dict)
    windows: dict[str, Window] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    status: int = 0
    patient: bool = False
    running: str | None = None
    tools: str = ""  # further folders of commands, each with a colon behind it
    surroundings: dict[str, str] = field(default_factory=dict)  # what else stands in the environment

    def follow(self, page: str) -> int:
        """Follow a page to its end; how many commands it had."""
        (self.folder / "home").mkdir()
        tools = self.folder / "bin"
        tools.mkdir()
        readback = tools / "readback"
        readback.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" "{AT_NO_COST}" "$@"\n')
        readback.chmod(0o755)
        python = tools / "python"  # for notes: what stands in tests/ may help behind the scenes
        found = f"{ROOT}:{ROOT}/tests:{ROOT}/tests/docs:{ROOT}/tests/scenarios"
        python.write_text(f'#!/bin/sh\nPYTHONPATH="{found}" exec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        (self.folder / "at-work").mkdir()
        count = 0
        for part in _PART.finditer(page):
            if part["note"] is not None:
                self._note(" ".join(part["note"].split()))
            else:
                count += self._block(commands(part["block"]))
        assert not self.typed
        return count

    def close(self) -> None:
        """Close every window."""
        for name in list(self.windows):
            self._stop(name)

    def _note(self, note: str) -> None:
        if found := re.fullmatch(r"here: (.+?) = (.+)", note):
            self.names[found[1]] = self._succeeds(found[2]).strip()
        elif found := re.fullmatch(r"ports: ([\d ]+)", note):
            self.names |= {shown: str(free_port()) for shown in found[1].split()}
        elif found := re.fullmatch(r"type: (.+)", note):
            self.typed.append(found[1])
        elif found := re.fullmatch(r"status: (\d+)", note):
            self.status = int(found[1])
        elif note == "soon":
            self.patient = True
        elif found := re.fullmatch(r"leave running: (.+)", note):
            self.running = found[1]
        elif found := re.fullmatch(r"stop: (\S+)", note):
            self._stop(found[1])
        elif found := re.fullmatch(r"meanwhile: (.+)", note):
            self._succeeds(found[1])
        elif found := re.fullmatch(r"meanwhile, leave running: (.+?): (.+)", note):
            self._leave_running(found[1], found[2])

    def _block(self, block: list[Command]) -> int:
        for command in block[:-1]:
            self._says(command, 0, patient=False)
        if self.running is not None:
            self._leave_running(self.running, block[-1].line)
        else:
            self._says(block[-1], self.status, patient=self.patient)
        self.status, self.patient, self.running = 0, False, None
        return len(block)

    def _says(self, command: Command, status: int, *, patient: bool) -> None:
        expected = [self._here(line) for line in command.prints]
        deadline = time.monotonic() + PATIENCE
        while True:
            ended, printed = self._run(command.line)
            lines = [line.rstrip() for line in printed.splitlines()]
            if ended == status and (not expected or fits(expected, lines)):
                return
            shown = f"$ {command.line}\n{printed}\nended with {ended}"
            assert patient, f"{shown}; the page says {status} and\n" + "\n".join(expected)
            assert time.monotonic() < deadline, shown
            time.sleep(0.3)

    def _succeeds(self, line: str) -> str:
        ended, printed = self._run(line)
        assert ended == 0, f"$ {line}\n{printed}"
        return printed

    def _run(self, line: str) -> tuple[int, str]:
        """Run one command at a terminal of its own, and type what is to be typed."""
        controller, terminal = pty.openpty()
        process = subprocess.Popen(
            ["sh", "-c", _AT_A_TERMINAL, self._here(line), os.ttyname(terminal)],
            cwd=self.folder / "at-work",
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            printed = self._talk(process, controller)
        finally:
            process.kill()
            process.wait()
            os.close(terminal)
            os.close(controller)
        return process.returncode, printed

    def _talk(self, process: subprocess.Popen[bytes], controller: int) -> str:
        printed, answered, deadline = b"", 0, time.monotonic() + PATIENCE
        while True:
            ended = process.poll() is not None
            while select.select([controller], [], [], 0.02)[0]:
                printed += os.read(controller, 65536)
            if ended:
                return printed.decode().replace("\r\n", "\n")
            if printed[answered:].endswith(b": ") and self.typed:
                answered = len(printed)
                os.write(controller, f"{self.typed.pop(0)}\n".encode())
            assert time.monotonic() < deadline, f"it does not end:\n{printed.decode()}"

    def _leave_running(self, how: str, line: str) -> None:
        name, _, words = how.partition(", until ")
        assert name not in self.windows, f"{name} is running"
        log = self.folder / f"{name}.log"
        begun = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            process = subprocess.Popen(
                ["bash", "--norc", "-c", f"exec {self._here(line)}"],
                cwd=self.folder / "at-work",
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.windows[name] = Window(process, log)
        deadline = time.monotonic() + PATIENCE
        while words.encode() not in log.read_bytes()[begun:]:
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.05)

    def _stop(self, name: str) -> None:
        window = self.windows.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(window.process.pid, signal.SIGINT)
        try:
            window.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(window.process.pid, signal.SIGKILL)
            window.process.wait()
            raise

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.folder / 'bin'}:{self.tools}/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "NO_COLOR": "1",
            "COLUMNS": "80",
            **self.surroundings,
        }

    def _here(self, text: str) -> str:
        for name, meant in self.names.items():
            text = text.replace(name, meant)
        return text


def commands(block: str) -> list[Command]:
    """Read a block: `$ ` begins a command, a backslash at a line's end goes on with it, the rest is printed."""
    found: list[Command] = []
    lines = iter(block.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line.removeprefix("$ ")
            while command.endswith("\\"):
                command = command.removesuffix("\\") + next(lines).strip()
            found.append(Command(command, ()))
        else:
            last = found.pop()
            found.append(Command(last.line, (*last.prints, line.rstrip())))
    return found


def fits(expected: list[str], printed: list[str]) -> bool:
    """Say whether the lines printed are those expected, where `…` is anything."""
    pattern = ""
    for line in expected:
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(map(re.escape, line.split("…"))) + r"\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None
