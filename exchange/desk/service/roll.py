"""An agency's people, roles and custodians, for its administrators: as its own signed list has them.

Promises: everybody in the list, with the state of each key, and the command of each ceremony about them.
Never: a private key, a word, whom somebody writes to, or another agency's people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeVar

from exchange.desk.service import commands
from exchange.desk.service.commands import CommandView
from exchange.desk.service.gate import demand_administrator
from keys.record import Frozen, Id, KeyId, LogIndex, Time, parse_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from keys.roster import Person, PersonKey, Role, Roster
    from keys.vouched import SharedKey


ROWS: Final = 25  # of one page
_Entry = TypeVar("_Entry", "Person", "Role")


KeyState = Literal["in force", "not yet", "over", "revoked", "suspended"]


class PersonKeyView(Frozen):
    """One pair of keys: the names of both halves, from when until when it counts, and what ended it."""

    signing: KeyId
    sealing: KeyId
    state: KeyState
    begins: Time
    ends: Time
    revoked: Time | None
    revoked_from: LogIndex | None


class SharedKeyView(Frozen):
    """One sealing key of a role or of the records."""

    key: KeyId
    epoch: int
    created: Time
    revoked: Time | None


class ListedPerson(Frozen):
    """One person of the agency's own list; `roles` by name."""

    id: Id
    name: str
    post: str
    suspended: Time | None
    lead: bool
    administrator: bool
    custodian: bool
    roles: tuple[str, ...]
    keys: tuple[PersonKeyView, ...]
    commands: tuple[CommandView, ...]


class ListedRole(Frozen):
    """One role; `members` by name, or by id where somebody is in the list no more."""

    id: Id
    name: str
    members: tuple[str, ...]
    keys: tuple[SharedKeyView, ...]
    commands: tuple[CommandView, ...]


class CustodiansView(Frozen):
    """Who holds the records key in parts: `need` of them together have it; `able` are not suspended.

    `spare` is how many of these may be away at once before the records cannot be opened.
    """

    need: int
    people: tuple[str, ...]
    able: int
    spare: int


class PeopleView(Frozen):
    """A page of the agency's list of people as it is signed now, by name."""

    version: int
    created: Time
    expires: Time
    page: int
    pages: int
    total: int
    people: tuple[ListedPerson, ...]
    renew: CommandView


class RolesView(Frozen):
    """A page of the agency's roles, by name."""

    page: int
    pages: int
    total: int
    roles: tuple[ListedRole, ...]


class RecordsView(Frozen):
    """The agency's way back to what its leavers left: the records keys, newest first, and who holds them."""

    records: tuple[SharedKeyView, ...]
    custodians: CustodiansView | None
    entrust: CommandView
    rehearse: str  # the command with which custodians try that they have it


async def people(desk: Premises, session: Session, page: int) -> PeopleView:
    """Give a page of the people to an administrator; `PageUnknown` to anybody else."""
    roster = await demand_administrator(desk, session)
    now = desk.now()
    shown, at, pages = _page(sorted(roster.people, key=_by_name), page)
    return PeopleView(
        version=roster.version,
        created=roster.created,
        expires=roster.expires,
        page=at,
        pages=pages,
        total=len(roster.people),
        people=tuple(_person(roster, one, now) for one in shown),
        renew=commands.for_list(),
    )


async def roles(desk: Premises, session: Session, page: int) -> RolesView:
    """Give a page of the roles to an administrator; `PageUnknown` to anybody else."""
    roster = await demand_administrator(desk, session)
    shown, at, pages = _page(sorted(roster.roles, key=_by_name), page)
    found = tuple(_role(roster, one) for one in shown)
    return RolesView(page=at, pages=pages, total=len(roster.roles), roles=found)


async def records(desk: Premises, session: Session) -> RecordsView:
    """Say who holds the records key, to an administrator; `PageUnknown` to anybody else."""
    roster = await demand_administrator(desk, session)
    return RecordsView(
        records=_shared(roster.records.keys) if roster.records is not None else (),
        custodians=_custodians(roster),
        entrust=commands.for_custodians(),
        rehearse=commands.REHEARSE_RECORDS,
    )


def _by_name(one: Person | Role) -> tuple[str, str]:
    return one.name.casefold(), one.id


def _page(every: Sequence[_Entry], wanted: int) -> tuple[Sequence[_Entry], int, int]:
    pages = max(1, -(-len(every) // ROWS))
    at = min(max(wanted, 1), pages)
    return every[(at - 1) * ROWS : at * ROWS], at, pages


def name_in(roster: Roster, person: str) -> str:
    """Name somebody by the agency's own list; by id where it no longer has them."""
    return next((one.name for one in roster.people if one.id == person), person)


def _person(roster: Roster, one: Person, now: datetime) -> ListedPerson:
    holding = () if roster.custodians is None else roster.custodians.people
    lead = one.id == roster.lead
    return ListedPerson(
        id=one.id,
        name=one.name,
        post=one.post,
        suspended=one.suspended,
        lead=lead,
        administrator=one.id in roster.administrators,
        custodian=one.id in holding,
        roles=tuple(sorted(role.name for role in roster.roles if one.id in role.members)),
        keys=tuple(_key(one, key, now) for key in one.keys),
        commands=commands.for_person(one, lead=lead),
    )


def _key(holder: Person, key: PersonKey, now: datetime) -> PersonKeyView:
    state: KeyState = "in force"
    if key.revoked is not None:
        state = "revoked"
    elif holder.suspended is not None:
        state = "suspended"
    elif now < parse_time(key.not_before):
        state = "not yet"
    elif now >= parse_time(key.not_after):
        state = "over"
    return PersonKeyView(
        signing=key.verifying_key.key_id,
        sealing=key.sealing_key.key_id,
        state=state,
        begins=key.not_before,
        ends=key.not_after,
        revoked=key.revoked,
        revoked_from=key.revoked_from,
    )


def _role(roster: Roster, one: Role) -> ListedRole:
    return ListedRole(
        id=one.id,
        name=one.name,
        members=tuple(sorted(name_in(roster, person) for person in one.members)),
        keys=_shared(one.keys),
        commands=commands.for_role(one),
    )


def _shared(keys: tuple[SharedKey, ...]) -> tuple[SharedKeyView, ...]:
    return tuple(
        SharedKeyView(key=key.sealing_key.key_id, epoch=key.epoch, created=key.created, revoked=key.revoked)
        for key in keys
    )


def _custodians(roster: Roster) -> CustodiansView | None:
    held = roster.custodians
    if held is None:
        return None
    here = {one.id for one in roster.people if one.suspended is None}
    able = sum(person in here for person in held.people)
    return CustodiansView(
        need=held.need,
        people=tuple(name_in(roster, person) for person in held.people),
        able=able,
        spare=max(0, able - held.need),
    )
