"""The API's description is OpenAPI 3.1, and the desk keeps to it whatever schemathesis makes of it."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests
import schemathesis
from aiohttp import web
from doubles import PASSPHRASE, Town
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from exchange.desk.api.app import create_app
from exchange.desk.api.openapi import describe
from exchange.desk.api.registry import ROUTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLES = int(os.environ.get("READBACK_SCHEMATHESIS", "12"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

schemathesis.openapi.media_type("application/octet-stream", st.binary(max_size=300))


def test_the_description_is_openapi_3_1() -> None:
    described = describe(ROUTES)
    OpenAPIV31SpecValidator(described).validate()
    served = {(path, method.upper()) for path, item in described["paths"].items() for method in item}
    assert served == {(route.path, route.method) for route in ROUTES}
    demanded = {
        (path, method): item[method].get("security")
        for path, item in described["paths"].items()
        for method in item
    }
    for route in ROUTES:
        by = [{"service": [route.scope]}] if route.scope else [{"session": []}] if route.signed_in else None
        assert demanded[route.path, route.method.lower()] == by
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    assert all(route.summary.endswith(".") for route in ROUTES)


def test_what_may_be_left_out_is_told_by_the_schema() -> None:
    schemas = describe(ROUTES)["components"]["schemas"]
    assert set(schemas["HearBackDraft"]["required"]) == {"verdict", "heard"}
    assert schemas["ShareDraft"]["additionalProperties"] is False
    assert re.fullmatch(r"\^\[0-9a-f\]\{64\}\$", schemas["Posted"]["properties"]["digest"]["pattern"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A desk in a thread of its own, for tests that know no loop: its address, and a session's token."""
    ready: list[tuple[str, str]] = []
    up, stop = threading.Event(), threading.Event()

    async def run(folder: Path) -> None:
        town = Town(folder)
        agency = await town.open("moorfield-primary", {"Helen Marsh": "designated safeguarding lead"})
        runner = web.AppRunner(create_app(agency.desk), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        token = (await agency.desk.sign_in("Helen Marsh", PASSPHRASE)).token
        ready.append((f"http://127.0.0.1:{runner.addresses[0][1]}", token))
        up.set()
        await asyncio.to_thread(stop.wait)
        await runner.cleanup()
        await town.close()

    thread = threading.Thread(target=asyncio.run, args=(run(tmp_path_factory.mktemp("town")),))
    thread.start()
    assert up.wait(30)
    yield ready[0]
    stop.set()
    thread.join()


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if one.name != "signOut"], ids=lambda route: route.name
)
def test_the_desk_keeps_to_its_description(desk: tuple[str, str], route: Any) -> None:
    address, token = desk
    operation = schemathesis.openapi.from_dict(describe(ROUTES))[route.path][route.method]
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    session = requests.Session()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes)), known=st.booleans()
    )
    def keeps(case: schemathesis.Case, known: bool) -> None:
        request = requests.Request(**case.as_transport_kwargs(base_url=address)).prepare()
        if known:
            request.headers["Authorization"] = f"Bearer {token}"
        answer = session.send(request, timeout=30)
        assert known or not route.signed_in or answer.status_code >= 400
        case.validate_response(answer, checks=CHECKS)

    keeps()
    session.close()
