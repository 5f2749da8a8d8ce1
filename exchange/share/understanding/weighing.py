"""Whether both sides give a statement the same nature and the same weight, and name the same key point.

Promises: any difference in these three is named; they are fields that both sides filled in, not words to
interpret.
Never: which of the two is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.share.understanding.divergence import DivergenceKind, Finding, quote, shorten
from exchange.wire.contents import Fact, Opinion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.wire.contents import Restatement, Weight

_RANK: dict[Weight, int] = {"context": 0, "significant": 1, "critical": 2}


def changed_nature(statement: Fact | Opinion, restatement: Restatement) -> Iterator[Finding]:
    """Find a fact taken for an opinion, or an opinion for a fact."""
    if isinstance(statement, Fact) and restatement.taken_as == "opinion":
        kind, explanation = (
            DivergenceKind.FACT_AS_OPINION,
            "This is a fact; they take it as somebody's opinion.",
        )
    elif isinstance(statement, Opinion) and restatement.taken_as == "fact":
        kind = DivergenceKind.OPINION_AS_FACT
        explanation = f"This is an opinion ({shorten(statement.whose)}); they take it as a fact."
    else:
        return
    yield Finding(kind, statement.text, restatement.meaning, explanation)


def changed_weight(weight: Weight | None, text: str, restatement: Restatement) -> Iterator[Finding]:
    """Find a statement that they take more or less seriously than it was meant."""
    if weight is None or restatement.weight == weight:
        return
    over = _RANK[restatement.weight] > _RANK[weight]
    yield Finding(
        DivergenceKind.OVER_WEIGHTED if over else DivergenceKind.UNDER_WEIGHTED,
        text,
        restatement.meaning,
        f"You ranked this {weight}; they give it {'more' if over else 'less'} weight: {restatement.weight}.",
    )


def other_key_point(mine: str, other: str, my_text: str, their_text: str) -> Iterator[Finding]:
    """Find another key point than the sender's. `mine` and `other` are ids of statements."""
    if mine != other:
        yield Finding(
            DivergenceKind.OTHER_KEY_POINT,
            my_text,
            their_text,
            f"Your key point is {mine}, {quote(my_text)}; theirs is {other}"
            + (f", {quote(their_text)}." if their_text else "."),
        )
