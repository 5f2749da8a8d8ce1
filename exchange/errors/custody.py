"""Opening what leavers left: custodians together, with reasons."""

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem


class ReasonsMissing(ExchangeProblem, LocalProblem):
    """Nobody opens another's thread without saying why."""

    code = "reasons_missing"
    hint = "Say in a sentence or two why it is needed now: the agency's lead will read it."
