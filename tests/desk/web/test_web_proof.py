"""Asked again before something is signed in somebody's name: nothing typed is lost, and nothing goes without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import PASSPHRASE
from test_web_loop import accepted, answers, share

from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Answer, Visitor


@pytest.fixture
def town(town: Town) -> Town:
    for agency in town.postman.agencies.values():
        agency.desk.config = replace(agency.desk.config, proof=timedelta(minutes=5))
    return town


async def kinds(town: Town, thread: str) -> list[str]:
    ruth = await town["northshire-childrens"].sign_in("Ruth Okafor")
    view = await town["northshire-childrens"].desk.show(ruth, thread)
    return [step.kind for step in view.steps]


async def late_read_back(town: Town, services: Visitor) -> tuple[str, Answer]:
    """A read-back that is sent six minutes after its writer signed in."""
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    await accepted(services, thread)
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/read-back")
    town.clock.forward(minutes=6)
    return thread, await services.send(page, "/read-back", **answers())


async def test_within_the_window_nobody_is_asked(town: Town, services: Visitor) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    await accepted(services, thread)
    town.clock.forward(minutes=4)
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/read-back")
    assert (await services.send(page, "/read-back", **answers())).status == 303


async def test_after_it_the_passphrase_is_asked_and_then_what_was_sent_is_done(
    town: Town, services: Visitor
) -> None:
    thread, asked = await late_read_back(town, services)
    assert asked.status == 403
    assert "Show that it is you" in asked.text
    assert "A teacher saw a bruise" in asked.text
    assert await kinds(town, thread) == ["share", "accept"]
    done = await services.send(asked, "/read-back", proof=PASSPHRASE)
    assert (done.status, done.location.endswith("done=read-back")) == (303, True)
    assert await kinds(town, thread) == ["share", "accept", "read_back"]
    said = answers()
    ruth = await town["northshire-childrens"].sign_in("Ruth Okafor")
    step = (await town["northshire-childrens"].desk.show(ruth, thread)).steps[-1]
    assert step.words.will_do == said["will_do"]


async def test_a_wrong_passphrase_does_nothing_loses_nothing_and_slows_the_next(
    town: Town, services: Visitor
) -> None:
    thread, asked = await late_read_back(town, services)
    for _ in range(5):
        asked = await services.send(asked, "/read-back", proof="wrong guess")
        assert asked.status == 401
        assert "That is not your passphrase" in asked.text
        assert "A teacher saw a bruise" in asked.text
        assert "wrong guess" not in asked.body
    slowed = await services.send(asked, "/read-back", proof=PASSPHRASE)
    assert slowed.status == 429
    assert "Wait a minute" in slowed.text
    assert await kinds(town, thread) == ["share", "accept"]
    town.clock.forward(minutes=1)
    assert (await services.send(slowed, "/read-back", proof=PASSPHRASE)).status == 303


async def test_an_empty_proof_and_a_colleagues_are_no_proof(town: Town, services: Visitor) -> None:
    thread, asked = await late_read_back(town, services)
    assert (await services.send(asked, "/read-back", proof="")).status == 401
    assert await kinds(town, thread) == ["share", "accept"]


async def test_the_proof_is_taken_from_this_sign_ins_own_form_alone(town: Town, services: Visitor) -> None:
    thread, asked = await late_read_back(town, services)
    fields = asked.form("/read-back")["fields"] | {"proof": PASSPHRASE}
    path = asked.form("/read-back")["action"]
    for wrong, headers in (
        (fields | {"form": "x"}, {}),
        (fields, {"Origin": "https://evil.example"}),
        (fields, {"Sec_Fetch_Site": "cross-site"}),
    ):
        assert (await services.post(path, wrong, **headers)).status == 403
    assert await kinds(town, thread) == ["share", "accept"]
    assert (await services.send(asked, "/read-back")).status == 401  # and none of those was a proof


async def test_reading_never_waits_for_a_proof(town: Town, services: Visitor) -> None:
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    await accepted(services, thread)
    town.clock.forward(minutes=14)
    assert (await services.get(f"{HOME}/threads/{thread}/legs/0/words")).status == 200


async def test_a_session_that_ends_meanwhile_asks_for_both_and_keeps_the_words(
    town: Town, services: Visitor
) -> None:
    _, asked = await late_read_back(town, services)
    town.clock.forward(minutes=16)
    late = await services.send(asked, "/read-back", proof=PASSPHRASE)
    assert late.status == 401
    assert "You were signed out" in late.text
    assert PASSPHRASE not in late.body
    again = await services.send(late, "/sign-in", name="Ruth Okafor", passphrase=PASSPHRASE)
    assert (await services.send(again, "/read-back")).status == 303
