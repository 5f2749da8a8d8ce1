"""Other systems at the door: service accounts, their scopes, their pace.

Promises and never: as `exchange.errors`.
"""

from __future__ import annotations

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem


class ServiceTokenRefused(ExchangeProblem, LocalProblem):
    """This is no service account's token, or the account is over."""

    code = "service_token_refused"
    hint = "Ask the agency's administrator for a new service account. A person's token does not serve here."


class ScopeMissing(ExchangeProblem, LocalProblem):
    """This service account may not ask for that."""

    code = "scope_missing"
    hint = "The place named is the scope that it would take. Only a new account can have it."


class ServiceTooFast(ExchangeProblem, LocalProblem):
    """This service account asks too often."""

    code = "service_too_fast"
    hint = "Wait as many seconds as the answer's Retry-After says, then ask again. Nothing was done."

    def __init__(self, where: str = "", *, seconds: int = 60) -> None:
        super().__init__(where)
        self.seconds = seconds


class NobodyHere(ExchangeProblem, LocalProblem):
    """This agency has no such person or role at work."""

    code = "nobody_here"
    hint = "Look them up by name: ids change when somebody is enrolled anew."


class ServiceAccountThere(ExchangeProblem, LocalProblem):
    """There is, or was, a service account of that name."""

    code = "service_account_there"
    hint = "Choose another name: a name is given once, so that the audit trail is clear."


class ServiceAccountUnknown(ExchangeProblem, LocalProblem):
    """There is no service account of that name that is still in force."""

    code = "service_account_unknown"
    hint = "See `readback desk service-account list HOME`."


class ServiceAccountRefused(ExchangeProblem, LocalProblem):
    """A service account cannot be made like that."""

    code = "service_account_refused"
    hint = (
        "A name has 2 to 40 small letters, digits and hyphens, and begins with a letter; a scope is one of "
        "the list in the reference."
    )
