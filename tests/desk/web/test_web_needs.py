"""What needs you: order, roles, filters, paging, alarms; and what a thread shows of things that are amiss."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import spoken
from browsing import chromium, reading
from test_web_loop import share

from exchange.desk.service.drafts import RequestDraft
from exchange.desk.web.guard import form_token, seat
from exchange.desk.web.render import HOME
from exchange.store.casebook import AlarmRow, Change
from keys.ceremony.people import change_role, name_lead

if TYPE_CHECKING:
    import pytest
    from doubles import Town
    from visitor import Visitor

RISK = "Her father said that he will fetch her from school at three."


async def ask(town: Town) -> str:
    """The school asks children's services for something."""
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    draft = RequestDraft(
        recipient=duty.person("Ruth Okafor"),
        purpose="significant-harm-enquiry",
        purpose_text="To know whether anybody works with the family.",
        basis=spoken.BASIS,
        subjects=(spoken.ELLIS,),
        asked=("Is there a plan for Ellis?",),
        authority="Working Together, chapter 3.",
    )
    posted = await school.desk.request(await school.sign_in("Helen Marsh"), draft)
    await town.settle()
    return posted.thread


def order(page: Any) -> list[str]:
    """The threads that a page leads to, in its order."""
    found = [re.search(r"/threads/([a-z2-7]{26})", link) for link in page.page.links]
    return list(dict.fromkeys(one[1] for one in found if one))


async def test_danger_stands_first_then_what_is_late(town: Town, services: Visitor) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    ruth = duty.person("Ruth Okafor")
    made = {}
    for urgency in ("routine", "today", "immediate"):
        more = {"immediate_risk": RISK} if urgency == "immediate" else {}
        made[urgency] = (await school.desk.share(helen, spoken.share(ruth, urgency=urgency, **more))).thread
    await town.settle()
    await services.sign_in("Ruth Okafor")
    page = await services.get(HOME)
    assert order(page) == [made["immediate"], made["today"], made["routine"]]
    town.clock.forward(hours=10)
    await services.sign_in("Ruth Okafor")
    page = await services.get(HOME)
    assert page.text.count("Overdue") == 2
    base = f"{HOME}/threads/{made['immediate']}"
    for path in (base, f"{base}/legs/0/accept", f"{base}/legs/0/decline"):
        body = (await services.get(path)).body
        assert 0 < body.index("Sent as immediate") < body.index("<h1")
    form = await services.get(f"{base}/legs/0/accept")
    await services.send(form, "/accept", my_part="I take it.")
    for path in (base, f"{base}/legs/0/words", f"{base}/legs/0/read-back"):
        body = (await services.get(path)).body
        assert 0 < body.index(RISK) < body.index("<h1")


async def test_what_waits_for_a_role_waits_for_its_members(town: Town, services: Visitor) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    thread = (await school.desk.share(helen, spoken.share(duty.role("Duty social worker")))).thread
    await town.settle()
    await services.sign_in("Ben Hale")
    assert order(await services.get(HOME)) == [thread]
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/accept")
    assert (await services.send(page, "/accept", my_part="I am on duty.")).status == 303
    ben, services.cookies = services.cookies, {}
    await services.sign_in("Ida Voss")
    assert order(await services.get(HOME)) == []
    # Ben leaves the role while he is signed in: the next page knows.
    home = duty.desk.own.home
    role = home.roster.find("Duty social worker")[0].id
    members = [home.roster.find("Ruth Okafor")[0].id]
    change_role(duty.home, role=role, members=members, now=town.clock())
    await duty.desk.own.refresh()
    services.cookies = ben
    assert order(await services.get(HOME)) == []
    for path in ("", "/legs/0/words", "/legs/0/read-back"):
        assert (await services.get(f"{HOME}/threads/{thread}{path}")).status == 404


