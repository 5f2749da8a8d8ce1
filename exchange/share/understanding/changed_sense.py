"""Where a restatement denies what was affirmed, or affirms what was denied.

Promises: a "not" that appeared or vanished, a word that gave way to its opposite (allowed, forbidden;
attended, missed; safe, at risk), and left for right.
Never: it flags a word that one side uses both ways, or that is only loosely within reach of a "not".
Missing a change is better here than crying wolf, because the sender reads every word anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.share.understanding.divergence import DivergenceKind, Finding, quote
from exchange.share.understanding.senses import Role, senses
from exchange.share.understanding.signs import standings
from exchange.share.understanding.wordlists import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.share.understanding.passage import Passage
    from exchange.share.understanding.signs import Standing

# Words that are affirmed and denied in passing, so that a difference in them says nothing.
_IN_PASSING = words("think sure find speak talk time day account way get make let use")
_BODY = words("""
    ear arm forearm hand finger thumb leg thigh shin calf knee foot toe ankle hip buttock shoulder elbow
    wrist eye cheek temple jaw side lung kidney breast rib ribs collarbone clavicle femur tibia humerus
    radius lobe upper lower temporal palm heel
""")
_ORDERS = {"before": -1, "after": 1}
_NEAR = 3
_SIDES = {"left": -1, "right": 1, "l": -1, "r": 1, "lt": -1, "rt": 1, "lhs": -1, "rhs": 1}


def changed_sense(sent: Passage, restated: Passage) -> Iterator[Finding]:
    """At most one finding: the first thing that stands the other way round."""
    ours, theirs = _by_concept(sent), _by_concept(restated)
    for concept, mine in ours.items():
        other = theirs.get(concept)
        if other is None or concept in _IN_PASSING:
            continue
        my_sign, their_sign = _settled(mine), _settled(other)
        if my_sign and their_sign and my_sign == -their_sign:
            yield _finding(sent, restated, mine[0], other[0])
            return
    yield from _changed_side(sent, restated)
    yield from _changed_order(sent, restated)


def _changed_order(sent: Passage, restated: Passage) -> Iterator[Finding]:
    """Find "before the assault" told as "after the assault"."""
    ours, theirs = _ordered(sent), _ordered(restated)
    for concept, (order, index) in ours.items():
        other, at = theirs.get(concept, (order, 0))
        if order and other == -order:
            you, they = sent.clause(index), restated.clause(at)
            yield Finding(
                DivergenceKind.NEGATION_CHANGED,
                you,
                they,
                f"Before and after were exchanged: you wrote {quote(you)}, they wrote {quote(they)}.",
            )
            return


def _ordered(passage: Passage) -> dict[str, tuple[int, int]]:
    """Give what something was before (-1) or after (1); 0 where both are said, or "than before"."""
    found: dict[str, tuple[int, int]] = {}
    for index, token in enumerate(passage.tokens):
        if token.word not in _ORDERS or (index and passage.tokens[index - 1].word == "than"):
            continue
        near = (sense for sense in senses(passage) if index < sense.first <= index + _NEAR)
        what = next((sense.concept for sense in near if sense.role is Role.CONTENT), "")
        order = _ORDERS[token.word]
        if not what:
            continue
        known = found.get(what, (order, index))
        found[what] = (order if known[0] == order else 0, index)
    return found


def _by_concept(passage: Passage) -> dict[str, list[Standing]]:
    found: dict[str, list[Standing]] = {}
    for one in standings(passage):
        found.setdefault(one.sense.concept, []).append(one)
    return found


def _settled(found: list[Standing]) -> int:
    """+1 or -1 where every mention stands firmly that way; 0 where they differ or one is open."""
    signs = {one.sign for one in found}
    return found[0].sign if len(signs) == 1 and all(one.firm and not one.open_ for one in found) else 0


def _finding(sent: Passage, restated: Passage, mine: Standing, other: Standing) -> Finding:
    you, they = sent.clause(mine.sense.first), restated.clause(other.sense.first)
    return Finding(
        DivergenceKind.NEGATION_CHANGED,
        you,
        they,
        f"This was turned round: you wrote {quote(you)}, they wrote {quote(they)}.",
    )


def _changed_side(sent: Passage, restated: Passage) -> Iterator[Finding]:
    ours, theirs = _sides(sent), _sides(restated)
    my_sides, their_sides = {side for side, _ in ours}, {side for side, _ in theirs}
    if len(my_sides) == len(their_sides) == 1 and my_sides != their_sides:
        you, they = sent.clause(ours[0][1]), restated.clause(theirs[0][1])
        yield Finding(
            DivergenceKind.NEGATION_CHANGED,
            you,
            they,
            f"Left and right were exchanged: you wrote {quote(you)}, they wrote {quote(they)}.",
        )


def _sides(passage: Passage) -> list[tuple[int, int]]:
    """Each "left" or "right" of a body or a place, with its token."""
    found: list[tuple[int, int]] = []
    for index, token in enumerate(passage.tokens):
        if token.word not in _SIDES:
            continue
        following = {near.stem for near in passage.tokens[index + 1 : index + 3]} | {
            near.word for near in passage.tokens[index + 1 : index + 3]
        }
        before = [near.word for near in passage.tokens[max(0, index - 2) : index]]
        place = len(token.word) > 1 and before in (["on", "the"], ["to", "the"])
        if following & _BODY or place:
            found.append((_SIDES[token.word], index))
    return found
