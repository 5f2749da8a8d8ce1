"""Whether a read-back says what the sender warned that a statement does not mean, or plans what it forbids.

Promises: `does_not_mean` asserted in the restatement or in what they will do; telling or inviting somebody
who may not be told; doing what a statement says must not be done.
Never: it takes "that does not mean he was cleared" for an assertion, or a question, or "perhaps".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from exchange.share.understanding import lexicon
from exchange.share.understanding.certainty import SUSPECTED, steps
from exchange.share.understanding.divergence import DivergenceKind, Finding, quote
from exchange.share.understanding.passage import once, read
from exchange.share.understanding.people import mentions, widened
from exchange.share.understanding.signs import standings
from exchange.share.understanding.wordlists import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exchange.share.understanding.passage import Passage
    from exchange.share.understanding.people import Mention
    from exchange.share.understanding.signs import Standing

_ENOUGH = 0.6  # of the warning's words, by weight, in one sentence that asserts them
_PREFIX = re.compile(
    r"^\W*(?:(?:it|this|that|which)\s+)?(?:does\s+not|doesn['\u2019]t|doesnt|not)\s+mean(?:s|ing)?\b",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"\bnor\b|;|\.|\bor\s+that\b|\band\s+that\b|\bor\s+is\b", re.IGNORECASE)
_CONTACT = words("""
    tell invit inform contact phon call ring notify write email text speak talk meet visit send updat
    shar disclos ask involv consult warn messag discuss
""")
_BETWEEN = words("to with the a her his their our both up in on again also and")
_BE = words("be been being is are was were get")
_PAIRED = 2
_NEAR = 4
_TOGETHER = 4
_JOINING = words("and or with the her his their also both")
_CLAUSE = 40  # words of a clause that are looked through for a "not"
_FORBIDDING = frozenset({"not", "never", "no", "nobody"})
_ALIKE = frozenset({"partner", "stepfather", "husband"})


def asserts_denied(sent: Passage, warning: str | None, told: Sequence[Passage]) -> Iterator[Finding]:
    """At most one finding: the warning's words, asserted in one of the passages."""
    for part in _SPLIT.split(_PREFIX.sub("", warning or "")):
        warned = part.strip(" \t\n,;:")
        denied = read(warned)
        for passage in told:
            found = _asserted(denied, sent, passage)
            if found is not None:
                shown = passage.clause(found)
                yield Finding(
                    DivergenceKind.NEGATION_CHANGED,
                    warned,
                    shown,
                    f"You wrote that it does not mean {quote(warned)}. They write {quote(shown)}.",
                )
                return


def _asserted(denied: Passage, sent: Passage, told: Passage) -> int | None:
    """Find the token of `told` from which it asserts `denied`, if it does."""
    wanted = {one.sense.concept: one for one in standings(denied) if one.sense.concept not in lexicon.LIGHT}
    if not wanted:
        return None
    already = {(one.sense.concept, one.sign) for one in standings(sent)}
    new = {concept for concept, one in wanted.items() if (concept, one.sign) not in already} or set(wanted)
    total = sum(_weight(one) for one in wanted.values())
    for sentence in _sentences(told):
        said = {
            one.sense.concept: one
            for one in sentence
            if not one.open_ and not _hedged(told, one.sense.first) and one.sense.concept in wanted
        }
        agreed = [concept for concept, one in said.items() if one.sign == wanted[concept].sign]
        weight = sum(_weight(wanted[concept]) for concept in agreed)
        if len(agreed) == len(said) and weight >= _ENOUGH * total and new.intersection(agreed):
            telling = next(concept for concept in agreed if concept in new)
            return said[telling].sense.first
    return None


def _weight(one: Standing) -> int:
    return _PAIRED if one.sense.paired else 1


def _sentences(passage: Passage) -> list[list[Standing]]:
    found: dict[int, list[Standing]] = {}
    for one in standings(passage):
        found.setdefault(passage.tokens[one.sense.first].sentence, []).append(one)
    return list(found.values())


def _hedged(passage: Passage, index: int) -> bool:
    return 0 < steps(passage)[index] <= SUSPECTED


def forbidden(sent: Passage, warning: str | None, names: frozenset[str]) -> tuple[Mention, ...]:
    """Find the people who, by a statement or by what it does not mean, may not be told."""
    found = [
        person
        for person, verb in _contacts(sent, names)
        if _negated(sent, verb) and _deontic(sent, verb)  # "may not be told"
    ]
    text = read(warning or "")
    allowed = {at for at, token in enumerate(text.tokens) if token.stem in _CONTACT and _deontic(text, at)}
    if allowed:  # "it does not mean that he may be told"
        named = [person for person, verb in _contacts(text, names) if verb in allowed]
        found += named or widened(mentions(sent, names))[:1]
    return tuple(found)


