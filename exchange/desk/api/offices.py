"""The routes of those who look after an agency: its administrators of keys and people, and its lead.

Promises: each hands over one use case's answer; all of them only read. Anybody else is told that there is no
such page, as at an address that is none.
Never: a path or a query that names a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import StringConstraints

from exchange.desk.api.routes import BASE, Route
from exchange.desk.service.figures import FiguresView
from exchange.desk.service.ownkeys import AgencyKeysView, LogView
from exchange.desk.service.roll import PeopleView, RecordsView, RolesView
from exchange.desk.service.trail import KeyAlarm, Kind, TrailView
from exchange.desk.service.transcripts import CeremoniesView
from keys.record import Frozen

if TYPE_CHECKING:
    from exchange.desk.api.routes import Call

Before = Annotated[str, StringConstraints(pattern=r"^([1-9][0-9]{0,14})?$")]


class PageQuery(Frozen):
    """`page` counts from 1; beyond the last, it is the last."""

    page: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}$")] = "1"


class BeforeQuery(Frozen):
    """`before` is the number with which an earlier page ended; without it, the newest."""

    before: Before = ""


class TrailQuery(BeforeQuery):
    """`kind` leaves out all but entries of that kind."""

    kind: Kind = "all"


class KeyAlarms(Frozen):
    """The alarms that stand, newest first."""

    rows: tuple[KeyAlarm, ...]


async def figures(call: Call) -> FiguresView:
    """Count how the agency's loops go, for its lead."""
    return await call.desk.figures(call.session)


async def people(call: Call) -> PeopleView:
    """List the agency's people by name, for an administrator."""
    return await call.desk.people(call.session, int(call.query.page))


async def roles(call: Call) -> RolesView:
    """List the agency's roles by name, for an administrator."""
    return await call.desk.roles(call.session, int(call.query.page))


async def records(call: Call) -> RecordsView:
    """Say who holds the records key, for an administrator."""
    return await call.desk.records(call.session)


async def agency_keys(call: Call) -> AgencyKeysView:
    """List the agency's own keys, for an administrator."""
    return await call.desk.agency_keys(call.session)


async def key_log(call: Call) -> LogView:
    """Say how the key log is, for an administrator."""
    return await call.desk.key_log(call.session)


async def key_alarms(call: Call) -> KeyAlarms:
    """List the alarms that stand and what mends them, for an administrator."""
    return KeyAlarms(rows=await call.desk.key_alarms(call.session))


async def ceremonies(call: Call) -> CeremoniesView:
    """List the ceremonies that were held, newest first, for an administrator."""
    return await call.desk.ceremonies_held(call.session, _number(call.query.before))


async def trail(call: Call) -> TrailView:
    """Give a page of the audit trail, newest first, as far as an administrator may see it."""
    return await call.desk.trail(call.session, call.query.kind, _number(call.query.before))


def _number(given: str) -> int | None:
    return int(given) if given else None


_KEYS: Final = f"{BASE}/keys"
OFFICES: Final[tuple[Route, ...]] = (
    Route("GET", f"{BASE}/figures", "figures", figures, answer=FiguresView),
    Route("GET", f"{_KEYS}/people", "people", people, query_model=PageQuery, answer=PeopleView),
    Route("GET", f"{_KEYS}/roles", "roles", roles, query_model=PageQuery, answer=RolesView),
    Route("GET", f"{_KEYS}/records", "records", records, answer=RecordsView),
    Route("GET", f"{_KEYS}/agency", "agencyKeys", agency_keys, answer=AgencyKeysView),
    Route("GET", f"{_KEYS}/log", "keyLog", key_log, answer=LogView),
    Route("GET", f"{_KEYS}/alarms", "keyAlarms", key_alarms, answer=KeyAlarms),
    Route(
        "GET",
        f"{_KEYS}/ceremonies",
        "ceremonies",
        ceremonies,
        query_model=BeforeQuery,
        answer=CeremoniesView,
    ),
    Route("GET", f"{_KEYS}/trail", "trail", trail, query_model=TrailQuery, answer=TrailView),
)
