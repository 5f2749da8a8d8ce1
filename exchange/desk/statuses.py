"""Which HTTP status says which refusal, for the API and the pages alike.

Promises: both doors answer the same refusal with the same status.
Never: a status decides anything in the desk.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from exchange import errors
from keys.errors import HomeSetBack

if TYPE_CHECKING:
    from keys.errors import Problem

_STATUS: tuple[tuple[type[Problem], HTTPStatus], ...] = (
    (errors.SignInRefused, HTTPStatus.UNAUTHORIZED),
    (errors.SessionEnded, HTTPStatus.UNAUTHORIZED),
    (errors.TooManyAttempts, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.ServiceTokenRefused, HTTPStatus.UNAUTHORIZED),
    (errors.ScopeMissing, HTTPStatus.FORBIDDEN),
    (errors.ServiceTooFast, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.NobodyHere, HTTPStatus.NOT_FOUND),
    (errors.ProofNeeded, HTTPStatus.FORBIDDEN),
    (errors.NotYours, HTTPStatus.FORBIDDEN),
    (errors.FormStale, HTTPStatus.FORBIDDEN),
    (errors.CookieMissing, HTTPStatus.BAD_REQUEST),
    (errors.PasskeyNeeded, HTTPStatus.UNAUTHORIZED),
    (errors.PasskeyUnknown, HTTPStatus.NOT_FOUND),
    (errors.SignInUnknown, HTTPStatus.NOT_FOUND),
    (errors.PageUnknown, HTTPStatus.NOT_FOUND),
    (errors.ThreadUnknown, HTTPStatus.NOT_FOUND),
    (errors.AttachmentUnknown, HTTPStatus.NOT_FOUND),
    (errors.DraftUnknown, HTTPStatus.NOT_FOUND),
    (errors.DraftMoved, HTTPStatus.CONFLICT),
    (errors.DraftsTooMany, HTTPStatus.CONFLICT),
    (errors.StepNotAllowed, HTTPStatus.CONFLICT),
    (errors.Superseded, HTTPStatus.CONFLICT),
    (errors.AcceptFirst, HTTPStatus.CONFLICT),
    (errors.MediaTypeRefused, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (errors.TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (errors.ThreadMoved, HTTPStatus.CONFLICT),
    (errors.NotClosed, HTTPStatus.CONFLICT),
    (errors.IdempotencyKeyReused, HTTPStatus.CONFLICT),
    (errors.DeskBehind, HTTPStatus.SERVICE_UNAVAILABLE),
    (HomeSetBack, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.HubUnreachable, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.StoreUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)


def status_of(problem: Problem) -> HTTPStatus:
    """Give the status that goes with a refusal; 422 where none is named."""
    return status_of_kind(type(problem))


def status_of_kind(refusal: type[Problem]) -> HTTPStatus:
    """Give the status that goes with a kind of refusal; 422 where none is named."""
    for kind, status in _STATUS:
        if issubclass(refusal, kind):
            return status
    return HTTPStatus.UNPROCESSABLE_ENTITY
