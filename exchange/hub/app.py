"""The hub over HTTP: one doorway for every route, and a server that gives a problem document for anything.

Promises: a request is measured before its body is read, read within a time, proved, and only then served;
whatever is wrong with it, also below HTTP, is answered with a problem document; closing lets what was begun
end. Never: a 500 for something that a stranger can send, or an access log.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.client_exceptions import ClientPayloadError
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler, RequestPayloadError

from exchange.errors import AddressUnusable, TooLarge
from exchange.hub import log, problems
from exchange.hub.log import Said, say, say_failure
from exchange.hub.route import Call, Route
from exchange.hub.routes import ROUTES
from exchange.hub.service import Hub
from keys.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from exchange.hub.config import HubConfig

HUB = web.AppKey("HUB", Hub)

BODY_SECONDS = 60.0  # for a body to arrive
IDLE_SECONDS = 75.0  # for a connection without a request, or with half of one
DRAIN_SECONDS = 20.0  # for what was begun, when closing
LINE = 4096  # bytes of the request line, and of one header
HEADERS = 40

_CLOSE = {"Connection": "close"}


def create_app(config: HubConfig) -> web.Application:
    """Build the application; the hub itself starts and closes with it."""
    app = web.Application()

    async def running(app: web.Application) -> Any:
        app[HUB] = hub = await Hub.start(config)
        yield
        await hub.close()

    async def draining(app: web.Application) -> None:
        app[HUB].drain()

    app.cleanup_ctx.append(running)
    app.on_shutdown.append(draining)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _doorway(route))
    app.router.add_route("*", "/{path:.*}", _nowhere)
    return app


def _doorway(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        hub = request.app[HUB]
        try:
            body = await _body(request, route)
            agency = await hub.door.agency_of(request, body) if route.proved else ""
            return await route.serve(hub, Call(request, agency, body))
        except problems.RequestProblem as problem:
            return problems.answer(problem, _CLOSE)
        except Problem as problem:
            return problems.answer(problem)
        except ConnectionError:
            return problems.answer(problems.NotHttp(), _CLOSE)  # nobody is there to read it
        except Exception as error:  # noqa: BLE001 - every failure is answered, and told to the log without words
            say_failure(Said.FAILED, error)
            return problems.answer(problems.Failed(), _CLOSE)

    return serve


async def _body(request: web.Request, route: Route) -> bytes:
    """Read what the route allows to be brought, having measured it first."""
    limit = route.body.limit if route.body is not None else 0
    length = request.content_length
    if length is None:
        if request.body_exists or route.body is not None:
            raise problems.LengthMissing
        return b""
    if length > limit:
        raise TooLarge("body")
    if route.body is not None and (
        request.content_type != route.body.media_type or "Content-Encoding" in request.headers
    ):
        raise problems.TypeRefused
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.content.readexactly(length)
    except TimeoutError:
        raise problems.TooSlow from None
    except (asyncio.IncompleteReadError, RequestPayloadError, ClientPayloadError, HttpProcessingError):
        raise problems.NotHttp from None


async def _nowhere(request: web.Request) -> web.Response:
    """Answer what no route takes."""
    resources = {resource for resource in request.app.router.resources() if resource.canonical != "/{path}"}
    allowed: set[str] = set()
    for resource in resources:
        match, methods = await resource.resolve(request)
        if match is None:
            allowed |= methods
    if allowed:
        return problems.answer(problems.MethodUnknown(), {"Allow": ", ".join(sorted(allowed))} | _CLOSE)
    return problems.answer(problems.PathUnknown(), _CLOSE)


class _Connection(RequestHandler):
    """A connection that answers broken HTTP with a problem document, and logs none of it."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes what was sent
    ) -> web.StreamResponse:
        """Answer what never became a request; aiohttp closes the connection afterwards."""
        if request.writer.output_size > 0:
            raise ConnectionError
        if status < 500:  # noqa: PLR2004 - HTTP's own line between theirs and ours
            problem: Problem = problems.NotHttp()
        else:
            problem = problems.Failed()
            if exc is not None:
                say_failure(Said.FAILED, exc)
        answer = problems.answer(problem)
        answer.force_close()
        return answer


class _Server(web.Server):
    """A server of such connections."""

    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class HubRunner(web.AppRunner):
    """Runs the application with the hub's limits."""

    def __init__(self, app: web.Application) -> None:
        super().__init__(
            app,
            access_log=None,
            keepalive_timeout=IDLE_SECONDS,
            shutdown_timeout=DRAIN_SECONDS,
            lingering_time=2.0,
            max_line_size=LINE,
            max_field_size=LINE,
            max_headers=HEADERS,
            auto_decompress=False,
        )

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made.request_handler, request_factory=made.request_factory, **made._kwargs)  # noqa: SLF001 - aiohttp has no other way to choose the connection's class


async def serve(config: HubConfig) -> None:
    """Run a hub until SIGTERM or SIGINT, then let what was begun end; `AddressUnusable`, or as `start`."""
    log.set_up()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = HubRunner(create_app(config))
    await runner.setup()
    try:
        site = web.TCPSite(runner, config.host, config.port, backlog=1024)
        try:
            await site.start()
        except OSError:
            raise AddressUnusable from None
        gc.freeze()  # what stands now stays: the collector need not look at it again
        say(Said.STARTED, port=runner.addresses[0][1])
        await stop.wait()
        say(Said.DRAINING)
    finally:
        await runner.cleanup()
    say(Said.STOPPED)
