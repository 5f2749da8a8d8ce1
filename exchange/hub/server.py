"""The connections: limits below HTTP, and a problem document also for what never became a request.

Promises: heads are bounded in size and time; a path that stands in the registry as it is goes straight to its
doorway. Never: a log of requests, or of what was sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from exchange.hub import problems
from exchange.hub.log import Said, say_failure

if TYPE_CHECKING:
    from keys.errors import Problem

Doorway = Callable[[web.Request], Awaitable[web.StreamResponse]]
DOORWAYS: web.AppKey[dict[tuple[str, str], Doorway]] = web.AppKey("DOORWAYS", dict)
"""By method and path, where the path has no part that varies."""

IDLE_SECONDS = 75.0  # for a connection without a request, or with half of one
LINGER_SECONDS = 2.0  # for the rest of a body that was refused
DRAIN_SECONDS = 20.0  # for what was begun, when closing
LINE = 4096  # bytes of the request line, and of one header
HEADERS = 40


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
        """Answer what never became a request; the connection is closed afterwards."""
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
    """Runs the application with the hub's limits; its `DOORWAYS` are served first."""

    def __init__(self, app: web.Application) -> None:
        super().__init__(
            app,
            access_log=None,
            keepalive_timeout=IDLE_SECONDS,
            shutdown_timeout=DRAIN_SECONDS,
            lingering_time=LINGER_SECONDS,
            max_line_size=LINE,
            max_field_size=LINE,
            max_headers=HEADERS,
            auto_decompress=False,
        )

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        otherwise, doorways = made.request_handler, self.app[DOORWAYS]

        async def dispatch(request: web.BaseRequest) -> web.StreamResponse:
            doorway = doorways.get((request.method, request.raw_path.partition("?")[0]))
            if doorway is None or not isinstance(request, web.Request):
                return await otherwise(request)
            return await doorway(request)

        # aiohttp has no other way to choose the class of its connections.
        return _Server(dispatch, request_factory=made.request_factory, **made._kwargs)  # noqa: SLF001
