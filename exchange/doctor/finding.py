"""A finding: one thing that was looked at, how it is, and what to do about it.

Promises: a refusal met while looking becomes a finding, with its code; the rest is still looked at.
Never: a finding quotes a file, or the text of a foreign error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from keys.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

State = Literal["well", "soon", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at; `code` is that of a refusal, or empty; `do` is empty where all is well."""

    about: str
    state: State
    says: str
    do: str = ""
    code: str = ""


def well(about: str, says: str) -> Finding:
    """Say that there is nothing to do."""
    return Finding(about, "well", says)


def soon(about: str, says: str, do: str) -> Finding:
    """Say that it works, and will not for ever."""
    return Finding(about, "soon", says, do)


def wrong(about: str, says: str, do: str) -> Finding:
    """Say that it does not work, or is not safe."""
    return Finding(about, "wrong", says, do)


def refused(about: str, problem: Problem) -> Finding:
    """Say what was refused, in its own words."""
    return Finding(about, "wrong", problem.message, problem.hint, problem.code)


async def look(about: str, found: Callable[[], Awaitable[Iterable[Finding]]]) -> tuple[Finding, ...]:
    """Give what `found` finds, or the refusal that it met."""
    try:
        return tuple(await found())
    except Problem as problem:
        return (refused(about, problem),)
