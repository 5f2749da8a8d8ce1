"""Lay a read-back beside its share and name every divergence that these rules can see.

Promises: total on any contents that the wire allows, deterministic, one divergence of a kind per statement
at most, in the order of the statements; time grows with the length of the words, not with its square.
Never: a verdict, a score, a network, a model, a clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.share.understanding.changed_certainty import changed_certainty
from exchange.share.understanding.changed_dates import changed_dates
from exchange.share.understanding.changed_numbers import changed_numbers
from exchange.share.understanding.changed_people import changed_people
from exchange.share.understanding.changed_sense import changed_sense
from exchange.share.understanding.coverage import copied, covers, not_covered, uncovered_part
from exchange.share.understanding.denied import (
    asserts_denied,
    contacts_forbidden,
    does_forbidden,
    forbidden,
    never_told,
)
from exchange.share.understanding.divergence import RANK, Divergence, DivergenceKind, Finding, shorten
from exchange.share.understanding.passage import read
from exchange.share.understanding.surroundings import Share
from exchange.share.understanding.weighing import changed_nature, changed_weight, other_key_point
from exchange.wire.contents import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from exchange.share.understanding.passage import Passage
    from exchange.share.understanding.surroundings import Surroundings
    from exchange.wire.contents import (
        Emphasis,
        Opinion,
        ReadBackContents,
        Restatement,
        ShareContents,
    )


def compare(share: ShareContents, emphasis: Emphasis, read_back: ReadBackContents) -> tuple[Divergence, ...]:
    """Name each divergence of `read_back` from `share` as its sender ranked it in `emphasis`.

    An empty answer says that these rules saw nothing. It does not say that the meaning arrived.
    """
    return tuple(_Comparison(share, emphasis, read_back).divergences())


class _Comparison:
    def __init__(self, share: ShareContents, emphasis: Emphasis, read_back: ReadBackContents) -> None:
        self.share = share
        self.emphasis = emphasis
        self.back = read_back
        self.whole = Share(share)
        self.statements: tuple[Fact | Opinion, ...] = (*share.facts, *share.opinions)
        self.passages = [self.whole.passage(one.text) for one in self.statements]
        self.will_do = read(read_back.will_do)
        self.restated: dict[str, list[tuple[Restatement, Passage]]] = {}
        for one in read_back.restatements:
            self.restated.setdefault(one.statement, []).append((one, read(one.meaning)))

    def divergences(self) -> Iterator[Divergence]:
        turned: set[str] = set()
        for place, statement in enumerate(self.statements):
            named = _named(statement.id, self._statement(place, statement))
            turned |= {one.restated for one in named if one.kind is DivergenceKind.NEGATION_CHANGED}
            yield from named
        told = [self.will_do, *(text for found in self.restated.values() for _, text in found)]
        never = never_told(self.share.never_tell, self.whole.names)
        told_them = _named(None, contacts_forbidden(never, told, self.whole.names))
        yield from (
            one for one in told_them if one.restated not in turned
        )  # said already, with its statement
        yield from _named(self.emphasis.key_point, self._key_point())

    def _statement(self, place: int, statement: Fact | Opinion) -> Iterator[Finding]:
        restatements = [found for found in self.restated.get(statement.id, ()) if found[1].tokens]
        if not restatements:
            yield Finding(DivergenceKind.NOT_COVERED, statement.text, "", "They did not restate this.")
            return
        for one, restated in restatements:
            yield from self._restatement(place, statement, one, restated)

    def _restatement(
        self, place: int, statement: Fact | Opinion, one: Restatement, restated: Passage
    ) -> Iterator[Finding]:
        weight = self.emphasis.weights.get(statement.id)
        critical = weight == "critical" or statement.id == self.emphasis.key_point
        around = self.whole.around(statement, critical=critical)
        sent = self.passages[place]
        others = [passage for at, passage in enumerate(self.passages) if at != place]
        yield from changed_nature(statement, one)
        yield from changed_weight(weight, statement.text, one)
        yield from self._forbidden(statement, sent, restated)
        uncovered = list(not_covered(sent, restated, others if covers(restated) else ()))
        yield from uncovered
        if not uncovered:
            yield from _words(statement, sent, restated, around)

    def _forbidden(self, statement: Fact | Opinion, sent: Passage, restated: Passage) -> Iterator[Finding]:
        yield from asserts_denied(sent, statement.does_not_mean, [restated, self.will_do])
        people = forbidden(sent, statement.does_not_mean, self.whole.names)
        yield from contacts_forbidden(people, [restated, self.will_do], self.whole.names)
        yield from does_forbidden(sent, self.will_do)

    def _key_point(self) -> Iterator[Finding]:
        texts = {one.id: one.text for one in self.statements}
        mine, other = self.emphasis.key_point, self.back.key_point
        yield from other_key_point(mine, other, texts.get(mine, ""), texts.get(other, ""))


def _words(
    statement: Fact | Opinion, sent: Passage, restated: Passage, around: Surroundings
) -> Iterator[Finding]:
    """Find what the words alone show."""
    verbatim = isinstance(statement, Fact) and statement.verbatim
    yield from copied(sent, restated, verbatim=verbatim)
    yield from uncovered_part(sent, restated, around)
    turned = list(changed_sense(sent, restated))
    yield from turned
    yield from changed_numbers(sent, restated, around)
    yield from changed_dates(sent, restated, around)
    yield from changed_people(sent, restated, around)
    if not turned:  # what says the opposite need not be told that it says so more or less surely
        yield from changed_certainty(sent, restated, around)


def _named(statement: str | None, findings: Iterable[Finding]) -> Sequence[Divergence]:
    """One divergence of each kind, in the order of the kinds."""
    first: dict[DivergenceKind, Finding] = {}
    for finding in findings:
        first.setdefault(finding.kind, finding)
    return [
        Divergence(kind, statement, shorten(found.sent), shorten(found.restated), found.explanation)
        for kind, found in sorted(first.items(), key=lambda item: RANK[item[0]])
    ]
