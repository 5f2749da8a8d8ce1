"""The API's description, OpenAPI 3.1, made from the route registry.

Promises: it describes exactly the routes that answer; schemas are those of the models that check them.
Never: it is written by hand.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from exchange.desk.api.problems import DeskProblem
from exchange.desk.api.refusals import refusals, says
from exchange.desk.api.routes import KEY, KEY_PATTERN, Nothing
from exchange.desk.statuses import status_of_kind
from exchange.wire.api import PROBLEM_TYPE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaMode

    from exchange.desk.api.routes import Route

_REF = "#/components/schemas/{model}"
_KEY: dict[str, Any] = {
    "name": KEY,
    "in": "header",
    "required": False,
    "description": "Chosen by the asker for this one act: within 24 hours the same key with the same body "
    "gives the same answer and posts nothing twice; with another body it is refused.",
    "schema": {"type": "string", "pattern": KEY_PATTERN},
}
_PLACE = re.compile(r"\{([a-z]+)\}")


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    """Describe `routes`."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(DeskProblem, "serialization")]
    wanted += [(route.body, "validation") for route in routes if route.body]
    wanted += [(route.answer, "serialization") for route in routes if route.answer]
    names, schemas = models_json_schema(tuple(dict.fromkeys(wanted)), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Readback: one agency's desk",
            "version": "1",
            "description": "A share closes only when its recipient restated it and its sender heard that "
            "it is what they meant. Every refusal is a problem document with a stable code.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {
                "session": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A person's session, from POST /api/v1/session.",
                },
                "service": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A service account's token, for other systems. The names beside it are "
                    "the scopes that the account has to have. It opens no route of a person's.",
                },
            },
        },
    }


def _operation(route: Route, names: dict[Any, dict[str, str]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "responses": {
            str(route.status.value): _answer(route, names),
            **_refusals(route, names),
            "default": _refusal(names),
        },
    }
    parameters = [*_parameters(route.path_model, "path"), *_parameters(route.query_model, "query")]
    assert {p["name"] for p in parameters if p["in"] == "path"} == set(_PLACE.findall(route.path))
    if route.takes_key:
        parameters.append(_KEY)
    if parameters:
        operation["parameters"] = parameters
    if route.scope is not None:
        operation["security"] = [{"service": [route.scope]}]
    elif route.signed_in:
        operation["security"] = [{"session": []}]
    if route.body:
        schema = names[route.body, "validation"]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    elif route.body_media_type != "application/json":
        operation["requestBody"] = {"required": True, "content": {route.body_media_type: {}}}
    return operation


def _answer(route: Route, names: dict[Any, dict[str, str]]) -> dict[str, Any]:
    if route.answer:
        schema = names[route.answer, "serialization"]
        return {"description": "Done.", "content": {"application/json": {"schema": schema}}}
    if route.status == HTTPStatus.NO_CONTENT:
        return {"description": "Done."}
    return {"description": "Done.", "content": {route.media_type: {}}}


def _refusals(route: Route, names: dict[Any, dict[str, str]]) -> dict[str, Any]:
    """Describe the refusals to be reckoned with, by status, each by its code and its words."""
    codes: dict[str, list[str]] = {}
    for kind in refusals(route):
        codes.setdefault(str(status_of_kind(kind).value), []).append(f"{kind.code}: {says(kind)}")
    return {status: {**_refusal(names), "description": " ".join(said)} for status, said in codes.items()}


def _refusal(names: dict[Any, dict[str, str]]) -> dict[str, Any]:
    schema = names[DeskProblem, "serialization"]
    return {"description": "Refused, and why.", "content": {PROBLEM_TYPE: {"schema": schema}}}


def _parameters(model: type[BaseModel], where: str) -> list[dict[str, Any]]:
    if model is Nothing:
        return []
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": where, "required": name in required, "schema": found}
        for name, found in schema["properties"].items()
    ]
