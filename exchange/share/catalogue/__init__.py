"""The catalogue: purposes, lawful bases, gateways and reasons, as versioned data with dates and sources.

Promises: an entry is found only on a day on which it was in force, so that a share is judged by the law of
the day on which it was written; each entry carries plain words, where it comes from, and `unverified` where
that source was not seen for it. A new version is a new folder of package data, and the old ones stay.
Never: it decides. What a basis needs is in its `needs`; `rules` asks for it.

An example::

    catalogue = Catalogue.load()
    catalogue.basis("public-task", date(2026, 11, 22)).needs   # ("gateway", "no_consent")
    catalogue.gateway("ca2004-s16la", date(2026, 9, 29))       # raises BasisUnknown: a day too early
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, TypeAdapter

from exchange.errors import BasisUnknown, PurposeUnknown, ReasonUnknown
from exchange.wire.slip import Code, StepKind
from keys.record import Frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

Section = Literal[
    "purposes",
    "bases",
    "gateways",
    "no_consent",
    "not_informed",
    "decline",
    "refuse",
    "identifier_omitted",
    "confidence",
    "weights",
    "golden_rules",
]
Need = Literal["gateway", "no_consent", "law_enforcement"]
LATEST = "england_2026_11_22"

_PROBLEM: dict[Section, type[PurposeUnknown | BasisUnknown | ReasonUnknown]] = {
    "purposes": PurposeUnknown,
    "bases": BasisUnknown,
    "gateways": BasisUnknown,
    "no_consent": BasisUnknown,
}
_FILES = ("purposes.toml", "bases.toml", "reasons.toml", "scales.toml")


class Entry(Frozen):
    """One thing that can be chosen. `range` is per cent, for the confidence scale alone.

    `text` is for everybody; `hint` is advice for whoever writes, and never shown to those who read.
    """

    code: Code
    label: Annotated[str, Field(min_length=1, max_length=100)]
    text: Annotated[str, Field(min_length=1, max_length=400)]
    hint: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    source: Annotated[str, Field(min_length=1, max_length=400)]
    valid_from: date
    valid_to: date | None = None  # the last day on which it is in force
    unverified: bool = False
    needs: tuple[Need, ...] = ()
    steps: tuple[StepKind, ...] = ("share", "request", "amend")
    range: tuple[int, int] | None = None

    def in_force(self, day: date) -> bool:
        """Say whether it may be used on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


_SECTIONS: TypeAdapter[dict[Section, tuple[Entry, ...]]] = TypeAdapter(dict[Section, tuple[Entry, ...]])


class _Holidays(Frozen):
    until: date
    days: frozenset[date]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One version of the catalogue, for one jurisdiction."""

    version: str
    sections: Mapping[Section, tuple[Entry, ...]]
    holidays: frozenset[date]
    holidays_until: date  # the last day about which `holidays` says anything

    @staticmethod
    @cache
    def load(version: str = LATEST) -> Catalogue:
        """Read the package data of `version`, once."""
        folder = files(__name__) / version
        sections: dict[Section, tuple[Entry, ...]] = {}
        for name in _FILES:
            data = tomllib.loads((folder / name).read_text(encoding="utf-8"))
            sections |= _SECTIONS.validate_python(data, strict=False)
        holidays = _Holidays.model_validate(
            tomllib.loads((folder / "holidays.toml").read_text(encoding="utf-8")), strict=False
        )
        return Catalogue(version, sections, holidays.days, holidays.until)

    def entries(self, section: Section, day: date) -> tuple[Entry, ...]:
        """List what is in force on `day`, in the order in which it should be offered."""
        return tuple(entry for entry in self.sections[section] if entry.in_force(day))

    def entry(self, section: Section, code: str, day: date) -> Entry:
        """Find an entry in force on `day`; `PurposeUnknown`, `BasisUnknown` or `ReasonUnknown` otherwise."""
        for entry in self.sections[section]:
            if entry.code == code and entry.in_force(day):
                return entry
        raise _PROBLEM.get(section, ReasonUnknown)

    def purpose(self, code: str, day: date) -> Entry:
        """Find a purpose; `PurposeUnknown` otherwise."""
        return self.entry("purposes", code, day)

    def basis(self, code: str, day: date) -> Entry:
        """Find a lawful basis; `BasisUnknown` otherwise."""
        return self.entry("bases", code, day)

    def gateway(self, code: str, day: date) -> Entry:
        """Find a statutory gateway; `BasisUnknown` otherwise."""
        return self.entry("gateways", code, day)
