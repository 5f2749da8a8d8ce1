"""The certificate of closure, made from what this desk holds.

Promises: whoever takes part in a closed leg gets its certificate; words are in it only if asked for, and only
those that the asker's own key opens.
Never: it is verified by its maker's word: see `exchange.evidence.verify`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.desk.service.reading import leg_of, open_words, visible
from exchange.evidence.certificate import Spoken, certify, closed_leg, steps_of
from exchange.store.casebook import AuditEntry, Change
from keys.errors import Problem
from keys.event import Anchor, read_logged
from keys.record import format_time
from keys.statement import Signed

if TYPE_CHECKING:
    from exchange.desk.casefile import CaseFile
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises


async def certificate(desk: Premises, session: Session, thread: str, leg: int, *, words: bool) -> bytes:
    """Write the certificate of a closed leg; `NotClosed` if it is not. That it was given out is recorded."""
    file = await visible(desk, session, thread)
    at = leg_of(desk, session, file, leg)
    closed_leg(file.status, leg)
    slips = [Signed(one.letter.payload, one.letter.signature) for one in file.opened.values()]
    entries = [Signed(row.payload, row.signature) for row in await desk.casebook.log_entries()]
    events = [signed for signed in entries if not isinstance(read_logged(signed.payload), Anchor)]
    rosters = await desk.files.rosters(at.party.agency)
    opening = file.status.opening
    assert opening is not None
    if opening.slip.author.agency != at.party.agency:
        rosters += await desk.files.rosters(opening.slip.author.agency)
    spoken = await _spoken(desk, session, file, leg) if words else []
    made = await asyncio.to_thread(certify, leg, slips, events, rosters, spoken)
    entry = AuditEntry(
        "certified", format_time(desk.now()), thread, at.hear_back, desk.agency, session.person
    )
    await desk.casebook.record(Change(audit=(entry,)))
    return made


async def _spoken(desk: Premises, session: Session, file: CaseFile, leg: int) -> list[Spoken]:
    spoken = []
    for step in steps_of(file.status, leg):
        try:
            read = await open_words(desk, session, file.opened[step.digest], leg)
        except Problem:
            continue  # not this person's to read, or words that break the rules: no evidence of anything
        part = read.opened
        spoken.append(Spoken(step.digest, part.part, part.salt, part.contents))
    return spoken