async def test_a_request_is_seen_on_both_sides_and_its_refusal_comes_home(
    town: Town, school: Visitor, services: Visitor
) -> None:
    thread = await ask(town)
    await services.sign_in("Ruth Okafor")
    first = await services.get(HOME)
    assert "Share what is needed, or refuse and say why." in first.text
    page = await services.get(f"{HOME}/threads/{thread}")
    assert "Is there a plan for Ellis?" in page.text
    form = await services.get(f"{HOME}/threads/{thread}/refuse")
    empty = await services.send(form, "/refuse", words="We hold nothing.")
    assert empty.status == 422
    assert "Choose why you refuse" in empty.text
    sent = await services.send(
        empty, "/refuse", reason="not-necessary", decided="Nothing is held.", advised_by="Ida"
    )
    assert sent.location.endswith("done=refused"), sent.text
    assert "You refused" in (await services.get(sent.location)).text
    assert "Nothing is held." in (await services.get(f"{HOME}{await decision_of(services)}")).text
    assert (await services.get(f"{HOME}/threads/{thread}/refuse")).location.endswith(thread)
    await town.settle()
    await school.sign_in("Helen Marsh")
    first = await school.get(HOME)
    assert "Answers to what you asked" in first.text
    assert "Refused, with reasons." in first.text
    told = (await school.get(f"{HOME}/threads/{thread}")).text
    assert "We hold nothing." in told
    assert "Nothing is held." not in told
    over = await school.get(f"{HOME}?list=over&kind=request")
    assert order(over) == [thread]
    assert order(await school.get(f"{HOME}?list=over&kind=share")) == []


async def test_a_request_leads_to_the_share_that_answers_it_where_that_is_ones_own(
    town: Town, school: Visitor, services: Visitor
) -> None:
    thread = await ask(town)
    school_desk, duty = town["moorfield-primary"], town["northshire-childrens"]
    ruth = await duty.sign_in("Ruth Okafor")
    opening = (await duty.desk.show(ruth, thread)).steps[0].digest
    answer = spoken.share(school_desk.person("Helen Marsh"), answers=opening, decision=spoken.DECISION)
    shared = (await duty.desk.share(ruth, answer)).thread
    await town.settle()
    await school.sign_in("Helen Marsh")
    await services.sign_in("Ruth Okafor")
    for visitor in (school, services):
        page = await visitor.get(f"{HOME}/threads/{thread}")
        assert f"{HOME}/threads/{shared}" in page.page.links
        assert "Answered with a share" in page.text
        assert (await visitor.get(f"{HOME}/threads/{shared}")).status == 200
    assert "Answered with a share." in (await school.get(HOME)).text


async def test_only_the_sender_takes_it_back(town: Town, school: Visitor, services: Visitor) -> None:
    asked, shared = await ask(town), await share(town)
    await school.sign_in("Helen Marsh")
    await services.sign_in("Ruth Okafor")
    for path in (f"{asked}/withdraw", f"{shared}/legs/0/withdraw"):
        there = f"{HOME}/threads/{path}"
        assert (await services.get(there)).status == 303  # it is not offered, and not done
        hers = {"form": form_token(services.cookies[seat("northshire-childrens")]), "reason": "Mine."}
        assert (await services.post(there, hers)).status in {403, 404, 409}
        form = await school.get(there)
        assert (await school.send(form, "/withdraw", reason="")).status == 422
        assert (await school.send(form, "/withdraw", reason="long " * 1000)).status == 422
        done = await school.send(form, "/withdraw", reason="It was for somebody else.")
        assert "You took it back" in (await school.get(done.location)).text
        assert (await school.get(there)).status == 303
    await town.settle()
    for thread in (asked, shared):
        page = await services.get(f"{HOME}/threads/{thread}")
        assert "Withdrawn" in page.text
        assert "It was for somebody else." in page.text
    assert (await school.get(f"{HOME}/threads/{shared}/withdraw")).location.endswith(shared)


async def decision_of(visitor: Visitor) -> str:
    """Where the newest decision of a list is shown."""
    return "/threads/" + order(await visitor.get(f"{HOME}?list=over&kind=decision"))[0]


