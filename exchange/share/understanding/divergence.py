"""What the comparison can find, and how it says so.

Promises: every divergence names its kind, the statement it is about, and the words on both sides that show
it, with one plain sentence for a tired reader.
Never: a verdict. There is no "agreed", no score and no severity here, and an empty result is not agreement:
it says that these rules saw nothing, and only the sender can say that the meaning arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

SHOWN = 240  # characters of a person's words that one divergence repeats


class DivergenceKind(Enum):
    """In which way a restatement and its statement differ; the order is the order of reporting."""

    NOT_COVERED = "not_covered"
    COPIED = "copied"
    OPINION_AS_FACT = "opinion_as_fact"
    FACT_AS_OPINION = "fact_as_opinion"
    NEGATION_CHANGED = "negation_changed"
    NUMBER_CHANGED = "number_changed"
    DATE_CHANGED = "date_changed"
    NAME_CHANGED = "name_changed"
    CERTAINTY_ROSE = "certainty_rose"
    CERTAINTY_FELL = "certainty_fell"
    OVER_WEIGHTED = "over_weighted"
    UNDER_WEIGHTED = "under_weighted"
    OTHER_KEY_POINT = "other_key_point"


RANK = {kind: place for place, kind in enumerate(DivergenceKind)}


@dataclass(frozen=True, slots=True)
class Divergence:
    """One place where the read-back differs from what was sent.

    `statement` is its id, or None where the read-back as a whole differs. `sent` and `restated` are the words
    that show it, as they were written, at most `SHOWN` characters each; either may be empty where the
    difference is that nothing was said. `explanation` is one or two sentences for people.
    """

    kind: DivergenceKind
    statement: str | None
    sent: str
    restated: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference within one statement, before it knows which: its kind and the words."""

    kind: DivergenceKind
    sent: str
    restated: str
    explanation: str


def shorten(text: str) -> str:
    """Fit a person's words into `SHOWN` characters, on one line, cut at a word where there is one."""
    line = " ".join(text.split())
    if len(line) <= SHOWN:
        return line
    head = line[: SHOWN - 1]
    return (head.rsplit(" ", 1)[0] or head) + "…"


def quote(text: str) -> str:
    """Put the words in quotation marks."""
    return f"“{shorten(text)}”"
