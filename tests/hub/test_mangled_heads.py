"""Whatever bytes stand in a head, the hub answers with a problem document or drops the line, and never fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, event, given, settings
from mangled import requests
from test_hostile_requests import problem, whole

from exchange.wire import api, keylog

if TYPE_CHECKING:
    from hub_at_work import Running

TARGETS = tuple(
    target.encode()
    for target in ("/", api.MAILBOX, api.ENVELOPES, keylog.EVENTS, "/v1/blobs/" + "0" * 64, "/x")
)


async def demand_answered(hub: Running, data: bytes) -> None:
    found = await whole(hub, data)
    if found is None:
        event("dropped without an answer")
        return
    status, headers, body = found
    event(f"answered {status}")
    assert status < 500
    if status >= 400 and not data.startswith(b"HEAD"):
        assert problem(body)[0] == status
        assert headers["content-type"].startswith(api.PROBLEM_TYPE)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=requests(TARGETS))
async def test_a_mangled_head(hub: Running, data: bytes) -> None:
    await demand_answered(hub, data)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", [b"GET", b"POST", b"BREW"])
async def test_an_expectation_that_is_no_text(hub: Running, method: bytes, target: bytes) -> None:
    found = await whole(
        hub,
        method + b" " + target + b" HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nExpect: 100-\xb1\r\n\r\n",
    )
    assert found is not None
    status, _, body = found
    assert (status, problem(body)) == (400, (400, "not_http"))


@pytest.mark.parametrize("head", [b"Authorization: Readback a\xb1b", b"X: \xb1", b"Cookie: a=\xed\xb2\xb1"])
async def test_half_a_letter_anywhere_is_no_request(hub: Running, head: bytes) -> None:
    found = await whole(
        hub,
        b"GET "
        + api.MAILBOX.encode()
        + b" HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n"
        + head
        + b"\r\n\r\n",
    )
    assert found is not None
    assert problem(found[2]) == (400, "not_http")
