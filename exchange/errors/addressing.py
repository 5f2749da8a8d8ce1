"""To whom, and from whom.

Promises and never: as `exchange.errors`.
"""

from __future__ import annotations

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem, RemoteProblem


class RecipientUnknown(ExchangeProblem, LocalProblem):
    """The agency's roster knows no such person or role."""

    code = "recipient_unknown"
    hint = "Look the recipient up again; people move. Nobody was sent anything."


class RoleUnattended(RecipientUnknown):
    """Nobody acts for this role just now: its agency's roster names no member."""

    code = "role_unattended"
    hint = "Write to a named person there, or ask that agency to put somebody on duty. Nothing was sent."


class RecipientMissing(ExchangeProblem, LocalProblem):
    """A share must say whom it is for."""

    code = "recipient_missing"
    hint = "Name at least one person or role: `readback whom NAME` finds them. Nobody was sent anything."


class RecipientRepeated(ExchangeProblem, LocalProblem):
    """The same recipient stands here twice."""

    code = "recipient_repeated"
    hint = "Name each person and role once. Nobody was sent anything."


class RecipientIsAuthor(ExchangeProblem, LocalProblem):
    """Nobody shares with themselves."""

    code = "recipient_is_author"
    hint = "Choose somebody else, or record a decision instead."


class RecipientKeyRevoked(ExchangeProblem, LocalProblem):
    """The recipient's key is revoked."""

    code = "recipient_key_revoked"
    hint = "Ask their agency for a new key before you send."


class RecipientKeyExpired(ExchangeProblem, LocalProblem):
    """The recipient's key, or their agency's roster, has expired."""

    code = "recipient_key_expired"
    hint = "Ask their agency to renew it before you send."


class SignerUnknown(ExchangeProblem, RemoteProblem):
    """The signer is not, by their agency's roster, that person with that key."""

    code = "signer_unknown"
    hint = "It is kept aside until a newer roster explains it. It changed nothing."


class SignerRosterExpired(SignerUnknown):
    """The roster that vouches for the signer has expired."""

    code = "signer_roster_expired"
    hint = "It is kept aside until their agency renews its roster. It changed nothing."


class SignerKeyRevoked(ExchangeProblem, RemoteProblem):
    """The signer's key is revoked."""

    code = "signer_key_revoked"
    hint = "Ask the sender's agency to send it again under a key in force."


class SignerKeyExpired(ExchangeProblem, RemoteProblem):
    """The signer's key, or their agency's roster, has expired."""

    code = "signer_key_expired"
    hint = "Ask the sender's agency to renew its roster and send again."
