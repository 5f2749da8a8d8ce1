"""What a body's model refused, each place once, in words of its own where there are any.

Promises: what is too many or too long says how many there may be; what is left empty is told as missing; of
what has a list, the list is told.
Never: anything that was sent is repeated.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from exchange.errors import ContentsMalformed, FactWithoutDate, PurposeMissing, TooLong, TooMany
from keys.statement import places_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from keys.errors import Problem

PLACES: Final = 50  # told at once: a hostile body may have thousands
_LISTED: Final = frozenset({"literal_error", "enum"})
_LEFT_EMPTY: Final[dict[str, type[Problem]]] = {
    "purpose": PurposeMissing,
    "purpose_text": PurposeMissing,
    "as_of": FactWithoutDate,
}


def misfits(error: ValidationError) -> tuple[Problem, ...]:
    """Name what does not fit, at most `PLACES` of it; never empty."""
    return tuple(islice(_each_once(error), PLACES))


def _each_once(error: ValidationError) -> Iterator[Problem]:
    told: set[tuple[type[Problem], str]] = set()
    for place, detail in zip(places_of(error), error.errors(include_url=False), strict=True):
        found = _problem(place or "body", detail)
        if (type(found), found.message) not in told:
            told.add((type(found), found.message))
            yield found


def _problem(place: str, detail: ErrorDetails) -> Problem:
    kind, bounds = detail["type"], detail.get("ctx", {})
    field = detail["loc"][-1] if detail["loc"] else ""
    if detail["input"] == "" and field in _LEFT_EMPTY:
        return _LEFT_EMPTY[str(field)](place)
    if kind == "too_long":
        return TooMany(place, f"at most {bounds['max_length']}")
    if kind == "string_too_long":
        return TooLong(place, f"at most {bounds['max_length']} characters")
    # The list is the model's own; of any other kind of error the context may hold what was sent.
    return ContentsMalformed(place, str(bounds["expected"]) if kind in _LISTED else "")
