"""A thread on paper."""

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem


class PrintingMissing(ExchangeProblem, LocalProblem):
    """This desk has no typesetter, so it cannot make a PDF."""

    code = "printing_missing"
    hint = "Print the page from your browser; or ask whoever runs the desk to install `readback[pdf]`."


class Unprintable(ExchangeProblem, LocalProblem):
    """The typesetter found no way to set this thread."""

    code = "unprintable"
    hint = "Print the page from your browser, and tell whoever runs the desk."
