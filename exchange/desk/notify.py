"""Reminders: the person whose turn it is, then their role, then the agency's lead; until it is handled.

Promises: each is asked once at each stage of one turn; when the step is taken the turn is another, and nobody
is asked about the old one again. What is written and logged is ids of threads, persons and roles.
Never: a reminder says what a share is about, goes to another agency, or changes where a thread stands.

A turn's *occasion* is a digest over whose turn it is and the version, read-back and hear-back in force, so
that every step that moves the leg makes a new one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

import structlog

from exchange.share import clocks
from exchange.store.casebook import AlarmRow, AuditEntry, Change, ReminderRow
from keys.record import digest, format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date, datetime

    from exchange.desk.trust import Trust
    from exchange.store.casebook import Casebook, Entry, LegRow
    from exchange.wire.slip import Urgency
    from keys.roster import Roster

MISSING = "steps_missing"
EXPIRING = "own_roster_expiring"
UNDIVIDED = "records_key_undivided"
NOTICE = timedelta(days=21)  # before the end of our own roster
_log = structlog.get_logger("desk.notify")


def occasion(leg: LegRow) -> str:
    """Name the leg's present turn: 32 hexadecimal digits."""
    held = (leg.turn, leg.version, leg.read_back, leg.hear_back)
    return digest("|".join(part or "-" for part in held).encode())[:32]


def owed(
    entries: Sequence[Entry], roster: Roster | None, now: datetime, holidays: AbstractSet[date]
) -> Iterator[ReminderRow]:
    """Give every reminder that these legs have given cause for by `now`, the earliest stage first."""
    at = format_time(now)
    for entry in entries:
        leg = entry.leg
        if leg.due is None or leg.turn is None:
            continue
        urgency = cast("Urgency", leg.urgency or "routine")
        for reached, stage in clocks.reminders(urgency, parse_time(leg.due), holidays):
            if reached <= now:
                for to in _asked(stage, leg, roster):
                    yield ReminderRow(leg.thread, leg.leg, occasion(leg), stage, to, leg.due, at)


def _asked(stage: clocks.Stage, leg: LegRow, roster: Roster | None) -> tuple[str, ...]:
    """Whom a stage asks: ids. A role that was addressed as such is asked in the person's place."""
    if stage == "lead":
        return ((roster.lead if roster is not None else None) or "",)
    person, role = leg.sender_person, None
    if leg.turn == "recipient":
        person, role = leg.recipient_person or "", leg.recipient_role
    if stage == "person" or role is not None:
        return (role or person,)
    roles = () if roster is None else tuple(one.id for one in roster.roles if person in one.members)
    return roles or (person,)


def _key(row: ReminderRow) -> tuple[str, int | None, str, str, str]:
    return row.thread, row.leg, row.occasion, row.stage, row.to


class Chaser:
    """Looks for what is overdue, and for threads that wait for steps which never came."""

    def __init__(
        self, casebook: Casebook, trust: Trust, *, holidays: AbstractSet[date], patience: timedelta
    ) -> None:
        """`patience` is how long a step may arrive after one that follows it, before that is an alarm."""
        self._casebook = casebook
        self._trust = trust
        self._holidays = holidays
        self._patience = patience

    async def look(self, now: datetime) -> tuple[ReminderRow, ...]:
        """Give the reminders that are due and raise or clear alarms; the reminders that were new."""
        entries = await self._casebook.due(self._trust.agency, format_time(now))
        roster = self._trust.roster(self._trust.agency)
        done = {_key(row) for row in await self._given(entries)}
        new = tuple(row for row in owed(entries, roster, now, self._holidays) if _key(row) not in done)
        change = Change(
            reminders=new,
            audit=tuple(
                AuditEntry("reminded", row.at, row.thread, person=row.to, code=row.stage) for row in new
            ),
        )
        change |= await self._missing(now) | await self._expiring(now) | await self._undivided(now)
        if not change.empty:
            await self._casebook.record(change)
        for row in new:
            _log.info("reminder", thread=row.thread, leg=row.leg, stage=row.stage)
        return new

    async def standing(self, person: str, now: datetime) -> tuple[ReminderRow, ...]:
        """Give the reminders addressed to `person`, or to a role of theirs, that nobody has handled yet."""
        theirs = {person, *self._trust.own_roles(person)}
        entries = await self._casebook.due(self._trust.agency, format_time(now))
        turns = {(entry.leg.thread, entry.leg.leg, occasion(entry.leg)) for entry in entries}
        return tuple(
            row
            for row in await self._given(entries)
            if row.to in theirs and (row.thread, row.leg, row.occasion) in turns
        )

    async def _given(self, entries: Sequence[Entry]) -> tuple[ReminderRow, ...]:
        return await self._casebook.reminders(sorted({entry.leg.thread for entry in entries}))

    async def _expiring(self, now: datetime) -> Change:
        """Alarm for our own roster while it ends soon: after that nobody can write to us, or believe us."""
        roster = self._trust.roster(self._trust.agency)
        soon = roster is not None and parse_time(roster.expires) - now < NOTICE
        return await self._alarm(EXPIRING, now, holds=soon)

    async def _undivided(self, now: datetime) -> Change:
        """Alarm while one passphrase opens all of the agency's records: custodians are to have the key."""
        roster = self._trust.roster(self._trust.agency)
        return await self._alarm(UNDIVIDED, now, holds=roster is not None and roster.custodians is None)

    async def _alarm(self, name: str, now: datetime, *, holds: bool) -> Change:
        """Raise an alarm while something holds, and clear it when it does no more."""
        at = format_time(now)
        standing = any(alarm.name == name for alarm in await self._casebook.alarms())
        if holds and not standing:
            return Change(alarms=(AlarmRow(name, "", at),), audit=(AuditEntry("alarm", at, code=name),))
        return Change(cleared=(AlarmRow(name, "", at, at),)) if standing and not holds else Change()

    async def _missing(self, now: datetime) -> Change:
        """Alarms for threads that have missed a step for too long; cleared when it came after all."""
        at = format_time(now)
        late = {row.thread for row in await self._casebook.waiting(format_time(now - self._patience))}
        standing = {alarm.subject for alarm in await self._casebook.alarms() if alarm.name == MISSING}
        raised, gone = sorted(late - standing), sorted(standing - late)
        return Change(
            alarms=tuple(AlarmRow(MISSING, thread, at) for thread in raised),
            cleared=tuple(AlarmRow(MISSING, thread, at, at) for thread in gone),
            audit=tuple(AuditEntry("alarm", at, thread, code=MISSING) for thread in raised),
        )
