"""The pages of the two HTTP APIs, made from the registries of routes that also serve them."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from exchange.desk.api import openapi as desk_openapi
from exchange.desk.api.registry import ROUTES as DESK_ROUTES
from exchange.hub import openapi as hub_openapi
from exchange.hub.problems import STATUS_OF
from exchange.hub.routes import ROUTES as HUB_ROUTES
from pages.schemas import described, models_of, words_for
from pages.tables import cell, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_DESK: Final = """\
# The desk's API

*Printed from `exchange/desk/api/registry.py` by `make docs`. A running desk serves the same as OpenAPI 3.1
at `/api/v1/openapi.json`.*

One use case, one route. The command line is a client of it. Sign in, and send the token that you get with
every other request: `Authorization: Bearer <token>`. Bodies are strict JSON: unknown fields, a field twice,
and numbers with a fraction are refused. Every answer says `Cache-Control: no-store`.

Another system sends the token of its service account in the same way, and can ask what that account's scopes
allow and nothing else; an [administrator](../how-to/administrator.md) makes one. It may ask 120 times in a
minute; beyond that it is told in `Retry-After` how many seconds to wait. A person's token opens no route of a
system's, and the reverse.

Every route that records a step takes an `Idempotency-Key`: any words of up to 128 letters, chosen for this
one act. If no answer comes, send the same again under the same key, and the step is taken once.

What is refused comes back as `application/problem+json` (RFC 9457) with a stable `code` (see
[codes](errors.md)); its `problems` list every broken rule with its place.

*Needed* in the tables says what a form must have to be read at all. What a share must say is checked by rules
after that, all of them at once, each with a code of its own (`purpose_missing`, `fact_without_source` …).

No path and no query holds the name or id of a person. A `thread` is 26 letters and digits; a `leg` is the
number of a recipient, from 0.
"""

_HUB: Final = """\
# The hub's API

*Printed from `exchange/hub/routes.py` by `make docs`. A running hub serves the same as OpenAPI 3.1 at
`/v1/openapi.json`.*

What desks and hub say to each other. With almost every request a desk sends a proof made for that one
request: `Authorization: Readback <proof>` (see [proof](../spec/proof.md)). The mailbox that is read or
acknowledged is always that of the agency which proved itself. Envelopes are described in
[envelope](../spec/envelope.md).

What is refused comes back as `application/problem+json` (RFC 9457) with a stable `code` (see
[codes](errors.md)). The hub never says more than the code about a proof that it refused.
"""


def desk() -> str:
    """Print the page of the desk's API."""
    return _page(_DESK, desk_openapi.describe(DESK_ROUTES))


def hub() -> str:
    """Print the page of the hub's API."""
    statuses = [(f"`{kind.code}`", str(status)) for kind, status in STATUS_OF.items()]
    status = table(("code", "HTTP status"), [*statuses, ("any other", "422")])
    own = "errors.md#the-hub-before-it-looks-at-a-request"
    told = f"A refusal's status; those of the [hub itself]({own}) have their own.\n"
    page = _page(_HUB, json.loads(hub_openapi.document(HUB_ROUTES)))
    return f"{page}\n## Statuses\n\n{told}\n{status}"


def _page(introduction: str, document: dict[str, Any]) -> str:
    models = document["components"]["schemas"]
    parts = [
        introduction,
        "## Routes\n",
        table(("route", "what it does"), _index(document)),
        *_routes(document),
    ]
    parts.append("## What is in them\n")
    parts += [described(name, models[name]) for name in models_of(document)]
    return "\n".join(parts)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _index(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (f"[`{title}`](#{_anchor(title)})", cell(operation["summary"]))
        for title, operation in _operations(document)
    ]


def _anchor(title: str) -> str:
    kept = "".join(sign for sign in title.lower() if sign.isalnum() or sign in " -_")
    return kept.replace(" ", "-")


def _routes(document: dict[str, Any]) -> Iterator[str]:
    for title, operation in _operations(document):
        lines = [f"### {title}\n", operation["summary"].rstrip(".") + ".\n"]
        if not operation.get("security"):
            lines.append("Needs no proof of who is asking.\n")
        lines += [
            f"For other systems alone, with a service account that has the scope `{scope}`.\n"
            for needed in operation.get("security", ())
            for scope in needed.get("service", ())
        ]
        lines += [_parameters(operation), _body(operation), _answers(operation)]
        yield "\n".join(line for line in lines if line)


def _parameters(operation: dict[str, Any]) -> str:
    rows = [
        (f"`{one['name']}`", one["in"], words_for(one["schema"]), cell(one.get("description", "")))
        for one in operation.get("parameters", [])
    ]
    return table(("parameter", "where", "must be", "what it is"), rows) if rows else ""


def _body(operation: dict[str, Any]) -> str:
    if "requestBody" not in operation:
        return ""
    ((media, content),) = operation["requestBody"]["content"].items()
    return f"Bring: {_content(media, content)}.\n"


def _answers(operation: dict[str, Any]) -> str:
    lines, refusals = [], []
    for status, answer in operation["responses"].items():
        if status == "default":
            continue
        if int(status) >= HTTPStatus.BAD_REQUEST:
            refusals.append(status)
            continue
        contents = [_content(media, content) for media, content in answer.get("content", {}).items()]
        said = answer["description"].rstrip(".")
        what = f": {', '.join(contents)}" if contents else ""
        lines.append(f"- **{status}** {said}{what}.")
    if refusals:
        lines.append(f"- Refused: {', '.join(refusals)}.")
    return "\n".join(lines) + "\n"


def _content(media: str, content: dict[str, Any]) -> str:
    schema = content.get("schema")
    return f"{words_for(schema)} (`{media}`)" if schema else f"`{media}`"
