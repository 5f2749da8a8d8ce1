"""Who is spoken of: roles and names that differ between a statement and its restatement.

Promises: a role or name that gave way to another is found; a wider word ("parent" for "mother"), a pronoun,
or a first name left out is no change; so are a doubled letter or two swapped ones in a name.
Never: it knows who "he" is, or that two different words are one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.share.understanding import people_words
from exchange.share.understanding.calendar import dates
from exchange.share.understanding.passage import once, read
from exchange.share.understanding.senses import is_known
from exchange.share.understanding.wordlists import entries, longest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from exchange.share.understanding.passage import Passage, Token


@dataclass(frozen=True, slots=True)
class Mention:
    """A person in a passage: a role of the lists, or a name."""

    who: str
    sort: str  # "family", "profession", "wider" or "name"
    first: int
    last: int
    titled: bool = False
    plural: bool = False


def _roles() -> dict[tuple[str, ...], tuple[str, str]]:
    table: dict[tuple[str, ...], tuple[str, str]] = {}
    for sort, block in (("profession", people_words.PROFESSIONS), ("family", people_words.FAMILY)):
        for line in entries(block):
            role, _, ways = line.partition(":")
            for way in ways.split(","):
                table[tuple(token.stem for token in read(way).tokens)] = (role, sort)
    for words in _WIDER.values():
        for word in words:
            table.setdefault((word,), (word, "wider"))
    return table


_WIDER = {
    line.partition(":")[0]: frozenset(word.strip() for word in line.partition(":")[2].split(","))
    for line in entries(people_words.WIDER)
}
_ROLES = _roles()
_LONGEST = longest(_ROLES)
_SHORTEST_NAME = 3


@once
def mentions(
    passage: Passage, known: frozenset[str] = frozenset(), *, by_capitals: bool = False
) -> tuple[Mention, ...]:
    """Find everybody whom a passage names: by role, title, first name, or a name that is `known`.

    Each known name is a lower-case word. `by_capitals` takes other capitalised words for names too.
    """
    return tuple(_mentions(passage, known, by_capitals=by_capitals))


def _mentions(passage: Passage, known: frozenset[str], *, by_capitals: bool) -> Iterator[Mention]:
    tokens = passage.tokens
    shouting = not by_capitals or _shouts(tokens)
    taken = {place for day in dates(passage) for place in range(day.first, day.last + 1)}
    index = 0
    while index < len(tokens):
        length, role, sort = _role_at(tokens, index)
        token = tokens[index]
        if role:
            plural = tokens[index + length - 1].word.endswith("s")
            yield Mention(role, sort, index, index + length - 1, plural=plural)
            index += length
            continue
        titled = index > 0 and tokens[index - 1].word in people_words.TITLES
        if index not in taken and _is_name(token, known, titled=titled, shouting=shouting):
            yield Mention(token.word, "name", index, index, titled=titled)
        index += 1


def _role_at(tokens: tuple[Token, ...], index: int) -> tuple[int, str, str]:
    for length in range(_LONGEST.get(tokens[index].stem, 0), 0, -1):
        found = _ROLES.get(tuple(token.stem for token in tokens[index : index + length]))
        if found is not None and index + length <= len(tokens):
            return length, *found
    return 0, "", ""


def _is_name(token: Token, known: frozenset[str], *, titled: bool, shouting: bool) -> bool:
    if token.kind != "word" or token.word in people_words.TITLES:
        return False
    if titled or token.word in known or token.word in people_words.FIRST_NAMES:
        return True
    if shouting or token.first or not token.capital or len(token.word) < _SHORTEST_NAME:
        return False
    return token.word not in people_words.NO_NAMES and not is_known(token)


def _shouts(tokens: tuple[Token, ...]) -> bool:
    """Whether capitals mean nothing here, because most words have one."""
    words = [token for token in tokens if token.kind == "word"]
    return sum(token.capital for token in words) * 2 > len(words)


def same(one: Mention, other: Mention) -> bool:
    """Whether two mentions may be the same person."""
    if one.who == other.who or _slip_of_the_pen(one, other):
        return True
    return other.who in _WIDER.get(one.who, ()) or one.who in _WIDER.get(other.who, ())


def _slip_of_the_pen(one: Mention, other: Mention) -> bool:
    if one.sort != "name" or other.sort != "name":
        return False
    if sorted(one.who) == sorted(other.who) and one.who[0] == other.who[0]:
        return True
    return _undoubled(one.who) == _undoubled(other.who)


def _undoubled(word: str) -> str:
    return "".join(letter for place, letter in enumerate(word) if place == 0 or word[place - 1] != letter)


def widened(found: Iterable[Mention]) -> tuple[Mention, ...]:
    """Give the mentions with "parents" and "both parents" spelt out as mother and father."""
    spelt: list[Mention] = []
    for mention in found:
        if mention.who == "parent" and mention.plural:
            spelt.extend(
                Mention(who, "family", mention.first, mention.last)
                for who in sorted(people_words.BOTH_PARENTS)
            )
        else:
            spelt.append(mention)
    return tuple(spelt)