async def test_notes_go_to_the_other_side(town: Town, school: Visitor, services: Visitor) -> None:
    asked, shared = await ask(town), await share(town)
    await services.sign_in("Ruth Okafor")
    form = await services.get(f"{HOME}/threads/{shared}/legs/0/accept")
    await services.send(form, "/accept", my_part="I take it.")
    for path in (f"{asked}/note", f"{shared}/legs/0/note"):
        form = await services.get(f"{HOME}/threads/{path}")
        assert (await services.send(form, "/note", words=" ")).status == 422
        assert (await services.send(form, "/note", words="long " * 1000)).status == 422
        assert (await services.send(form, "/note", words="Which Ellis is it?")).location.endswith(
            "done=noted"
        )
    await town.settle()
    await school.sign_in("Helen Marsh")
    for thread in (asked, shared):
        assert "Which Ellis is it?" in (await school.get(f"{HOME}/threads/{thread}")).text
    assert (await services.get(f"{HOME}/threads/{shared}/note")).location.endswith(shared)
    assert (await services.get(f"{HOME}/threads/{shared}/refuse")).location.endswith(shared)
    async with chromium() as browser, reading(browser, services.address, "answers", width=320) as ruth:
        await ruth.sign_in("Ruth Okafor")
        for path, button in (
            (f"{asked}/note", "Send the note"),
            (f"{asked}/refuse", "Refuse, and tell them"),
        ):
            await ruth.open(f"{HOME}/threads/{path}")
            await ruth.sound("answer")
            await ruth.press(button)
            await ruth.sound("answer-error")
        await ruth.open(f"{HOME}/threads/{asked}")
        await ruth.sound("request")
    async with chromium() as browser, reading(browser, school.address, "taken", width=320) as helen:
        await helen.sign_in("Helen Marsh")
        await helen.open(f"{HOME}/threads/{shared}")
        await helen.press("Take it back")
        await helen.sound("withdraw")


