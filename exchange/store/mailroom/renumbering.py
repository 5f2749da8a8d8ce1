"""New numbers for all mail that waits, after the database was set back.

Promises: afterwards everything that waits has a cursor above any that the lost part of the database can have
given out, in the order that it had. So a desk that read further than this database remembers misses nothing
of what it is given from here on; what it has already, it recognises.
Never: a delivery, or an envelope's trace, is added or leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from exchange.store.mailroom.tables import COUNTER, CURSOR, DELIVERY, ENVELOPE, FORGOTTEN, SETTLED
from exchange.wire.api import CURSOR_LEAP

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def renumber(connection: AsyncConnection) -> None:
    """Move every number on by `CURSOR_LEAP`; whoever else issues cursors waits for the commit."""
    marks = COUNTER.c.name.in_((CURSOR, SETTLED, FORGOTTEN))
    await connection.execute(update(COUNTER).where(marks).values(last=COUNTER.c.last + CURSOR_LEAP))
    await connection.execute(update(ENVELOPE).values(number=ENVELOPE.c.number + CURSOR_LEAP))
    moved = {"cursor": DELIVERY.c.cursor + CURSOR_LEAP, "envelope": DELIVERY.c.envelope + CURSOR_LEAP}
    await connection.execute(update(DELIVERY).values(moved))
