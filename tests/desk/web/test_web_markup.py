"""Markup that somebody wrote into any field is text, and nothing else, on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import spoken
from browsing import chromium, reading
from test_web_loop import answers

from exchange.desk.web.render import HOME
from exchange.wire.contents import Subject, SubjectInformed

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Answer, Visitor

EVIL = (
    """"'><script>document.title="owned"</script><img src=x onerror=alert(1)>{{7*7}}</textarea><b id=evil>"""
)


def hostile_share(town: Town) -> Any:
    fact = spoken.fact(
        "F1", EVIL, why_needed=EVIL, does_not_mean=EVIL, source=spoken.Source(kind="reported", who=EVIL)
    )
    opinion = spoken.opinion("O1", EVIL, whose=EVIL, capacity=EVIL, grounds=EVIL, why_needed=EVIL)
    return spoken.share(
        town["northshire-childrens"].person("Ruth Okafor"),
        purpose_text=EVIL,
        subjects=(Subject(name=EVIL, relation=EVIL, identifier=EVIL),),
        facts=(fact,),
        opinions=(opinion,),
        not_known=(EVIL,),
        need=EVIL,
        immediate_risk=EVIL,
        urgency="immediate",
        never_tell=(EVIL,),
        subject_informed=(SubjectInformed(state="planned", when="2026-12-11", by=EVIL, explanation=EVIL),),
        emphasis=spoken.DraftEmphasis(weights={"F1": "critical", "O1": "context"}, key_point="F1"),
    )


def demand_inert(answer: Answer) -> None:
    tags = answer.page.tags
    assert "evil" not in {attrs.get("id") for _, attrs in tags}
    assert [attrs["type"] for tag, attrs in tags if tag == "script"] == ["module"]
    assert not [attrs for tag, attrs in tags if tag == "img"]
    assert "{{7*7}}" in answer.body or "49" not in answer.text


async def test_stored_markup_is_inert_on_every_page(town: Town, school: Visitor, services: Visitor) -> None:
    desk = town["moorfield-primary"]
    helen = await desk.sign_in("Helen Marsh")
    thread = (await desk.desk.share(helen, hostile_share(town))).thread
    await town.settle()
    await services.sign_in("Ruth Okafor")
    base = f"{HOME}/threads/{thread}"
    page = await services.get(f"{base}/legs/0/accept")
    answer = await services.send(page, "/accept", my_part=EVIL)
    assert answer.status == 303
    pages = [
        await services.get(path) for path in (HOME, base, f"{base}/legs/0/words", f"{base}/legs/0/read-back")
    ]
    assert "Immediate risk" in pages[1].text
    said = {name: text for name, text in answers().items() if "F4" not in name}
    said |= {"m-F1": EVIL, "m-O1": EVIL, "will_do": EVIL, "not_known": EVIL, "key_point": "F1"}
    wrong = await services.send(pages[-1], "/read-back", **(said | {"t-F1": EVIL, "key_point": EVIL}))
    assert wrong.status == 422
    assert wrong.form("/read-back")["fields"]["m-F1"] == EVIL
    pages += [wrong, await services.send(wrong, "/read-back", **said)]
    assert pages[-1].status == 303
    await town.settle()
    await school.sign_in("Helen Marsh")
    hear = await school.get(f"{base}/legs/0/hear-back")
    wrong = await school.send(hear, "/hear-back", **{"h-F1": "corrected", "c-F1": EVIL, "words": EVIL})
    assert wrong.status == 422
    said = {"h-F1": "corrected", "c-F1": EVIL, "h-O1": "understood", "words": EVIL, "verdict": "corrected"}
    pages += [hear, wrong, await school.send(wrong, "/hear-back", **said)]
    assert pages[-1].status == 303, pages[-1].text
    await town.settle()
    pages += [
        await school.get(base),
        await services.get(base),
        await services.get(f"{base}/legs/0/read-back"),
    ]
    for one in pages:
        if one.status != 303:
            demand_inert(one)


async def test_reflected_markup_is_inert(services: Visitor) -> None:
    page = await services.get(f"{HOME}/sign-in?next={EVIL}&signed={EVIL}&done={EVIL}")
    demand_inert(page)
    for fields in (
        {"name": EVIL, "passphrase": ""},
        {"name": EVIL, "passphrase": EVIL, "next": EVIL, "kept": EVIL},
    ):
        demand_inert(await services.send(page, "/sign-in", **fields))
    await services.sign_in("Ruth Okafor")
    demand_inert(await services.get(f"{HOME}?list={EVIL}&kind={EVIL}&page={EVIL}"))


async def test_a_browser_runs_none_of_it(town: Town, services: Visitor) -> None:
    desk = town["moorfield-primary"]
    helen = await desk.sign_in("Helen Marsh")
    thread = (await desk.desk.share(helen, hostile_share(town))).thread
    await town.settle()
    await services.sign_in("Ruth Okafor")
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/accept")
    await services.send(page, "/accept", my_part=EVIL)
    async with chromium() as browser, reading(browser, services.address, "evil", width=320) as ruth:
        await ruth.sign_in("Ruth Okafor")
        for path in ("", "/legs/0/words", "/legs/0/read-back"):
            await ruth.open(f"{HOME}/threads/{thread}{path}")
            await ruth.sound("evil")
            assert await ruth.page.title() != "owned"
            assert await ruth.page.locator("#evil, img").count() == 0
