"""The page of codes: every refusal with its sentence and its hint, made from the classes."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import TYPE_CHECKING, Final

import exchange.hub.problems
from keys.errors import LocalProblem, Problem, RemoteProblem
from pages.tables import cell, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_INTRODUCTION: Final = """\
# Codes

*Printed from `keys/errors/`, `exchange/errors/` and `exchange/hub/problems.py` by `make docs`.*

Every refusal has a code that never changes, a sentence, and what to do. A place in brackets after the
sentence names a field, such as `facts[2].source`; it never repeats what somebody wrote.

*Whose* says who broke a rule: **you** (mend it and try again; nothing was lost), or **they** (nothing of
what they sent was believed). Commands end with status 2 when something was refused, and 3 when nobody
answers.

The desk's API adds two codes of its own. A path or method that does not exist is named after its HTTP
status, such as `not_found`. `unforeseen` is a fault in the desk: nothing was sent; tell your administrator
its incident number.
"""

_KEYS: Final = ("root", "directory", "roster", "transparency", "at_rest", "ceremonies", "hands", "custody")
_EXCHANGE: Final = (
    "opening",
    "saying",
    "addressing",
    "standing",
    "proving",
    "doors",
    "mailroom",
    "custody",
    "auditing",
    "erasing",
    "drafting",
    "systems",
    "notifying",
    "disk",
    "examining",
    "printing",
)
_PARTS: Final[tuple[tuple[str, tuple[ModuleType, ...]], ...]] = (
    ("Keys", tuple(import_module(f"keys.errors.{name}") for name in _KEYS)),
    ("The exchange", tuple(import_module(f"exchange.errors.{name}") for name in _EXCHANGE)),
    ("The hub, before it looks at a request", (exchange.hub.problems,)),
)


def page() -> str:
    """Print the whole page."""
    parts = [_INTRODUCTION]
    for title, modules in _PARTS:
        parts.append(f"## {title}\n")
        for section, classes in (one for module in modules for one in _sections(module)):
            if section:
                parts.append(f"### {section}\n")
            rows = [
                (f"`{one.code}`", cell(one.__doc__ or ""), cell(one.hint), _whose(one)) for one in classes
            ]
            parts.append(table(("code", "what it says", "what to do", "whose"), rows))
    return "\n".join(parts)


def _sections(module: ModuleType) -> Iterator[tuple[str, list[type[Problem]]]]:
    """Give the module's classes under the headings that stand between them, in their order."""
    source = inspect.getsource(module)
    headings = re.finditer(r"^# --- (.+?) -+$", source, re.MULTILINE)
    marks = [(found.start(), found[1].capitalize()) for found in headings]
    opening = (module.__doc__ or "").split(".")[0].partition(":")[0]
    marks.insert(
        0, (0, opening if ".errors." in module.__name__ and not module.__name__.endswith(".root") else "")
    )
    ends = [start for start, _ in marks[1:]] + [len(source)]
    for (start, title), end in zip(marks, ends, strict=True):
        found = re.finditer(r"^class (\w+)\(", source[start:end], re.MULTILINE)
        classes = [getattr(module, one[1]) for one in found]
        told = [
            one for one in classes if issubclass(one, Problem) and "code" in vars(one) and one is not Problem
        ]
        if told:
            yield title, told


def _row(one: type[Problem]) -> tuple[str, str, str, str]:
    return f"`{one.code}`", cell(one.__doc__ or ""), cell(one.hint), _whose(one)


def _whose(one: type[Problem]) -> str:
    if issubclass(one, LocalProblem):
        return "you"
    return "they" if issubclass(one, RemoteProblem) else ""
