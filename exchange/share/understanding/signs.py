"""Whether each thing that a passage speaks of is affirmed or denied.

Promises: "not" reaches the two words of substance after it firmly and the rest of its clause loosely; two
negations affirm; "unexplained", "absent" and "forbidden" deny by themselves; what stands after "does not
mean that", "whether" or "unless" is neither affirmed nor denied.
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

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exchange.share.understanding.passage import Passage, Token
    from exchange.share.understanding.senses import Sense

_FIRM = 2  # so many words of substance after a negator are denied for certain
_BEFORE_NOUNS = frozenset(["a", "an", "the", "his", "her", "their", "my", "our"])
_BEYOND = 2  # a comma, or a light verb such as "put", ends what is certain
_SHORT = 3  # so far "no" and "without" reach at all


@dataclass(frozen=True, slots=True)
class Standing:
    """One sense and how it stands: `sign` by everything that reaches it, `firm` if that is certain.

    `open_` is set where it is neither affirmed nor denied, `background` where its clause only says when;
    `first` and `last` cover the negator too.
    """

    sense: Sense
    sign: int
    firm: bool
    open_: bool
    background: bool
    first: int
    last: int


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
    denied = False
    background = _background(tokens, clause[0].first)
    active: list[tuple[Sense, int]] = []  # each negator, and how many words of substance came after it
    later = [place for place, sense in enumerate(clause) if sense.role is Role.NEGATOR or _by_itself(sense)]
    for place, sense in enumerate(clause):
        if sense.role is Role.DENIAL:
            denied = True
        elif sense.role is Role.NEGATOR:
            active.append((sense, 0))
        elif sense.role is Role.CONTENT:
            step = 1 + (_BEYOND if place and "," in tokens[sense.first].lead else 0)
            active = [(negator, distance + step) for negator, distance in active]
            free = not background and not any(at > place for at in later)
            standing = _standing(sense, active, free=free)
            yield replace(standing, firm=standing.firm and not denied, open_=denied, background=background)
            if sense.sign < 0 and not _by_itself(sense):
                active = []  # "not uncommon": the two have met, and "not" reaches no further
            if sense.concept in lexicon.LIGHT:
                active = [(negator, distance + _BEYOND) for negator, distance in active]
            if _reaches_on(tokens, sense):
                active.append((sense, 0))


def _by_itself(sense: Sense) -> bool:
    """See a word that denies without a negator, and leaves open what stands before it: "ended", "absent"."""
    return sense.paired and sense.sign < 0 and sense.concept in lexicon.IMPLICIT_NEGATORS | {"attend"}


def _reaches_on(tokens: Sequence[Token], sense: Sense) -> bool:
    """Whether it denies what follows: "stopped taking", but not "stopped on 5 November"."""
    if not (sense.paired and sense.sign < 0 and sense.concept in lexicon.IMPLICIT_NEGATORS):
        return False
    after = tokens[sense.last + 1] if sense.last + 1 < len(tokens) else None
    if sense.concept == "permit":
        return True
    return after is not None and after.word not in lexicon.INTRANSITIVE_BEFORE


def _background(tokens: Sequence[Token], index: int) -> bool:
    """Whether a clause only says when or under which condition."""
    clause = tokens[index].clause
    while index > 0 and tokens[index - 1].clause == clause:
        index -= 1
    return tokens[index].word in lexicon.SUBORDINATE


def _standing(sense: Sense, active: Sequence[tuple[Sense, int]], *, free: bool) -> Standing:
    reaching = [
        (negator, distance)
        for negator, distance in active
        if distance <= _SHORT or negator.concept not in lexicon.SHORT_SCOPE
    ]
    sign = sense.sign * (-1) ** len(reaching)
    if reaching:
        firm = min(distance for _, distance in reaching) <= _FIRM
    else:
        firm = not active and (sense.paired or free)
    first = min((negator.first for negator, _ in reaching), default=sense.first)
    return Standing(sense, sign, firm, open_=False, background=False, first=first, last=sense.last)
