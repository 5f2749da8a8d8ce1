"""How envelopes leave: acknowledged by their desk, or expired, of which the sender is told.

Promises: an envelope's bytes are removed with its last delivery, in the same transaction; what expires leaves
a notice in the sender's mailbox in that transaction too, so that nothing is ever dropped in silence.
Never: a delivery leaves twice, whoever sweeps or acknowledges at the same moment: leaving is the deletion of
its row, and only one transaction deletes it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, delete, null, select, update

from exchange.delivery import Event, Place, after, expiry_notice, has_expired
from exchange.store.mailroom.posting import INSERT_DELIVERY, issue
from exchange.store.mailroom.records import Issued
from exchange.store.mailroom.tables import COUNTER, DELIVERY, ENVELOPE, FORGOTTEN, SETTLED
from exchange.wire.api import Mail, MailKind, mail_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

SWEPT = 500  # envelopes looked at in one transaction

_TAKE_READ = (
    delete(DELIVERY)
    .where(DELIVERY.c.mailbox == bindparam("of"), DELIVERY.c.cursor <= bindparam("through"))
    .returning(DELIVERY.c.envelope)
)
_TAKE_ENVELOPE = (
    delete(DELIVERY)
    .where(
        DELIVERY.c.cursor >= bindparam("first"),
        DELIVERY.c.cursor <= bindparam("final"),
        DELIVERY.c.envelope == bindparam("first"),
    )
    .returning(DELIVERY.c.mailbox)
)
_LESS = (
    update(ENVELOPE)
    .where(ENVELOPE.c.number == bindparam("of"))
    .values(
        waiting=ENVELOPE.c.waiting - bindparam("gone"),
        body=case((ENVELOPE.c.waiting <= bindparam("gone"), null()), else_=ENVELOPE.c.body),
    )
)
_MARK = select(COUNTER.c.last).where(COUNTER.c.name == bindparam("of"))
_MOVE_MARK = update(COUNTER).where(COUNTER.c.name == bindparam("of")).values(last=bindparam("to"))
_NEXT = (
    select(
        ENVELOPE.c.number,
        ENVELOPE.c.id,
        ENVELOPE.c.agency,
        ENVELOPE.c.posted,
        ENVELOPE.c.slots,
        ENVELOPE.c.waiting,
    )
    .where(ENVELOPE.c.number > bindparam("beyond"))
    .order_by(ENVELOPE.c.number)
    .limit(SWEPT)
)
_FORGET = delete(ENVELOPE).where(ENVELOPE.c.number <= bindparam("through"), ENVELOPE.c.waiting == 0)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did: deliveries expired, the notices it put, and whether there may be more."""

    expired: int
    issued: Issued | None
    more: bool


async def acknowledge(connection: AsyncConnection, read: Sequence[tuple[str, int]]) -> int:
    """Remove from each mailbox what it has read, up to a cursor; how many deliveries left."""
    gone: Counter[int] = Counter()
    notices = 0
    for mailbox, through in read:
        taken = (await connection.execute(_TAKE_READ, {"of": mailbox, "through": through})).scalars().all()
        gone.update(number for number in taken if number is not None)
        notices += taken.count(None)
    await _lessen(connection, gone)
    return gone.total() + notices


async def expire(connection: AsyncConnection, keep: int, now: int) -> Swept:
    """Let go of the oldest envelopes that have waited `keep` seconds, telling their senders."""
    await issue(connection, 0)  # one sweep at a time, whatever the process
    settled = await _mark(connection, SETTLED)
    rows = (await connection.execute(_NEXT, {"beyond": settled})).all()
    due = [row for row in rows if has_expired(row.posted, keep, now)]
    if not due:
        return Swept(0, None, more=False)
    told: list[tuple[Row[*tuple[Any, ...]], str]] = []
    for row in due:
        if row.waiting:
            span = {"first": row.number, "final": row.number + row.slots - 1}
            taken = (await connection.execute(_TAKE_ENVELOPE, span)).scalars().all()
            told.extend((row, mailbox) for mailbox in sorted(taken))
    await _lessen(connection, Counter(row.number for row, _ in told))
    issued = None
    if after(Place.WAITING, Event.EXPIRE) is Place.EXPIRED and told:
        moment = datetime.fromtimestamp(now, UTC)
        notices = [(row.agency, expiry_notice(row.id, mailbox, moment)) for row, mailbox in told]
        issued = await _put_notices(connection, notices)
    await connection.execute(_MOVE_MARK, {"of": SETTLED, "to": due[-1].number})
    return Swept(len(told), issued, more=len(due) == SWEPT)


async def forget(connection: AsyncConnection, remember: int, now: int) -> bool:
    """Remove the last trace of settled envelopes posted `remember` seconds ago; whether there may be more."""
    await issue(connection, 0)
    forgotten, settled = await _mark(connection, FORGOTTEN), await _mark(connection, SETTLED)
    rows = (await connection.execute(_NEXT, {"beyond": forgotten})).all()
    old = [row for row in rows if row.number <= settled and has_expired(row.posted, remember, now)]
    if old:
        await connection.execute(_FORGET, {"through": old[-1].number})
        await connection.execute(_MOVE_MARK, {"of": FORGOTTEN, "to": old[-1].number})
    return len(old) == SWEPT


async def _mark(connection: AsyncConnection, name: str) -> int:
    last: int = (await connection.execute(_MARK, {"of": name})).scalar_one()
    return last


async def _lessen(connection: AsyncConnection, gone: Counter[int]) -> None:
    if gone:  # in one order for everybody, so that two processes never wait for each other
        rows = [{"of": number, "gone": count} for number, count in sorted(gone.items())]
        await connection.execute(_LESS, rows)


async def _put_notices(connection: AsyncConnection, notices: Sequence[tuple[str, bytes]]) -> Issued:
    last = await issue(connection, len(notices))
    before = last - len(notices)
    rows, mail = [], []
    for cursor, (mailbox, data) in enumerate(notices, before + 1):
        rows.append(
            {
                "cursor": cursor,
                "mailbox": mailbox,
                "envelope": None,
                "size": mail_size(data),
                "notice": data,
            }
        )
        mail.append((mailbox, Mail(MailKind.NOTICE, cursor, data)))
    await connection.execute(INSERT_DELIVERY, rows)
    return Issued(before, last, mail)
