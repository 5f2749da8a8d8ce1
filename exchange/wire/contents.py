"""The contents: the words themselves, which only the named people open.

Promises: one strict model per kind of step, with every size bounded; each carries the slip's id, thread and
author, so that words sealed for one step cannot be passed off as another's.
Never: it judges. Whether a fact has a source or an opinion a ground is for `share.rules`, which can say so
in its own words; these models therefore allow the gaps that a person must be told about.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from exchange.wire import limits
from exchange.wire.slip import Code
from keys.record import AgencyId, Base64, Digest, Frozen, Id
from keys.statement import dump, load

Words = Annotated[str, StringConstraints(min_length=1, max_length=limits.SENTENCE)]
Proposition = Annotated[str, StringConstraints(min_length=1, max_length=limits.STATEMENT)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=limits.NAME)]
FactId = Annotated[str, StringConstraints(pattern=r"^F[1-9][0-9]{0,2}$")]
OpinionId = Annotated[str, StringConstraints(pattern=r"^O[1-9][0-9]{0,2}$")]
StatementId = Annotated[str, StringConstraints(pattern=r"^[FO][1-9][0-9]{0,2}$")]
When = Annotated[str, StringConstraints(min_length=4, max_length=16)]  # 2026 … 2026-11-22T15:04

Confidence = Literal["very_low", "low", "medium", "high", "very_high"]
Weight = Literal["critical", "significant", "context"]
Onward = Literal["ask_first", "within_agency", "never"]
Protected = Literal["source", "address", "contact"]
Category = Literal["suspect", "convicted", "victim", "witness", "other"]
Nature = Literal["fact", "opinion"]


class Handling(Frozen):
    """What may be done with a statement: onward sharing, and whether a source or address is protected."""

    onward: Onward = "ask_first"
    protected: Protected | None = None


class Source(Frozen):
    """How a fact is known: observed by the writer, reported by someone (who), or from a record (which)."""

    kind: Literal["observed", "reported", "record"]
    who: Name | None = None
    record: Name | None = None


class Fact(Frozen):
    """One proposition, with where it comes from and what it does not mean."""

    id: FactId
    text: Proposition
    source: Source | None = None
    as_of: When | None = None
    until: When | None = None
    confidence: Confidence
    why_needed: Words
    does_not_mean: Words | None = None
    verbatim: bool = False  # the child's own words, kept as they were said
    handling: Handling = Handling()


class Opinion(Frozen):
    """A judgement, whose it is, and what it rests on."""

    id: OpinionId
    text: Proposition
    whose: Name
    capacity: Name
    rests_on: Annotated[tuple[FactId, ...], Field(max_length=limits.STATEMENTS)] = ()
    grounds: Words | None = None
    confidence: Confidence
    why_needed: Words
    does_not_mean: Words | None = None
    handling: Handling = Handling()


class Subject(Frozen):
    """Whom it is about: an identifier where known and helpful, or why it is left out."""

    name: Name
    born: When | None = None
    relation: Name | None = None  # to the child
    category: Category | None = None  # required for law-enforcement processing
    identifier: Name | None = None
    identifier_omitted: Code | None = None


class SubjectInformed(Frozen):
    """Whether the subject knows that this is shared."""

    state: Literal["yes", "planned", "no"]
    when: When | None = None  # yes: when; planned: by when
    by: Name | None = None
    reason: Code | None = None  # no: from the catalogue
    explanation: Words | None = None


class AttachmentNote(Frozen):
    """One attached file: its name stays among the words, its key beside them in the sealed part."""

    name: Name
    media_type: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}$")]
    size: Annotated[int, Field(ge=0, le=limits.ATTACHMENT)]
    pin: Annotated[int, Field(ge=0, lt=limits.ATTACHMENTS)]  # which of the slip's attachments
    why_needed: Words


class Bound(Frozen):
    """What ties words to their step. `step` is the slip's id."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    step: Id
    thread: Id
    agency: AgencyId
    person: Id


class ShareContents(Bound):
    """What one audience of a share receives."""

    kind: Literal["share", "amend"]
    purpose: Words
    subjects: Annotated[tuple[Subject, ...], Field(max_length=limits.SUBJECTS)]
    facts: Annotated[tuple[Fact, ...], Field(max_length=limits.STATEMENTS)]
    opinions: Annotated[tuple[Opinion, ...], Field(max_length=limits.STATEMENTS)]
    not_known: Annotated[tuple[Words, ...], Field(max_length=50)]
    need: Words  # how much is shared and why no more
    subject_informed: Annotated[tuple[SubjectInformed, ...], Field(max_length=limits.SUBJECTS)]
    immediate_risk: Words | None = None
    never_tell: Annotated[tuple[Name, ...], Field(max_length=limits.SUBJECTS)] = ()
    law_enforcement: bool = False
    attachments: Annotated[tuple[AttachmentNote, ...], Field(max_length=limits.ATTACHMENTS)] = ()
    emphasis: Digest  # SHA-256(salt ‖ the Emphasis as written): revealed by the hear-back
    change: Words | None = None  # amend: what changed and why
    retracted: Annotated[tuple[StatementId, ...], Field(max_length=limits.STATEMENTS)] = ()


