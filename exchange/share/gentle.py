"""Gentle questions: what a writer might want to look at again before a share is sent.

Promises: each question names its kind, its place, and the words that gave rise to it; the same draft always
has the same questions. They warn and never block: a question may be wrong, and the writer decides.
Never: anything is read but the words themselves. What stands in quotation marks is somebody else's, and so
not asked about; nor are a child's own words.

    for one in gentle_questions(draft, asked=("Has anyone seen injuries on Ellis in 2026?",)):
        print(one.kind, one.where, one.words)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exchange.share.draft import ShareDraft

Kind: TypeAlias = Literal["reads_like_two", "opinion_in_fact", "whole_file", "never_told"]

MANY: Final = 8  # statements in answer to one question

_QUOTED: Final = re.compile(r"“[^”]*”|\"[^\"]*\"|\u2018[^\u2019]*\u2019(?!\w)|(?<!\w)'[^']*'(?!\w)")
_AN_END: Final = re.compile(
    r"(?<![A-Z])(?<!\b(?:Mr|Ms|Dr|St|No))(?<!\bMrs)[.!?][”\"\u2019)]?\s+(?=[“\"\u2018(]?[A-Z])"
)
_SEMICOLON: Final = re.compile(r";\s+\w")
_AND_THEN: Final = re.compile(
    r"(?:,\s*|\s)(?:and|but)\s+(?:(?:also|then|now)\s+)?(?:he|she|they|it|there|this|that|we|I)\s+\w+"
    r"|,\s*but\s+\w+\s+\w+"
)
_JUDGING: Final = re.compile(
    r"\b(?:seem(?:s|ed|ingly)?|appear(?:s|ed)? to|apparently|presumably|probably|possibly|perhaps|maybe"
    r"|obvious(?:ly)?|clearly|surely|evidently|undoubtedly|must have|might have|may have|could have"
    r"|suspicious(?:ly)?|inappropriate(?:ly)?|worrying|concerning|alarming|disturbing"
    r"|aggressive(?:ly)?|hostile|manipulative|controlling|chaotic|neglectful|uncaring|disengaged"
    r"|withdrawn|anxious|depressed|lying|dishonest|evasive|unreliable|unstable|poor parenting"
    r"|(?:I|we|she|he|they) (?:think|believe|feel|suspect)s?|in (?:my|our|her|his|their) (?:view|opinion)"
    r"|it looks (?:like|as if)|looks like|consistent with|suggests? that)\b",
    re.IGNORECASE,
)
_WHOLE: Final = re.compile(
    r"\b(?:whole|full|entire|complete|all (?:of )?(?:the|his|her|their|our))\s+(?:\w+\s+){0,2}"
    r"(?:file|files|record|records|notes|history|chronology|folder|case)\b"
    r"|\beverything (?:we|I) (?:have|hold)\b",
    re.IGNORECASE,
)
_FILE_NAME: Final = re.compile(
    r"(?:^|[\W_])(?:whole|full|entire|complete|all)(?:[\W_]+\w+){0,2}?[\W_]+(?:file|record|notes|history|chronology)"
    r"|(?:case|child|medical|school|gp|social)[\W_]*(?:file|record|notes|history)",
    re.IGNORECASE,
)


class Gentle(NamedTuple):
    """One question: its kind, the place in the draft, and the writer's own words that gave rise to it."""

    kind: Kind
    where: str
    words: str = ""


def gentle_questions(draft: ShareDraft, asked: Sequence[str] = ()) -> tuple[Gentle, ...]:
    """Ask about a draft; `asked` is what was asked for, where it answers a request."""
    return (*_about_statements(draft), *_about_files(draft, asked))


def two_in_one(text: str) -> str:
    """Give the words at which a statement seems to begin another; nothing where it does not."""
    plain = _QUOTED.sub(lambda found: "_" * len(found[0]), text)
    for pattern in (_AN_END, _SEMICOLON, _AND_THEN):
        found = pattern.search(plain)
        if found is not None:
            return " ".join(text[found.start() :].strip(" ,;.!?").split()[:6])
    return ""


def judging_word(text: str) -> str:
    """Give the word of a fact that judges; nothing where there is none."""
    found = _JUDGING.search(_QUOTED.sub(" ", text))
    return found[0] if found is not None else ""


def bears_name(name: str, other: str) -> bool:
    """Say whether two names may be one person's: every word of the shorter stands in the longer."""
    one, two = (frozenset(re.findall(r"\w+", text.casefold())) for text in (name, other))
    return bool(one and two) and (one <= two or two <= one)


def _about_statements(draft: ShareDraft) -> Iterator[Gentle]:
    for at, fact in enumerate(draft.facts):
        if fact.verbatim:
            continue
        if more := two_in_one(fact.text):
            yield Gentle("reads_like_two", f"facts[{at}].text", more)
        if word := judging_word(fact.text):
            yield Gentle("opinion_in_fact", f"facts[{at}].text", word)
    for at, opinion in enumerate(draft.opinions):
        if more := two_in_one(opinion.text):
            yield Gentle("reads_like_two", f"opinions[{at}].text", more)


def _about_files(draft: ShareDraft, asked: Sequence[str]) -> Iterator[Gentle]:
    one_line = len(asked) == 1 and _WHOLE.search(asked[0]) is None
    for at, item in enumerate(draft.attachments):
        found = _FILE_NAME.search(item.name) or _WHOLE.search(item.why_needed)
        if found is not None or one_line:
            yield Gentle("whole_file", f"attachments[{at}]", item.name)
    if found := _WHOLE.search(draft.need or ""):
        yield Gentle("whole_file", "need", found[0])
    if one_line and len(draft.facts) + len(draft.opinions) >= MANY:
        yield Gentle("whole_file", "facts")
