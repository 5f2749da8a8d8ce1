"""The connections: limits below HTTP, and a problem document also for what never became a request.

Promises: heads are bounded in size and time; a path that stands in the registry as it is goes straight to its
doorway. Never: a log of requests, or of what was sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from exchange.connections import Handler, Runner
from exchange.hub import problems
from exchange.hub.log import Said, say_failure

Doorway = Callable[[web.Request], Awaitable[web.StreamResponse]]
DOORWAYS: web.AppKey[dict[tuple[str, str], Doorway]] = web.AppKey("DOORWAYS", dict)
"""By method and path, where the path has no part that varies."""

IDLE_SECONDS = 75.0  # for a connection without a request, or with half of one
LINGER_SECONDS = 2.0  # for the rest of a body that was refused
DRAIN_SECONDS = 20.0  # for what was begun, when closing


def _refuse(status: int, error: BaseException | None) -> web.Response:
    """Answer what never became a request."""
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return problems.answer(problems.NotHttp())
    if error is not None:
        say_failure(Said.FAILED, error)
    return problems.answer(problems.Failed())


class HubRunner(Runner):
    """Runs the application with the hub's limits; its `DOORWAYS` are served first."""

    def __init__(self, app: web.Application) -> None:
        super().__init__(
            app,
            _refuse,
            keepalive_timeout=IDLE_SECONDS,
            shutdown_timeout=DRAIN_SECONDS,
            lingering_time=LINGER_SECONDS,
            auto_decompress=False,
        )

    def entrance(self, otherwise: Handler) -> Handler:
        """Go straight to the doorway of a path that stands in the registry as it is."""
        doorways = self.app[DOORWAYS]

        async def dispatch(request: web.BaseRequest) -> web.StreamResponse:
            doorway = doorways.get((request.method, request.raw_path.partition("?")[0]))
            if doorway is None or not isinstance(request, web.Request):
                return await otherwise(request)
            return await doorway(request)

        return dispatch
