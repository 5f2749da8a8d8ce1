"""Refusals as the desk's HTTP answers.

Promises: every refusal is a problem document (RFC 9457) with the stable code, its sentence, a hint, and the
list of all problems where there are several; what nobody foresaw is a plain 500 with a number to quote.
Never: a status decides anything in the desk, or a document carries what a person wrote.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from exchange.desk.statuses import status_of
from exchange.errors import ServiceTooFast
from exchange.wire.api import PROBLEM_TYPE
from keys.errors import Problem
from keys.record import Frozen, new_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_log = structlog.get_logger(__name__)


class OneProblem(Frozen):
    """One thing that was refused, and where."""

    code: str
    message: str
    hint: str
    where: str


class DeskProblem(Frozen):
    """A refusal: the first problem's code and words, and all of them in `problems`."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    hint: str
    problems: tuple[OneProblem, ...]


def document(problem: Problem) -> DeskProblem:
    """Describe a refusal."""
    status = status_of(problem)
    every: tuple[Problem, ...] = tuple(getattr(problem, "problems", ())) or (problem,)
    return DeskProblem(
        title=status.phrase,
        status=status.value,
        code=problem.code,
        detail=problem.message,
        hint=problem.hint,
        problems=tuple(
            OneProblem(code=one.code, message=one.message, hint=one.hint, where=one.where) for one in every
        ),
    )


def answer(found: DeskProblem) -> web.Response:
    """Print a refusal."""
    response = web.Response(
        status=found.status, body=found.model_dump_json().encode(), content_type=PROBLEM_TYPE
    )
    if found.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _plain(status: HTTPStatus, code: str, detail: str, hint: str) -> DeskProblem:
    one = OneProblem(code=code, message=detail, hint=hint, where="")
    return DeskProblem(
        title=status.phrase, status=status.value, code=code, detail=detail, hint=hint, problems=(one,)
    )


@web.middleware
async def problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn whatever a handler raises into a problem document."""
    try:
        return await handler(request)
    except Problem as problem:
        refused = answer(document(problem))
        if isinstance(problem, ServiceTooFast):
            refused.headers["Retry-After"] = str(problem.seconds)
        return refused
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        status = HTTPStatus(error.status)
        found = _plain(
            status,
            status.name.lower(),
            f"{status.description or status.phrase}.",
            "See the API's description.",
        )
        response = answer(found)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except RequestPayloadError:
        return refuse(HTTPStatus.BAD_REQUEST, None)  # the body broke its own framing
    except Exception as error:  # noqa: BLE001 - the last resort: nothing unforeseen may leave with its words
        if isinstance(error, ConnectionError) and _left(request):
            return refuse(HTTPStatus.BAD_REQUEST, None)  # nobody is there to read it
        return _unforeseen(error)


def refuse(status: int, error: BaseException | None) -> web.Response:
    """Answer what never became a request, or stopped being one; the connection is closed afterwards."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unforeseen(error)
    found = answer(
        _plain(
            HTTPStatus.BAD_REQUEST,
            "not_http",
            "This is not a request as HTTP/1.1 writes it.",
            "See the API's description.",
        )
    )
    found.force_close()
    return found


def _unforeseen(error: BaseException | None) -> web.Response:
    number = new_id()
    _log.error("unforeseen", incident=number, kind=type(error).__name__, place=_place(error))
    return answer(
        _plain(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "unforeseen",
            f"Something went wrong here (incident {number}).",
            "Nothing was sent. Quote the incident to your administrator.",
        )
    )


def _left(request: web.Request) -> bool:
    """Say whether the caller hung up."""
    return request.transport is None or request.transport.is_closing()


def _place(error: BaseException | None) -> str:
    """Name the innermost file and line, which carry nothing that a person wrote."""
    trace = error.__traceback__ if error is not None else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
