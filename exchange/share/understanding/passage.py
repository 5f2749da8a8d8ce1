"""Read a person's sentence into tokens and clauses that remember where they stood.

Promises: total on any text, in linear time; indifferent to case, white space, the shape of quotation marks
and apostrophes, and Unicode's compatibility spellings; every token keeps its place in the text as it was
written.
Never: it corrects anybody's words, or keeps them. What is shown to people is cut from the original, and
what was read in a passage goes when the passage goes.

A *clause* here is a stretch of words within which "not" reaches. It ends at punctuation, at conjunctions
such as "but" and "because", and at a comma or "and" that a new subject follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from exchange.share.understanding.spelling import APOSTROPHE, QUOTE, UNIFORM, plain, spelt_out
from exchange.share.understanding.stem import stem
from exchange.share.understanding.wordlists import words

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(
    r"""
    (?P<ref>\b[FO][1-9]\d{0,2}\b)
    | (?P<number>\d{1,4}-\d{1,2}-\d{2,4}(?!\d) | \d+(?:[.,:/]\d+)*)
    | (?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)
    | (?P<sign>[£$€%&+<>])
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OPENS_QUOTE = re.compile(r"(?:^|[\s(:,])'$")
_ENDS_SENTENCE = frozenset(".!?\u2026\u2028\u2029")
_NEW_PARAGRAPH = re.compile(r"\n[^\S\n]*\n|\n[^\S\n]*[-*\u2022\u2013][^\S\n]*\Z")  # or a new point of a list
_ENDS_CLAUSE = _ENDS_SENTENCE | frozenset(";:()[]{}\u2013\u2014")
_SPACED_DASH = re.compile(r"\s--?\s")
_ABBREVIATED = words("mr mrs ms miss dr prof rev fr st sgt insp approx tel nr ref")
_CONJUNCTIONS = words("""
    but although though however because cos so which while whereas when whenever unless if until whether
    yet nor
""")
_JOINS_ON = words("and or")  # what follows is a clause of its own
_TOGETHER = {("because", "not"), ("which", "of"), ("which", "in"), ("which", "to"), ("which", "with")}
_SUBJECTS = words("""
    i you he she it we they this that these those there who the a an his her its our their my your no
    nobody mum mother dad father stepfather stepdad mam please is are was were has have had will would
    can could may might must should do does did not never just only still nothing none
""")


@dataclass(frozen=True, slots=True)
class Token:
    """One word or number. `start` and `end` are its place in the original text."""

    word: str
    stem: str
    start: int
    end: int
    clause: int
    sentence: int
    lead: str  # the punctuation between the token before and this one
    quoted: bool
    capital: bool
    first: bool  # the first of its sentence
    kind: str  # "word", "number", "sign" or "ref" (the id of a statement)


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """A text and its tokens, and what was read in it already (see `once`)."""

    text: str
    tokens: tuple[Token, ...]
    known: dict[object, object] = field(default_factory=dict, repr=False)

    def shown(self, first: int, last: int) -> str:
        """Give the original words from one token to another, both included."""
        return self.text[self.tokens[first].start : self.tokens[last].end]

    def clause(self, index: int) -> str:
        """Give the original words of the clause in which a token stands, without the "and" that ends it."""
        number = self.tokens[index].clause
        first = last = index
        while first > 0 and self.tokens[first - 1].clause == number:
            first -= 1
        while last + 1 < len(self.tokens) and self.tokens[last + 1].clause == number:
            last += 1
        while last > index and self.tokens[last].word in _JOINS_ON:
            last -= 1
        return self.shown(first, last)


_Result = TypeVar("_Result")
_Asked = ParamSpec("_Asked")


def once(
    reader: Callable[Concatenate[Passage, _Asked], _Result],
) -> Callable[Concatenate[Passage, _Asked], _Result]:
    """Let a reader read each passage once. What it found lives as long as the passage, and no longer."""

    def reading(passage: Passage, /, *asked: _Asked.args, **named: _Asked.kwargs) -> _Result:
        key = (reader, asked, tuple(named.items()))
        if key not in passage.known:
            passage.known[key] = reader(passage, *asked, **named)
        return cast("_Result", passage.known[key])

    return reading


def read(text: str) -> Passage:
    """Read any text."""
    uniform = text.translate(UNIFORM)  # one character for one, so that places stay places
    tokens: list[Token] = []
    state = _State(uniform.rfind(APOSTROPHE))
    end = 0
    for found in _TOKEN.finditer(uniform):
        lead = uniform[end : found.start()]
        state.pass_over(lead, found.start())
        end = found.end()
        kind = str(found.lastgroup)
        for word in spelt_out(plain(found.group()), kind):
            state.turn(word, lead)
            tokens.append(state.token(word, kind, lead.strip(), found.span(), found.group()))
            lead = ""
    return Passage(text, tuple(tokens))


class _State:
    """Where the reader stands: which clause, which sentence, inside which quotation."""

    def __init__(self, last_apostrophe: int) -> None:
        self.clause = 0
        self.sentence = 0
        self.double = False
        self.single = False
        self.first = True
        self.last = ""
        self.last_apostrophe = last_apostrophe

    def pass_over(self, lead: str, start: int) -> None:
        """Take in the punctuation before a token that begins at `start`."""
        if lead.count(QUOTE) % 2:
            self.double = not self.double
        if _OPENS_QUOTE.search(lead) or (lead == APOSTROPHE and start == 1):
            self.single = self.last_apostrophe > start
        elif APOSTROPHE in lead:
            self.single = False
        new_paragraph = "\n" in lead and _NEW_PARAGRAPH.search(lead) is not None
        if new_paragraph or self._ends(lead, _ENDS_SENTENCE):
            self.sentence += 1
            self.first = True
        if new_paragraph or self._ends(lead, _ENDS_CLAUSE) or ("-" in lead and _SPACED_DASH.search(lead)):
            self.clause += 1

    def turn(self, word: str, lead: str) -> None:
        """Begin a new clause where a comma or a conjunction begins one."""
        reason = word in _CONJUNCTIONS and (word, self.last) not in _TOGETHER
        joined = "," in lead or self.last == "and"
        if reason or (joined and word in _SUBJECTS and self.last not in _CONJUNCTIONS):
            self.clause += 1

    def token(self, word: str, kind: str, lead: str, span: tuple[int, int], raw: str) -> Token:
        """Make the token that stands here."""
        token = Token(
            word=word,
            stem=stem(word) if kind == "word" else word,
            start=span[0],
            end=span[1],
            clause=self.clause,
            sentence=self.sentence,
            lead=lead,
            quoted=self.double or self.single,
            capital=raw[0].isupper(),
            first=self.first,
            kind=kind,
        )
        self.first, self.last = False, word
        return token

    def _ends(self, lead: str, marks: frozenset[str]) -> bool:
        if self.last in _ABBREVIATED and lead.startswith("."):
            return False
        return any(mark in marks for mark in lead)
