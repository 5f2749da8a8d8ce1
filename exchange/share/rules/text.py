r"""What text may be: something to read, and nothing that hides or reverses what is read.

Promises: every string of a model is looked at, wherever it stands; a problem names the place, not the text.
Never: it changes text. Line breaks are `\n`: whoever takes text from a browser turns `\r\n` into it first.

Refused: C0 and C1 controls but newline and tab, DEL, and the bidirectional embeddings, overrides and isolates
(U+202A to U+202E, U+2066 to U+2069), which can make "did not hit" read as something else ("Trojan Source",
CVE-2021-42574). Marks that languages need (U+200E, U+200F, joiners) may stay.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from exchange.errors import TextBlank, TextUnprintable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keys.errors import Problem

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_VISIBLE = re.compile(r"[^\W_]")  # at least one letter or digit of any script


class Model(Protocol):
    """Anything that can be laid open as plain data."""

    def model_dump(self) -> dict[str, object]:
        """All of it."""


def is_blank(text: str | None) -> bool:
    """Say whether there is nothing to read: no letter and no digit of any script."""
    return text is None or _VISIBLE.search(text) is None


def texts(model: Model) -> list[Problem]:
    """Refuse blank and unprintable text anywhere in `model`."""
    data = model.model_dump()
    everything = _strings(data)
    if not _UNPRINTABLE.search("\n".join(everything)) and all(map(_VISIBLE.search, everything)):
        return []  # places are worked out only when there is something to place
    problems: list[Problem] = []
    for where, text in _placed(data, ""):
        if _UNPRINTABLE.search(text):
            problems.append(TextUnprintable(where))
        elif is_blank(text):
            problems.append(TextBlank(where))
    return problems


def _strings(data: object) -> list[str]:
    found: list[str] = []
    left = [data]
    while left:
        item = left.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            left += item.values()
        elif isinstance(item, list | tuple):
            left += item
    return found


def _placed(data: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, str):
        yield where, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _placed(value, f"{where}.{key}".removeprefix("."))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from _placed(value, f"{where}[{index}]")
