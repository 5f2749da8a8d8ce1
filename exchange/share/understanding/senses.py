"""Find what the words of a passage are about: concepts of the lexicon, negators, denials, or plain words.

Promises: each token belongs to at most one sense; the longest phrase wins; linear time.
Never: people, numbers and dates, which have readers of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from exchange.share.understanding import lexicon
from exchange.share.understanding.clock import dated
from exchange.share.understanding.passage import once, read
from exchange.share.understanding.spelt import number_at
from exchange.share.understanding.wordlists import entries, longest, phrases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from exchange.share.understanding.passage import Passage, Token


class Role(Enum):
    """What a sense does in its clause."""

    CONTENT = "content"
    NEGATOR = "negator"
    DENIAL = "denial"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning, from token `first` to token `last`; `sign` is -1 where the word says the opposite."""

    concept: str
    sign: int
    role: Role
    first: int
    last: int
    paired: bool  # the lexicon knows an opposite


_Key = tuple[str, ...]
_Meaning = tuple[str, int, Role, bool]
_UN = len("un")
_SHORTEST_UN = 7


def _phrases() -> Iterator[tuple[str, _Meaning]]:
    for line in entries(lexicon.SYNONYMS):
        name, _, ways = line.partition(":")
        yield from ((way, (name, 1, Role.CONTENT, False)) for way in phrases(ways))
    for line in entries(lexicon.OPPOSITES):
        name, _, ways = line.partition(":")
        positive, _, negative = ways.partition("|")
        yield from ((way, (name, 1, Role.CONTENT, True)) for way in phrases(positive))
        yield from ((way, (name, -1, Role.CONTENT, True)) for way in phrases(negative))
    for role, ways in (
        (Role.NEGATOR, lexicon.NEGATORS),
        (Role.DENIAL, lexicon.DENIALS),
        (Role.NEUTRAL, lexicon.NEUTRAL),
    ):
        yield from ((way, (way, 1, role, False)) for way in phrases(ways))


def _table() -> dict[_Key, _Meaning]:
    meanings: dict[_Key, _Meaning] = {}
    for way, meaning in _phrases():
        exact = "=" if way.startswith("=") else ""
        meanings[tuple(exact + token.word if exact else token.stem for token in read(way).tokens)] = meaning
    return meanings


_MEANINGS = _table()
_LONGEST = longest(_MEANINGS)


@once
def senses(passage: Passage) -> tuple[Sense, ...]:
    """Give all senses of a passage in their order."""
    return tuple(_senses(passage.tokens, dated(passage)))


def _senses(tokens: tuple[Token, ...], taken: frozenset[int]) -> Iterator[Sense]:
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if index in taken:
            index += 1
            continue
        found = _phrase_at(tokens, index)
        if found is not None:
            (concept, sign, role, paired), length = found
            yield Sense(concept, sign, role, index, index + length - 1, paired)
            index += length
            continue
        number = number_at(tokens, index)
        if number is not None:
            index = number.last + 1
            continue
        if _has_substance(token):
            concept, sign = _positive(token.stem)
            yield Sense(concept, sign, Role.CONTENT, index, index, paired=sign < 0)
        index += 1


def _has_substance(token: Token) -> bool:
    if token.kind != "word" or len(token.word) == 1 or lexicon.STOPWORDS & {token.word, token.stem}:
        return False
    return not token.word.endswith("ly") or token.word in lexicon.NOT_ADVERBS


def _phrase_at(tokens: tuple[Token, ...], index: int) -> tuple[_Meaning, int] | None:
    token = tokens[index]
    exact = _MEANINGS.get(("=" + token.word,))
    for length in range(_LONGEST.get(token.stem, 0), 0, -1):
        window = tokens[index : index + length]
        if len(window) == length and window[-1].sentence == token.sentence:
            meaning = _MEANINGS.get(tuple(part.stem for part in window))
            if meaning is not None and (length > 1 or exact is None):
                return meaning, length
    return (exact, 1) if exact is not None else None


def _positive(stem: str) -> tuple[str, int]:
    if stem.startswith("un") and len(stem) >= _SHORTEST_UN and stem not in lexicon.NOT_UN:
        return stem[_UN:], -1
    return stem, 1


def content(found: Iterable[Sense]) -> set[str]:
    """Give the concepts that a passage is about."""
    return {sense.concept for sense in found if sense.role is Role.CONTENT}


def is_known(token: Token) -> bool:
    """Whether a single word is one that the lexicon or the grammar here knows, and so hardly a name."""
    return (
        token.word in lexicon.STOPWORDS
        or token.stem in _LONGEST
        or ("=" + token.word) in _LONGEST
        or token.word in lexicon.DEONTIC
    )
