"""Read lists of words that are written as plain text, so that people can read and change them.

Promises: words are parted by white space, phrases by commas and line ends; order is kept where it matters.
Never: anything but text that stands in this package.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNBROKEN = re.compile(r"\n[ \t]+")


def words(block: str) -> frozenset[str]:
    """Give the words of a block, in no order."""
    return frozenset(block.split())


def ordered(block: str) -> tuple[str, ...]:
    """Give the words of a block in their order."""
    return tuple(block.split())


def phrases(block: str) -> tuple[str, ...]:
    """Give the phrases of a block in their order."""
    lines = block.strip().splitlines()
    return tuple(phrase.strip() for line in lines for phrase in line.split(",") if phrase.strip())


def longest(keys: Iterable[tuple[str, ...]]) -> dict[str, int]:
    """Give for each first word how long the longest phrase that begins with it is."""
    found: dict[str, int] = {}
    for key in keys:
        found[key[0]] = max(found.get(key[0], 0), len(key))
    return found


def entries(block: str) -> tuple[str, ...]:
    """Give the lines of a block; one that is indented goes on with the line before it."""
    return tuple(" ".join(line.split()) for line in _UNBROKEN.sub(" ", block.strip()).splitlines())
