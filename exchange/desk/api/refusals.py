"""Which refusals a route may answer with, told from what the route demands and does.

Promises: every route names the refusals that its reader has to reckon with, each with its status; whatever is
not named here is a problem document all the same.
Never: a refusal is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange import errors
from exchange.desk.statuses import status_of_kind

if TYPE_CHECKING:
    from exchange.desk.api.routes import Route
    from keys.errors import Problem

Kind = type["Problem"]


def refusals(route: Route) -> tuple[Kind, ...]:
    """Name the refusals of a route, by status."""
    found = [*_at_the_door(route), *_of_shape(route), *_of_place(route), *_of_acts(route)]
    found += [errors.DeskBehind, errors.StoreUnavailable]
    return tuple(sorted(dict.fromkeys(found), key=lambda kind: (status_of_kind(kind), kind.code)))


def says(kind: Kind) -> str:
    """Give the sentence with which a kind of refusal speaks."""
    return (kind.__doc__ or "").partition("\n")[0]


def _at_the_door(route: Route) -> tuple[Kind, ...]:
    if route.scope is not None:
        return errors.ServiceTokenRefused, errors.ScopeMissing, errors.ServiceTooFast
    if route.signed_in:
        return (errors.SessionEnded,)
    return (errors.SignInRefused, errors.TooManyAttempts, errors.PasskeyNeeded) if route.body else ()


def _of_shape(route: Route) -> tuple[Kind, ...]:
    found: list[Kind] = []
    if route.body is not None:
        found += [errors.JsonRefused, errors.ContentsRefused, errors.MediaTypeRefused]
    if route.body is not None or route.method == "POST":
        found.append(errors.TooLarge)
    if route.takes_key:
        found += [errors.IdempotencyKeyReused, errors.ContentsMalformed]
    if route.path_model.model_fields or route.query_model.model_fields:
        found.append(errors.ContentsMalformed)
    return tuple(found)


def _of_place(route: Route) -> tuple[Kind, ...]:
    found: list[Kind] = []
    if "{thread}" in route.path:
        found.append(errors.ThreadUnknown)
    if "{draft}" in route.path:
        found.append(errors.DraftUnknown)
    if "{number}" in route.path:
        found.append(errors.AttachmentUnknown)
    if "{session}" in route.path:
        found.append(errors.SignInUnknown)
    if "{passkey}" in route.path:
        found.append(errors.PasskeyUnknown)
    if "/keys/" in route.path or (route.path.endswith("/figures") and route.scope is None):
        found.append(errors.PageUnknown)
    if route.scope in {"waiting:read", "drafts:write"}:
        found.append(errors.NobodyHere)
    return tuple(found)


def _of_acts(route: Route) -> tuple[Kind, ...]:
    if route.scope == "drafts:write":
        return (errors.DraftsTooMany,)
    if not route.signed_in or route.answer is None or route.answer.__name__ != "Posted":
        return ()
    found: list[Kind] = [errors.ProofNeeded, errors.ThreadMoved]
    if "{thread}" in route.path:
        found += [errors.NotYours, errors.StepNotAllowed, errors.Superseded]
    return tuple(found)
