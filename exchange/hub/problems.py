"""Every refusal as a problem document (RFC 9457), and which HTTP status each code has here.

Promises: whatever goes wrong, the answer is one of these, with a stable code; statuses live here and nowhere
below. Never: an answer repeats what was sent, or says more than the code about a proof that was refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from exchange.errors import (
    AgencyNotAdmitted,
    BlobDiffers,
    BlobOutOfOrder,
    BlobUnknown,
    CheckpointUnknown,
    CursorAhead,
    HubBehind,
    LogBeyond,
    LogForked,
    ProofRefused,
    StoreUnavailable,
    TooLarge,
)
from exchange.wire.api import PROBLEM_TYPE, ProblemDocument
from keys.errors import KeyRevoked, KeyUnknown, Malformed, Problem, RootDiffers
from keys.statement import dump

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_OF: dict[type[Problem], int] = {
    Malformed: 400,
    ProofRefused: 401,
    AgencyNotAdmitted: 403,
    BlobUnknown: 404,
    LogBeyond: 404,
    CursorAhead: 409,
    RootDiffers: 409,
    KeyUnknown: 409,
    KeyRevoked: 409,
    BlobDiffers: 409,
    BlobOutOfOrder: 409,
    CheckpointUnknown: 409,
    TooLarge: 413,
    StoreUnavailable: 503,
    HubBehind: 503,
    LogForked: 503,
}
OTHERWISE = 422  # a well-formed request for something that the rules do not allow


class RequestProblem(Problem):
    """The request was refused before anything was done."""

    status = 400


class NotHttp(RequestProblem):
    """This is not a request as HTTP/1.1 writes it."""

    code = "not_http"
    hint = "Use the paths and forms of /v1/openapi.json."


class PathUnknown(RequestProblem):
    """There is nothing at this path."""

    code = "path_unknown"
    status = 404
    hint = "Use the paths of /v1/openapi.json."


class MethodUnknown(RequestProblem):
    """This path does not know that method."""

    code = "method_unknown"
    status = 405
    hint = "Use the methods of /v1/openapi.json."


class TooSlow(RequestProblem):
    """The request took too long to arrive."""

    code = "too_slow"
    status = 408
    hint = "Send it again; send less at a time on a slow line."


class LengthMissing(RequestProblem):
    """The request does not say how long its body is."""

    code = "length_missing"
    status = 411
    hint = "Send a Content-Length."


class RangeRefused(RequestProblem):
    """No such range of this attachment."""

    code = "range_refused"
    status = 416
    hint = "Ask for bytes within its length."


class TypeRefused(RequestProblem):
    """The body is not of the media type that belongs here."""

    code = "type_refused"
    status = 415
    hint = "Use the media types of /v1/openapi.json, without Content-Encoding."


class Failed(RequestProblem):
    """The hub failed. Nothing was accepted."""

    code = "failed"
    status = 500
    hint = "Send it again. The operator finds the place in the hub's log."


class Closing(RequestProblem):
    """The hub is being closed."""

    code = "closing"
    status = 503
    hint = "Try again in a moment."


def status_of(problem: Problem) -> int:
    """Give the HTTP status of a refusal."""
    if isinstance(problem, RequestProblem):
        return problem.status
    return next((STATUS_OF[kind] for kind in type(problem).__mro__ if kind in STATUS_OF), OTHERWISE)


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> web.Response:
    """Write a refusal as an HTTP answer."""
    status = status_of(problem)
    document = ProblemDocument(
        title=type(problem).__name__,
        status=status,
        code=problem.code,
        detail=type(problem)().message if isinstance(problem, ProofRefused) else problem.message,
        hint=problem.hint,
    )
    return web.Response(status=status, body=dump(document), content_type=PROBLEM_TYPE, headers=headers)
