"""Whether each thing that a passage speaks of is affirmed or denied.

Promises: "not" reaches the word of substance after it firmly (the second too, if that one has an opposite)
and the rest of its clause loosely; two negations affirm; "unexplained", "absent" and "forbidden" deny by
themselves; what stands after "does not mean that", "whether" or "unless" is neither affirmed nor denied.
Never: it takes a side where it cannot see one. A word before "not" in its clause, or far behind it, is left
open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from exchange.share.understanding import lexicon
from exchange.share.understanding.passage import once
from exchange.share.understanding.people import mentions
from exchange.share.understanding.senses import Role, senses
from exchange.share.understanding.wordlists import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exchange.share.understanding.passage import Passage, Token
    from exchange.share.understanding.senses import Sense

_FIRM = 1  # so many words of substance after a negator are denied for certain
_FIRM_PAIRED = 2  # the same for words that have an opposite
_BEFORE_NOUNS = words("a an the his her their my our")
_WISHES = frozenset({"want", "requir", "request", "offer", "wish", "hope"})
_NOBODY = frozenset({"nobody", "no one", "noone", "none"})
_PREPOSITIONS = words("at in of from on")
_BEYOND = 2  # a comma, or a light verb such as "put", ends what is certain
_SHORT = 3  # so far "no" and "without" reach at all


@dataclass(frozen=True, slots=True)
class Standing:
    """One sense and how it stands: `sign` by everything that reaches it, `firm` if that is certain.

    `open_` is set where it is neither affirmed nor denied, `background` where its clause only says when.
    """

    sense: Sense
    sign: int
    firm: bool
    open_: bool
    background: bool


@once
def standings(passage: Passage) -> tuple[Standing, ...]:
    """Every word of substance of a passage and how it stands; people are left out."""
    people = {index for one in mentions(passage) for index in range(one.first, one.last + 1)}
    kept = [sense for sense in senses(passage) if sense.role is not Role.CONTENT or sense.first not in people]
    found: list[Standing] = []
    for _, clause in groupby(kept, key=lambda sense: passage.tokens[sense.first].clause):
        senses_here = list(clause)
        if _without_verb(passage.tokens, senses_here[0]):
            found = _left_open(passage.tokens, found, passage.tokens[senses_here[0].first].clause - 1)
        found.extend(_clause(passage.tokens, senses_here))
    return tuple(found)


def _without_verb(tokens: Sequence[Token], sense: Sense) -> bool:
    """See "and not the child": it borrows its verb from the clause before, which then goes both ways."""
    after = tokens[sense.last + 1] if sense.last + 1 < len(tokens) else None
    return sense.concept == "not" and after is not None and after.word in _BEFORE_NOUNS


def _left_open(tokens: Sequence[Token], found: Sequence[Standing], clause: int) -> list[Standing]:
    return [replace(one, firm=False) if tokens[one.sense.first].clause == clause else one for one in found]


def _clause(tokens: Sequence[Token], clause: Sequence[Sense]) -> Iterator[Standing]:
    reach = _Reach()
    background = _background(tokens, clause[0].first)
    denied = row = False  # a row is the "school place" of "no school place": its last word is what is denied
    to_come = sum(_denies(sense) for sense in clause)  # what stands before one of these is left open
    for place, sense in enumerate(clause):
        to_come -= _denies(sense)
        if sense.role is Role.DENIAL:
            denied = True
        elif sense.role is Role.NEGATOR:
            reach.negators.append((sense, 0))
            row = sense.concept in lexicon.SHORT_SCOPE
        elif sense.role is Role.CONTENT:
            aside = _which_nobody(tokens, clause, place)
            reach.step(_BEYOND if aside or (place and "," in tokens[sense.first].lead) else 0)
            reach.step(1)
            settled = not (background or to_come)
            sign, firm = reach.standing(sense, done=_done(tokens, sense.first), settled=settled)
            row = row and _goes_on(tokens, sense, clause[place + 1 : place + 2])
            yield Standing(sense, sign, firm and not (denied or row), denied, background)
            reach.go_on(sense, tokens)
            reach.step(-1 - _BEYOND if aside else -1 if row else 0)


class _Reach:
    """What reaches the next word: negators, each with how many words of substance came after it."""

    def __init__(self) -> None:
        self.negators: list[tuple[Sense, int]] = []
        self.implicit = False  # "barred from the house": he may well have been in it
        self.wished = False  # "needs an interpreter": there is none

    def step(self, distance: int) -> None:
        """Move on by a word of substance, or by several."""
        self.negators = [(negator, before + distance) for negator, before in self.negators]

    def standing(self, sense: Sense, *, done: bool, settled: bool) -> tuple[int, bool]:
        """Give the sign of a sense, and whether it is firm.

        `done` says that the word is something one does ("to say", "coaching"), `settled` that its clause is
        no mere condition and that nothing after it leaves it open.
        """
        reaching = [
            (negator, distance)
            for negator, distance in self.negators
            if distance <= _SHORT or negator.concept not in lexicon.SHORT_SCOPE
        ]
        sign = sense.sign * (-1) ** len(reaching)
        if not reaching:
            return sign, not self.negators and (sense.paired or (settled and not self.wished))
        nearest = min(distance for _, distance in reaching)
        if sense.paired:
            return sign, nearest <= _FIRM_PAIRED
        lacking = any(negator.concept == "without" for negator, _ in reaching)  # but perhaps needed
        return sign, nearest <= _FIRM and not lacking and (done or not self.implicit)

    def go_on(self, sense: Sense, tokens: Sequence[Token]) -> None:
        """Take in what a word does to the words after it."""
        if sense.concept in lexicon.LIGHT:
            self.step(_BEYOND)
        if _reaches_on(tokens, sense):
            self.negators.append((sense, 0))
            self.implicit = True
        elif sense.sign < 0:
            self.negators = []  # "not uncommon": the two have met, and "not" reaches no further
        self.wished = self.wished or tokens[sense.last].stem in _WISHES


def _goes_on(tokens: Sequence[Token], sense: Sense, following: Sequence[Sense]) -> bool:
    """Whether the next word stands right behind this one."""
    return any(after.first == sense.last + 1 and not tokens[after.first].lead for after in following)


def _which_nobody(tokens: Sequence[Token], clause: Sequence[Sense], place: int) -> bool:
    """See the "school" of "nobody at school has": it says which nobody, and is not denied."""
    before = clause[place - 1] if place else None
    if before is None or before.concept not in _NOBODY:
        return False
    return tokens[before.last + 1].word in _PREPOSITIONS


def _done(tokens: Sequence[Token], index: int) -> bool:
    return tokens[index].word.endswith("ing") or (index > 0 and tokens[index - 1].word == "to")


def _denies(sense: Sense) -> bool:
    """See a word that leaves open what stands before it in its clause: "not", "ended", "absent"."""
    if sense.role is Role.NEGATOR:
        return True
    return (
        sense.paired and sense.sign < 0 and sense.concept in lexicon.IMPLICIT_NEGATORS | lexicon.ALSO_DENYING
    )


def _reaches_on(tokens: Sequence[Token], sense: Sense) -> bool:
    """Whether it denies what follows: "stopped taking", but not "stopped on 5 November"."""
    if not (sense.paired and sense.sign < 0 and sense.concept in lexicon.IMPLICIT_NEGATORS):
        return False
    after = tokens[sense.last + 1] if sense.last + 1 < len(tokens) else None
    return after is not None and (sense.concept == "permit" or after.word not in lexicon.INTRANSITIVE_BEFORE)


def _background(tokens: Sequence[Token], index: int) -> bool:
    """Whether a clause only says when or under which condition."""
    clause = tokens[index].clause
    while index > 0 and tokens[index - 1].clause == clause:
        index -= 1
    return tokens[index].word in lexicon.SUBORDINATE
