"""The API's own pages: every route is told, and they are sound, inert, small, and nobody's secret."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from browsing import chromium, reading
from visitor import opened

from exchange.desk.api.registry import ROUTES
from exchange.desk.api.told import OTHER, told
from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Visitor

LARGEST = 150_000  # bytes, compressed
ROOMS = [room.name for room in told().rooms]


def test_every_route_stands_in_one_room() -> None:
    here = [one.anchor for room in told().rooms for one in room.routes]
    assert sorted(here) == sorted(route.name for route in ROUTES)
    assert OTHER not in ROOMS


def test_every_model_that_a_page_names_stands_on_it() -> None:
    for room in told().rooms:
        named = {name for one in room.routes for name in (one.body, one.answer) if name and "/" not in name}
        assert named <= {one.name for one in room.models}


async def test_each_route_is_told_with_who_may_ask_its_refusals_and_an_example(school: Visitor) -> None:
    for room in told().rooms:
        page = await school.get(f"{HOME}/api/{room.name}")
        assert page.status == 200
        ids = {attrs.get("id") for _, attrs in page.page.tags}
        for route in room.routes:
            assert {route.anchor} <= ids
            for words in (route.path, route.summary, route.who, route.scope):
                assert words in page.text
            assert route.refusals
            assert route.example.startswith(f"curl -X {route.method} ")


async def test_the_overview_leads_to_all_of_them_and_every_page_to_it(school: Visitor) -> None:
    page = await school.get(f"{HOME}/api")
    for room in told().rooms:
        for route in room.routes:
            assert f"{HOME}/api/{room.name}#{route.anchor}" in page.page.links
    assert f"{HOME}/api" in (await school.get(f"{HOME}/sign-in")).page.links
    await school.sign_in("Helen Marsh")
    assert f"{HOME}/api" in (await school.get(HOME)).page.links


async def test_they_are_small_without_a_form_and_inert(school: Visitor) -> None:
    for path in ("", *(f"/{name}" for name in ROOMS)):
        answer = await school.get(f"{HOME}/api{path}")
        assert len(gzip.compress(answer.body.encode())) < LARGEST
        assert answer.page.forms == []
        scripts = [attrs.get("type") for tag, attrs in answer.page.tags if tag == "script"]
        assert scripts == ["module"]
        assert "inline" not in answer.headers["Content-Security-Policy"]


async def test_a_room_that_is_none_is_no_page(school: Visitor) -> None:
    assert (await school.get(f"{HOME}/api/nowhere")).status == 404
    assert (await school.post(f"{HOME}/api", {})).status == 404


@pytest.mark.parametrize("width", [320, 1280])
async def test_every_one_is_sound(town: Town, width: int) -> None:
    async with (
        opened(town, "moorfield-primary") as visitor,
        chromium() as browser,
        reading(browser, visitor.address, f"api-{width}", width=width) as reader,
    ):
        for path in ("", *(f"/{name}" for name in ROOMS)):
            await reader.open(f"{HOME}/api{path}")
            await reader.sound(f"api{path.replace('/', '-')}")
