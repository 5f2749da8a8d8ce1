"""Drafts: what a practitioner writes, what is wrong with it, and what each audience of it receives.

Promises, and what it never does: see `models`, `check` and `audience`.

    problems = check_share(draft, created, catalogue)
    for audience in audiences(draft):
        contents = audience.contents(bound, commit(audience.emphasis, salt), files)
"""

from exchange.share.draft.audience import Audience, audiences
from exchange.share.draft.check import check_amend, check_request, check_share
from exchange.share.draft.models import (
    AcceptDraft,
    AmendDraft,
    DecisionDraft,
    DecisionNote,
    DeclineDraft,
    DraftAttachment,
    DraftEmphasis,
    DraftFact,
    DraftOpinion,
    HearBackDraft,
    NoteDraft,
    ReadBackDraft,
    RefuseDraft,
    RequestDraft,
    ShareDraft,
    WithdrawDraft,
)
from exchange.share.rules.answering import commit, reveal

__all__ = [
    "AcceptDraft",
    "AmendDraft",
    "Audience",
    "DecisionDraft",
    "DecisionNote",
    "DeclineDraft",
    "DraftAttachment",
    "DraftEmphasis",
    "DraftFact",
    "DraftOpinion",
    "HearBackDraft",
    "NoteDraft",
    "ReadBackDraft",
    "RefuseDraft",
    "RequestDraft",
    "ShareDraft",
    "WithdrawDraft",
    "audiences",
    "check_amend",
    "check_request",
    "check_share",
    "commit",
    "reveal",
]
