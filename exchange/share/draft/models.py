"""What a practitioner has written before it becomes a step: one model for each kind.

Promises: a share, an amendment and a request may have the gaps of an unfinished text, so that all of them can
be named together (`check`); the other drafts are small, and their models say what is missing.
Never: a draft holds an id, a digest of its own, or a salt. Those come when it is sealed.

`only_for` holds places in the share's list of recipients (the legs); empty means everybody.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from exchange.wire import limits
from exchange.wire.contents import (
    AcceptContents,
    Bound,
    DecisionContents,
    DeclineContents,
    EmphasisReveal,
    Fact,
    HearBackContents,
    Heard,
    Name,
    NoteContents,
    Opinion,
    ReadBackContents,
    RefuseContents,
    RequestContents,
    Restatement,
    StatementId,
    Subject,
    SubjectInformed,
    Weight,
    WithdrawContents,
    Words,
)
from exchange.wire.slip import Basis, Code, Party, Urgency, Verdict
from keys.record import Digest, Frozen, Time

Index = Annotated[int, Field(ge=0, lt=limits.RECIPIENTS)]
OnlyFor = Annotated[tuple[Index, ...], Field(max_length=limits.RECIPIENTS)]


class ForSome(Frozen):
    """Something that only some of the recipients receive."""

    only_for: OnlyFor = ()


class DraftFact(Fact, ForSome):
    """A fact and for whom it is."""


class DraftOpinion(Opinion, ForSome):
    """An opinion and for whom it is."""


class DraftEmphasis(Frozen):
    """The sender's ranking of the whole draft."""

    weights: dict[StatementId, Weight] = Field(default_factory=dict)
    key_point: StatementId | None = None


class DraftAttachment(ForSome):
    """A file that the desk already holds sealed under `handle`."""

    handle: Annotated[str, Field(min_length=1, max_length=4096)]
    name: Name
    media_type: Annotated[str, Field(pattern=r"^[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}$")]
    why_needed: Words


class DecisionNote(Frozen):
    """Why it was decided to share, and who advised: recorded beside the share, at the sender's agency."""

    reasons: Annotated[tuple[Words, ...], Field(min_length=1, max_length=20)]
    advised_by: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    advice: Words | None = None


class WordsDraft(Frozen):
    """What a share and an amendment have in common."""

    purpose: Code | None = None
    purpose_text: Annotated[str, Field(max_length=limits.SENTENCE)] | None = None
    basis: Basis | None = None
    urgency: Urgency = "routine"
    due: Time | None = None  # None: as the clocks say for the urgency
    subjects: Annotated[tuple[Subject, ...], Field(max_length=limits.SUBJECTS)] = ()
    facts: Annotated[tuple[DraftFact, ...], Field(max_length=limits.STATEMENTS)] = ()
    opinions: Annotated[tuple[DraftOpinion, ...], Field(max_length=limits.STATEMENTS)] = ()
    not_known: Annotated[tuple[Words, ...], Field(max_length=50)] = ()
    emphasis: DraftEmphasis = DraftEmphasis()
    need: Annotated[str, Field(max_length=limits.SENTENCE)] | None = None
    subject_informed: Annotated[tuple[SubjectInformed, ...], Field(max_length=limits.SUBJECTS)] = ()
    immediate_risk: Words | None = None
    never_tell: Annotated[tuple[Name, ...], Field(max_length=limits.SUBJECTS)] = ()
    law_enforcement: bool = False
    attachments: Annotated[tuple[DraftAttachment, ...], Field(max_length=limits.ATTACHMENTS)] = ()


class ShareDraft(WordsDraft):
    """A share before it is sealed."""

    recipients: Annotated[tuple[Party, ...], Field(max_length=limits.RECIPIENTS)] = ()
    answers: Digest | None = None  # the request that this share answers
    decision: DecisionNote | None = None


class AmendDraft(WordsDraft):
    """A new version for one or more legs of a share: everything that now holds, and what changed."""

    legs: Annotated[tuple[Index, ...], Field(min_length=1, max_length=limits.RECIPIENTS)]
    change: Words | None = None
    retracted: Annotated[tuple[StatementId, ...], Field(max_length=limits.STATEMENTS)] = ()


