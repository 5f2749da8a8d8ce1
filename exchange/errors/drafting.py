"""What can go wrong with something that somebody has not finished writing.

Promises and never: as `exchange.errors`.
"""

from __future__ import annotations

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem


class DraftUnknown(ExchangeProblem, LocalProblem):
    """You have no such draft: it was sent, thrown away, or is too old."""

    code = "draft_unknown"
    hint = "Look at what waits for others, to see if it was sent. If it was not, begin again."


class DraftMoved(ExchangeProblem, LocalProblem):
    """This draft was changed meanwhile, in another window or by another program."""

    code = "draft_moved"
    hint = "Read it again, and make your change to what stands there now."


class DraftsTooMany(ExchangeProblem, LocalProblem):
    """You have as many drafts as one person may have."""

    code = "drafts_too_many"
    hint = "Finish one of them, or throw one away."
