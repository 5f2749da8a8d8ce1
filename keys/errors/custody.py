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


class RecordsKeyUndivided(KeysProblem, LocalProblem):
    """The records key was not given to custodians yet: whoever has its passphrase can read alone."""

    code = "records_key_undivided"
    hint = "Give it to custodians first: `readback keys custodians HOME`."


class CustodiansAbsent(KeysProblem, LocalProblem):
    """Too few of those who hold parts of this records key are here."""

    code = "custodians_absent"
    hint = "`readback keys custodians HOME` says who holds parts and how many are needed together."


class CustodianLeaving(KeysProblem, LocalProblem):
    """This person is a custodian of the records key, and who leaves cannot hold a part of it."""

    code = "custodian_leaving"
    hint = "Name other custodians first: `readback keys custodians HOME`."
