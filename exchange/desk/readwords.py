"""The words that somebody opened in one session, so that they can find them again while it lasts.

Promises: it holds what that person's own key opened for them and nothing else, in memory alone, at most
`MOST` letters of it in `THREADS` threads, those that were looked at last; it goes with the session.
Never: it is written, logged, or asked for anybody else.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

MOST: Final = 1_000_000  # letters of one session, some megabytes at most: about three hundred shares
THREADS: Final = 1000


class ReadWords:
    """One session's words, by thread."""

    __slots__ = ("__weakref__", "_threads")

    def __init__(self) -> None:
        self._threads: OrderedDict[str, dict[str, str]] = OrderedDict()

    def __len__(self) -> int:
        """Count the threads."""
        return len(self._threads)

    def keep(self, thread: str, step: str, contents: BaseModel) -> None:
        """Remember the words of one step, by its digest; the threads that were read longest ago give way."""
        steps = self._threads.setdefault(thread, {})
        self._threads.move_to_end(thread)
        if step in steps:
            return
        steps[step] = "\n".join(_texts(contents.model_dump())).casefold()[:MOST]
        while len(self._threads) > 1 and (len(self._threads) > THREADS or self._letters() > MOST):
            self._threads.popitem(last=False)
        while self._letters() > MOST:  # one thread alone: those of its steps that were read first
            del steps[next(iter(steps))]

    def holding(self, part: str) -> frozenset[str]:
        """Name the threads in whose words `part` (casefolded) stands."""
        return frozenset(
            thread for thread, steps in self._threads.items() if any(part in text for text in steps.values())
        )

    def _letters(self) -> int:
        return sum(len(text) for steps in self._threads.values() for text in steps.values())


def _texts(value: Any) -> Iterator[str]:
    """Give every text in what contents are made of."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
