"""Drafts: what a practitioner writes, what is wrong with it, and what each audience of it receives.

Promises, and what it never does: see `models`, `check` and `audience`.

    problems = check_share(draft, created, catalogue)
    for audience in audiences(draft):
        contents = audience.contents(bound, commit(audience.emphasis, salt), files)
"""

from exchange.share.draft.audience import Audience, audiences
from exchange.share.draft.check import Asking, check_amend, check_request, check_share
from exchange.share.draft.models import (
    AmendDraft,
    DecisionNote,
    DraftAttachment,
    DraftEmphasis,
    DraftFact,
    DraftOpinion,
    ShareDraft,
)
from exchange.share.rules.answering import commit, reveal

__all__ = [
    "AmendDraft",
    "Asking",
    "Audience",
    "DecisionNote",
    "DraftAttachment",
    "DraftEmphasis",
    "DraftFact",
    "DraftOpinion",
    "ShareDraft",
    "audiences",
    "check_amend",
    "check_request",
    "check_share",
    "commit",
    "reveal",
]
