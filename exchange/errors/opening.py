"""The bytes: what cannot be opened, or not as it claims.

Promises and never: as `exchange.errors`.
"""

from __future__ import annotations

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem, RemoteProblem


class EnvelopeRefused(ExchangeProblem, RemoteProblem):
    """This envelope cannot be opened."""

    code = "envelope_refused"
    hint = "The sender's desk should send it again. The reason is in this desk's audit trail."


class NotForMe(EnvelopeRefused):
    """No slot of this envelope, or more than one, is mine."""

    code = "not_for_me"
    hint = "It was addressed to another key. Nothing was opened."


class HeaderDisagrees(EnvelopeRefused):
    """The slip inside says something else than the header outside."""

    code = "header_disagrees"
    hint = "Somebody put one message into another's envelope. It was refused."


class ContentsDisagree(EnvelopeRefused):
    """The words are not the ones that the signed slip pins."""

    code = "contents_disagree"
    hint = "Do not rely on them. Tell your administrator and ask the sender to send again."


class TooLarge(ExchangeProblem, LocalProblem):
    """This is larger than the exchange carries."""

    code = "too_large"
    hint = "Shorten it, send less, or attach a file."
