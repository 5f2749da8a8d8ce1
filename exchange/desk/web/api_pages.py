"""The API, for a person to read: an overview, and a page for each of its rooms.

Promises: what it says is handed to it by the API itself (`exchange.desk.api.told`); it works without a script
and for whoever is signed in or not: it says no more than the description that programs read.
Never: a form, or anything of this agency's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from exchange.desk.web.visit import Page
from exchange.errors import PageUnknown

if TYPE_CHECKING:
    from exchange.desk.web.visit import Visit

TOLD: web.AppKey[Any] = web.AppKey("TOLD")
"""The API in words; a page knows nothing else of it."""


async def overview(visit: Visit) -> web.StreamResponse:
    """Say how programs ask, and list every route."""
    return visit.page("api.html", api=visit.request.app[TOLD])


async def room(visit: Visit) -> web.StreamResponse:
    """Tell the routes of one room."""
    name, api = visit.request.match_info["room"], visit.request.app[TOLD]
    found = next((one for one in api.rooms if one.name == name), None)
    if found is None:
        raise PageUnknown
    return visit.page("api_room.html", room=found)


API: Final[tuple[Page, ...]] = (
    Page("/api", "api", overview, signed_in=False),
    Page("/api/{room:[a-z-]{1,20}}", "apiRoom", room, signed_in=False),
)
