"""What a desk believed before it stopped: read back from the casebook, and verified again.

Promises: nothing counts because it was stored; the key log's notes are opened and its entries folded again,
as far as a quorum of the present policy's witnesses vouched for them, and each roster is judged as when it
came. Where an agency's newest roster no longer passes (its key was revoked since), the newest that does
counts.
Never: a log that no longer passes (its rows were changed, or another policy was pinned since) is taken for
one that does: the desk does not open.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from exchange.desk.keylog import Shown
from exchange.errors import EntryDropped, LogForked
from exchange.sealing import Letter, open_envelope
from keys.errors import Problem
from keys.event import entry_of
from keys.roster import RosterDocument
from keys.statement import Signed
from keys.transparency.merkle import Tree, consistency_proof, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from exchange.desk.keylog import KeyLog
    from exchange.desk.trust import Trust
    from exchange.sealing import OpeningKeys
    from exchange.store.casebook import Casebook, CheckpointRow, RosterRow

_log = structlog.get_logger("desk")


async def recall(trust: Trust, casebook: Casebook, keys: OpeningKeys, now: datetime) -> None:
    """Give `trust` back what `casebook` keeps; `keys` open this agency's mailbox, past epochs too.

    `EntryDropped`, or as `KeyLog.check`, where the log in the casebook is not one that this desk would take.
    """
    await recall_log(trust.log, casebook)
    forked = {alarm.subject for alarm in await casebook.alarms() if alarm.name == LogForked.code}
    trust.disputed = frozenset(forked - {""})
    for newest in await casebook.rosters():
        if await asyncio.to_thread(_believed, trust, newest, keys, now):
            continue
        for older in reversed(await casebook.rosters_of(newest.agency)):
            if older != newest and await asyncio.to_thread(_believed, trust, older, keys, now):
                break


async def recall_log(log: KeyLog, casebook: Casebook) -> tuple[Signed, ...]:
    """Give a log back what `casebook` keeps of it, verified; its entries."""
    rows = await casebook.log_entries()
    entries = tuple(Signed(row.payload, row.signature) for row in rows)
    known = await casebook.checkpoint(quorum=True), await casebook.checkpoint()
    await asyncio.to_thread(_log_again, log, entries, [row for row in known if row is not None])
    return entries


def roster_in(letter: Letter) -> RosterDocument:
    """Read the roster that a letter carries, not yet believed."""
    return RosterDocument(letter.payload, letter.signature, letter.parts)


def _log_again(log: KeyLog, entries: Sequence[Signed], checkpoints: Sequence[CheckpointRow]) -> None:
    """Verify the stored log as if a hub showed it: up to each of these checkpoints, the smaller first."""
    if len(entries) != max((row.size for row in checkpoints), default=0):
        raise EntryDropped("casebook")
    tree = Tree()
    for row in checkpoints:
        start = log.ahead.size
        for signed in entries[tree.size : row.size]:
            tree.append(leaf_hash(entry_of(signed)))
        proof = consistency_proof(start, row.size, tree.nodes)
        log.take(log.check(Shown(tuple(entries[start : row.size]), row.note, proof)))


def _believed(trust: Trust, row: RosterRow, keys: OpeningKeys, now: datetime) -> bool:
    try:
        opened = open_envelope(row.envelope, trust.agency, keys)
        trust.take_roster(roster_in(opened.letter), now, received_at=row.received_at, expired_too=True)
    except Problem as problem:
        _log.warning("recall.roster", agency=row.agency, code=problem.code)
        return False
    return True
