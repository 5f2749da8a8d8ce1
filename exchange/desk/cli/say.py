"""How the command line speaks: results on the output, refusals on the error stream, both also as JSON.

Promises: plain text at most 80 columns wide; colour only on a terminal, and never as the only sign of
anything; a refusal names what was wrong, its code and what to do.
Never: text that another person wrote can move the cursor: control characters are shown, not sent.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

import typer

from exchange.desk.cli.client import DeskRefused

if TYPE_CHECKING:
    from keys.errors import Problem

WIDTH = 80
REFUSED = 2
UNREACHABLE = 3
_KEPT = frozenset("\n\u200c\u200d")  # the joiners belong to names in some scripts
_UNREACHABLE_CODES = frozenset({"answer_lost", "desk_unreachable", "hub_unreachable", "store_unavailable"})


def clean(text: str) -> str:
    """`text` with every control and direction-changing character shown as `?`; line ends are kept."""
    return "".join(
        sign if sign in _KEPT or unicodedata.category(sign) not in {"Cc", "Cf", "Cs"} else "?"
        for sign in text
    )


def line(text: str = "", *, indent: int = 0, hang: int | None = None, bold: bool = False) -> None:
    """Print a paragraph, wrapped; `hang` indents what follows the first line."""
    for part in wrapped(text, indent=indent, hang=hang):
        typer.echo(typer.style(part, bold=True) if bold and _colour() else part)


def wrapped(text: str, *, indent: int = 0, hang: int | None = None) -> list[str]:
    """Give the lines of a paragraph, cleaned."""
    first, rest = " " * indent, " " * (indent if hang is None else hang)
    lines: list[str] = []
    for part in clean(text).split("\n"):
        lines += textwrap.wrap(part, WIDTH, initial_indent=first, subsequent_indent=rest) or [""]
    return lines


def as_json(data: Any) -> None:  # whatever the desk's API answered
    """Print an answer as JSON."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def problem(found: Problem, *, in_json: bool, hint: str | None = None) -> int:
    """Say a refusal on the error stream, with its own hint or another; the exit status that goes with it."""
    refusals = found.all if isinstance(found, DeskRefused) else [described(found, hint)]
    if in_json:
        typer.echo(json.dumps({"problems": refusals}, ensure_ascii=False, indent=2), err=True)
    else:
        _tell(refusals)
    return UNREACHABLE if refusals[0]["code"] in _UNREACHABLE_CODES else REFUSED


def described(found: Problem, hint: str | None = None) -> dict[str, str]:
    """Describe a refusal as the desk's API would describe it."""
    return {"code": found.code, "message": found.message, "hint": hint or found.hint, "where": found.where}


def _tell(refusals: list[dict[str, str]]) -> None:
    """Say each refusal once, with what to do; for several of one code it is said at the end."""
    once = list({(one["message"], one["code"]): one for one in refusals}.values())
    count = Counter((one["code"], one["hint"]) for one in once)
    for one in once:
        lines = wrapped(f"Refused: {one['message']}", hang=2)
        if count[one["code"], one["hint"]] == 1:
            lines += wrapped(f"What to do: {one['hint']}", indent=2, hang=4)
        for text in (*lines, f"  Code: {clean(one['code'])}"):
            typer.echo(text, err=True)
    for (code, hint), number in count.items():
        for text in wrapped(f"What to do about each {code}: {hint}", hang=2) if number > 1 else ():
            typer.echo(text, err=True)


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
