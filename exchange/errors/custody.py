"""Opening what leavers left: custodians together, with reasons."""

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem


class ReasonsMissing(ExchangeProblem, LocalProblem):
    """Nobody opens another's thread without saying why."""

    code = "reasons_missing"
    hint = "Say in a sentence or two why it is needed now: the agency's lead will read it."


class LeadMissing(ExchangeProblem, LocalProblem):
    """Custodians open a thread under the eyes of the agency's lead, and this agency has none."""

    code = "lead_missing"
    hint = "Name one first: `readback keys lead HOME NAME --by NAME`. Nothing was opened."
