"""The root of everything that `exchange` refuses.

Promises: nothing but the family's name. Never: a refusal of its own.
"""

from keys.errors import Problem


class ExchangeProblem(Problem):
    """Root of everything that `exchange` refuses."""
