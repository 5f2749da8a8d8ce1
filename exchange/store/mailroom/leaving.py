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
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, case, delete, literal, null, select, update

from exchange.delivery import Event, Place, after, expiry_notice, has_expired
from exchange.store.mailroom.posting import INSERT_DELIVERY, issue
from exchange.store.mailroom.records import Issued
from exchange.store.mailroom.tables import COUNTER, DELIVERY, ENVELOPE, FORGOTTEN, SETTLED
from exchange.store.prepared import Prepared
from exchange.wire.api import Mail, MailKind, mail_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

SWEPT = 500  # envelopes looked at in one transaction

_TAKE_READ = Prepared(
    delete(DELIVERY)
    .where(DELIVERY.c.mailbox == bindparam("of"), DELIVERY.c.cursor <= bindparam("through"))
    .returning(DELIVERY.c.envelope)
)
_TAKE_ENVELOPE = Prepared(
    delete(DELIVERY)
    .where(
        DELIVERY.c.cursor >= bindparam("first"),
        DELIVERY.c.cursor <= bindparam("final"),
        DELIVERY.c.envelope == bindparam("first"),
    )
    .returning(DELIVERY.c.mailbox)
)
_LESS = Prepared(
    update(ENVELOPE)
    .where(ENVELOPE.c.number == bindparam("of"))
    .values(
        waiting=ENVELOPE.c.waiting - bindparam("gone"),
        body=case((ENVELOPE.c.waiting <= bindparam("gone"), null()), else_=ENVELOPE.c.body),
    )
)
_MARK = Prepared(select(COUNTER.c.last).where(COUNTER.c.name == bindparam("of")))
_MOVE_MARK = Prepared(update(COUNTER).where(COUNTER.c.name == bindparam("of")).values(last=bindparam("to")))
_NEXT = Prepared(
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
    .limit(literal(SWEPT))
)
_FORGET = Prepared(delete(ENVELOPE).where(ENVELOPE.c.number <= bindparam("through"), ENVELOPE.c.waiting == 0))


class _Trace(NamedTuple):
    """What is left of an envelope when its bytes are gone; the columns of `_NEXT`."""

    number: int
    id: str
    agency: str
    posted: int
    slots: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did: deliveries expired, the notices it put, and whether there may be more."""

    expired: int
    issued: Issued | None
    more: bool


def acknowledge(connection: Connection, read: Sequence[tuple[str, int]]) -> int:
    """Remove from each mailbox what it has read, up to a cursor; how many deliveries left."""
    gone: Counter[int] = Counter()
    notices = 0
    for mailbox, through in read:
        taken = [number for (number,) in _TAKE_READ.rows(connection, {"of": mailbox, "through": through})]
        gone.update(number for number in taken if number is not None)
        notices += taken.count(None)
    _lessen(connection, gone)
    return gone.total() + notices


def expire(connection: Connection, keep: int, now: int) -> Swept:
    """Let go of the oldest envelopes that have waited `keep` seconds, telling their senders."""
    issue(connection, 0)  # one sweep at a time, whatever the process
    rows = _beyond(connection, _mark(connection, SETTLED))
    due = [row for row in rows if has_expired(row.posted, keep, now)]
    if not due:
        return Swept(0, None, more=False)
    told: list[tuple[_Trace, str]] = []
    for row in due:
        if row.waiting:
            span = {"first": row.number, "final": row.number + row.slots - 1}
            taken = sorted(mailbox for (mailbox,) in _TAKE_ENVELOPE.rows(connection, span))
            told.extend((row, mailbox) for mailbox in taken)
    _lessen(connection, Counter(row.number for row, _ in told))
    issued = None
    if after(Place.WAITING, Event.EXPIRE) is Place.EXPIRED and told:
        moment = datetime.fromtimestamp(now, UTC)
        notices = [(row.agency, expiry_notice(row.id, mailbox, moment)) for row, mailbox in told]
        issued = _put_notices(connection, notices)
    _MOVE_MARK.rows(connection, {"of": SETTLED, "to": due[-1].number})
    return Swept(len(told), issued, more=len(due) == SWEPT)


def forget(connection: Connection, remember: int, now: int) -> bool:
    """Remove the last trace of settled envelopes posted `remember` seconds ago; whether there may be more."""
    issue(connection, 0)
    forgotten, settled = _mark(connection, FORGOTTEN), _mark(connection, SETTLED)
    rows = _beyond(connection, forgotten)
    old = [row for row in rows if row.number <= settled and has_expired(row.posted, remember, now)]
    if old:
        _FORGET.rows(connection, {"through": old[-1].number})
        _MOVE_MARK.rows(connection, {"of": FORGOTTEN, "to": old[-1].number})
    return len(old) == SWEPT


def _mark(connection: Connection, name: str) -> int:
    ((last,),) = _MARK.rows(connection, {"of": name})
    return int(last)


def _beyond(connection: Connection, number: int) -> list[_Trace]:
    return [_Trace(*row) for row in _NEXT.rows(connection, {"beyond": number})]


def _lessen(connection: Connection, gone: Counter[int]) -> None:
    if gone:  # in one order for everybody, so that two processes never wait for each other
        _LESS.many(connection, [{"of": number, "gone": count} for number, count in sorted(gone.items())])


def _put_notices(connection: Connection, notices: Sequence[tuple[str, bytes]]) -> Issued:
    last = issue(connection, len(notices))
    before = last - len(notices)
    rows, mail = [], []
    for cursor, (mailbox, data) in enumerate(notices, before + 1):
        size = mail_size(data)
        rows.append({"cursor": cursor, "mailbox": mailbox, "envelope": None, "size": size, "notice": data})
        mail.append((mailbox, Mail(MailKind.NOTICE, cursor, data)))
    INSERT_DELIVERY.many(connection, rows)
    return Issued(before, last, mail)
