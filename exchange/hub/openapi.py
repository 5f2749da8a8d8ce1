"""The description of the hub's routes, OpenAPI 3.1, made from the registry that serves them.

Never: a line of it is written by hand.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from exchange.wire.api import HELD_HEADER, PROBLEM_TYPE, PROOF_SCHEME, ProblemDocument

if TYPE_CHECKING:
    from pydantic import BaseModel

    from exchange.hub.route import Answer, Body, Route

_ALWAYS = (400, 408, 413, 503)
_REFERENCE = "#/components/schemas/{model}"


@cache
def document(routes: tuple[Route, ...]) -> bytes:
    """Describe `routes`."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    description = {
        "openapi": "3.1.0",
        "info": {
            "title": "Readback hub",
            "version": "1",
            "description": "Carries sealed envelopes between agencies' desks. It can open none of them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(routes),
            "securitySchemes": {
                "proof": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": f"`{PROOF_SCHEME} <proof>`: a JWT made for this one request.",
                }
            },
        },
    }
    return json.dumps(description).encode()


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": {str(answer.status): _answer(route, answer) for answer in route.answers},
    }
    refusals = {*route.refusals, *_ALWAYS}
    if route.proved:
        operation["security"] = [{"proof": []}]
        refusals.add(401)
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {route.body.media_type: {"schema": _schema(route.body)}},
        }
        refusals |= {411, 415}
    problem = {"schema": {"$ref": _REFERENCE.format(model=ProblemDocument.__name__)}}
    for status in sorted(refusals):
        refusal: dict[str, Any] = {"description": "Refused."}
        if route.method != "HEAD":
            refusal["content"] = {PROBLEM_TYPE: problem}
        operation["responses"][str(status)] = refusal
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {
            "name": variable.name,
            "in": "path",
            "description": variable.description,
            "required": True,
            "schema": {"type": "string", "pattern": variable.pattern},
        }
        for variable in route.variables
    ]
    for number in route.query:
        schema = {
            "type": "integer",
            "minimum": number.least,
            "maximum": number.most,
            "default": number.otherwise,
        }
        parameters.append(
            {"name": number.name, "in": "query", "description": number.description, "schema": schema}
        )
    parameters.extend(
        {
            "name": header.name,
            "in": "header",
            "description": header.description,
            "required": header.required,
            "schema": {"type": "string", "pattern": header.pattern},
        }
        for header in route.headers
    )
    return parameters


def _answer(route: Route, answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.description}
    if answer.media_type is not None:
        described["content"] = {answer.media_type: {"schema": _schema(answer)}}
    if "digest" in route.path and route.method != "GET":
        described["headers"] = {HELD_HEADER: {"schema": {"type": "integer", "minimum": 0}}}
    return described


def _schema(body: Body | Answer) -> dict[str, Any]:
    if body.model is None:
        return {}  # bytes, as 3.1 says it
    return {"$ref": _REFERENCE.format(model=body.model.__name__)}


def _schemas(routes: tuple[Route, ...]) -> dict[str, Any]:
    models: set[type[BaseModel]] = {ProblemDocument}
    for route in routes:
        bodies: tuple[Body | Answer | None, ...] = (route.body, *route.answers)
        models |= {body.model for body in bodies if body is not None and body.model is not None}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in ordered], ref_template=_REFERENCE)
    found: dict[str, Any] = schemas["$defs"]
    return found
