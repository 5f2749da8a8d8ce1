"""What those who look after an agency may ask: its administrators of keys and people, and its lead.

Promises: each use case judges by the agency's present list who is asking; all of them only read.
Never: a word of anybody's, or a ceremony: those are commands at the machine, with keys that no page has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.desk.service import figures, gate, ownkeys, roll, systems, trail, transcripts
from exchange.desk.service.heardcounts import HeardCounts
from exchange.desk.service.premises import Premises

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from exchange.desk.config import DeskConfig
    from exchange.desk.own import Own
    from exchange.desk.people import Session
    from exchange.desk.scopes import Scope
    from exchange.desk.service.figures import FiguresView
    from exchange.desk.service.ownkeys import AgencyKeysView, LogView
    from exchange.desk.service.roll import PeopleView, RecordsView, RolesView
    from exchange.desk.service.systems import LeaveDraft, Left, WaitingQuery, WaitingView
    from exchange.desk.service.trail import KeyAlarm, Kind, TrailEntry, TrailView
    from exchange.desk.service.transcripts import CeremoniesView
    from exchange.desk.trust import Trust
    from exchange.store.casebook import Casebook


class Offices(Premises):
    """One agency's premises, with what its administrators and its lead may ask."""

    def __init__(
        self, config: DeskConfig, own: Own, trust: Trust, casebook: Casebook, now: Callable[[], datetime]
    ) -> None:
        super().__init__(config, own, trust, casebook, now)
        self._heard_counts = HeardCounts(casebook, figures.INSTANT)
        self._turnstile = systems.Turnstile()

    def offices(self, session: Session) -> frozenset[str]:
        """Name what somebody looks after: `keys`, `lead`, both or neither."""
        return gate.offices(self, session)

    async def figures(self, session: Session) -> FiguresView:
        """Count how the agency's loops go, for its lead."""
        return await figures.figures(self, session, self._heard_counts)

    async def people(self, session: Session, page: int = 1) -> PeopleView:
        """List the agency's people by name, for an administrator."""
        return await roll.people(self, session, page)

    async def roles(self, session: Session, page: int = 1) -> RolesView:
        """List the agency's roles by name, for an administrator."""
        return await roll.roles(self, session, page)

    async def records(self, session: Session) -> RecordsView:
        """Say who holds the records key, for an administrator."""
        return await roll.records(self, session)

    async def agency_keys(self, session: Session) -> AgencyKeysView:
        """List the agency's own keys, for an administrator."""
        return await ownkeys.agency_keys(self, session)

    async def key_log(self, session: Session) -> LogView:
        """Say how the key log is, for an administrator."""
        return await ownkeys.key_log(self, session)

    async def key_alarms(self, session: Session) -> tuple[KeyAlarm, ...]:
        """List the alarms that stand, for an administrator."""
        return await trail.alarms(self, session)

    async def ceremonies_held(self, session: Session, before: int | None = None) -> CeremoniesView:
        """List the ceremonies that were held, newest first, for an administrator."""
        return await transcripts.ceremonies(self, session, before)

    async def trail(self, session: Session, kind: Kind = "all", before: int | None = None) -> TrailView:
        """Give a page of the audit trail, newest first, as far as an administrator may see it."""
        return await trail.trail(self, session, kind, before)

    async def whole_trail(self, session: Session) -> AsyncIterator[TrailEntry]:
        """Give the whole audit trail, oldest first and checked, as far as an administrator may see it."""
        return await trail.export(self, session)

    # --- other systems ---------------------------------------------------------------------------

    async def system(self, token: str, scope: Scope) -> str:
        """Name the service account of a token that has `scope`; see `systems.admit`."""
        self.memory.demand_whole()
        return await systems.admit(self, self._turnstile, token, scope)

    async def waiting_of(self, asked: WaitingQuery) -> WaitingView:
        """List what waits for a person or role, for a system: ids, states and dates."""
        return await systems.waiting(self, asked)

    async def figures_for_system(self) -> FiguresView:
        """Count how the agency's loops go, for a system."""
        return await systems.figures_for(self, self._heard_counts)

    async def trail_for_system(self, kind: Kind = "all", before: int | None = None) -> TrailView:
        """Give a page of the audit trail, for a system."""
        return await systems.trail_for(self, kind, before)

    async def leave_draft(self, account: str, asked: LeaveDraft, key: str | None) -> Left:
        """Leave a share begun for a person, sealed to them alone."""
        return await systems.leave(self, account, asked, key)
