"""One order for a set of steps: causes before effects, ties by the smallest digest.

Promises: the order is a function of the set, so that arrival cannot matter; each part of the set that is
closed under its causes has, inside the whole, the order that it has alone; the cost is that of a heap over
steps and causes. A step whose cause is missing, or that lies on a cycle, has no place.
Never: it raises, and it knows nothing of what a step means.

Source: A. B. Kahn, "Topological sorting of large networks", CACM 5 (1962), with a heap for the ties.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet


def place(causes: Mapping[str, AbstractSet[str]]) -> tuple[str, ...]:
    """Order the keys of `causes`, each of which maps to what must come before it.

    Keys that can have no place (a cause that is not a key, or a cycle) are left out, and so is all that
    depends on them.
    """
    effects: dict[str, list[str]] = {}
    open_causes: dict[str, int] = {}
    for name, before in causes.items():
        open_causes[name] = len(before)
        for cause in before:
            effects.setdefault(cause, []).append(name)
    ready = [name for name, count in open_causes.items() if count == 0]
    heapify(ready)
    placed: list[str] = []
    while ready:
        name = heappop(ready)
        placed.append(name)
        for effect in effects.get(name, ()):
            open_causes[effect] -= 1
            if open_causes[effect] == 0:
                heappush(ready, effect)
    return tuple(placed)