def never_told(never: Sequence[str], names: frozenset[str]) -> tuple[Mention, ...]:
    """Find the people of the share's list of those who are never to be told."""
    found = [mentions(read(name), names | _capitals(name)) for name in never]
    return tuple(people[-1] for people in found if people)


def _capitals(name: str) -> frozenset[str]:
    return frozenset(
        token.word for token in read(name).tokens if token.capital and token.word not in lexicon.STOPWORDS
    )


def contacts_forbidden(
    people: Sequence[Mention], told: Sequence[Passage], names: frozenset[str]
) -> Iterator[Finding]:
    """At most one finding: contact with one of these people in one of the passages."""
    known = names | frozenset(one.who for one in people if one.sort == "name")
    for passage in told:
        for person, verb in _contacts(passage, known):
            if any(_is(person, one) for one in people) and not _negated(passage, verb):
                shown, whom = passage.clause(verb), passage.shown(person.first, person.last)
                explanation = (  # "parents" may be their word where the sender wrote of the father
                    f"They write {quote(shown)}. You wrote that not everybody whom they mean by "
                    f"{quote(whom)} may be told."
                )
                yield Finding(DivergenceKind.NEGATION_CHANGED, "", shown, explanation)
                return


def _is(person: Mention, other: Mention) -> bool:
    return person.who == other.who or {person.who, other.who} <= _ALIKE


@once
def _contacts(passage: Passage, names: frozenset[str]) -> tuple[tuple[Mention, int], ...]:
    """Find everybody who is told, invited, rung and so on, with the token of the verb."""
    people = widened(mentions(passage, names))
    starts = [one.first for one in people]
    found: list[tuple[Mention, int]] = []
    for verb, token in enumerate(passage.tokens):
        if token.stem not in _CONTACT:
            continue
        after = people[bisect_right(starts, verb) : bisect_right(starts, verb + _NEAR)]
        found += [(one, verb) for one in after if _is_object(passage, verb, one, names)]
        if verb and passage.tokens[verb - 1].word in _BE:  # "both parents will be invited"
            before = people[: bisect_right(starts, verb - 1)]
            nearest = [one for one in before[-_TOGETHER:] if _joined(passage, one, before[-1])]
            found += [(one, verb) for one in nearest if passage.tokens[one.last].sentence == token.sentence]
    return tuple(found)


def _joined(passage: Passage, one: Mention, last: Mention) -> bool:
    """See "the stepfather and mum": nothing but joining words between the two."""
    return {token.word for token in passage.tokens[one.last + 1 : last.first]} <= _JOINING


def _is_object(passage: Passage, verb: int, person: Mention, names: frozenset[str]) -> bool:
    between = {token.word for token in passage.tokens[verb + 1 : person.first]}
    return between <= _BETWEEN | names


def _negated(passage: Passage, verb: int) -> bool:
    return not _FORBIDDING.isdisjoint(_before(passage, verb))


def _deontic(passage: Passage, verb: int) -> bool:
    """Whether a verb is said to be allowed or forbidden: "may not tell", and not "may not have told"."""
    before = _before(passage, verb)
    if "have" in before[-2:]:
        return False
    never_to = any(pair in (("not", "to"), ("never", "to")) for pair in pairwise(before[-4:]))
    return never_to or not lexicon.DEONTIC.isdisjoint(before)


def _before(passage: Passage, verb: int) -> list[str]:
    """Give the words before a verb in its clause."""
    clause = passage.tokens[verb].clause
    found: list[str] = []
    while verb > 0 and passage.tokens[verb - 1].clause == clause and len(found) < _CLAUSE:
        verb -= 1
        found.append(passage.tokens[verb].word)
    return found[::-1]


def does_forbidden(sent: Passage, will_do: Passage) -> Iterator[Finding]:
    """At most one finding: what must not be done, and they will do."""
    planned = {
        one.sense.concept: one for one in standings(will_do) if one.firm and one.sign > 0 and not one.open_
    }
    against = {one.sense.concept for one in standings(will_do) if one.sign < 0 or not one.firm}
    for one in standings(sent):
        plan = planned.get(one.sense.concept)
        if plan is None or one.sense.concept in against or not (one.firm and one.sign < 0):
            continue
        if one.sense.paired or sent.tokens[one.sense.first].stem in _CONTACT:
            continue
        if not _deontic(sent, one.sense.first):
            continue
        you, they = sent.clause(one.sense.first), will_do.clause(plan.sense.first)
        yield Finding(
            DivergenceKind.NEGATION_CHANGED,
            you,
            they,
            f"You wrote {quote(you)}. What they will do is {quote(they)}.",
        )
        return
