"""Matters: what waits at this desk for somebody, as the casebook has it now.

Promises: a matter is there from the step that makes it until the step that handles it, and its name is that
of no other; whose it is comes from the casebook's rows alone.
Never: it opens an envelope. A note is no matter: it changes nothing, and waits in its thread.

new       a step of mine is awaited (to accept, to restate, to hear, to answer); or what I asked or sent was
          answered, refused or declined, which waits for nothing but to be seen: for a week at most
reminder  that step is overdue, and I am asked (see `desk.notify`)
alarm     something stands wrong at the desk, and I am the agency's lead
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from exchange.desk.notify import occasion
from keys.record import digest, format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from exchange.desk.trust import Trust
    from exchange.store.casebook import AlarmRow, Casebook, LegRow, ReminderRow

Kind = Literal["new", "reminder", "alarm"]
KINDS: tuple[Kind, ...] = ("new", "reminder", "alarm")
ENDED = frozenset({"answered", "refused", "declined"})
FRESH = timedelta(days=7)  # for which the end of something is news
ALARMS = ""  # in place of a thread


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that waits since then for a person or role of this agency, by id. `key` is its name."""

    key: str
    kind: Kind
    to: str
    thread: str
    urgent: bool
    since: datetime


class Matters:
    """Looks them up."""

    def __init__(self, casebook: Casebook, trust: Trust) -> None:
        self._casebook = casebook
        self._trust = trust

    async def everywhere(self, now: datetime) -> tuple[Matter, ...]:
        """Give all that wait."""
        roster = self._trust.roster(self._trust.agency)
        people = () if roster is None else tuple(person.id for person in roster.people)
        since = format_time(now - FRESH)
        threads = await self._casebook.threads_in_hand(self._trust.agency, people, since)
        return await self.among((*sorted(threads), ALARMS), now)

    async def among(self, threads: Sequence[str], now: datetime) -> tuple[Matter, ...]:
        """Give those that wait in these threads; `ALARMS` stands for the alarms."""
        names = [thread for thread in threads if thread != ALARMS]
        legs = await self._casebook.legs_among(names)
        given = await self._casebook.reminders(names)
        raised = await self._casebook.alarms() if ALARMS in threads else ()
        found = (*self._of_legs(legs, now), *self._of_reminders(given, legs), *self._of_alarms(raised))
        return tuple(found)

    def _of_legs(self, legs: Iterable[LegRow], now: datetime) -> Iterator[Matter]:
        us = self._trust.agency
        for leg in legs:
            since = parse_time(leg.updated)
            ended = not leg.open and leg.state in ENDED and leg.sender_agency == us
            to = leg.sender_person if ended and now - since < FRESH else self._awaited(leg)
            if to is not None:
                key = _key("leg", leg.thread, leg.leg, "" if leg.open else leg.state, occasion(leg))
                yield Matter(key, "new", to, leg.thread, leg.urgency == "immediate", since)

    def _awaited(self, leg: LegRow) -> str | None:
        """Whose step is awaited, if it is one of us."""
        if leg.open and leg.turn == "sender" and leg.sender_agency == self._trust.agency:
            return leg.sender_person
        if leg.open and leg.turn == "recipient" and leg.recipient_agency == self._trust.agency:
            return leg.recipient_role or leg.recipient_person
        return None

    def _of_reminders(self, given: Iterable[ReminderRow], legs: Iterable[LegRow]) -> Iterator[Matter]:
        turns = {(leg.thread, leg.leg, occasion(leg)): leg for leg in legs if self._awaited(leg) is not None}
        for row in given:
            leg = turns.get((row.thread, row.leg, row.occasion))
            if leg is not None and row.to:
                key = _key("reminder", row.thread, row.leg, row.occasion, row.stage, row.to)
                urgent = leg.urgency == "immediate"
                yield Matter(key, "reminder", row.to, row.thread, urgent, parse_time(row.at))

    def _of_alarms(self, raised: Iterable[AlarmRow]) -> Iterator[Matter]:
        roster = self._trust.roster(self._trust.agency)
        lead = None if roster is None else roster.lead
        for row in raised if lead is not None else ():
            key = _key("alarm", row.name, row.subject, row.raised)
            yield Matter(key, "alarm", lead or "", ALARMS, False, parse_time(row.raised))


def _key(*parts: str | int | None) -> str:
    return digest("|".join("-" if part is None else str(part) for part in parts).encode())[:32]
