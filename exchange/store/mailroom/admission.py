"""Which agencies the operator lets in, and the signed events of those that came.

Promises: events have gapless indexes from nought, in the order in which they were taken.
Never: it judges an event; see `keys.directory`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from exchange.store.mailroom.tables import ADMITTED, AGENCY_EVENT
from keys.statement import Signed

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def admit(connection: AsyncConnection, agency: str, fingerprint: str) -> None:
    """Let `agency` in with the root of this fingerprint, in place of what was said before."""
    await connection.execute(delete(ADMITTED).where(ADMITTED.c.agency == agency))
    await connection.execute(insert(ADMITTED), {"agency": agency, "fingerprint": fingerprint})


async def admitted(connection: AsyncConnection) -> dict[str, str]:
    """Every admitted agency's root fingerprint."""
    rows = (await connection.execute(select(ADMITTED))).all()
    return {row.agency: row.fingerprint for row in rows}


async def append_event(connection: AsyncConnection, index: int, signed: Signed) -> None:
    """Keep the event number `index`; `sqlalchemy.exc.IntegrityError` when another process was first."""
    row = {"index": index, "payload": signed.payload, "signature": signed.signature}
    await connection.execute(insert(AGENCY_EVENT), row)


async def events(connection: AsyncConnection, start: int, count: int) -> list[Signed]:
    """At most `count` events from index `start` on."""
    query = (
        select(AGENCY_EVENT.c.payload, AGENCY_EVENT.c.signature)
        .where(AGENCY_EVENT.c.index >= start)
        .order_by(AGENCY_EVENT.c.index)
        .limit(count)
    )
    return [Signed(payload, signature) for payload, signature in await connection.execute(query)]
