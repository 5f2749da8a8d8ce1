"""Read a mailbox from a cursor on: one statement, bounded in count and bytes before any bytes are fetched.

Never: the cost depends on how much other mailboxes hold, or on what this one held once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from exchange.store.mailroom.tables import DELIVERY, ENVELOPE
from exchange.wire.api import Mail, MailKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

_NEXT = (
    select(DELIVERY.c.cursor, DELIVERY.c.envelope, DELIVERY.c.notice, DELIVERY.c.size)
    .where(DELIVERY.c.mailbox == bindparam("of"), DELIVERY.c.cursor > bindparam("beyond"))
    .order_by(DELIVERY.c.cursor)
    .limit(bindparam("count"))
    .subquery()
)
_MEASURED = select(_NEXT, func.sum(_NEXT.c.size).over(order_by=_NEXT.c.cursor).label("total")).subquery()
_READ = (
    select(_MEASURED.c.cursor, _MEASURED.c.notice, ENVELOPE.c.body)
    .select_from(_MEASURED.outerjoin(ENVELOPE, ENVELOPE.c.number == _MEASURED.c.envelope))
    .where(_MEASURED.c.total <= bindparam("bytes"))
    .order_by(_MEASURED.c.cursor)
)


async def read(
    connection: AsyncConnection, mailbox: str, beyond: int, *, count: int, size: int
) -> list[Mail]:
    """Give what waits after the cursor `beyond`: at most `count` mails of together `size` bytes."""
    asked = {"of": mailbox, "beyond": beyond, "count": count, "bytes": size}
    rows = (await connection.execute(_READ, asked)).all()
    return [
        Mail(MailKind.ENVELOPE, cursor, body) if notice is None else Mail(MailKind.NOTICE, cursor, notice)
        for cursor, notice, body in rows
        if not (notice is None and body is None)
    ]
