"""The pages of those who administer keys and people: what there is, how it is, and the command that mends it.

Promises: administrators alone are shown them; they only read. Each ceremony is a command at the machine, with
its rehearsal first, since it takes keys that are in no browser and at no running desk.
Never: contents, a thread, or who shares with whom.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final

from aiohttp import web

from exchange.desk.service.trail import KINDS
from exchange.desk.web.chart import span
from exchange.desk.web.guard import HEADERS
from keys.errors import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from exchange.desk.service.trail import Kind, TrailEntry
    from exchange.desk.web.visit import Visit

_DIGITS: Final = 15  # of a number in an address
LINES: Final = "application/jsonl"
_AT_ONCE: Final = 200  # lines of the trail that are written together


async def overview(visit: Visit) -> web.StreamResponse:
    """Show the alarms that stand, and lead to the rest."""
    return visit.page("keys.html", alarms=await visit.desk.key_alarms(visit.session))


async def people(visit: Visit) -> web.StreamResponse:
    """Show a page of the agency's people."""
    return visit.page("keys_people.html", view=await visit.desk.people(visit.session, _page(visit)))


async def roles(visit: Visit) -> web.StreamResponse:
    """Show a page of the agency's roles."""
    return visit.page("keys_roles.html", view=await visit.desk.roles(visit.session, _page(visit)))


async def records(visit: Visit) -> web.StreamResponse:
    """Show who holds the records key."""
    return visit.page("keys_records.html", view=await visit.desk.records(visit.session))


async def agency(visit: Visit) -> web.StreamResponse:
    """Show the agency's own keys."""
    return visit.page("keys_agency.html", view=await visit.desk.agency_keys(visit.session))


async def log(visit: Visit) -> web.StreamResponse:
    """Show how the key log is."""
    return visit.page("keys_log.html", view=await visit.desk.key_log(visit.session), span=span)


async def ceremonies(visit: Visit) -> web.StreamResponse:
    """Show the ceremonies that were held, and how to hold one."""
    view = await visit.desk.ceremonies_held(visit.session, _before(visit))
    return visit.page("keys_ceremonies.html", view=view)


async def trail(visit: Visit) -> web.StreamResponse:
    """Show a page of the audit trail."""
    given = visit.request.query.get("kind", "")
    kind: Kind = next((one for one in KINDS if one == given), "all")
    view = await visit.desk.trail(visit.session, kind, _before(visit))
    return visit.page("keys_trail.html", view=view)


async def export(visit: Visit) -> web.StreamResponse:
    """Give the whole trail as JSON lines; it breaks off where the trail was changed, and says so."""
    entries = await visit.desk.whole_trail(visit.session)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="audit-trail.jsonl"'}
    answer = web.StreamResponse(headers=headers)
    answer.content_type = LINES
    await answer.prepare(visit.request)
    async for block in blocks(entries):
        await answer.write(block)
    await answer.write_eof()
    return answer


async def blocks(entries: AsyncIterator[TrailEntry]) -> AsyncIterator[bytes]:
    """Print entries, one on a line; a refusal on the way is the last line."""
    waiting: list[TrailEntry] = []
    try:
        async for one in entries:
            waiting.append(one)
            if len(waiting) >= _AT_ONCE:
                yield await asyncio.to_thread(_lines, waiting)
                waiting = []
    except Problem as problem:
        end = json.dumps({"broken": problem.code, "where": problem.where}, separators=(",", ":"))
        yield _lines(waiting) + end.encode() + b"\n"
        return
    yield _lines(waiting)


def _lines(entries: list[TrailEntry]) -> bytes:
    return b"".join(one.model_dump_json().encode() + b"\n" for one in entries)


def _before(visit: Visit) -> int | None:
    return _number(visit, "before")


def _page(visit: Visit) -> int:
    return _number(visit, "page") or 1


def _number(visit: Visit, name: str) -> int | None:
    given = visit.request.query.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= _DIGITS else None
