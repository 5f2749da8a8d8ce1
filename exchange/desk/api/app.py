"""The API as an aiohttp application.

Promises: every answer is a described one or a problem document, and is not to be stored by anyone between.
Never: an access log (paths hold threads' names), a cookie, or an answer to a browser's guess at its type.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from exchange.desk.api.openapi import describe
from exchange.desk.api.problems import problems, refuse
from exchange.desk.api.registry import ROUTES
from exchange.desk.api.routes import BODY, DESCRIPTION, LINE
from exchange.desk.line import LineState

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchange.desk.service.desk import Desk

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def untold() -> LineState:
    """Say nothing of the line, as before the first answer."""
    return LineState(None, None, None)


def create_app(desk: Desk, line: Callable[[], LineState] = untold) -> web.Application:
    """Make the application of one desk; `line` says how its line to the hub is."""
    app = web.Application(middlewares=[problems], client_max_size=BODY)
    app[LINE] = line
    for route in ROUTES:
        app.router.add_route(route.method, route.path, partial(route.serve, desk))
    description = web.json_response(describe(ROUTES)).body

    async def described(_: web.Request) -> web.Response:
        return web.Response(body=description, content_type="application/json")

    app.router.add_get(DESCRIPTION, described)
    app.on_response_prepare.append(_add_headers)
    return app


def turned_away(status: int, error: BaseException | None) -> web.Response:
    """Answer what never became a request, in the API's words: nobody knows whether a browser sent it."""
    answer = refuse(status, error)
    answer.headers.update(_HEADERS)  # no application prepares what never became a request
    return answer


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