class RequestDraft(Frozen):
    """A request before it is sealed."""

    recipient: Party | None = None
    purpose: Code | None = None
    purpose_text: Annotated[str, Field(max_length=limits.SENTENCE)] | None = None
    basis: Basis | None = None
    urgency: Urgency = "routine"
    due: Time | None = None
    subjects: Annotated[tuple[Subject, ...], Field(max_length=limits.SUBJECTS)] = ()
    asked: Annotated[tuple[Words, ...], Field(min_length=1, max_length=20)]
    authority: Words
    answers: Digest | None = None  # the refusal after which it is asked again
    new_grounds: Words | None = None

    def contents(self, bound: Bound) -> RequestContents:
        """Write the words of the step that `bound` names."""
        return RequestContents(
            **dict(bound),
            kind="request",
            purpose=self.purpose_text or "",
            subjects=self.subjects,
            asked=self.asked,
            authority=self.authority,
            new_grounds=self.new_grounds,
        )


class DecisionDraft(Frozen):
    """A decision to share or not, kept by the agency alone."""

    outcome: Literal["share", "do_not_share"]
    reasons: Annotated[tuple[Words, ...], Field(min_length=1, max_length=20)]
    about: Annotated[tuple[Subject, ...], Field(max_length=limits.SUBJECTS)] = ()
    advised_by: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    advice: Words | None = None
    requester_told: bool | None = None

    def contents(self, bound: Bound) -> DecisionContents:
        """Write the words of the step that `bound` names."""
        return DecisionContents(**dict(bound), kind="decision", **dict(self))


class AcceptDraft(Frozen):
    """I am the right person."""

    my_part: Words

    def contents(self, bound: Bound) -> AcceptContents:
        """Write the words of the step that `bound` names."""
        return AcceptContents(**dict(bound), kind="accept", my_part=self.my_part)


class DeclineDraft(Frozen):
    """Not mine to have."""

    reason: Code
    words: Words | None = None

    def contents(self, bound: Bound) -> DeclineContents:
        """Write the words of the step that `bound` names."""
        return DeclineContents(**dict(bound), kind="decline", reason=self.reason, words=self.words)


class ReadBackDraft(Frozen):
    """What the recipient understood."""

    restatements: Annotated[tuple[Restatement, ...], Field(max_length=limits.STATEMENTS)]
    key_point: StatementId
    will_do: Words
    not_known: Words | None = None

    def contents(self, bound: Bound, version: str) -> ReadBackContents:
        """Write the words of the step that `bound` names, about exactly this version."""
        return ReadBackContents(**dict(bound), kind="read_back", version=version, **dict(self))


class HearBackDraft(Frozen):
    """The sender's answer to a read-back."""

    verdict: Verdict
    heard: Annotated[tuple[Heard, ...], Field(max_length=limits.STATEMENTS)]
    words: Words | None = None

    def contents(self, bound: Bound, read_back: str, reveal: EmphasisReveal) -> HearBackContents:
        """Write the words of the step that `bound` names, about exactly this read-back."""
        return HearBackContents(
            **dict(bound),
            kind="hear_back",
            read_back=read_back,
            heard=self.heard,
            words=self.words,
            reveal=reveal,
        )


class WithdrawDraft(Frozen):
    """Taken back."""

    reason: Words

    def contents(self, bound: Bound) -> WithdrawContents:
        """Write the words of the step that `bound` names."""
        return WithdrawContents(**dict(bound), kind="withdraw", reason=self.reason)


class RefuseDraft(Frozen):
    """No, why, and what would change it."""

    reason: Code
    words: Words
    would_change: Words | None = None

    def contents(self, bound: Bound) -> RefuseContents:
        """Write the words of the step that `bound` names."""
        return RefuseContents(**dict(bound), kind="refuse", **dict(self))


class NoteDraft(Frozen):
    """A question or an answer."""

    words: Words

    def contents(self, bound: Bound) -> NoteContents:
        """Write the words of the step that `bound` names."""
        return NoteContents(**dict(bound), kind="note", words=self.words)
