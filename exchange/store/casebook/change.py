"""A change: everything that one transaction writes.

Promises: it is a value; writing it twice is the same as writing it once, but for the audit trail, which tells
of both.
Never: it is half written.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import chain
from operator import add, attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.store.casebook.accounts import ServiceAccountRow
    from exchange.store.casebook.notice_rows import NoticeRow, ToldRow
    from exchange.store.casebook.rows import (
        AlarmRow,
        AuditEntry,
        BlobRow,
        DivergenceRow,
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


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that one transaction writes: all of it or none of it, and twice is the same as once.

    Not fields of the same table but of the same moment: the steps of an incoming batch together with the
    cursor that covers them; a step of this desk together with the envelope that goes out. Later rows for the
    same place win. What is `released` and also `held` was tried again in vain: it stays, with its
    `since`. Combine with `|`.
    """

    steps: tuple[StepRow, ...] = ()
    resealed: tuple[tuple[str, bytes], ...] = ()  # a step's digest, its envelope under another key
    rosters_resealed: tuple[tuple[str, int, bytes], ...] = ()  # agency, version, the same
    threads: tuple[ThreadRow, ...] = ()
    legs: tuple[LegRow, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    posted: tuple[tuple[str, str], ...] = ()  # envelope id, when the hub took it
    unpostable: tuple[tuple[str, str], ...] = ()  # envelope id, the code with which the hub refused it
    expiries: tuple[Expiry, ...] = ()
    kept: tuple[KeptRow, ...] = ()
    forgotten: tuple[str, ...] = ()  # names of kept things
    held: tuple[HeldRow, ...] = ()
    released: tuple[str, ...] = ()  # digests of held envelopes
    refused: tuple[RefusedRow, ...] = ()
    rosters: tuple[RosterRow, ...] = ()
    rosters_sent: tuple[RosterSent, ...] = ()
    log_entries: tuple[LogEntryRow, ...] = ()
    checkpoints: tuple[CheckpointRow, ...] = ()
    contradictions: tuple[ContradictionRow, ...] = ()
    blobs: tuple[BlobRow, ...] = ()
    heard: tuple[HeardRow, ...] = ()
    divergences: tuple[DivergenceRow, ...] = ()
    reminders: tuple[ReminderRow, ...] = ()
    notices: tuple[NoticeRow, ...] = ()
    told: tuple[ToldRow, ...] = ()
    untold: tuple[tuple[str, str], ...] = ()  # matter, recipient: it is over, nobody need know any more
    notices_gone: tuple[str, ...] = ()  # what is settled and was made before this
    alarms: tuple[AlarmRow, ...] = ()
    cleared: tuple[AlarmRow, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    accounts: tuple[ServiceAccountRow, ...] = ()
    accounts_used: tuple[tuple[str, str], ...] = ()  # name, day
    accounts_revoked: tuple[tuple[str, str], ...] = ()  # name, when
    cursors: tuple[tuple[str, int], ...] = ()  # name, position

    def __or__(self, other: Change) -> Change:
        """Both, this one first."""
        return Change(*map(add, _all_of(self), _all_of(other)))

    @classmethod
    def together(cls, changes: Sequence[Change]) -> Change:
        """Give all of `changes` as one, in their order."""
        if len(changes) == 1:
            return changes[0]
        return cls(*(tuple(chain.from_iterable(rows)) for rows in zip(*map(_all_of, changes), strict=True)))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not any(_all_of(self))


_all_of = attrgetter(*(field.name for field in fields(Change)))
