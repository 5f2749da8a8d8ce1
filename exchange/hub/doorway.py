"""How every request comes in: measured, proved, read within a time, served; refused with a problem document.

Promises: while the log is known to be behind or forked, nothing is served but what mends it.
Never: a body is read before its length and type are known to be right and somebody who may bring it proved
that they do, or a failure's words are told.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp.web_protocol import RequestPayloadError

from exchange.errors import TooLarge
from exchange.hub import problems
from exchange.hub.log import Said, say_failure
from exchange.hub.route import Call, Route
from keys.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from exchange.hub.service import Hub

BODY_SECONDS = 60.0  # for a body to arrive

_CLOSE = {"Connection": "close"}


def doorway(
    route: Route, hub_of: Callable[[], Hub]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Make the handler of one route; `hub_of` gives the hub once it runs."""

    async def serve(request: web.Request) -> web.StreamResponse:
        hub = hub_of()
        try:
            if not route.repair:
                hub.keylog.checkpoints.require_whole()
            length = _measured(request, route)
            proof = await hub.door.check(request) if route.proved else None
            body = await _body(request, length)
            agency = hub.door.admit(proof, body) if proof is not None else ""
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


async def nowhere(request: web.Request) -> web.Response:
    """Answer what no route takes."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if resource.canonical != "/{path}":
            match, methods = await resource.resolve(request)
            if match is None:
                allowed |= methods
    if allowed:
        return problems.answer(problems.MethodUnknown(), {"Allow": ", ".join(sorted(allowed))} | _CLOSE)
    return problems.answer(problems.PathUnknown(), _CLOSE)


def _measured(request: web.Request, route: Route) -> int:
    """Say how many bytes the body has, if it is one that the route takes."""
    expected = route.body
    length = request.content_length
    if length is None:
        if expected is not None or request.body_exists:
            raise problems.LengthMissing
        return 0
    if length > (expected.limit if expected is not None else 0):
        raise TooLarge("body")
    if expected is None:
        return 0
    if request.content_type != expected.media_type or "Content-Encoding" in request.headers:
        raise problems.TypeRefused
    return length


async def _body(request: web.Request, length: int) -> bytes:
    if not length:
        return b""
    try:
        if request.content.is_eof():  # it came with its head
            return request.content.read_nowait()
        async with asyncio.timeout(BODY_SECONDS):
            return await request.content.readexactly(length)
    except TimeoutError:
        raise problems.TooSlow from None
    except (asyncio.IncompleteReadError, RequestPayloadError):
        raise problems.NotHttp from None
