"""What a practitioner has written of a share or an amendment before it becomes a step.

Promises: a draft may have the gaps of an unfinished text, so that `check` can name all of them together.
Never: a draft holds an id, a digest of its own, or a salt. Those come when it is sealed.

`only_for` holds places in the share's list of recipients (the legs); empty means everybody.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from exchange.wire import limits
from exchange.wire.contents import (
    Fact,
    Name,
    Opinion,
    StatementId,
    Subject,
    SubjectInformed,
    Weight,
    Words,
)
from exchange.wire.slip import Basis, Code, Party, Urgency
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
    """A new version for one or more legs of a share: everything that now holds, and what changed.

    `replaces` are the versions that its writer had before them, leg by leg; empty: those that stand.
    """

    legs: Annotated[tuple[Index, ...], Field(min_length=1, max_length=limits.RECIPIENTS)]
    change: Words | None = None
    retracted: Annotated[tuple[StatementId, ...], Field(max_length=limits.STATEMENTS)] = ()
    replaces: Annotated[tuple[Digest, ...], Field(max_length=limits.RECIPIENTS)] = ()
