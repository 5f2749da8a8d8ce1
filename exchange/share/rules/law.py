"""Purpose and lawful basis: known on the day, fit for the step, and complete.

Promises: each gap has its own code, all gaps are named together. What a basis needs comes from the catalogue.
Never: it judges whether the basis is the right one. That is the practitioner's decision, and it is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.errors import (
    BasisContradictory,
    BasisIncomplete,
    BasisMissing,
    BasisNotForThis,
    BasisUnknown,
    PurposeMissing,
    PurposeUnknown,
)

if TYPE_CHECKING:
    from datetime import date

    from exchange.share.catalogue import Catalogue, Entry, Section
    from exchange.wire.slip import Basis, StepKind
    from keys.errors import Problem


def law(
    kind: StepKind, purpose: str | None, basis: Basis | None, day: date, catalogue: Catalogue
) -> list[Problem]:
    """Name what is wrong with the purpose and basis of a step of `kind` taken on `day`."""
    problems: list[Problem] = []
    if purpose is None:
        problems.append(PurposeMissing("purpose"))
    elif _find(catalogue, "purposes", purpose, day) is None:
        problems.append(PurposeUnknown("purpose"))
    return [*problems, *_basis(kind, basis, day, catalogue)]


def needs_categories(basis: Basis | None, day: date, catalogue: Catalogue) -> bool:
    """Say whether the basis is one of law enforcement, under which each person has a category."""
    entry = None if basis is None else _find(catalogue, "bases", basis.code, day)
    return entry is not None and "law_enforcement" in entry.needs


def _basis(kind: StepKind, basis: Basis | None, day: date, catalogue: Catalogue) -> list[Problem]:
    if basis is None:
        return [BasisMissing("basis")]
    said: tuple[tuple[str, Section, str | None], ...] = (
        ("gateway", "gateways", basis.gateway),
        ("no_consent", "no_consent", basis.no_consent),
    )
    problems: list[Problem] = [
        BasisUnknown(f"basis.{place}")
        for place, section, code in said
        if code is not None and _find(catalogue, section, code, day) is None
    ]
    entry = _find(catalogue, "bases", basis.code, day)
    if entry is None:
        return [BasisUnknown("basis.code"), *problems]
    if kind not in entry.steps:
        problems.append(BasisNotForThis("basis.code"))
    if "gateway" in entry.needs and basis.gateway is None:
        problems.append(BasisIncomplete("basis.gateway"))
    if "no_consent" in entry.needs and basis.no_consent is None:
        problems.append(BasisIncomplete("basis.no_consent"))
    if basis.code.partition(".")[0] == "consent" and basis.no_consent is not None:
        problems.append(BasisContradictory("basis.no_consent"))
    return problems


def _find(catalogue: Catalogue, section: Section, code: str, day: date) -> Entry | None:
    return next((entry for entry in catalogue.entries(section, day) if entry.code == code), None)
