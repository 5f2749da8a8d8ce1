"""The connections below both front doors, the hub's and a desk's: what is refused before it is a request.

Promises: heads are bounded and can be written as text again; whatever is no HTTP, and whatever the library
would refuse in its own words, is answered by the house's own `Refusal`; no answer names the library or its
version.
Never: a refusal repeats what was sent, or a log of requests.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestHandler

LINE: Final = 4096  # bytes of the request line, and of one header
HEADERS: Final = 40
SERVER: Final = "Readback"  # in place of the library's name and version

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Refusal = Callable[[int, BaseException | None], web.Response]
"""Writes the answer to what never became a request, from a status and what went wrong here, if that did."""


class _Connection(RequestHandler):
    """A connection that refuses in the house's words, and logs none of it."""

    __slots__ = ("_refuse",)

    def __init__(self, server: web.Server, *, refuse: Refusal, **settings: Any) -> None:
        super().__init__(server, **settings)
        self._refuse = refuse

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
        answer = self._refuse(status, exc)
        answer.force_close()
        return answer

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer that does not name the library."""
        if not resp.prepared:
            resp.headers[hdrs.SERVER] = SERVER
        return await super().finish_response(request, resp, start_time)


class _Server(web.Server):
    """A server of such connections."""

    def __init__(self, handler: Handler, *, refuse: Refusal, **settings: Any) -> None:
        super().__init__(handler, **settings)
        self._refuse = refuse

    def __call__(self) -> RequestHandler:
        return _Connection(self, refuse=self._refuse, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs an application behind such connections; `settings` are those of `web.AppRunner`."""

    def __init__(self, app: web.Application, refuse: Refusal, **settings: Any) -> None:
        super().__init__(
            app,
            access_log=None,
            max_line_size=LINE,
            max_field_size=LINE,
            max_headers=HEADERS,
            **settings,
        )
        self._refuse = refuse
        app.on_response_prepare.append(_unnamed)  # also where an answer is sent bit by bit

    def entrance(self, otherwise: Handler) -> Handler:
        """Give what serves each request; `otherwise` is the application."""
        return otherwise

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        serve, refuse = self.entrance(made.request_handler), self._refuse

        async def guarded(request: web.BaseRequest) -> web.StreamResponse:
            if not _is_text(request):
                answer = refuse(HTTPStatus.BAD_REQUEST, None)
                answer.force_close()
                return answer
            try:
                return await serve(request)
            except web.HTTPException as error:
                if error.status < HTTPStatus.BAD_REQUEST:
                    raise
                answer = refuse(error.status, None)  # an `Expect` that nobody knows, quoted by the library
                answer.force_close()
                return answer

        # aiohttp has no other way to choose the class of its connections.
        factory, settings = made.request_factory, made._kwargs  # noqa: SLF001 - as above
        return _Server(guarded, refuse=refuse, request_factory=factory, **settings)


def _is_text(request: web.BaseRequest) -> bool:
    """Say whether the head is UTF-8: any other byte becomes half a letter, which nothing can encode again."""
    head = "".join((request.method, request.raw_path, *request.headers.values()))
    if head.isascii():
        return True
    try:
        head.encode()
    except UnicodeEncodeError:
        return False
    return True


async def _unnamed(_: web.Request, answer: web.StreamResponse) -> None:
    answer.headers[hdrs.SERVER] = SERVER
