"""What `readback doctor` was given to look at."""

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem


class NothingToExamine(ExchangeProblem, LocalProblem):
    """That folder is neither a hub's nor a desk's: there is no hub.toml and no desk.toml in it."""

    code = "nothing_to_examine"
    hint = "Give the folder that you serve from; `readback desk init HOME` makes an agency's folder a desk's."