class Emphasis(Frozen):
    """How much weight each statement carries, as the sender ranked it before it was sent."""

    weights: dict[StatementId, Weight]
    key_point: StatementId


class EmphasisReveal(Frozen):
    """The salt and the exact bytes that the share committed to."""

    salt: Base64
    emphasis: Base64


class RequestContents(Bound):
    """What is asked, and why."""

    kind: Literal["request"]
    purpose: Words
    subjects: Annotated[tuple[Subject, ...], Field(max_length=limits.SUBJECTS)]
    asked: Annotated[tuple[Words, ...], Field(min_length=1, max_length=20)]
    authority: Words  # the authority it asserts, in words
    new_grounds: Words | None = None  # where an earlier request was refused


class DecisionContents(Bound):
    """To share or not to share: by whom, why, and who advised."""

    kind: Literal["decision"]
    outcome: Literal["share", "do_not_share"]
    reasons: Annotated[tuple[Words, ...], Field(min_length=1, max_length=20)]
    about: Annotated[tuple[Subject, ...], Field(max_length=limits.SUBJECTS)] = ()
    advised_by: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    advice: Words | None = None
    requester_told: bool | None = None


class AcceptContents(Bound):
    """I am the right person, and this is my part in it."""

    kind: Literal["accept"]
    my_part: Words


class DeclineContents(Bound):
    """Not mine to have."""

    kind: Literal["decline"]
    reason: Code
    words: Words | None = None


class Restatement(Frozen):
    """One statement in the recipient's own words."""

    statement: StatementId
    meaning: Annotated[str, StringConstraints(max_length=limits.STATEMENT)]
    taken_as: Nature
    weight: Weight


class ReadBackContents(Bound):
    """The receipt: what the recipient understood, before they could see the sender's emphasis."""

    kind: Literal["read_back"]
    version: Digest  # the share or amend that it restates
    restatements: Annotated[tuple[Restatement, ...], Field(max_length=limits.STATEMENTS)]
    key_point: StatementId
    will_do: Words
    not_known: Words | None = None


class Heard(Frozen):
    """The sender's answer to one restatement."""

    statement: StatementId
    understood: bool
    correction: Words | None = None


class HearBackContents(Bound):
    """The sender's answer to a read-back, with the reveal of the emphasis."""

    kind: Literal["hear_back"]
    read_back: Digest
    heard: Annotated[tuple[Heard, ...], Field(max_length=limits.STATEMENTS)]
    words: Words | None = None
    reveal: EmphasisReveal


class WithdrawContents(Bound):
    """The sender takes it back; what was read cannot be unread."""

    kind: Literal["withdraw"]
    reason: Words


class RefuseContents(Bound):
    """No, and why, and what would change the answer."""

    kind: Literal["refuse"]
    reason: Code
    words: Words
    would_change: Words | None = None


class NoteContents(Bound):
    """A question or an answer; it changes no state."""

    kind: Literal["note"]
    words: Words


Contents = (
    ShareContents
    | RequestContents
    | DecisionContents
    | AcceptContents
    | DeclineContents
    | ReadBackContents
    | HearBackContents
    | WithdrawContents
    | RefuseContents
    | NoteContents
)

MODEL_OF: dict[str, type[Contents]] = {
    "share": ShareContents,
    "amend": ShareContents,
    "request": RequestContents,
    "decision": DecisionContents,
    "accept": AcceptContents,
    "decline": DeclineContents,
    "read_back": ReadBackContents,
    "hear_back": HearBackContents,
    "withdraw": WithdrawContents,
    "refuse": RefuseContents,
    "note": NoteContents,
}


def write(contents: Contents | Emphasis) -> bytes:
    """Print the exact bytes to seal."""
    return dump(contents)


def read(kind: str, payload: bytes) -> Contents:
    """Read the contents of a step of `kind` strictly; `keys.errors.Malformed` otherwise."""
    return load(payload, MODEL_OF[kind], limit=limits.CONTENTS)


def read_emphasis(payload: bytes) -> Emphasis:
    """Read a revealed emphasis strictly; `keys.errors.Malformed` otherwise."""
    return load(payload, Emphasis, limit=limits.CONTENTS)
