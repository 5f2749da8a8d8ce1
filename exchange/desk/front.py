"""A desk's front: the API for programs, and the pages for people, at one address.

Promises: whoever opens the bare address in a browser comes to the pages; a program is told where it is.
Never: the two share anything but the desk.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from exchange.connections import Runner
from exchange.desk.api.app import create_app, turned_away, untold
from exchange.desk.api.told import told
from exchange.desk.web.app import create_pages
from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from exchange.desk.line import LineState
    from exchange.desk.service.desk import Desk

SHUTDOWN: Final = 5.0  # seconds that a request may take to end


def create_front(desk: Desk, line: Callable[[], LineState] = untold) -> web.Application:
    """Make the application of one desk; `line` says how its line to the hub is."""

    @web.middleware
    async def welcome(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path == "/" and request.method in {"GET", "HEAD"} and _is_browser(request):
            return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": HOME, "Vary": "Accept"})
        return await handler(request)

    app = create_app(desk, line)
    app.middlewares.append(welcome)
    app.add_subapp(HOME, create_pages(desk, told()))
    return app


def create_runner(desk: Desk, line: Callable[[], LineState] = untold) -> Runner:
    """Make the application of one desk, in the server that it should have."""
    return Runner(create_front(desk, line), turned_away, shutdown_timeout=SHUTDOWN)


def _is_browser(request: web.Request) -> bool:
    return "text/html" in request.headers.get("Accept", "")
