"""The API in words, for a person who reads it: rooms of routes, each with what goes in and what comes out.

Promises: told from the registry and the models that check, so that it cannot say otherwise than they do;
every route stands in one room.
Never: written by hand, or markup.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from exchange.desk.api.openapi import describe
from exchange.desk.api.refusals import refusals, says
from exchange.desk.api.registry import ROUTES
from exchange.desk.api.routes import BASE, DESCRIPTION, JSON, KEY
from exchange.desk.scopes import SAYS
from exchange.desk.statuses import status_of_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exchange.desk.api.routes import Route
    from exchange.desk.scopes import Scope

ROOMS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "signing-in": (
        "Signing in, and being told",
        frozenset({"", "session", "sessions", "passkeys", "passphrase", "notifications"}),
    ),
    "lists": (
        "Lists, and whom to write to",
        frozenset(
            {
                "inbox",
                "search",
                "reminders",
                "alarms",
                "deliveries",
                "line",
                "whom",
                "catalogue",
                "agencies",
            }
        ),
    ),
    "writing": ("Writing", frozenset({"shares", "requests", "decisions", "attachments", "drafts"})),
    "threads": ("Threads, and each step in them", frozenset({"threads"})),
    "looking-after": ("For administrators and the lead", frozenset({"keys", "figures"})),
    "systems": ("For other systems", frozenset({"service"})),
}
OTHER: Final = "other"
_PATTERNS: Final[Mapping[str, tuple[str, str]]] = {
    "^[a-z2-7]{26}$": ("an id: 26 letters and digits", "q7xk2mzpq7xk2mzpq7xk2mzpqa"),
    "^[a-z2-7]{32}$": ("a key's id: 32 letters and digits", "q7xk2mzpq7xk2mzpq7xk2mzpq7xk2mzp"),
    "^[0-9a-f]{64}$": ("a SHA-256: 64 hexadecimal digits", "0" * 64),
    "^(0|[1-9][0-9]{0,3})$": ("a number from 0", "0"),
}
_TIME: Final = "2026-11-22T15:04:05Z"
_REF: Final = re.compile(r"#/components/schemas/(\w+)")


@dataclass(frozen=True, slots=True)
class Field:
    """One field, or one thing in a path, query or header."""

    name: str
    must_be: str
    needed: bool
    says: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal: its status, its code, and its words."""

    status: int
    code: str
    says: str
    hint: str


