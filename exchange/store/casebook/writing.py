"""Writing changes: one function for each kind of row, all on the writer's connection.

Promises: each is idempotent, so that a change may run again after a failure; changes that are submitted
together are written as one; a status folded from another set of steps than is there stops its whole change.
Never: it commits. The `Writer` does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, select, update

from exchange.errors import LogForked, LogRolledBack, ThreadMoved
from exchange.store.casebook import chain, tables
from exchange.store.casebook.accounts import write_accounts
from exchange.store.casebook.change import Change
from exchange.store.casebook.folding import count_folded
from exchange.store.casebook.notices import write_notices
from exchange.store.casebook.put import add, put, put_new, put_on
from exchange.store.casebook.tables import OVER, WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from exchange.store.casebook.rows import (
        AlarmRow,
        AuditEntry,
        HeldRow,
        LegRow,
        Outgoing,
        StepRow,
    )
    from exchange.store.casebook.trusted_rows import CheckpointRow

Row = dict[str, Any]
LATEST = "9999"  # after every deadline

_steps_there = select(tables.step.c.digest).where(
    tables.step.c.digest.in_(bindparam("digests", expanding=True))
)
# The bytes have served: the hub has them, and this desk's own copy is with the step.
_posted = (
    update(tables.outbox)
    .where(tables.outbox.c.envelope_id == bindparam("of"))
    .values(state="posted", posted=bindparam("at"), code=None, envelope=None)
)
_refused = (
    update(tables.outbox)
    .where(tables.outbox.c.envelope_id == bindparam("of"), tables.outbox.c.state == "waiting")
    .values(state="refused", code=bindparam("why"))
)
_unsent = delete(tables.roster_sent).where(
    tables.roster_sent.c.envelope_id == bindparam("of"), tables.roster_sent.c.agency == bindparam("agency")
)
_checkpoint_of = select(tables.checkpoint).where(tables.checkpoint.c.size == bindparam("of"))
_largest = select(func.max(tables.checkpoint.c.size))
_last_link = (
    select(tables.audit.c.number, tables.audit.c.chain).order_by(tables.audit.c.number.desc()).limit(1)
)


async def apply_all(connection: AsyncConnection, changes: Sequence[Change]) -> list[tuple[str, ...]]:
    """Write everything of `changes`; for each, the digests of the steps that were new."""
    # One crossing into the synchronous world for all statements: each crossing costs as much as a statement.
    return await connection.run_sync(_apply_all, changes)


def _apply_all(connection: Connection, changes: Sequence[Change]) -> list[tuple[str, ...]]:
    if _in_each_others_way(changes):
        return [_apply(connection, change) for change in changes]
    new = set(_apply(connection, Change.together(changes)))
    return [tuple(step.digest for step in change.steps if step.digest in new) for change in changes]


def _in_each_others_way(changes: Sequence[Change]) -> bool:
    """Whether the order of removing and adding one thing would be lost by writing them as one."""
    kept = {row.name for change in changes for row in change.kept}
    raised = {(row.name, row.subject) for change in changes for row in change.alarms}
    return len(changes) > 1 and (
        any(name in kept for change in changes for name in change.forgotten)
        or any((row.name, row.subject) in raised for change in changes for row in change.cleared)
    )


def _apply(connection: Connection, change: Change) -> tuple[str, ...]:
    new = _steps(connection, change.steps)
    _resealed(connection, change)
    _status(connection, change)
    _outbox(connection, change)
    _mail(connection, change)
    _trust(connection, change)
    _alarms(connection, change)
    _notes(connection, change)
    write_notices(connection, change)
    write_accounts(connection, change)
    _audit(connection, change.audit)
    put(connection, tables.cursor, [{"name": n, "position": p} for n, p in dict(change.cursors).items()])
    return new


def _steps(connection: Connection, steps: Sequence[StepRow]) -> tuple[str, ...]:
    """Add the steps that are not there yet; only one writer exists, so nothing slips in between."""
    if not steps:
        return ()
    digests = [step.digest for step in steps]
    there = set(connection.scalars(_steps_there, {"digests": digests}))
    new = {step.digest: step for step in steps if step.digest not in there}
    if new:
        add(connection, tables.step, map(_with_leg, new.values()))
    return tuple(new)


def _resealed(connection: Connection, change: Change) -> None:
    for digest, envelope in change.resealed:
        there = tables.step.c.digest == digest
        connection.execute(update(tables.step).where(there).values(envelope=envelope))
    for agency, version, envelope in change.rosters_resealed:
        row = tables.roster.c
        there = and_(row.agency == agency, row.version == version)
        connection.execute(update(tables.roster).where(there).values(envelope=envelope))


def _status(connection: Connection, change: Change) -> None:
    if change.threads:
        threads = {row.thread: row for row in change.threads}
        counts = count_folded(connection, list(threads))
        for thread, row in threads.items():
            if counts.get(thread, 0) != row.folded:
                raise ThreadMoved
        put(connection, tables.thread, map(_row, threads.values()))
    put(connection, tables.leg, map(_leg_row, change.legs))


def _outbox(connection: Connection, change: Change) -> None:
    put_new(connection, tables.outbox, map(_outbox_row, change.outgoing), on="envelope_id")
    needed = [
        {"envelope_id": row.envelope_id, "digest": blob} for row in change.outgoing for blob in row.blobs
    ]
    put_new(connection, tables.outbox_needs, needed)
    if change.posted:
        connection.execute(_posted, [{"of": name, "at": at} for name, at in change.posted])
    if change.unpostable:
        connection.execute(_refused, [{"of": name, "why": code} for name, code in change.unpostable])
    if change.expiries:
        put_new(connection, tables.expiry, map(_row, change.expiries))
        # Whoever never fetched our roster must get it again, or could believe nothing that we say.
        unfetched = [{"of": expiry.envelope_id, "agency": expiry.mailbox} for expiry in change.expiries]
        connection.execute(_unsent, unfetched)


def _mail(connection: Connection, change: Change) -> None:
    put_on(connection, tables.held, map(_held_row, change.held), "digest", "since", "received_at")
    released = set(change.released) - {row.digest for row in change.held}
    if released:
        connection.execute(delete(tables.held).where(tables.held.c.digest.in_(released)))
    put_new(connection, tables.refused, map(_row, change.refused))
    # What is here already, or on its way out, need not be fetched because somebody names it once more.
    wanted = [_row(row) for row in change.blobs if row.state == "download"]
    put_new(connection, tables.attachment, wanted)
    put(connection, tables.attachment, [_row(row) for row in change.blobs if row.state != "download"])


def _trust(connection: Connection, change: Change) -> None:
    put_new(connection, tables.log_entry, map(_row, change.log_entries))
    for row in change.checkpoints:
        _checkpoint(connection, row)
    put_new(connection, tables.contradiction, map(_row, change.contradictions))
    put_new(connection, tables.roster, map(_row, change.rosters))
    put(connection, tables.roster_sent, map(_row, change.rosters_sent))


def _checkpoint(connection: Connection, row: CheckpointRow) -> None:
    """Add a checkpoint, or what became of it since; never a second history, and nothing below the largest.

    That one was cosigned is never forgotten.
    """
    known = connection.execute(_checkpoint_of, {"of": row.size}).first()
    below = (connection.scalar(_largest) or 0) > row.size
    if below and (known is None or row.cosigned is not None):
        raise LogRolledBack
    if known is not None and known.root != row.root:
        raise LogForked
    if known is not None and known.cosigned is not None:
        row = replace(row, cosigned=known.cosigned)
    put(connection, tables.checkpoint, [_row(row)])


def _alarms(connection: Connection, change: Change) -> None:
    for raised in change.alarms:
        # One that stands keeps its first hour; one that was cleared is raised anew.
        standing = select(tables.alarm.c.name).where(*_same(raised), tables.alarm.c.cleared.is_(None))
        if connection.scalar(standing) is None:
            put(connection, tables.alarm, [_row(raised)])
    for gone in change.cleared:
        ended = update(tables.alarm).where(*_same(gone), tables.alarm.c.cleared.is_(None))
        connection.execute(ended.values(cleared=gone.cleared))


def _same(alarm: AlarmRow) -> tuple[Any, Any]:
    return tables.alarm.c.name == alarm.name, tables.alarm.c.subject == alarm.subject


def _notes(connection: Connection, change: Change) -> None:
    put(connection, tables.kept, map(_row, change.kept))
    if change.forgotten:
        connection.execute(delete(tables.kept).where(tables.kept.c.name.in_(change.forgotten)))
    put_new(connection, tables.heard, map(_row, change.heard))
    put_new(connection, tables.divergence, map(_row, change.divergences))
    put_new(connection, tables.reminder, map(_with_leg, change.reminders))


def _audit(connection: Connection, entries: Sequence[AuditEntry]) -> None:
    if not entries:
        return
    last = (connection.execute(_last_link)).first()
    number, link = (last.number, last.chain) if last else (0, chain.START)
    rows: list[Row] = []
    for entry in entries:
        number += 1
        link = chain.follow(link, number, entry)
        rows.append({"number": number, **_row(entry), "chain": link})
    add(connection, tables.audit, rows)


def _row(row: Any) -> Row:
    """Give the row's fields as they are; `dataclasses.asdict` would copy every one."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _with_leg(row: Any) -> Row:
    return {**_row(row), "leg": WHOLE if row.leg is None else row.leg}


def _leg_row(row: LegRow) -> Row:
    """Add in which queue it stands, and where, so that an index alone gives people their lists in order."""
    if not row.open or row.turn is None:
        return {**_with_leg(row), "queue": OVER, "sort": row.updated}
    pressing = "0" if row.urgency == "immediate" else "1"
    return {**_with_leg(row), "queue": row.turn, "sort": f"{pressing} {row.due or LATEST}"}


def _held_row(row: HeldRow) -> Row:
    return {name: value for name, value in _row(row).items() if name != "number"}


def _outbox_row(row: Outgoing) -> Row:
    return {
        **_row(row),
        "state": "waiting",
        "rank": 0 if row.step is None else 1,
        "mailboxes": " ".join(row.mailboxes),
        "blobs": " ".join(row.blobs),
        "size": len(row.envelope),
    }
