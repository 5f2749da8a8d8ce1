"""The page of commands: what `--help` prints, for every command, in one place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from typer.main import get_command
from typer.testing import CliRunner

from exchange.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION: Final = """\
# Command line

*Printed from the commands themselves by `make docs`: each block is what `--help` shows.*

Results go to standard output, refusals to standard error. With `--json`, both are JSON. Exit status: 0
done, 1 an alarm stands or a trail was changed (`desk alarms`, `desk audit`), 2 refused or used wrongly, 3
nobody answers, 4 a certificate hangs together and nobody vouches for it (`verify --unpinned`). Every refusal
has a code: see [codes](errors.md). A passphrase is asked for without showing it, or read from the first line
of a file that only you can read; it is never an argument.
"""

_PARTS: Final = {
    "": ("For practitioners", "Sign in first (`readback desk sign-in`). They speak to your agency's desk."),
    "desk": ("For whoever runs a desk", "How to: [administrator](../how-to/administrator.md)."),
    "keys": ("For an agency's administrator", "How to: [administrator](../how-to/administrator.md)."),
    "hub": ("For whoever runs a hub", "How to: [operator](../how-to/operator.md)."),
    "demo": ("To see it", "Four cases, told as a story on your own machine."),
}
_LONGEST: Final = 80


def page() -> str:
    """Print the whole page."""
    parts = [_INTRODUCTION]
    for group, (title, text) in _PARTS.items():
        parts.append(f"## {title}\n\n{text}\n")
        commands = _commands(group)
        parts += [f"### readback {' '.join(words)}\n\n```text\n{_help(words)}\n```\n" for words in commands]
    return "\n".join(parts)


def _commands(group: str) -> Iterator[list[str]]:
    """Name every command of a group; those of the root are the practitioner's."""
    root: Any = get_command(app)
    if not group:
        yield from ([name] for name in root.commands if name not in _PARTS)
        return
    _, found, _ = root.resolve_command(None, [group])
    names = getattr(found, "commands", {})
    for name in names:
        below = getattr(names[name], "commands", {})
        yield from ([group, name, each] for each in below)
        if not below:
            yield [group, name]
    if not names:
        yield [group]


def _help(words: list[str]) -> str:
    width = {"COLUMNS": str(_LONGEST), "TERMINAL_WIDTH": str(_LONGEST), "NO_COLOR": "1", "TERM": "dumb"}
    result = CliRunner(env={**os.environ, **width}).invoke(app, [*words, "--help"], prog_name="readback")
    if result.exit_code:
        raise RuntimeError(result.output)
    return "\n".join(line.rstrip() for line in result.stdout.strip().splitlines())
