"""How surely a passage says each thing that it says.

Promises: a ladder (possible, suspected, likely, somebody's view, plain, certain) from the words that stand
before a thing in its clause, or anywhere in the clause for words like "perhaps"; and whether something is
told as somebody's word.
Never: it reads tone. Only the words listed here count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.share.understanding.passage import once, read
from exchange.share.understanding.wordlists import longest, phrases, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from exchange.share.understanding.passage import Passage, Token

POSSIBLE, SUSPECTED, LIKELY, VIEW, PLAIN, CERTAIN = range(1, 7)

# These colour their whole clause; after `+` only what follows in it, if anything; after `*` only that.
_LADDER = {
    POSSIBLE: """
        might, possible, possibility, perhaps, maybe, consistent with, compatible with, not rule out
        not be rule out, not exclude, can not be exclude, not certain, not sure, unsure, uncertain
        tentative, slight, query, some chance, a chance, conceivable, potential, unclear
        without much certainty
    """,
    SUSPECTED: """
        apparent, presumable, +on suspicion, suppose, rumour, unproven, unconfirmed, not prove, not confirm
        +suspect, +allege, +accuse, +suggest, +indicate, +look like, *worry, *concern, *fear, +claim
        *impression, +arrest, +investigate, +charge, +intelligence, read like, sound like
    """,
    LIKELY: "likely, probable, unlikely, in all likelihood, as far as anyone know, as far as we know",
    VIEW: """
        +think, +believe, *view, *opinion, +judge, +reckon, +expect, +feel, +consider, +rate, +seem
        +appear, +look
    """,
    CERTAIN: """
        confirm, definite, certain, certainty, prove, proof, establish, no doubt, without doubt, undoubted
        undoubtedly, clear, obvious, convict, find guilty, verify, must have
    """,
}
_TELLING = """
    say, tell, report, state, disclose, write, accord to, describe, mention, deny, claim, allege, admit
    threaten, promise, shout, complain, insist, explain, warn
"""
_ALSO_TELLING = """
    account, word, version, story, answer, put it down, put down, record, note, intelligence, denial
"""
_GUESSED = words("be have fit explain suggest mean indicate point come account result show cause make")
_AS_NOUNS = words("suspect suspects charge view record concern concerns account report note statement")
_DETERMINERS = words("a an the no not as main his her their this in")
_UNSETTLING = words("to not no never if until make cannot need needs low any much")
_MINIMISING = """
    being cautious, over cautious, overcautious, just a precaution, as a precaution, only a precaution
    overreacting, over reacting, nothing to worry about, no cause for concern, no real concern
    playing safe, better safe than sorry, to be on the safe side, being careful
"""
_NOT = words("not no never nothing without")
_NEAR = 3


def _stems(phrase: str) -> tuple[str, ...]:
    return tuple(token.stem for token in read(phrase).tokens)


_LEVELS = {
    _stems(phrase.lstrip("+*")): (level, phrase[0] if phrase[0] in "+*" else "")
    for level, block in _LADDER.items()
    for phrase in phrases(block)
}
_LONGEST = longest(_LEVELS)
_TOLD = frozenset(_stems(phrase) for phrase in phrases(_TELLING))
_TOLD_LOOSELY = _TOLD | {_stems(phrase) for phrase in phrases(_ALSO_TELLING)}
_LIGHT_OF_IT = tuple(_stems(phrase) for phrase in phrases(_MINIMISING))


@once
def steps(passage: Passage) -> tuple[int, ...]:
    """Give for each token the step of the ladder on which it stands; 0 for the words that make the ladder."""
    tokens = passage.tokens
    colours: dict[int, int] = {}  # from this token to the end of its clause, at most this step
    onward: dict[int, int] = {}  # the same, but to the next comma
    ladder: set[int] = set()
    opening = 0  # where what is claimed begins: at the clause, or after "she says" in it
    for index, token in enumerate(tokens):
        if index and token.clause != tokens[index - 1].clause:
            opening = index
        level, length, reach = _level_at(tokens, index)
        ladder.update(range(index, index + length))
        if level and reach and _more_follows(tokens, index + length - 1):
            onward[index] = level
        elif level and reach != "*":
            colours[opening] = _lower(level, colours.get(opening))
        if (token.stem,) in _TOLD:
            opening = index + 1
    return tuple(_coloured(tokens, colours, onward, ladder))


def _coloured(
    tokens: tuple[Token, ...], colours: Mapping[int, int], onward: Mapping[int, int], ladder: set[int]
) -> Iterator[int]:
    clause = near = PLAIN
    for index, token in enumerate(tokens):
        if index and token.clause != tokens[index - 1].clause:
            clause = near = PLAIN
        elif "," in token.lead:
            near = PLAIN
        clause = _lower(colours.get(index, PLAIN), clause)
        near = _lower(onward.get(index, PLAIN), near)
        yield 0 if index in ladder else _lower(clause, near)


def _lower(level: int, other: int | None) -> int:
    """Give the lower of two steps; "certain" raises what is plain, or somebody's view."""
    if other is None or other == PLAIN:
        return level
    if level == PLAIN:
        return other
    return max(level, other) if {level, other} == {VIEW, CERTAIN} else min(level, other)


