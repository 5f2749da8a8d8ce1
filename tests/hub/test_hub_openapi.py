"""The description is OpenAPI 3.1, and the hub keeps to it whatever schemathesis makes of it."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import requests
import schemathesis
from hub_at_work import A, Agency, Running, envelope, running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from exchange.hub.openapi import document
from exchange.hub.routes import ROUTES
from exchange.wire import api

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exchange.hub.route import Route

EXAMPLES = int(os.environ.get("READBACK_SCHEMATHESIS", "12"))  # cases for each route, half of them proved
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

batches = st.lists(st.one_of(st.binary(max_size=200), st.just(envelope(A))), min_size=1, max_size=3)
schemathesis.openapi.media_type(
    api.ENVELOPES_TYPE, st.one_of(st.binary(max_size=300), batches.map(api.write_batch))
)
schemathesis.openapi.media_type(api.BLOB_TYPE, st.binary(max_size=300))


def test_the_description_is_openapi_3_1() -> None:
    described = json.loads(document(ROUTES))
    OpenAPIV31SpecValidator(described).validate()
    served = {(path, method.upper()) for path, item in described["paths"].items() for method in item}
    assert served == {(route.path, route.method) for route in ROUTES}
    assert len({route.name for route in ROUTES}) == len(ROUTES)


async def test_it_is_served(hub: Running) -> None:
    async with hub.http.get(hub.base + api.OPENAPI) as answer:
        assert answer.status == 200
        assert await answer.json() == json.loads(document(ROUTES))


async def test_whoever_opens_the_address_alone_is_told_what_it_is(hub: Running) -> None:
    async with hub.http.get(hub.base + "/") as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        found = await answer.json()
    assert "Readback" in found["service"]
    assert found["description"] == api.OPENAPI


@pytest.fixture(scope="module")
def member(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    """An agency at a hub that runs in a thread of its own, for tests that know no loop."""
    home = tmp_path_factory.mktemp("hub")
    ready: list[Agency] = []
    up, stop = threading.Event(), threading.Event()

    async def run(home: Path) -> None:
        async with running(home) as hub:
            ready.append(await hub.join(A))
            up.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=asyncio.run, args=(run(home),))
    thread.start()
    assert up.wait(30)
    yield ready[0]
    stop.set()
    thread.join()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_the_hub_keeps_to_its_description(member: Agency, route: Route) -> None:
    described = schemathesis.openapi.from_dict(json.loads(document(ROUTES)))
    operation = described[route.path][route.method]
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    session = requests.Session()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes)), proved=st.booleans()
    )
    def keeps(case: schemathesis.Case[Any], proved: bool) -> None:
        case.query.pop("wait", None)  # the tests need not watch a mailbox
        request = requests.Request(**case.as_transport_kwargs(base_url=member.base)).prepare()
        if proved:
            body = request.body or b""
            assert isinstance(body, bytes | str)
            body = body.encode() if isinstance(body, str) else body
            with suppress(ValueError):  # nothing that a desk could prove
                request.headers["Authorization"] = member.proof(request.method or "", request.path_url, body)
        answer = session.send(request, timeout=30)
        assert proved or not route.proved or answer.status_code >= 400
        case.validate_response(answer, checks=CHECKS)

    keeps()
    session.close()