async def test_a_long_list_comes_in_pages(
    town: Town, services: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.desk.web.needs.ROWS", 2)
    threads = {await share(town) for _ in range(5)}
    await services.sign_in("Ruth Okafor")
    seen: list[str] = []
    path = HOME
    pages = []
    while path:
        page = await services.get(path)
        pages.append(order(page))
        assert f"{len(pages[-1])} of {len(threads)}" in page.text
        seen += pages[-1]
        back = [link for link in page.page.links if "before=" in link]
        if len(pages) > 1:
            assert order(await services.get(back[0])) == pages[-2]
        path = "".join(link for link in page.page.links if "after=" in link)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert (len(seen), set(seen)) == (5, threads)
    for odd in ("0", "x", "٣", "9" * 50, f"1 9999.{'z' * 26}.0", f"1 9999.{'z' * 26}.00000"):
        page = await services.get(f"{HOME}?{urlencode({'after': odd})}")
        assert (page.status, order(page)) == (200, pages[0]), odd


async def test_a_list_can_be_narrowed_down(town: Town, services: Visitor) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    mine, asked = await share(town), await ask(town)
    teams = (
        await school.desk.share(helen, spoken.share(duty.role("Duty social worker"), urgency="routine"))
    ).thread
    await town.settle()
    await services.sign_in("Ruth Okafor")
    for query, threads in (
        ("kind=request", {asked}),
        ("hands=roles", {teams}),
        ("hands=me", {mine, asked}),
        ("urgency=routine&kind=share", {teams}),
        ("side=sender", set()),
        ("overdue=yes", set()),
        ("list=open", {mine, asked, teams}),
        ("kind=nonsense&hands=&urgency=%00", {mine, asked, teams}),
    ):
        page = await services.get(f"{HOME}?{query}")
        assert (page.status, set(order(page))) == (200, threads), query
    assert "Nothing here is like that." in (await services.get(f"{HOME}?overdue=yes")).text
    town.clock.forward(hours=200)
    await services.sign_in("Ruth Okafor")
    assert set(order(await services.get(f"{HOME}?overdue=yes"))) >= {mine, teams}


async def test_lists_are_sound_in_every_state(
    town: Town, services: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing, much, late, filtered to nothing: at both widths."""
    monkeypatch.setattr("exchange.desk.web.needs.ROWS", 3)
    for _ in range(4):
        await share(town)
    await ask(town)
    town.clock.forward(hours=200)
    for width in (320, 1280):
        name = f"lists-{width}"
        async with chromium() as browser, reading(browser, services.address, name, width=width) as ruth:
            await ruth.sign_in("Ruth Okafor")
            for query, called in (
                ("", "late"),
                ("?list=others", "nothing"),
                ("?urgency=immediate&overdue=yes", "none-like-that"),
                ("?list=needs&overdue=yes", "filtered"),
            ):
                await ruth.open(HOME + query)
                await ruth.sound(called)
            await ruth.press("Next page")
            await ruth.sound("next")
            await ruth.press("Previous page")
            await ruth.sound("previous")


async def test_what_waits_for_others_is_apart(town: Town, school: Visitor) -> None:
    thread = await share(town)
    await school.sign_in("Helen Marsh")
    assert order(await school.get(HOME)) == []
    assert order(await school.get(f"{HOME}?list=others")) == [thread]
    await school.sign_in("Tom Reed")
    assert order(await school.get(f"{HOME}?list=others")) == []


async def test_alarms_are_the_leads(town: Town, services: Visitor) -> None:
    duty = town["northshire-childrens"]
    name_lead(duty.home, person=duty.desk.own.home.roster.find("Ida Voss")[0].id, now=town.clock())
    await duty.desk.own.refresh()
    row = AlarmRow("log_forked", "", "2026-11-23T09:00:00Z", None)
    await duty.desk.casebook.record(Change(alarms=(row,)))
    await services.sign_in("Ida Voss")
    body = (await services.get(HOME)).body
    assert 0 < body.index("two histories of one key log") < body.index("<h1")
    await services.sign_in("Ruth Okafor")
    assert "two histories" not in (await services.get(HOME)).body


async def test_a_thread_that_is_amiss_says_so(
    town: Town, services: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await share(town)
    duty = town["northshire-childrens"]
    show = duty.desk.show

    async def amiss(session: Any, name: str) -> Any:
        view = await show(session, name)
        fork = {"leg": 0, "who": view.steps[0].who, "seq": 1, "steps": ("0" * 64, "1" * 64)}
        step = view.steps[0].model_copy(
            update={"without_effect": "not_allowed", "words_refused": "text_blank"}
        )
        leg = view.legs[0].model_copy(update={"emphasis_refused": "emphasis_disagrees"})
        from exchange.desk.service.views import ForkView

        changed = {"forks": (ForkView(**fork),), "waiting": 1, "steps": (step,), "legs": (leg,)}
        return view.model_copy(update=changed)

    monkeypatch.setattr(duty.desk, "show", amiss)
    await services.sign_in("Ruth Okafor")
    text = (await services.get(f"{HOME}/threads/{thread}")).text
    for said in (
        "signed two different steps in one place",
        "has not arrived yet",
        "This step changed nothing (not allowed)",
        "The words broke a rule",
        "not those that they promised",
    ):
        assert said in text
    async with chromium() as browser, reading(browser, services.address, "amiss", width=320) as ruth:
        await ruth.sign_in("Ruth Okafor")
        await ruth.open(f"{HOME}/threads/{thread}")
        await ruth.sound("amiss")


async def test_long_words_forced_colours_and_the_dark(town: Town, services: Visitor) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    long = spoken.fact("F1", "Bruise" * 300, why_needed="Because" * 100)
    wide = spoken.share(
        duty.person("Ruth Okafor"),
        facts=(long,),
        opinions=(spoken.opinion("O1", "Worry" * 200, grounds="Seen" * 100),),
        emphasis=spoken.DraftEmphasis(weights={"F1": "critical", "O1": "context"}, key_point="F1"),
        urgency="immediate",
        immediate_risk="Danger" * 100,
    )
    thread = (await school.desk.share(helen, wide)).thread
    await town.settle()
    await services.sign_in("Ruth Okafor")
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/accept")
    await services.send(page, "/accept", my_part="Mine" * 200)
    for name, more in (
        ("forced", {"forced_colors": "active"}),
        ("dark", {"color_scheme": "dark"}),
    ):
        async with chromium() as browser, reading(browser, services.address, name, width=320, **more) as ruth:
            await ruth.sign_in("Ruth Okafor")
            for path in ("", "/legs/0/words", "/legs/0/read-back"):
                await ruth.open(f"{HOME}/threads/{thread}{path}")
                await ruth.sound(f"long{path.replace('/', '-')}")


def test_no_address_names_a_person() -> None:
    from exchange.desk.web.app import PAGES

    parts = set(re.findall(r"\{([a-z]+):", " ".join(page.path for page in PAGES)))
    assert parts == {"thread", "leg", "number", "draft", "question", "item", "room"}  # a room of the API
