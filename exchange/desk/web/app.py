"""The pages as an aiohttp application, to be put below `HOME`.

Promises: a page stands in `PAGES` or does not exist; style, script and icon come from this package alone.
Never: an access log, or a page that another site may show.
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from exchange.desk.web import (
    account,
    api_pages,
    assets,
    door,
    live,
    needs,
    notifications,
    noting,
    passkeys,
    receiving,
    refusing,
    searching,
    signing_in,
    thread,
    withdrawing,
)
from exchange.desk.web.hearing_back import hear_back
from exchange.desk.web.offices import OFFICES
from exchange.desk.web.reading_back import read_back
from exchange.desk.web.visit import Page
from exchange.desk.web.writing.pages import WRITING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from exchange.desk.service.desk import Desk
    from exchange.desk.web.assets import Asset

_THREAD: Final = "/threads/{thread:[a-z2-7]{26}}"
_LEG: Final = _THREAD + "/legs/{leg:0|[1-9][0-9]{0,3}}"

PAGES: Final[tuple[Page, ...]] = (
    Page("/sign-in", "signIn", signing_in.sign_in, forms=True, signed_in=False),
    Page("/sign-out", "signOut", signing_in.sign_out, forms=True),
    *account.PAGES,
    *passkeys.PAGES,
    Page("", "needs", needs.needs),
    Page("/notifications", "notifications", notifications.notifications, forms=True),
    Page("/live", "live", live.live, quiet=True),
    Page("/search", "search", searching.search, forms=True),
    Page(_THREAD, "thread", thread.show),
    Page(_THREAD + "/pdf", "pdf", receiving.pdf),
    Page(_THREAD + "/refuse", "refuse", refusing.refuse, forms=True),
    Page(_THREAD + "/withdraw", "withdrawRequest", withdrawing.withdraw_request, forms=True),
    Page(_THREAD + "/note", "noteOnRequest", noting.note_on_request, forms=True),
    Page(_LEG + "/accept", "accept", receiving.accept, forms=True),
    Page(_LEG + "/decline", "decline", receiving.decline, forms=True),
    Page(_LEG + "/words", "words", receiving.words),
    Page(_LEG + "/attachments/{number:0|[1-9][0-9]?}", "attachment", receiving.attachment),
    Page(_LEG + "/read-back", "readBack", read_back, forms=True),
    Page(_LEG + "/hear-back", "hearBack", hear_back, forms=True),
    Page(_LEG + "/note", "note", noting.note, forms=True),
    Page(_LEG + "/withdraw", "withdraw", withdrawing.withdraw, forms=True),
    Page(_LEG + "/certificate", "certificate", receiving.certificate),
    *OFFICES,
    *WRITING,
    *api_pages.API,
)


def create_pages(desk: Desk, api: Any) -> web.Application:
    """Make the application of one desk's pages; `api` tells of the API in words."""

    @web.middleware
    async def unknown(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < HTTPStatus.BAD_REQUEST:
                raise
            return await door.unknown(desk, request)  # no page, or none to which that can be done

    app = web.Application(middlewares=[unknown])
    app[live.STREAMS] = live.Streams()
    app[api_pages.TOLD] = api
    app.on_shutdown.append(app[live.STREAMS].close)
    for page in PAGES:
        serve = partial(door.serve, desk, page)
        if page.name != "signOut":
            app.router.add_get(page.path, serve)
        if page.forms:
            app.router.add_post(page.path, serve)
    for asset in assets.load().values():
        app.router.add_get(asset.address, partial(_give, asset))
    return app


async def _give(asset: Asset, request: web.Request) -> web.Response:
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = web.Response(body=asset.packed if packed else asset.body, headers=asset.headers)
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    return answer
