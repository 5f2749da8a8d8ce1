"""Which agencies the operator lets in.

Never: it decides whether whoever comes is that agency; see `hub.keylog`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from exchange.store.mailroom.tables import ADMITTED

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
