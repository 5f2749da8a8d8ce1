"""Evidence: certificates that do not prove what they claim.

Promises and never: as `exchange.errors`.
"""

from __future__ import annotations

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem, RemoteProblem


class CertificateRefused(ExchangeProblem, RemoteProblem):
    """This is not a certificate of closure as Readback writes it."""

    code = "certificate_refused"
    hint = "Do not rely on it. Ask the agency that gave it to you for another copy."


class CertificateIncomplete(ExchangeProblem, RemoteProblem):
    """The certificate lacks something that it needs, or carries something that does not belong."""

    code = "certificate_incomplete"
    hint = "Do not rely on it. Ask the agency that gave it to you for another copy."


class NotClosed(ExchangeProblem, LocalProblem):
    """These steps do not show a share that was restated and heard."""

    code = "not_closed"
    hint = "A certificate can be had once the sender has agreed that the read-back is what they meant."


class VerifierUnpinned(ExchangeProblem, LocalProblem):
    """Without a policy nobody vouches for the keys in a certificate."""

    code = "verifier_unpinned"
    hint = (
        "Give the policy that your agencies agreed on: --policy FILE. With --unpinned you are shown what can "
        "be checked without one."
    )
