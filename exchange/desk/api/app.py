"""The API as an aiohttp application.

Promises: every answer is a described one or a problem document, and is not to be stored by anyone between.
Never: an access log (paths hold threads' names), a cookie, or an answer to a browser's guess at its type.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from exchange.connections import Runner
from exchange.desk.api.openapi import describe
from exchange.desk.api.problems import problems, refuse
from exchange.desk.api.registry import ROUTES
from exchange.desk.api.routes import BODY, DESCRIPTION, LINE
from exchange.desk.line import LineState

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchange.desk.service.desk import Desk

SHUTDOWN = 5.0  # seconds that a request may take to end
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def _untold() -> LineState:
    return LineState(None, None, None)


def create_app(desk: Desk, line: Callable[[], LineState] = _untold) -> web.Application:
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


def create_runner(desk: Desk, line: Callable[[], LineState] = _untold) -> Runner:
    """Make the application of one desk, in the server that it should have."""
    return Runner(create_app(desk, line), _turned_away, shutdown_timeout=SHUTDOWN)


def _turned_away(status: int, error: BaseException | None) -> web.Response:
    answer = refuse(status, error)
    answer.headers.update(_HEADERS)  # no application prepares what never became a request
    return answer


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
