"""How help is printed: what a person types stands in capitals, and nothing of how the program reads it.

Promises: the usage, arguments and options of every command read alike, whichever part it belongs to:
`THREAD`, `[FILE]`, `--leg NUMBER`; bounds are said in words.
Never: it changes what a command takes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

# typer brings these two and gives them no public name; they are where its help is meant to be changed.
from typer._click.core import Context
from typer._click.formatting import HelpFormatter

if TYPE_CHECKING:
    from collections.abc import Sequence

_KIND: Final = re.compile(r" <(?:list\[)?([\w ]+)\]?>(?:\.\.\.)?$")
_KINDS: Final = {"path": "FILE", "Path": "FILE", "int": "NUMBER", "int range": "NUMBER"}
_REQUIRED: Final = re.compile(r"\{(\w+)\}")
_OPTIONAL: Final = re.compile(r"\[([a-z_]+)\]")
_ANY_COUNT: Final = re.compile(r"; x>=0|x>=0; |\s*\[x>=0\]")
_BETWEEN: Final = re.compile(r"(\d+)<=x<=(\d+)")
_LEAST: Final = re.compile(r"x>=(\d+)")


class PlainFormatter(HelpFormatter):
    """Writes what typer makes of a command, in plain words."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage, with an argument's name as it is written below: `THREAD`, `[FILE]`."""
        plain = _REQUIRED.sub(lambda found: found[1].upper(), args)
        super().write_usage(prog, _OPTIONAL.sub(lambda found: found[0].upper(), plain), prefix)

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write arguments, options or commands, one a line."""
        super().write_dl([(_name(name), _bounds(text)) for name, text in rows], col_max, col_spacing)


class PlainContext(Context):
    """A call of a command whose help is printed so."""

    formatter_class = PlainFormatter


def plainly(command: Any) -> None:  # typer's own classes have no public name
    """Let a command, and those below it, print their help so."""
    command.context_class = PlainContext
    for below in getattr(command, "commands", {}).values():
        plainly(below)


def _name(name: str) -> str:
    kind = _KIND.search(name)
    if kind is None:
        return name
    if name.startswith("-"):
        return f"{name[: kind.start()]} {_KINDS.get(kind[1], 'TEXT')}"
    return name[: kind.start()].upper()


def _bounds(text: str) -> str:
    text = _BETWEEN.sub(r"\1 to \2", _ANY_COUNT.sub("", text))
    return _LEAST.sub(r"at least \1", text)
