"""A thread as a PDF, for the person who asks.

Promises: it holds what the thread's page would show this person, and that it was printed is recorded.
Never: the event loop waits for the typesetter.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.desk.printing.pdf import typeset
from exchange.desk.printing.sheet import sheet
from exchange.desk.service.naming import person_view
from exchange.desk.service.showing import show
from exchange.store.casebook import AuditEntry, Change
from keys.record import format_time

if TYPE_CHECKING:
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises


async def printed(desk: Premises, session: Session, thread: str) -> bytes:
    """Print a whole thread, as far as it is this person's to see; `PrintingMissing`, `Unprintable`."""
    view = await show(desk, session, thread)
    now = format_time(desk.now())
    reader = person_view(desk, desk.agency, session.person)
    laid = sheet(view, agency_of=desk.agency_name, reader=reader, at=now)
    made = await asyncio.to_thread(typeset, laid)
    trail = AuditEntry("printed", now, thread, None, desk.agency, session.person)
    await desk.casebook.record(Change(audit=(trail,)))
    return made
