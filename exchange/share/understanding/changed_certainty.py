"""Where a restatement is surer, or less sure, than the statement.

Promises: "could be consistent with" told as "confirmed", somebody's word told as a fact, "likely" told as
"will", a plain statement told as "might", a concern told as caution.
Never: it compares clauses that have nothing to do with each other. A doubt that the recipient adds about
something else is no change; neither is one small step on the ladder, nor "I think" left out where both take
it as an opinion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.share.understanding.certainty import (
    CERTAIN,
    LIKELY,
    PLAIN,
    POSSIBLE,
    SUSPECTED,
    VIEW,
    feels,
    floors,
    hedged,
    is_told,
    minimises,
    steps,
)
from exchange.share.understanding.divergence import DivergenceKind, Finding, quote
from exchange.share.understanding.lexicon import LIGHT
from exchange.share.understanding.signs import standings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.share.understanding.passage import Passage
    from exchange.share.understanding.surroundings import Surroundings

_OWN_STEP = {"very_low": POSSIBLE, "low": SUSPECTED, "medium": VIEW, "high": VIEW, "very_high": PLAIN}
# From each step of a statement, the lowest step of a restatement that is surer ...
_SURER = {
    POSSIBLE: LIKELY,
    SUSPECTED: PLAIN,
    LIKELY: PLAIN,
    VIEW: PLAIN,
    PLAIN: CERTAIN + 1,
    CERTAIN: CERTAIN + 1,
}
# ... and the highest that is less sure.
_LESS_SURE = {
    POSSIBLE: 0,
    SUSPECTED: 0,
    LIKELY: POSSIBLE,
    VIEW: POSSIBLE,
    PLAIN: SUSPECTED,
    CERTAIN: SUSPECTED,
}


def changed_certainty(sent: Passage, restated: Passage, around: Surroundings) -> Iterator[Finding]:
    """At most one finding."""
    ours, theirs = _steps(sent), _steps(restated)
    shared = [concept for concept in ours if concept in theirs]
    feeling = feels(restated)  # a concern told after the event is still told as a concern
    rose = [
        concept
        for concept in shared
        if _rose(ours[concept][0], min(theirs[concept][:2]), around)
        and not (feeling and ours[concept][0] == SUSPECTED)
    ]
    fell = [concept for concept in shared if _fell(min(ours[concept][:2]), theirs[concept][0], around)]
    light = minimises(restated)
    if rose:
        yield _finding(sent, restated, ours[rose[0]][2], theirs[rose[0]][2], more="surer")
    elif fell:
        yield _finding(sent, restated, ours[fell[0]][2], theirs[fell[0]][2], more="less sure")
    elif shared and not around.opinion and _lost_its_speaker(sent, restated):
        yield _told_as_fact(sent, restated)
    elif light and not minimises(sent):
        yield Finding(
            DivergenceKind.CERTAINTY_FELL, sent.text, light, f"They make light of it: {quote(light)}."
        )


def _lost_its_speaker(sent: Passage, restated: Passage) -> bool:
    return is_told(sent, loosely=False) and not is_told(restated, loosely=True) and not hedged(restated)


def _steps(passage: Passage) -> dict[str, tuple[int, int, int]]:
    """Give for each concept its highest step, the lowest in that clause, and a token of it."""
    at, floor = steps(passage), floors(passage)
    found: dict[str, tuple[int, int, int]] = {}
    for one in standings(passage):
        index = one.sense.first
        if not at[index] or one.open_ or one.background or one.sense.concept in LIGHT:
            continue
        if one.sense.concept not in found or at[index] > found[one.sense.concept][0]:
            lowest = floor.get(passage.tokens[index].clause, CERTAIN)
            found[one.sense.concept] = (at[index], lowest, index)
    return found


def _rose(mine: int, other: int, around: Surroundings) -> bool:
    if around.opinion and mine in (VIEW, PLAIN):
        return other == CERTAIN
    return other >= _SURER[mine]


def _fell(mine: int, other: int, around: Surroundings) -> bool:
    if around.opinion and mine == PLAIN:
        mine = _OWN_STEP[around.confidence]
    return other <= _LESS_SURE[mine]


def _finding(sent: Passage, restated: Passage, mine: int, other: int, *, more: str) -> Finding:
    you, they = sent.clause(mine), restated.clause(other)
    return Finding(
        DivergenceKind.CERTAINTY_ROSE if more == "surer" else DivergenceKind.CERTAINTY_FELL,
        you,
        they,
        f"They are {more} than you were: you wrote {quote(you)}, they wrote {quote(they)}.",
    )


def _told_as_fact(sent: Passage, restated: Passage) -> Finding:
    return Finding(
        DivergenceKind.CERTAINTY_ROSE,
        sent.text,
        restated.text,
        f"You wrote that somebody said so; they state it as it stands: {quote(restated.text)}.",
    )
