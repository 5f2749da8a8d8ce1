"""The ceremonies that were held at an agency, and the commands of those that can be, for its administrators.

Promises: every transcript of the home, newest first, each signed by whoever it names and chained to the one
before, or the home would not have been loaded; what it did, by the acts that it signed.
Never: the reasons, which are sealed; a ceremony is held by a page. One needs keys that no desk has while it
runs (the offline root, an administrator's own hand, a custodian's part), so that a browser cannot hold it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.desk.service import commands
from exchange.desk.service.commands import CommandView
from exchange.desk.service.gate import demand_administrator
from exchange.desk.service.roll import name_in
from keys.record import Digest, Frozen, KeyId, LogIndex, Time

if TYPE_CHECKING:
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from keys.ceremony.transcript import Act, Kept
    from keys.roster import Roster

ROWS: Final = 25  # of one page


class ActView(Frozen):
    """One thing that a ceremony did; `person` and `role` by name, where the agency's list still has them."""

    act: str
    person: str | None
    role: str | None
    agency: str | None
    keys: tuple[KeyId, ...]
    index: LogIndex | None
    number: int | None


class CeremonyView(Frozen):
    """One ceremony as its signed transcript has it; `by` are those who held it, by name."""

    number: int
    ceremony: str
    at: Time
    rehearsal: bool
    by: tuple[str, ...]
    with_reasons: bool
    acts: tuple[ActView, ...]
    transcript: Digest


class CeremoniesView(Frozen):
    """A page of the ceremonies, newest first; `before` gives the next page, None where this is the last."""

    kept: int
    ceremonies: tuple[CeremonyView, ...]
    before: int | None
    commands: tuple[CommandView, ...]
    show: str


async def ceremonies(desk: Premises, session: Session, before: int | None) -> CeremoniesView:
    """List the ceremonies held here for an administrator; `PageUnknown` for anybody else."""
    roster = await demand_administrator(desk, session)
    kept = desk.own.home.ceremonies
    older = [one for one in reversed(kept) if before is None or one.transcript.number < before]
    shown = older[:ROWS]
    return CeremoniesView(
        kept=len(kept),
        ceremonies=tuple(_ceremony(roster, one) for one in shown),
        before=shown[-1].transcript.number if len(older) > ROWS else None,
        commands=commands.for_agency(),
        show=commands.CEREMONIES,
    )


def _ceremony(roster: Roster, kept: Kept) -> CeremonyView:
    held = kept.transcript
    return CeremonyView(
        number=held.number,
        ceremony=held.ceremony,
        at=held.at,
        rehearsal=held.rehearsal,
        by=tuple(name_in(roster, person) for person in held.by),
        with_reasons=held.reasons is not None,
        acts=tuple(_act(roster, one) for one in held.acts),
        transcript=kept.digest,
    )


def _act(roster: Roster, one: Act) -> ActView:
    role = next((each.name for each in roster.roles if each.id == one.role), one.role)
    return ActView(
        act=one.act,
        person=None if one.person is None else name_in(roster, one.person),
        role=role,
        agency=one.agency,
        keys=one.keys,
        index=one.index,
        number=one.number,
    )
