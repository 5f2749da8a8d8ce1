"""The desk's store: sealed envelopes as received, where each thread stands, and what is still to be done.

Promises: what belongs together is written in one transaction (`Change`); writing it again changes nothing.
Never: it holds a private key, a word, a name or a slip in the clear.
"""

from exchange.store.casebook.accounts import ServiceAccountRow
from exchange.store.casebook.book import Casebook, Recorded
from exchange.store.casebook.change import Change
from exchange.store.casebook.figures import NOBODY, Groups, HeardCount, OpenCount
from exchange.store.casebook.lists import Asker, Listed, Mark, Wanted
from exchange.store.casebook.rows import (
    AlarmRow,
    AuditEntry,
    AuditRow,
    BlobRow,
    Delivery,
    DivergenceRow,
    Entry,
    Expiry,
    HeardRow,
    HeldRow,
    KeptRow,
    LegRow,
    Outgoing,
    RefusedRow,
    ReminderRow,
    StepRow,
    ThreadRow,
)
from exchange.store.casebook.trusted_rows import (
    CheckpointRow,
    ContradictionRow,
    LogEntryRow,
    RosterRow,
    RosterSent,
)

__all__ = [
    "NOBODY",
    "AlarmRow",
    "Asker",
    "AuditEntry",
    "AuditRow",
    "BlobRow",
    "Casebook",
    "Change",
    "CheckpointRow",
    "ContradictionRow",
    "Delivery",
    "DivergenceRow",
    "Entry",
    "Expiry",
    "Groups",
    "HeardCount",
    "HeardRow",
    "HeldRow",
    "KeptRow",
    "LegRow",
    "Listed",
    "LogEntryRow",
    "Mark",
    "OpenCount",
    "Outgoing",
    "Recorded",
    "RefusedRow",
    "ReminderRow",
    "RosterRow",
    "RosterSent",
    "ServiceAccountRow",
    "StepRow",
    "ThreadRow",
    "Wanted",
]
