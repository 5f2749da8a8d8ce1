"""Bring the spellings of one word together: quotation marks, contractions, Unicode's look-alikes.

Promises: `UNIFORM` keeps every character's place; "don't", "dont" and "do not" are the same two words.
Never: it mends a misspelt word.
"""

from __future__ import annotations

import unicodedata

from exchange.share.understanding.wordlists import words

APOSTROPHE, QUOTE = "'", '"'
UNIFORM = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u0060\u00b4\uff07", APOSTROPHE)
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", QUOTE)
)

_WITHOUT_APOSTROPHE = """
dont: do not
doesnt: does not
didnt: did not
cant: can not
can't: can not
cannot: can not
wont: will not
won't: will not
shan't: shall not
wouldnt: would not
couldnt: could not
shouldnt: should not
isnt: is not
arent: are not
wasnt: was not
werent: were not
hasnt: has not
havent: have not
hadnt: had not
mustnt: must not
neednt: need not
aint: is not
ain't: is not
hes: he is
shes: she is
theyre: they are
theres: there is
ive: i have
im: i am
"""
_SPELT_OUT = {
    short: tuple(long.split())
    for short, _, long in (line.partition(": ") for line in _WITHOUT_APOSTROPHE.strip().splitlines())
}
_ENDINGS = {"s": "is", "re": "are", "m": "am", "ve": "have", "d": "would", "ll": "will"}
_CONTRACTING = words("i you he she it we they that there what who this how where here")


def plain(raw: str) -> str:
    """Give a token in its compatibility form and lower case."""
    return unicodedata.normalize("NFKC", raw).casefold()


def spelt_out(word: str, kind: str) -> tuple[str, ...]:
    """Give the one or two words that a token stands for; a possessive loses its ending."""
    if kind != "word":
        return (word,)
    if word in _SPELT_OUT:
        return _SPELT_OUT[word]
    if word.endswith("n't"):
        return (word.removesuffix("n't"), "not")
    base, mark, ending = word.rpartition(APOSTROPHE)
    if not mark:
        return (word,)
    if ending not in _ENDINGS:
        return (word.replace(APOSTROPHE, ""),)
    return (base, _ENDINGS[ending]) if base in _CONTRACTING else (base,)
