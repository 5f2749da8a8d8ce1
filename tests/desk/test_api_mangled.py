"""Whatever bytes stand in a head, a desk answers in its own words or drops the line, and never fails."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import HealthCheck, event, given, settings
from mangled import first_answer, requests
from test_api_connections import door

from exchange.desk.api.problems import DeskProblem
from exchange.desk.api.registry import ROUTES
from exchange.desk.api.routes import BASE
from exchange.wire.api import PROBLEM_TYPE

if TYPE_CHECKING:
    from exchange.connections import Runner

__all__ = ["door"]  # a desk behind its own front door

_ID = "a" * 26
SIGNED_IN = tuple(
    (
        route.method,
        route.path.format(thread=_ID, draft=_ID, session=_ID, passkey="0" * 64, leg="0", number="0"),
    )
    for route in ROUTES
    if route.signed_in
)
PAGES = ("/desk", "/desk/", "/desk/sign-in", "/desk/inbox", "/desk/static/desk.css")
TARGETS = tuple(
    target.encode()
    for target in ("/", *PAGES, f"{BASE}/openapi.json", *dict.fromkeys(p for _, p in SIGNED_IN))
)


async def answered(door: Runner, data: bytes) -> tuple[int, dict[str, str], bytes] | None:
    host, port = door.addresses[0][:2]
    return await first_answer(host, port, data)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=requests(TARGETS))
async def test_a_mangled_head(door: Runner, data: bytes) -> None:
    with structlog.testing.capture_logs() as lines:
        found = await answered(door, data)
    assert not lines  # nothing that anybody sends is an incident
    if found is None:
        event("dropped without an answer")
        return
    status, headers, body = found
    event(f"answered {status}")
    assert status < 500
    if status >= 400 and not data.startswith(b"HEAD "):
        kind = headers["content-type"]
        assert kind.startswith((PROBLEM_TYPE, "text/html"))  # a page's refusal is a page
        assert kind.startswith("text/html") or DeskProblem.model_validate_json(body).status == status


HALVES = (
    b"Expect: 100-\xb1",
    b"Authorization: Bearer a\xb1b",
    b"Cookie: a=a\xb1b",
    b"Cookie: a=\xed\xb2\xb1",
)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_half_a_letter_anywhere_is_no_request(door: Runner, method: str) -> None:
    for target, half in product(("/", "/desk/", f"{BASE}/inbox", "/nowhere"), HALVES):
        head = f"{method} {target} HTTP/1.1\r\nHost: desk\r\nContent-Length: 0\r\n".encode()
        with structlog.testing.capture_logs() as lines:
            found = await answered(door, head + half + b"\r\n\r\n")
        assert not lines
        assert found is not None
        assert (found[0], DeskProblem.model_validate_json(found[2]).code) == (400, "not_http")


async def test_a_token_of_other_letters_is_no_session(door: Runner) -> None:
    for method, path in SIGNED_IN:
        head = f"{method} {path} HTTP/1.1\r\nHost: desk\r\nContent-Length: 0\r\nAuthorization: Bearer aéb\r\n\r\n"
        found = await answered(door, head.encode())
        assert found is not None
        expected = "service_token_refused" if "/service/" in path else "session_ended"
        assert (found[0], DeskProblem.model_validate_json(found[2]).code) == (401, expected)
