"""Counts what the comparison finds in the corpus, and prints it into `docs/understanding.md`.

Run as a program it writes the page's tables again; `test_corpus.py` fails while they differ.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pairs import Pair, load

from exchange.share.understanding import DivergenceKind, compare

PAGE = Path(__file__).parents[2] / "docs" / "understanding.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
SETS = {
    "cases": "The four cases",
    "tuned": "Sixty pairs that the rules were written against",
    "held_out": "Twenty pairs that were never tuned on",
}
FIELDS = {  # what both sides filled in: nothing had to be read for these
    DivergenceKind.OPINION_AS_FACT,
    DivergenceKind.FACT_AS_OPINION,
    DivergenceKind.OVER_WEIGHTED,
    DivergenceKind.UNDER_WEIGHTED,
    DivergenceKind.OTHER_KEY_POINT,
}


@dataclass
class Score:
    """What was found in one set of pairs."""

    hits: Counter[str] = field(default_factory=Counter)
    misses: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    alarmed: list[str] = field(default_factory=list)
    wrong: int = 0
    caught_by_words: int = 0
    wrong_in_words: int = 0
    right: int = 0
    clean: int = 0

    def add(self, pair: Pair) -> None:
        """Count one pair."""
        found = {
            f"{one.statement or '-'} {one.kind.value}"
            for one in compare(pair.share, pair.emphasis, pair.read_back)
        }
        missed, alarmed = pair.expected - found, found - pair.expected - pair.acceptable
        self.hits.update(map(_kind, pair.expected & found))
        self.misses.update(map(_kind, missed))
        self.alarms.update(map(_kind, alarmed))
        self.missed += [f"{pair.name}, {one}" for one in sorted(missed)]
        self.alarmed += [f"{pair.name}, {one}" for one in sorted(alarmed)]
        if pair.right:
            self.right += 1
            self.clean += not found
        else:
            self.wrong += 1
            in_words = {one for one in pair.expected if DivergenceKind(_kind(one)) not in FIELDS}
            self.wrong_in_words += bool(in_words)
            self.caught_by_words += bool(in_words & found)


def _kind(label: str) -> str:
    return label.split()[1]


def score(folder: str) -> Score:
    """Count a whole set."""
    total = Score()
    for pair in load(folder):
        total.add(pair)
    return total


def tables() -> str:
    """The measured part of the page."""
    return "\n".join(_section(title, score(folder)) for folder, title in SETS.items())


def _section(title: str, found: Score) -> str:
    summary = (
        f"{found.wrong} wrong read-backs, {found.right} right ones. Of the {found.wrong_in_words} that are wrong in "
        f"their words, {found.caught_by_words} were caught by their words alone. Of the {found.right} right ones, "
        f"{found.clean} were left alone."
    )
    head = "| kind | to be found | found | missed | false alarms |\n| --- | ---: | ---: | ---: | ---: |"
    lines = [f"### {title}", "", summary, "", head]
    for kind in DivergenceKind:
        hits, misses, alarms = (counted[kind.value] for counted in (found.hits, found.misses, found.alarms))
        if hits or misses or alarms:
            lines.append(f"| {_name(kind)} | {hits + misses} | {hits} | {misses} | {alarms} |")
    hits, misses, alarms = found.hits.total(), found.misses.total(), found.alarms.total()
    lines += [f"| **all** | {hits + misses} | {hits} | {misses} | {alarms} |", ""]
    for heading, listed in (("Missed", found.missed), ("False alarms", found.alarmed)):
        if listed:
            lines += [f"{heading}: " + "; ".join(listed) + ".", ""]
    return "\n".join(lines)


def _name(kind: DivergenceKind) -> str:
    return kind.value.replace("_", " ")


def page() -> str:
    """The whole page with its tables as they are measured now."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
