"""Custody: the records key in several hands."""

from keys.errors.root import KeysProblem, LocalProblem


class TooFewCustodians(KeysProblem, LocalProblem):
    """A records key is split among two to seven custodians, of whom at least two are needed together."""

    code = "too_few_custodians"
    hint = "Name each custodian once, and how many are needed: `--need 2` of three, or `--need 3` of five."


class PartsDoNotFit(KeysProblem, LocalProblem):
    """These parts do not give that key back: too few, one twice, altered, or of different splits."""

    code = "parts_do_not_fit"
    hint = "Bring as many different custodians as are needed. If it stays so, try another group of them."
