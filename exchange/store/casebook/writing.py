"""Writing a `Change`: one function for each kind of row, all on the writer's connection.

Promises: each is idempotent, so that a change may run again after a failure; a status folded from another set
of steps than is there stops the whole change.
Never: it commits. The `Writer` does.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from exchange.errors import ThreadMoved
from exchange.store.casebook import chain, tables
from exchange.store.casebook.tables import WHOLE
from exchange.store.casebook.threads import count_folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from exchange.store.casebook.change import Change
    from exchange.store.casebook.rows import (
        AlarmRow,
        AuditEntry,
        HeldRow,
        LegRow,
        Outgoing,
        ReminderRow,
        StepRow,
    )

Row = dict[str, Any]


async def apply(connection: AsyncConnection, change: Change) -> tuple[str, ...]:
    """Write everything of `change`; the digests of the steps that were new."""
    new = await _steps(connection, change.steps)
    await _status(connection, change)
    await _outbox(connection, change)
    await _mail(connection, change)
    await _trust(connection, change)
    await _alarms(connection, change)
    await _notes(connection, change)
    if change.audit:
        await _audit(connection, change.audit)
    await _put(connection, tables.cursor, [{"name": n, "position": p} for n, p in change.cursors])
    return new


async def _steps(connection: AsyncConnection, steps: Sequence[StepRow]) -> tuple[str, ...]:
    """Add the steps that are not there yet; only one writer exists, so nothing slips in between."""
    if not steps:
        return ()
    column = tables.step.c.digest
    there = set(await connection.scalars(select(column).where(column.in_([step.digest for step in steps]))))
    new = {step.digest: step for step in steps if step.digest not in there}
    if new:
        await connection.execute(insert(tables.step), [_with_leg(step) for step in new.values()])
    return tuple(new)


async def _status(connection: AsyncConnection, change: Change) -> None:
    if change.threads:
        threads = {row.thread: row for row in change.threads}
        counts = await count_folded(connection, list(threads))
        for thread, row in threads.items():
            if counts.get(thread, 0) != row.folded:
                raise ThreadMoved
        await _put(connection, tables.thread, map(asdict, threads.values()))
    await _put(connection, tables.leg, map(_with_leg, change.legs))


async def _outbox(connection: AsyncConnection, change: Change) -> None:
    await _put(connection, tables.outbox, map(_outbox_row, change.outgoing), on="envelope_id", keep=True)
    needed = [
        {"envelope_id": row.envelope_id, "digest": blob} for row in change.outgoing for blob in row.blobs
    ]
    await _put(connection, tables.outbox_needs, needed, keep=True)
    outbox = tables.outbox
    for envelope_id, at in change.posted:
        # The bytes have served: the hub has them, and this desk's own copy is with the step.
        done = update(outbox).where(outbox.c.envelope_id == envelope_id)
        await connection.execute(done.values(state="posted", posted=at, code=None, envelope=None))
    for envelope_id, code in change.unpostable:
        waiting = (outbox.c.envelope_id == envelope_id) & (outbox.c.state == "waiting")
        await connection.execute(update(outbox).where(waiting).values(state="refused", code=code))
    await _put(connection, tables.expiry, map(asdict, change.expiries), keep=True)
    sent = tables.roster_sent.c
    for expiry in change.expiries:
        # Whoever never fetched our roster must get it again, or could believe nothing that we say.
        gone = (sent.envelope_id == expiry.envelope_id) & (sent.agency == expiry.mailbox)
        await connection.execute(delete(tables.roster_sent).where(gone))


async def _mail(connection: AsyncConnection, change: Change) -> None:
    await _put(connection, tables.held, map(_held_row, change.held), on="digest", stays=("since",))
    released = set(change.released) - {row.digest for row in change.held}
    if released:
        await connection.execute(delete(tables.held).where(tables.held.c.digest.in_(released)))
    await _put(connection, tables.refused, map(asdict, change.refused), keep=True)
    # What is here already, or on its way out, need not be fetched because somebody names it once more.
    wanted = [asdict(row) for row in change.blobs if row.state == "download"]
    await _put(connection, tables.attachment, wanted, keep=True)
    others = [asdict(row) for row in change.blobs if row.state != "download"]
    await _put(connection, tables.attachment, others)


async def _trust(connection: AsyncConnection, change: Change) -> None:
    await _put(connection, tables.key_event, map(asdict, change.events), keep=True)
    await _put(connection, tables.roster, map(asdict, change.rosters), keep=True)
    await _put(connection, tables.roster_sent, map(asdict, change.rosters_sent))


async def _alarms(connection: AsyncConnection, change: Change) -> None:
    for raised in change.alarms:
        # One that stands keeps its first hour; one that was cleared is raised anew.
        standing = select(tables.alarm.c.name).where(*_same(raised), tables.alarm.c.cleared.is_(None))
        if await connection.scalar(standing) is None:
            await _put(connection, tables.alarm, [asdict(raised)])
    for gone in change.cleared:
        ended = update(tables.alarm).where(*_same(gone), tables.alarm.c.cleared.is_(None))
        await connection.execute(ended.values(cleared=gone.cleared))


def _same(alarm: AlarmRow) -> tuple[Any, Any]:
    return tables.alarm.c.name == alarm.name, tables.alarm.c.subject == alarm.subject


async def _notes(connection: AsyncConnection, change: Change) -> None:
    await _put(connection, tables.kept, map(asdict, change.kept))
    if change.forgotten:
        await connection.execute(delete(tables.kept).where(tables.kept.c.name.in_(change.forgotten)))
    await _put(connection, tables.reminder, map(_with_leg, change.reminders), keep=True)


async def _audit(connection: AsyncConnection, entries: Sequence[AuditEntry]) -> None:
    audit = tables.audit
    last = (
        await connection.execute(
            select(audit.c.number, audit.c.chain).order_by(audit.c.number.desc()).limit(1)
        )
    ).first()
    number, link = (last.number, last.chain) if last else (0, chain.START)
    rows: list[Row] = []
    for entry in entries:
        number += 1
        link = chain.follow(link, number, entry)
        rows.append({"number": number, **asdict(entry), "chain": link})
    await connection.execute(insert(audit), rows)


async def _put(  # noqa: PLR0913 - three of them are keywords that most calls leave out
    connection: AsyncConnection,
    table: Table,
    rows: Iterable[Mapping[str, Any]],
    *,
    on: str | None = None,
    keep: bool = False,
    stays: Sequence[str] = (),
) -> None:
    """Insert `rows`; where one is there already (by `on`, or the primary key), `keep` it or replace it.

    What is replaced leaves the columns that `stays` names as they were.
    """
    listed = list(rows)
    if not listed:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    key = [on] if on else [column.name for column in table.primary_key]
    if keep:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    else:
        values = {name: statement.excluded[name] for name in listed[0] if name not in (*key, *stays)}
        statement = statement.on_conflict_do_update(index_elements=key, set_=values)
    await connection.execute(statement, listed)


def _with_leg(row: StepRow | LegRow | ReminderRow) -> Row:
    return {**asdict(row), "leg": WHOLE if row.leg is None else row.leg}


def _held_row(row: HeldRow) -> Row:
    return {name: value for name, value in asdict(row).items() if name != "number"}


def _outbox_row(row: Outgoing) -> Row:
    return {
        **asdict(row),
        "state": "waiting",
        "rank": 0 if row.step is None else 1,
        "mailboxes": " ".join(row.mailboxes),
        "blobs": " ".join(row.blobs),
        "size": len(row.envelope),
    }
