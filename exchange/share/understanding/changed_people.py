"""Where a restatement puts somebody else in a person's place.

Promises: a role or name that gave way to another; one parent made both or both made one; two people who
changed places ("she pushed him", "he pushed her"; "live with their father", "live with their mother").
Never: it follows "he" and "she". A person left out is no change, unless somebody else stands there instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.share.understanding.divergence import DivergenceKind, Finding, quote
from exchange.share.understanding.people import mentions, same, widened
from exchange.share.understanding.people_words import BOTH_PARENTS
from exchange.share.understanding.senses import Role, senses
from exchange.share.understanding.wordlists import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exchange.share.understanding.passage import Passage
    from exchange.share.understanding.people import Mention
    from exchange.share.understanding.senses import Sense
    from exchange.share.understanding.surroundings import Surroundings

_PRONOUNS = words("he she him her his hers they them their")
_CHILDREN = frozenset({"child", "boy", "girl", "baby", "son", "daughter"})
_SORTS = frozenset({"family", "profession", "name"})
_VAGUE = frozenset({"man", "woman", "boy", "girl", "partner"})
_DEEDS = frozenset(
    {"assault", "push", "harm", "kill", "threaten", "bite", "burn", "shake", "throw", "live", "touch"}
)
_LIVE = "live"
_WITH = 4  # so near behind a verb stands the person whom it concerns
_BY = 7
_BE = words("was were is been being be get got")


def changed_people(sent: Passage, restated: Passage, around: Surroundings) -> Iterator[Finding]:
    """At most one finding."""
    ours = widened(mentions(sent, around.names, by_capitals=True))
    theirs = widened(mentions(restated, around.names, by_capitals=True))
    lost = [one for one in ours if one.sort in _SORTS and not any(same(one, other) for other in theirs)]
    new = [
        one
        for one in theirs
        if one.sort in _SORTS and not any(same(one, other) for other in (*ours, *around.own_people))
    ]
    for other in new:
        mine = next((one for one in lost if _in_place_of(one, other, restated, around)), None)
        if mine is not None:
            yield _finding(sent, restated, mine, other)
            return
    pair = (
        _one_for_both(ours, theirs, restated)
        or _changed_places(sent, restated, around)
        or _excluded(sent, ours, restated, theirs)
    )
    if pair is not None:
        yield _finding(sent, restated, *pair)
        return
    stranger = next((one for one in new if _stranger(one, around)), None)
    if stranger is not None:
        shown = restated.shown(stranger.first, stranger.last)
        yield Finding(
            DivergenceKind.NAME_CHANGED,
            "",
            shown,
            f"Somebody appears of whom you did not write: {quote(shown)}.",
        )


def _in_place_of(mine: Mention, other: Mention, restated: Passage, around: Surroundings) -> bool:
    """Whether somebody new can stand where somebody stood who is gone."""
    if other.sort == "profession" or mine.sort == "profession":
        kin = other.sort == "family" and other.who not in _VAGUE | _CHILDREN
        return mine.sort == "profession" and (other.sort == "profession" or kin)
    if other.sort == "name":
        return mine.sort == "name" or other.titled
    if mine.who in around.names:
        return other.who not in _CHILDREN | _VAGUE and not _speaks_of_somebody(restated)
    return not (mine.sort == "name" and other.who in _CHILDREN | _VAGUE)


def _speaks_of_somebody(passage: Passage) -> bool:
    return any(token.word in _PRONOUNS for token in passage.tokens)


def _one_for_both(
    ours: Sequence[Mention], theirs: Sequence[Mention], restated: Passage
) -> tuple[Mention, Mention] | None:
    mine = [one for one in ours if one.who in BOTH_PARENTS]
    other = [one for one in theirs if one.who in BOTH_PARENTS]
    my_parents, their_parents = {one.who for one in mine}, {one.who for one in other}
    together_ours = len({one.first for one in mine}) == 1 and len(my_parents) > 1
    together_theirs = len({one.first for one in other}) == 1 and len(their_parents) > 1
    if together_ours and len(their_parents) == 1 and "they" not in {token.word for token in restated.tokens}:
        return mine[0], other[0]
    if together_theirs and len(my_parents) == 1:
        return mine[0], other[0]
    return None


def _changed_places(sent: Passage, restated: Passage, around: Surroundings) -> tuple[Mention, Mention] | None:
    ours, theirs = (
        mentions(sent, around.names, by_capitals=True),
        mentions(restated, around.names, by_capitals=True),
    )
    their_deeds = _deeds(restated, theirs)
    for concept, (mine, mine_upon) in _deeds(sent, ours).items():
        other, other_upon = their_deeds.get(concept, (None, None))
        if mine is None or other is None or same(mine, other):
            continue
        still_there, there_before = _among(mine, theirs), _among(other, ours)
        strange = not still_there and not there_before
        crossed = (
            _is(other, mine_upon)
            or _is(mine, other_upon)
            or (concept == _LIVE and still_there and there_before)
        )
        if strange or crossed:
            return mine, other
    return None


def _excluded(
    sent: Passage, ours: Sequence[Mention], restated: Passage, theirs: Sequence[Mention]
) -> tuple[Mention, Mention] | None:
    """Find "gran, not mum" told as "mum, not gran"."""
    named, excluded = _contrasted(sent, ours)
    their_named, their_excluded = _contrasted(restated, theirs)
    for who, mine in named.items():
        if who in their_excluded and excluded.keys() & their_named.keys():
            return mine, their_excluded[who]
    return None


def _contrasted(passage: Passage, known: Sequence[Mention]) -> tuple[dict[str, Mention], dict[str, Mention]]:
    """Part those who are named from those who are named only to be excluded."""
    excluded = {one.who: one for one in known if _denied(passage, one)}
    return {one.who: one for one in known if one.who not in excluded}, excluded


def _denied(passage: Passage, mention: Mention) -> bool:
    before = [token.word for token in passage.tokens[max(0, mention.first - 3) : mention.first]]
    while before and before[-1] in {"the", "her", "his", "their", "a"}:
        before.pop()
    return before[-1:] == ["not"] or before[-2:] == ["rather", "than"]


def _among(mention: Mention, others: Sequence[Mention]) -> bool:
    return any(same(mention, one) for one in others)


def _is(mention: Mention, other: Mention | None) -> bool:
    return other is not None and same(mention, other)


def _deeds(passage: Passage, known: Sequence[Mention]) -> dict[str, tuple[Mention | None, Mention | None]]:
    """Find who did each deed and upon whom, as far as the order of words shows it; of living, with whom."""
    found: dict[str, tuple[Mention | None, Mention | None]] = {}
    for sense in senses(passage):
        if sense.role is Role.CONTENT and sense.concept in _DEEDS and sense.concept not in found:
            found[sense.concept] = _parties(passage, sense, known)
    return found


def _parties(
    passage: Passage, deed: Sense, known: Sequence[Mention]
) -> tuple[Mention | None, Mention | None]:
    clause = passage.tokens[deed.first].clause
    here = [one for one in known if passage.tokens[one.first].clause == clause]
    before = [one for one in here if one.last < deed.first]
    after = [one for one in here if deed.last < one.first <= deed.last + _WITH]
    nearest = before[-1] if before else None
    if deed.concept == _LIVE:
        return after[0] if after else None, None
    passive = any(token.word in _BE for token in passage.tokens[max(0, deed.first - 2) : deed.first])
    if not passive:
        return nearest, after[0] if after else None
    doers = [one for one in here if deed.last < one.first <= deed.last + _BY and _by(passage, one)]
    return doers[0] if doers else None, nearest


def _by(passage: Passage, mention: Mention) -> bool:
    return "by" in {token.word for token in passage.tokens[max(0, mention.first - 3) : mention.first]}


def _stranger(mention: Mention, around: Surroundings) -> bool:
    """See a relative whom the share mentions nowhere; a new name may be the sender's or a colleague's."""
    if mention.who in around.all_people:
        return False
    return mention.sort == "family" and mention.who not in _VAGUE | _CHILDREN | {"neighbour"}


def _finding(sent: Passage, restated: Passage, mine: Mention, other: Mention) -> Finding:
    you, they = sent.clause(mine.first), restated.clause(other.first)
    my_name, their_name = sent.shown(mine.first, mine.last), restated.shown(other.first, other.last)
    return Finding(
        DivergenceKind.NAME_CHANGED,
        you,
        they,
        f"Somebody took another's place: you wrote of {quote(my_name)}, they write of {quote(their_name)}.",
    )
