"""Telling people that something of theirs changed, and never what.

Promises: whoever sent a leg, or has it, or is in the role that has it, is told after the commit that changed
it; the agency's lead also of alarms. A state says only whether anything changed since it was given.
Never: a word, a name or a thread; or anything that outlives the process.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from keys.record import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.desk.trust import Trust
    from exchange.store.casebook import Change, LegRow, Recorded


class Watch:
    """Who is waiting to hear that something changed at this desk."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._began = new_id()  # a state of an earlier process counts as another
        self._changes: Counter[str] = Counter()  # by person
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def state(self, person: str) -> str:
        """Give what stays the same until something of that person's changes."""
        return f"{self._began}.{self._changes[person]}"

    @contextmanager
    def listening(self, person: str) -> Iterator[asyncio.Event]:
        """Give what is set whenever something of that person's changes; whoever waits clears it."""
        told = asyncio.Event()
        self._waiting[person].add(told)
        try:
            yield told
        finally:
            self._waiting[person].discard(told)
            if not self._waiting[person]:
                del self._waiting[person]

    def heard(self, change: Change, _: Recorded) -> None:
        """Tell everybody whom a change that was committed concerns."""
        concerned = {person for leg in change.legs for person in self._of(leg)}
        roster = self._trust.roster(self._trust.agency)
        if (change.alarms or change.cleared) and roster is not None and roster.lead is not None:
            concerned.add(roster.lead)
        for person in concerned:
            self._changes[person] += 1
            for told in self._waiting.get(person, ()):
                told.set()

    def _of(self, leg: LegRow) -> Iterator[str]:
        ours, roster = self._trust.agency, self._trust.roster(self._trust.agency)
        if leg.sender_agency == ours:
            yield leg.sender_person
        if leg.recipient_agency != ours:
            return
        if leg.recipient_person is not None:
            yield leg.recipient_person
        elif leg.recipient_role is not None and roster is not None:
            yield from (one for role in roster.roles if role.id == leg.recipient_role for one in role.members)
