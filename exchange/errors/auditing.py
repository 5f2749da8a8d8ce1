"""The desk's audit trail, where it is exported."""

from exchange.errors.root import ExchangeProblem
from keys.errors import LocalProblem


class AuditBroken(ExchangeProblem, LocalProblem):
    """An entry of the audit trail does not follow from the one before it: somebody changed the trail."""

    code = "audit_broken"
    hint = (
        "Keep what was exported before, and the casebook as it is; compare with the anchors in the key log."
    )
