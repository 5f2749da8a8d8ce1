"""One order for a set of steps: causes before effects, ties by the smallest digest.

Promises: the order is a function of the set, so that arrival cannot matter; each part of the set that is
closed under its causes has, inside the whole, the order that it has alone under the same anchors; the cost
is that of a heap over steps and causes. A step whose cause is missing, or that lies on a cycle, has no place.
What an *anchor* was built on comes before whatever it was not built on: nobody can slip something in behind
it later.
Never: it raises, and it knows nothing of what a step means.

Source: A. B. Kahn, "Topological sorting of large networks", CACM 5 (1962), with a heap for the ties.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet


def place(causes: Mapping[str, AbstractSet[str]], anchors: AbstractSet[str] = frozenset()) -> tuple[str, ...]:
    """Order the keys of `causes`, each of which maps to what must come before it.

    Keys that can have no place (a cause that is not a key, or a cycle) are left out, and so is all that
    depends on them. Of several anchors, the one that comes first without them goes first.
    """
    order = _kahn(causes, {})
    ranks: dict[str, int] = {}
    for rank, anchor in enumerate(name for name in order if name in anchors):
        left = [anchor]
        while left:  # each step is ranked once, by the first anchor that was built on it
            name = left.pop()
            if name not in ranks:
                ranks[name] = rank
                left += causes[name]
    return _kahn(causes, ranks) if ranks else order


def _kahn(causes: Mapping[str, AbstractSet[str]], ranks: Mapping[str, int]) -> tuple[str, ...]:
    last = len(ranks)
    effects: dict[str, list[str]] = {}
    open_causes: dict[str, int] = {}
    for name, before in causes.items():
        open_causes[name] = len(before)
        for cause in before:
            effects.setdefault(cause, []).append(name)
    ready = [(ranks.get(name, last), name) for name, count in open_causes.items() if count == 0]
    heapify(ready)
    placed: list[str] = []
    while ready:
        _, name = heappop(ready)
        placed.append(name)
        for effect in effects.get(name, ()):
            open_causes[effect] -= 1
            if open_causes[effect] == 0:
                heappush(ready, (ranks.get(effect, last), effect))
    return tuple(placed)
