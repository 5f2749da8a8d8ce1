"""What a strict model refused, said in the words of this exchange.

Promises: every refusal of a model becomes a problem of the class that fits its place, all together.
Never: a place contains what was written: a stranger's own field names and keys are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.errors import (
    BasisMissing,
    BasisUnknown,
    ContentsMalformed,
    DateAbsurd,
    EmphasisIncomplete,
    FactWithoutDate,
    FactWithoutSource,
    NotInformedReason,
    OpinionRestsOnNothing,
    PurposeMissing,
    PurposeUnknown,
    StatementIds,
    SubjectMissing,
    TextBlank,
    TooLarge,
)

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from keys.errors import Problem

_AT_MOST = 50  # problems told at once: a hostile text may have thousands
_TOO_LARGE = frozenset({"string_too_long", "too_long", "bytes_too_long"})
_CODES: dict[str, tuple[type[Problem], type[Problem]]] = {
    "purpose": (PurposeMissing, PurposeUnknown),
    "basis": (BasisMissing, BasisUnknown),
}
_DATES = frozenset({"as_of", "until", "born", "when"})
_WRITTEN_KEYS = frozenset({"weights"})  # dictionaries whose keys a person wrote

_BY_FIELD: dict[str, type[Problem]] = {
    "purpose_text": PurposeMissing,
    "source": FactWithoutSource,
    "subjects": SubjectMissing,
    "subject_informed": NotInformedReason,
    "rests_on": OpinionRestsOnNothing,
    "id": StatementIds,
    "emphasis": EmphasisIncomplete,
    "weights": EmphasisIncomplete,
    "key_point": EmphasisIncomplete,
}


def problems_of(error: ValidationError) -> list[Problem]:
    """Translate everything that a model refused, at most 50 problems, none of which repeats its input."""
    details = error.errors(include_input=False, include_context=False, include_url=False)
    return [_problem(detail) for detail in details[:_AT_MOST]]


def _problem(detail: ErrorDetails) -> Problem:
    place, kind = detail["loc"], detail["type"]
    where = _place(place, kind)
    fields = [part for part in place if isinstance(part, str)]
    if kind in _TOO_LARGE:
        return TooLarge(where)
    if kind == "extra_forbidden" or not fields:
        return ContentsMalformed(where)
    return _by_field(fields, kind)(where)


def _by_field(fields: list[str], kind: str) -> type[Problem]:
    first, last = fields[0], fields[-1]
    if first in _CODES:
        missing, unknown = _CODES[first]
        return unknown if kind == "string_pattern_mismatch" else missing
    if last in _DATES and not (kind == "missing" and last != "as_of"):
        return FactWithoutDate if kind == "missing" else DateAbsurd
    for field in reversed(fields):
        if field in _BY_FIELD and (field != "subjects" or len(fields) == 1):
            return _BY_FIELD[field]
    return TextBlank if kind == "string_too_short" else ContentsMalformed


def _place(place: tuple[int | str, ...], kind: str) -> str:
    parts = list(place[:8])
    ending = ""
    if kind == "extra_forbidden" and parts:  # the last part is the stranger's own word
        parts, ending = parts[:-1], ", a field that is not known"
    for index, part in enumerate(parts):
        if part in _WRITTEN_KEYS:
            parts = parts[: index + 1]
            break
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts) + ending
    return text.removeprefix(".").removeprefix(", ")[:120]
