"""One route as one value: what it is called, what goes in, what comes out, who answers.

Promises: paths, bodies, answers and the OpenAPI description all come from the same registry, so that they
cannot disagree; bodies are strict JSON, measured before they are parsed; every answer says `no-store`.
Never: a person's id in a path, a blocking call, or a route that is not described.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

from aiohttp import hdrs, web
from pydantic import BaseModel, StringConstraints, ValidationError

from exchange.desk.api.misfits import misfits
from exchange.desk.service.once import once_of
from exchange.errors import (
    ContentsMalformed,
    ContentsRefused,
    JsonRefused,
    MediaTypeRefused,
    SessionEnded,
    TooLarge,
)
from exchange.wire import limits
from keys.errors import Malformed
from keys.record import Frozen, Id
from keys.statement import check_json, place_of

if TYPE_CHECKING:
    from exchange.desk.line import LineState
    from exchange.desk.people import Session
    from exchange.desk.scopes import Scope
    from exchange.desk.service.desk import Desk
    from exchange.desk.service.once import Once

BASE = "/api/v1"
DESCRIPTION = f"{BASE}/openapi.json"
BODY = 4 * limits.CONTENTS  # a draft's JSON may spell a letter in six bytes
_SCHEME = "Bearer "
JSON: Final = "application/json"
KEY: Final = "Idempotency-Key"
KEY_PATTERN: Final = "^[!-~]{1,128}$"
_KEY = re.compile(KEY_PATTERN)
LINE: web.AppKey[Callable[[], LineState]] = web.AppKey("LINE")
"""Says how the line to the hub is."""

Number = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,3})$")]


class Nothing(Frozen):
    """No fields."""


class ThreadPath(Frozen):
    """Which thread."""

    thread: Id


class LegPath(ThreadPath):
    """Which leg of it."""

    leg: Number


class AttachmentPath(LegPath):
    """Which attachment of its newest version."""

    number: Number


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a route: everything in it was checked against the route's models."""

    desk: Desk
    request: web.Request
    path: Any
    query: Any
    body: Any
    token: str
    who: Session | None
    once: Once | None = None  # the key under which it is asked for, where the route takes one
    system: str = ""  # the service account that asks, where the route is for one
    key: str | None = None  # the key itself

    @property
    def session(self) -> Session:
        """Who is asking; `SessionEnded` if nobody is signed in."""
        if self.who is None:
            raise SessionEnded
        return self.who

    @property
    def thread(self) -> str:
        """The thread that the path names."""
        return str(self.path.thread)

    @property
    def leg(self) -> int:
        """The leg that the path names."""
        return int(self.path.leg)


Handler = Callable[[Call], Awaitable[BaseModel | web.StreamResponse | None]]


@dataclass(frozen=True, slots=True)
class Route:
    """A route. `answer` None stands for an empty answer, or for one of another `media_type`."""

    method: str
    path: str
    name: str
    handler: Handler
    path_model: type[Frozen] = Nothing
    query_model: type[Frozen] = Nothing
    body: type[BaseModel] | None = None
    body_media_type: str = JSON
    answer: type[BaseModel] | None = None
    media_type: str = JSON
    status: HTTPStatus = HTTPStatus.OK
    signed_in: bool = True
    takes_key: bool = False
    scope: Scope | None = None  # for a service account with this scope, and nobody else
    limit: int = BODY  # bytes of the body

    @property
    def summary(self) -> str:
        """What it does, in its handler's words."""
        return (self.handler.__doc__ or "").strip()

    async def serve(self, desk: Desk, request: web.Request) -> web.StreamResponse:
        """Check the request, let the use case answer, print the answer."""
        desk.memory.demand_whole()
        token, who, system = "", None, ""
        if self.scope is not None:
            system = await desk.system(_token_of(request) or "", self.scope)
        elif self.signed_in:
            token = _token(request)
            who = await desk.session(token)  # before the body is read
        if who is not None and who.page:
            raise SessionEnded  # a browser's cookie is no program's token
        key = _key(request) if self.takes_key else None
        if (request.content_length or 0) > self.limit:
            raise TooLarge("body")  # before it is waited for
        path = _read_words(dict(request.match_info), self.path_model)
        query = _read_words(dict(request.query), self.query_model)
        body = await _read_body(request, self.body) if self.body else None
        once = None
        if key is not None and who is not None and body is not None:
            act = " ".join(
                (self.name, *request.match_info.values())
            )  # the same words elsewhere are another act
            once = once_of(who, key, act, body.model_dump_json().encode())
        call = Call(desk, request, path, query, body, token, who, once, system, key)
        found = await self.handler(call)
        if isinstance(found, web.StreamResponse):
            return found
        if found is None:
            return web.Response(status=HTTPStatus.NO_CONTENT)
        return web.Response(status=self.status, body=found.model_dump_json().encode(), content_type=JSON)


def _token(request: web.Request) -> str:
    given = _token_of(request)
    if given is None:
        raise SessionEnded
    return given


def _token_of(request: web.Request) -> str | None:
    given = request.headers.get(hdrs.AUTHORIZATION, "")
    return given.removeprefix(_SCHEME) if given.startswith(_SCHEME) else None


def _key(request: web.Request) -> str | None:
    given = request.headers.getall(KEY, ())
    if not given:
        return None
    if len(given) != 1 or not _KEY.fullmatch(given[0]):
        raise ContentsMalformed(KEY)
    return given[0]


def _read_words(found: dict[str, str], model: type[Frozen]) -> Frozen:
    try:
        return model.model_validate(found)
    except ValidationError as error:
        raise ContentsMalformed(place_of(error)) from None


async def _read_body(request: web.Request, model: type[BaseModel]) -> BaseModel:
    if request.content_type != JSON:
        raise MediaTypeRefused(hdrs.CONTENT_TYPE)
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge("body") from None
    try:
        check_json(raw, limit=BODY)
    except Malformed as problem:
        raise JsonRefused(f"body: {problem.where}") from None
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise ContentsRefused(misfits(error)) from None
