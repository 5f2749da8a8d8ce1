"""What a practitioner writes for each step but a share and its amendments (see `exchange.share.draft`).

Promises: shapes and sizes only; an answer may name the version or read-back that its writer had before them,
so that nobody answers by accident what has been replaced since.
Never: it judges; `exchange.share.rules` does, for writer and reader alike.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from exchange.share.draft import DecisionNote
from exchange.wire import limits
from exchange.wire.contents import Heard, Restatement, StatementId, Subject, Words
from exchange.wire.slip import Basis, Code, Party, Urgency, Verdict
from keys.record import Digest, Frozen, Time


class AcceptDraft(Frozen):
    """I am the right person, and this is my part in it."""

    my_part: Words


class DeclineDraft(Frozen):
    """Not mine to have."""

    reason: Code
    words: Words | None = None


class ReadBackDraft(Frozen):
    """What I understood. `version` is the one that was read: an amendment may have come since."""

    version: Digest
    restatements: Annotated[tuple[Restatement, ...], Field(max_length=limits.STATEMENTS)]
    key_point: StatementId
    will_do: Words
    not_known: Words | None = None


class HearBackDraft(Frozen):
    """Whether that is what was meant. `read_back` is the one heard; None means the one that waits."""

    read_back: Digest | None = None
    verdict: Verdict
    heard: Annotated[tuple[Heard, ...], Field(max_length=limits.STATEMENTS)]
    words: Words | None = None


class WithdrawDraft(Frozen):
    """Why it is taken back."""

    reason: Words


class NoteDraft(Frozen):
    """A question or an answer."""

    words: Words


class RequestDraft(Frozen):
    """What is asked of whom, and why. `answers` is the refusal after which it is asked again."""

    recipient: Party
    purpose: Code | None = None
    purpose_text: Annotated[str, Field(max_length=limits.SENTENCE)] | None = None
    basis: Basis | None = None
    urgency: Urgency = "routine"
    due: Time | None = None
    subjects: Annotated[tuple[Subject, ...], Field(max_length=limits.SUBJECTS)] = ()
    asked: Annotated[tuple[Words, ...], Field(min_length=1, max_length=20)]
    authority: Words
    answers: Digest | None = None
    new_grounds: Words | None = None


class RefuseDraft(Frozen):
    """No, and why, and what would change the answer; `decision` is recorded beside it, here alone."""

    reason: Code
    words: Words
    would_change: Words | None = None
    decision: DecisionNote


class DecisionDraft(DecisionNote):
    """A decision to share or not to, also when nobody asked; it stays at this agency."""

    outcome: Literal["share", "do_not_share"]
    about: Annotated[tuple[Subject, ...], Field(max_length=limits.SUBJECTS)] = ()
    answers: Digest | None = None  # the request that it is about, if any
    requester_told: bool | None = None
