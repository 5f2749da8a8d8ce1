"""Erasing old keys, where something still needs them."""

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem


class StillUnread(ExchangeProblem, LocalProblem):
    """Threads are still open in which something opens by a key that would be erased."""

    code = "still_unread"
    hint = "Have them read and closed first. With --even-unread only the records key opens them afterwards."
