"""The page `docs/reference/catalogue.md`, printed from the catalogue's data.

Promises: practitioners, lawyers and data-protection officers read what the software uses, with the source of
each entry and a mark where that source was not seen.
Never: it is edited by hand. Write it again with `python -m exchange.share.catalogue.page`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.share.catalogue import Catalogue, Section

if TYPE_CHECKING:
    from exchange.share.catalogue import Entry

PATH = "docs/reference/catalogue.md"

_TITLES: dict[Section, str] = {
    "purposes": "Purposes",
    "bases": "Lawful bases",
    "gateways": "Statutory gateways",
    "no_consent": "Why consent is not relied on",
    "not_informed": "Why somebody was not told",
    "decline": "Why a recipient declines",
    "refuse": "Why a request is refused",
    "identifier_omitted": "Why an identifier is left out",
    "confidence": "Confidence",
    "weights": "Weight",
    "golden_rules": "Golden rules",
}
_NEEDS = {
    "gateway": "a gateway",
    "no_consent": "why consent is not relied on",
    "law_enforcement": "a category for each person",
}

_INTRODUCTION = """\
Purposes, lawful bases and reasons that a step may name, for England. An entry counts only on the days on
which it is in force. This is a working tool and no legal advice: **each agency's data-protection officer
should confirm it before it is relied on.**

{unverified} of the {all} entries are marked **not verified**: what they say, or a recent day from which they
hold, was not seen in the source named beside them. Days long past, on which old laws came into force, are
from general knowledge (1900-01-01 stands for "always").
"""


def page(catalogue: Catalogue) -> str:
    """Print every section of `catalogue`."""
    entries = [entry for section in catalogue.sections.values() for entry in section]
    unverified = sum(entry.unverified for entry in entries)
    parts = [
        "# Catalogue\n",
        f"*Version `{catalogue.version}`, printed by `python -m exchange.share.catalogue.page`.*\n",
        _INTRODUCTION.format(unverified=unverified, all=len(entries)),
    ]
    parts += [_section(title, catalogue.sections[section]) for section, title in _TITLES.items()]
    parts.append(_holidays(catalogue))
    return "\n".join(parts)


def _section(title: str, entries: tuple[Entry, ...]) -> str:
    lines = [f"## {title}\n", "| code | in words | in force | source |", "| --- | --- | --- | --- |"]
    for entry in entries:
        needs = [_NEEDS[need] for need in entry.needs]
        needed = f" *Needs {' and '.join(needs)}.*" if needs else ""
        hint = f" *For whoever writes it: {entry.hint}*" if entry.hint else ""
        label = "" if entry.label in entry.text[: len(entry.label)] else f"**{entry.label}.** "
        until = f" to {entry.valid_to}" if entry.valid_to else ""
        mark = " **(not verified)**" if entry.unverified else ""
        lines.append(
            f"| `{entry.code}` | {label}{entry.text}{hint}{needed} | from {entry.valid_from}{until} "
            f"| {entry.source}{mark} |"
        )
    return "\n".join(lines) + "\n"


def _holidays(catalogue: Catalogue) -> str:
    days = sorted(catalogue.holidays)
    years = sorted({day.year for day in days})
    lines = [f"- {year}: " + ", ".join(f"{d.day} {d:%b}" for d in days if d.year == year) for year in years]
    intro = f"England and Wales. After {catalogue.holidays_until} only weekends are taken off.\n"
    return "\n".join(["## Bank holidays\n", intro, *lines]) + "\n"


if __name__ == "__main__":
    print(page(Catalogue.load()), end="")  # noqa: T201 -- printing is what it is for
