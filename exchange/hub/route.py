"""What a route is: enough to serve it and to describe it, so that the description cannot drift.

Never: a route reads its own body or checks its own proof; that is done once, in `app`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web
    from pydantic import BaseModel

    from exchange.hub.service import Hub


class Call(NamedTuple):
    """One request that was let in: by whom (empty where no proof is asked for), and its whole body."""

    request: web.Request
    agency: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """What a request brings: its media type, at most `limit` bytes, and its model if it is JSON."""

    media_type: str
    limit: int
    model: type[BaseModel] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One good answer: status, what it says, and its body's media type and model, if it has one."""

    status: int
    description: str
    media_type: str | None = None
    model: type[BaseModel] | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number in the query, with its bounds and what it is when left out."""

    name: str
    description: str
    least: int
    most: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class Variable:
    """A part of the path that varies; one that `spans` may hold slashes."""

    name: str
    description: str
    pattern: str
    spans: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """A request header that matters here."""

    name: str
    description: str
    pattern: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    name: str
    summary: str
    serve: Callable[[Hub, Call], Awaitable[web.StreamResponse]]
    answers: tuple[Answer, ...]
    refusals: tuple[int, ...] = ()
    body: Body | None = None
    query: tuple[Number, ...] = ()
    headers: tuple[Header, ...] = ()
    variables: tuple[Variable, ...] = ()
    proved: bool = True
    repair: bool = False  # served also while something is wrong with the log

    @property
    def pattern(self) -> str:
        """The path as aiohttp's router reads it."""
        path = self.path
        for variable in self.variables:
            if variable.spans:
                path = path.replace(f"{{{variable.name}}}", f"{{{variable.name}:.+}}")
        return path