@once
def floors(passage: Passage) -> dict[int, int]:
    """Give for each clause that guesses or suspects anything the lowest step in it, whatever it colours."""
    found: dict[int, int] = {}
    for index, token in enumerate(passage.tokens):
        level = _level_at(passage.tokens, index)[0]
        if 0 < level < VIEW:
            found[token.clause] = min(level, found.get(token.clause, level))
    return found


def feels(passage: Passage) -> bool:
    """See a passage that says somebody's concern or opinion anywhere, if only as "and we are worried"."""
    return any(_level_at(passage.tokens, index)[2] == "*" for index in range(len(passage.tokens)))


def hedged(passage: Passage) -> bool:
    """Whether anything in a passage is less than plain."""
    return any(0 < step < PLAIN for step in steps(passage)) or any(
        0 < _level_at(passage.tokens, index)[0] < PLAIN for index in range(len(passage.tokens))
    )


def _more_follows(tokens: tuple[Token, ...], index: int) -> bool:
    following = tokens[index + 1 : index + 1 + _NEAR]
    return len(following) > 1 and following[1].clause == tokens[index].clause


def _level_at(tokens: tuple[Token, ...], index: int) -> tuple[int, int, str]:
    """Give the step that the words at a token make, their number, and how far it reaches."""
    token = tokens[index]
    if token.word in {"could", "may"}:
        return (POSSIBLE, 1, "+") if _guesses(tokens, index) else (0, 0, "")
    if token.stem == "rule" and _ruled_out(tokens, index):
        return POSSIBLE, 1, ""
    if token.word == "cleared" or _as_noun(tokens, index):
        return 0, 0, ""
    for length in range(_LONGEST.get(token.stem, 0), 0, -1):
        level, reach = _LEVELS.get(tuple(near.stem for near in tokens[index : index + length]), (0, ""))
        if level and index + length <= len(tokens):
            held = _denied(tokens, index) or (level == CERTAIN and _unsettled(tokens, index))
            return (0, length, "") if held else (level, length, reach)
    return 0, 0, ""


def _as_noun(tokens: tuple[Token, ...], index: int) -> bool:
    return tokens[index].word in _AS_NOUNS and index > 0 and tokens[index - 1].word in _DETERMINERS


def _guesses(tokens: tuple[Token, ...], index: int) -> bool:
    """Whether "may" or "could" guesses, rather than allows or is able."""
    following = [
        token for token in tokens[index + 1 : index + 5] if token.word not in {"well", "also", "not", "even"}
    ]
    if not following:
        return False
    verb = following[0]
    if verb.word == "be" and len(following) > 1 and tokens[index].word == "may":
        done = following[1].word
        return not (
            done.endswith(("ed", "en")) or done in {"told", "sent", "left", "put", "kept", "held", "hand"}
        )
    return verb.stem in _GUESSED


def _ruled_out(tokens: tuple[Token, ...], index: int) -> bool:
    """See "does not rule the scooter out" and "cannot be ruled out"."""
    before = {token.word for token in tokens[max(0, index - _NEAR) : index]}
    after = {token.word for token in tokens[index + 1 : index + 5]}
    return "not" in before and "out" in after


def _denied(tokens: tuple[Token, ...], index: int) -> bool:
    """See "not consistent with" and "nothing to suggest"."""
    return not _NOT.isdisjoint(token.word for token in tokens[max(0, index - 2) : index])


def _unsettled(tokens: tuple[Token, ...], index: int) -> bool:
    """See "to confirm", "not clear", "unless proved": nothing is certain there."""
    return bool(_UNSETTLING & {token.word for token in tokens[max(0, index - 2) : index]})


def is_told(passage: Passage, *, loosely: bool) -> bool:
    """See whether something is given as somebody's word: "said", quoted, or `loosely` "by her account"."""
    return any(
        token.quoted or _tells(passage.tokens, index, loosely=loosely)
        for index, token in enumerate(passage.tokens)
    )


def _tells(tokens: tuple[Token, ...], index: int, *, loosely: bool) -> bool:
    stems = tuple(token.stem for token in tokens[index : index + _NEAR])
    telling = _TOLD_LOOSELY if loosely else _TOLD
    if not any(stems[:length] in telling for length in range(1, _NEAR + 1)):
        return False
    before = [token.word for token in tokens[max(0, index - _NEAR) : index]]
    if {"to", "not", "never", "may"}.intersection(before) or (_as_noun(tokens, index) and not loosely):
        return False
    return not (tokens[index].word == "told" and {"be", "been", "was", "were"}.intersection(before[-1:]))


def minimises(passage: Passage) -> str:
    """Find the words that make light of something, if there are such."""
    stems = tuple(token.stem for token in passage.tokens)
    for wanted in _LIGHT_OF_IT:
        for index in range(len(stems) - len(wanted) + 1):
            if stems[index : index + len(wanted)] == wanted:
                return passage.shown(index, index + len(wanted) - 1)
    return ""
