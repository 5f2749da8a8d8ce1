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

from exchange.errors import EntryDropped, LogForked
from exchange.sealing import Letter, open_envelope
from keys.errors import Problem
from keys.roster import RosterDocument
from keys.statement import Signed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from exchange.desk.keylog import KeyLog
    from exchange.desk.trust import Trust
    from exchange.sealing import OpeningKeys
    from exchange.store.casebook import Casebook, LogEntryRow, RosterRow
    from keys.directory import Directory

_PORTION = 500  # entries of the log, at once
_log = structlog.get_logger("desk")


async def recall(trust: Trust, casebook: Casebook, keys: OpeningKeys, now: datetime) -> None:
    """Give `trust` back what `casebook` keeps; `keys` open this agency's mailbox, past epochs too.

    `EntryDropped`, or as `KeyLog.check`, where the log in the casebook is not one that this desk would take.
    """
    await recall_log(trust.log, casebook)
    forked = {alarm.subject for alarm in await casebook.alarms() if alarm.name == LogForked.code}
    trust.disputed = frozenset(forked - {""})
    for newest in await casebook.rosters():
        if newest.agency == trust.agency and trust.roster(trust.agency) is not None:
            continue  # our own is our home's, which is as new or newer
        if await asyncio.to_thread(_believed, trust, newest, keys, now):
            continue
        for older in reversed(await casebook.rosters_of(newest.agency)):
            if older != newest and await asyncio.to_thread(_believed, trust, older, keys, now):
                break


async def recall_log(log: KeyLog, casebook: Casebook) -> None:
    """Give a log back what `casebook` keeps of it, folded and verified anew, a portion in memory at once."""
    known = await casebook.checkpoint(quorum=True), await casebook.checkpoint()
    checkpoints = [row for row in known if row is not None]  # the smaller first
    if await casebook.log_entries(max((row.size for row in checkpoints), default=0), limit=1):
        raise EntryDropped("casebook")
    ahead = log.ahead
    for row in checkpoints:
        ahead = ahead.copy()
        while ahead.size < row.size:
            portion = min(_PORTION, row.size - ahead.size)
            await asyncio.to_thread(_fold, ahead, await casebook.log_entries(ahead.size, limit=portion))
        log.take(log.recalled(row.note, ahead))


def roster_in(letter: Letter) -> RosterDocument:
    """Read the roster that a letter carries, not yet believed."""
    return RosterDocument(letter.payload, letter.signature, letter.parts)


def _fold(ahead: Directory, rows: Sequence[LogEntryRow]) -> None:
    if [row.index for row in rows] != [*range(ahead.size, ahead.size + max(1, len(rows)))]:
        raise EntryDropped("casebook")
    try:
        for row in rows:
            ahead.apply(Signed(row.payload, row.signature))
    except Problem as problem:
        raise EntryDropped("casebook") from problem  # not what was taken: each had passed


def _believed(trust: Trust, row: RosterRow, keys: OpeningKeys, now: datetime) -> bool:
    try:
        opened = open_envelope(row.envelope, trust.agency, keys)
        trust.take_roster(roster_in(opened.letter), now, received_at=row.received_at, expired_too=True)
    except Problem as problem:
        _log.warning("recall.roster", agency=row.agency, code=problem.code)
        return False
    return True
