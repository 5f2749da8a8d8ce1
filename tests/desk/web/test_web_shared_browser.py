"""Two people at one browser: what the first was writing when their time ran out is not the second's to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from test_web_loop import accepted, answers, share

from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Answer, Visitor


async def late(town: Town, services: Visitor) -> tuple[str, Answer]:
    """Ruth writes a read-back, and sends it when her session is over."""
    thread = await share(town)
    await services.sign_in("Ruth Okafor")
    await accepted(services, thread)
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/read-back")
    town.clock.forward(hours=1)
    answer = await services.send(page, "/read-back", **answers())
    assert answer.status == 401
    return thread, answer


async def test_another_person_is_offered_none_of_it(town: Town, services: Visitor) -> None:
    thread, page = await late(town, services)
    answer = await services.send(page, "/sign-in", name="Ben Hale", passphrase="correct horse battery staple")
    assert "Somebody else was writing here before you" in answer.text
    assert "teacher saw a bruise" not in answer.body
    assert not [form for form in answer.page.forms if "read-back" in form["action"]]
    view = await services.get(f"{HOME}/threads/{thread}")
    assert "Read it back" not in view.text or view.status == 404


async def test_the_same_person_sends_it(town: Town, services: Visitor) -> None:
    _, page = await late(town, services)
    answer = await services.send(
        page, "/sign-in", name="Ruth Okafor", passphrase="correct horse battery staple"
    )
    assert "You are signed in again" in answer.text
    assert (await services.send(answer, "/read-back")).status == 303


async def test_what_is_remembered_of_ended_sessions_is_bounded(town: Town, services: Visitor) -> None:
    desk = town["northshire-childrens"].desk
    await services.sign_in("Ruth Okafor")
    (cookie,) = services.cookies.values()
    ruth = town["northshire-childrens"].person("Ruth Okafor").person
    assert desk.sessions.whose(cookie) == ruth
    town.clock.forward(hours=1)
    desk.sessions.end_stale(desk.now())
    assert desk.sessions.whose(cookie) == ruth
    assert len(desk.sessions._ended) == 1
    assert desk.sessions.whose("unknown") is None