@dataclass(frozen=True, slots=True)
class RouteTold:
    """A route in words. `body` and `answer` name models, which stand on the same page; empty for none."""

    anchor: str
    method: str
    path: str
    summary: str
    who: str
    scope: str
    given: tuple[Field, ...]
    body: str
    status: int
    answer: str
    refusals: tuple[Refusal, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Model:
    """What is in a body or an answer."""

    name: str
    says: str
    must_be: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """Some routes, and the models of what goes in and out of them."""

    name: str
    title: str
    routes: tuple[RouteTold, ...]
    models: tuple[Model, ...]


def room_of(route: Route) -> str:
    """Say in which room a route stands."""
    first = route.path.removeprefix(BASE).strip("/").partition("/")[0] if route.path != "/" else ""
    return next((name for name, (_, parts) in ROOMS.items() if first in parts), OTHER)


@dataclass(frozen=True, slots=True)
class Told:
    """All of it: where programs read it, what the scopes open, and the rooms."""

    description: str
    scopes: Mapping[Scope, str]
    rooms: tuple[Room, ...]


@cache
def told() -> Told:
    """Tell all of it, with the rooms in the order of `ROOMS`; what stands in none of them last."""
    return Told(DESCRIPTION, SAYS, _rooms())


def _rooms() -> tuple[Room, ...]:
    document = describe(ROUTES)
    titles = {name: title for name, (title, _) in ROOMS.items()} | {OTHER: "Other"}
    found = []
    for name, title in titles.items():
        routes = [route for route in ROUTES if room_of(route) == name]
        if routes:
            found.append(_room(name, title, routes, document))
    return tuple(found)


def _room(name: str, title: str, routes: list[Route], document: dict[str, Any]) -> Room:
    models: dict[str, Any] = document["components"]["schemas"]
    operations = [document["paths"][route.path][route.method.lower()] for route in routes]
    pairs = list(zip(routes, operations, strict=True))
    used = [(one.get("requestBody"), one["responses"][str(route.status.value)]) for route, one in pairs]
    names = list(dict.fromkeys(_REF.findall(json.dumps(used))))
    for model in names:  # grows while it is read: a model names others
        names += [one for one in _REF.findall(json.dumps(models[model])) if one not in names]
    every = tuple(_route(route, one, models) for route, one in pairs)
    return Room(name, title, every, tuple(_model(one, models[one]) for one in dict.fromkeys(names)))


def _route(route: Route, operation: dict[str, Any], models: dict[str, Any]) -> RouteTold:
    given = tuple(
        Field(
            one["name"],
            f"{words_for(one['schema'])} ({one['in']})",
            one["required"],
            one.get("description", ""),
        )
        for one in operation.get("parameters", ())
    )
    content = operation.get("requestBody", {}).get("content", {})
    answer = operation["responses"][str(route.status.value)].get("content", {})
    return RouteTold(
        anchor=route.name,
        method=route.method,
        path=route.path,
        summary=route.summary,
        who=_who(route),
        scope=route.scope or "",
        given=given,
        body=_named(content),
        status=route.status.value,
        answer=_named(answer),
        refusals=tuple(
            Refusal(status_of_kind(kind).value, kind.code, says(kind), kind.hint) for kind in refusals(route)
        ),
        example=_example(route, content, models),
    )


def _who(route: Route) -> str:
    if route.scope is not None:
        return "Another system, with a service account that has the scope named here"
    return "Whoever is signed in, as far as it is theirs" if route.signed_in else "Anybody"


def _named(content: Mapping[str, Any]) -> str:
    for media, said in content.items():
        found = _REF.search(json.dumps(said))
        return found[1] if found else media
    return ""


def _model(name: str, schema: dict[str, Any]) -> Model:
    needed = schema.get("required", ())
    fields = tuple(
        Field(field, words_for(one), field in needed) for field, one in schema.get("properties", {}).items()
    )
    says = " ".join(schema.get("description", "").split()).replace("`", "")
    return Model(name, says, "" if fields else words_for(schema), fields)


def words_for(schema: dict[str, Any]) -> str:
    """Say what a value must be."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(words_for(one) for one in schema[several])
    if "const" in schema:
        return f"“{schema['const']}”"
    if "enum" in schema:
        return ", ".join(f"“{value}”" for value in schema["enum"])
    return _plain(schema)


def _plain(schema: dict[str, Any]) -> str:
    kind = str(schema.get("type", ""))
    if kind == "string":
        return _text(schema)
    if kind in {"integer", "number"}:
        least, most = schema.get("minimum"), schema.get("maximum")
        bounds = [f"from {least}"] * (least is not None) + [f"to {most}"] * (most is not None)
        return " ".join(["a whole number", *bounds])
    if kind == "array":
        upto = f" of up to {schema['maxItems']}" if "maxItems" in schema else ""
        return f"a list{upto}: {words_for(schema.get('items', {}))}"
    return {"boolean": "true or false", "null": "null", "object": "an object"}.get(kind, "bytes")


def _text(schema: dict[str, Any]) -> str:
    pattern = schema.get("pattern")
    if pattern is not None:
        return _PATTERNS.get(pattern, (f"text like {pattern}", ""))[0]
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if least == most == len(_TIME):
        return f"a time such as {_TIME}"
    return "text" if most is None else f"text of {least} to {most} characters"


# --- examples ------------------------------------------------------------------------------------


def _example(route: Route, content: Mapping[str, Any], models: dict[str, Any]) -> str:
    path = re.sub(r"\{(\w+)\}", lambda found: "0" if found[1] in {"leg", "number"} else "ID", route.path)
    lines = [f"curl -X {route.method} $DESK{path}"]
    if route.signed_in:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if route.takes_key:
        lines.append(f'-H "{KEY}: $(uuidgen)"')
    for media, said in content.items():
        lines.append(f'-H "Content-Type: {media}"')
        if media == JSON:
            body = json.dumps(_value(said["schema"], models), ensure_ascii=False)
            lines.append(f"-d '{body}'")
        else:
            lines.append("--data-binary @FILE")
    return " \\\n  ".join(lines)


def _value(schema: dict[str, Any], models: dict[str, Any]) -> Any:
    """Make the smallest thing that has the shape: what must be there, and nothing more."""
    if "$ref" in schema:
        return _value(models[schema["$ref"].rpartition("/")[2]], models)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return _value(schema[several][0], models)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema.get("type") == "array":
        return [_value(schema["items"], models)] if schema.get("minItems") else []
    if schema.get("type") == "object":
        needed = schema.get("required", ())
        return {name: _value(schema.get("properties", {})[name], models) for name in needed}
    return _single(schema)


def _single(schema: dict[str, Any]) -> Any:
    if schema.get("type") in {"integer", "number"}:
        return schema.get("minimum", 0)
    if schema.get("type") == "boolean":
        return True
    if "pattern" in schema:
        return _PATTERNS.get(schema["pattern"], ("", "…"))[1]
    return _TIME if schema.get("minLength") == schema.get("maxLength") == len(_TIME) else "…"
