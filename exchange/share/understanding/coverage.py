"""Whether a statement was restated at all, and in the recipient's own words.

Promises: nothing, "noted", "see above" and words that belong to another statement do not cover; text taken
over does not restate, whatever was done to its case, spaces, quotation marks or the spelling of its
numbers.
Never: it counts what has to be the same: names, roles, numbers, dates, words in quotation marks, or fewer
than `_RUN` words in a row. A child's own words, marked as such, may be repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.share.understanding.clock import dated
from exchange.share.understanding.divergence import DivergenceKind, Finding, quote
from exchange.share.understanding.lexicon import LIGHT, STOPWORDS
from exchange.share.understanding.people import mentions
from exchange.share.understanding.senses import Role, senses
from exchange.share.understanding.spelt import number_at
from exchange.share.understanding.wordlists import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exchange.share.understanding.passage import Passage, Token
    from exchange.share.understanding.surroundings import Surroundings

_EMPTY_WORDS = words("""
    ok okay noted understood agreed yes fine received read seen thanks thank you see above below as
    stated sent in your message the same n a na nothing to add will do acknowledged accepted agree got
    it i we have this that is clear all good ditto tbc full no comment understand this one and it per by
    of
""")
_RUN = 5  # words in a row
_FREE = 3  # of which so many are neither unavoidable nor mere grammar
_MOSTLY = 0.6  # of the restatement
_MISFILED = 3
_ENOUGH = 2  # things that a part speaks of, to be worth restating


def covers(restated: Passage) -> bool:
    """Whether a restatement says anything at all."""
    words = [token.word for token in restated.tokens if token.kind != "ref"]
    return any(word not in _EMPTY_WORDS for word in words)


def not_covered(sent: Passage, restated: Passage, others: Sequence[Passage]) -> Iterator[Finding]:
    """Find a restatement that says nothing, or nothing of its own statement and much of another."""
    if not covers(restated):
        yield _uncovered(sent, restated, "They acknowledge this but do not say what it means.")
        return
    if _overlap(sent, restated) == 0 and any(_overlap(other, restated) >= _MISFILED for other in others):
        yield _uncovered(sent, restated, "What they wrote here restates another statement.")


def uncovered_part(sent: Passage, restated: Passage, around: Surroundings) -> Iterator[Finding]:
    """Find, in a critical statement, a whole half that the restatement does not touch."""
    if not around.critical:
        return
    for part in _parts(sent):
        about = _about(sent, part[0], part[1])
        if len(about) >= _ENOUGH and not about & _about(restated, 0, len(restated.tokens) - 1):
            shown = sent.shown(*part)
            yield Finding(
                DivergenceKind.NOT_COVERED,
                shown,
                restated.text,
                f"This part is not restated: {quote(shown)}.",
            )
            return


def _parts(sent: Passage) -> list[tuple[int, int]]:
    """Give the halves of a statement between full stops and semicolons, if there are several."""
    starts = [
        index
        for index, token in enumerate(sent.tokens)
        if index == 0 or ";" in token.lead or token.sentence != sent.tokens[index - 1].sentence
    ]
    ends = [start - 1 for start in starts[1:]] + [len(sent.tokens) - 1]
    return list(zip(starts, ends, strict=True)) if len(starts) > 1 else []


def _about(passage: Passage, first: int, last: int) -> set[str]:
    people = {one.who for one in mentions(passage) if first <= one.first <= last}
    return people | {
        sense.concept
        for sense in senses(passage)
        if sense.role is Role.CONTENT and first <= sense.first <= last and sense.concept not in LIGHT
    }


def _overlap(one: Passage, other: Passage) -> int:
    return len(_about(one, 0, len(one.tokens)) & _about(other, 0, len(other.tokens)))


def copied(sent: Passage, restated: Passage, *, verbatim: bool) -> Iterator[Finding]:
    """Find text taken over instead of restated."""
    quotes = verbatim or any(token.quoted for token in sent.tokens)
    ours, theirs = _words(sent, outside=quotes), _words(restated, outside=quotes)
    same = not verbatim and _words(sent, outside=False) == _words(restated, outside=False)
    if same or _copied_share(ours, theirs) >= _MOSTLY:
        yield Finding(
            DivergenceKind.COPIED,
            sent.text,
            restated.text,
            "This is your own text again, so it does not show what they took it to mean.",
        )


def _words(passage: Passage, *, outside: bool) -> list[tuple[str, bool]]:
    """Each word with its numbers in digits, and whether it was free: another word could have stood there."""
    fixed = dated(passage) | {index for one in mentions(passage) for index in range(one.first, one.last + 1)}
    found: list[tuple[str, bool]] = []
    skip = -1
    for index, token in enumerate(passage.tokens):
        if index <= skip or (outside and token.quoted):
            continue
        number = number_at(passage.tokens, index)
        if number is not None:
            found.append((str(number.value), False))
            skip = number.last
        else:
            found.append((token.word, _free(token) and index not in fixed))
    return found


def _free(token: Token) -> bool:
    return token.kind == "word" and token.word not in STOPWORDS


def _copied_share(ours: list[tuple[str, bool]], theirs: list[tuple[str, bool]]) -> float:
    """How much of theirs stands in runs of `_RUN` words or more that are ours."""
    runs = {tuple(word for word, _ in ours[at : at + _RUN]) for at in range(len(ours) - _RUN + 1)}
    covered: set[int] = set()
    for at in range(len(theirs) - _RUN + 1):
        window = theirs[at : at + _RUN]
        if tuple(word for word, _ in window) in runs:
            covered.update(range(at, at + _RUN))
    free = sum(is_free for at, (_, is_free) in enumerate(theirs) if at in covered)
    return len(covered) / len(theirs) if free >= _FREE else 0.0


def _uncovered(sent: Passage, restated: Passage, explanation: str) -> Finding:
    return Finding(DivergenceKind.NOT_COVERED, sent.text, restated.text, explanation)
