"""What a desk believed before it stopped: read back from the casebook, and verified again.

Promises: nothing counts because it was stored; the directory is folded, and each roster judged, as when it
came. Where an agency's newest roster no longer passes (its key was revoked since), the newest that does
counts.
Never: a stored event that no longer passes (a root was pinned since) is passed over in silence: what follows
it is not taken either, and the next look at the hub's directory names it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from exchange.sealing import Letter, open_envelope
from keys.errors import KeysProblem, Problem
from keys.roster import RosterDocument
from keys.statement import Signed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from exchange.desk.trust import Trust
    from exchange.sealing import OpeningKeys
    from exchange.store.casebook import Casebook, LogEntryRow, RosterRow

_log = structlog.get_logger("desk")


async def recall(trust: Trust, casebook: Casebook, keys: OpeningKeys, now: datetime) -> None:
    """Give `trust` back what `casebook` keeps; `keys` open this agency's mailbox, past epochs too."""
    events = await casebook.log_entries(trust.directory.size)
    await asyncio.to_thread(_events, trust, events)
    for newest in await casebook.rosters():
        if await asyncio.to_thread(_believed, trust, newest, keys, now):
            continue
        for older in reversed(await casebook.rosters_of(newest.agency)):
            if older != newest and await asyncio.to_thread(_believed, trust, older, keys, now):
                break


def roster_in(letter: Letter) -> RosterDocument:
    """Read the roster that a letter carries, not yet believed."""
    return RosterDocument(letter.payload, letter.signature, letter.parts)


def _events(trust: Trust, events: Sequence[LogEntryRow]) -> None:
    for event in events:
        try:
            trust.directory.apply(Signed(event.payload, event.signature))
        except KeysProblem as problem:
            _log.error("recall.event", code=problem.code, index=event.index)
            return


def _believed(trust: Trust, row: RosterRow, keys: OpeningKeys, now: datetime) -> bool:
    try:
        opened = open_envelope(row.envelope, trust.agency, keys)
        trust.take_roster(roster_in(opened.letter), now, expired_too=True)
    except Problem as problem:
        _log.warning("recall.roster", agency=row.agency, code=problem.code)
        return False
    return True
