"""Case 1 written in a real browser, narrow and wide, with and without JavaScript; then with the keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browsing import Reader, chromium, reading, tab_to
from writer import ENTRIES, ORDER, SIMPLE

from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Visitor

SAVE = "Save and continue"
LISTS = {"who": "person", "facts": "fact", "opinions": "opinion"}
EMPTY_IS_REFUSED = ("purpose", "basis", "law", "consent", "weight", "need", "told", "urgency", "decision")


async def fill(reader: Reader, fields: dict[str, str]) -> None:
    """Fill in fields by name, as whoever sees them would."""
    for name, text in fields.items():
        found = reader.page.locator(f'[name="{name}"]:not([type=hidden])')
        kind = await found.first.get_attribute("type")
        if await reader.page.locator(f'select[name="{name}"]').count():
            await found.select_option(text)
        elif kind == "radio":
            await reader.page.locator(f'[name="{name}"][value="{text}"]').check()
        elif kind == "checkbox":
            await found.first.check()
        else:
            await found.first.fill(text)


async def write(reader: Reader) -> None:
    """Write the whole of it, with an empty form sent first wherever one is refused."""
    for name in ORDER:
        assert reader.page.url.endswith((f"/{name}", f"/{name}/new")), (name, reader.page.url)
        await reader.sound(name)
        if name in EMPTY_IS_REFUSED:
            await reader.press(SAVE)
            await reader.sound(f"{name}-error")
        if name in SIMPLE:
            await fill(reader, SIMPLE[name])
        elif name == "to":
            await reader.page.get_by_label("Their agency").select_option("northshire-childrens")
            await reader.press("Show who is there")
            await reader.sound("to-whom")
            await reader.page.get_by_label("Duty social worker (a role)").check()
            await reader.press(SAVE)
            await reader.sound("to-chosen")
        elif name in ENTRIES:
            await entries(reader, name)
        await reader.press(SAVE)


async def entries(reader: Reader, name: str) -> None:
    """Add every entry of a list; the first only after an empty one was refused."""
    one = LISTS[name]
    for at, fields in enumerate(ENTRIES[name]):
        if at or not reader.page.url.endswith("/new"):
            adding = f"Add another {one}" if at else f"Add {'an' if one == 'opinion' else 'a'} {one}"
            await reader.press(adding)
        if not at:
            await reader.sound(f"{name}-new")
            await reader.press(SAVE)
            await reader.sound(f"{name}-error")
        await fill(reader, fields)
        await reader.press(SAVE)
    await reader.sound(f"{name}-list")


@pytest.mark.parametrize(("width", "script"), [(320, True), (1280, True), (320, False)])
async def test_case_1_is_written_in_a_browser(town: Town, school: Visitor, width: int, script: bool) -> None:
    name = f"write-{width}-{'script' if script else 'plain'}"
    async with (
        chromium() as browser,
        reading(browser, school.address, name, width=width, script=script) as helen,
    ):
        await helen.sign_in("Helen Marsh")
        await helen.page.get_by_role("link", name="Share something").click()
        await helen.sound("begin")
        await helen.press("Start")
        await write(helen)
        assert helen.page.url.endswith("/check")
        await helen.sound("check")
        await helen.open(HOME)
        await helen.sound("unfinished")
        await helen.press("Share, to a role")
        assert helen.page.url.endswith("/check")
        await helen.press("Seal it and send it")
        await helen.sound("sent")
        assert "What happens next" in await helen.page.locator("main").inner_text()
        await helen.press("See the thread")
        await helen.sound("thread")
    await town.settle()
    assert [row.kind for row in (await inbox(town))] == ["share"]


async def inbox(town: Town) -> tuple[object, ...]:
    """What children's services have in their list."""
    services = town["northshire-childrens"]
    view = await services.desk.inbox(await services.sign_in("Ruth Okafor"))
    return tuple(view.rows)


async def test_a_fact_is_written_and_weighed_with_the_keyboard_alone(town: Town, school: Visitor) -> None:
    async with chromium() as browser, reading(browser, school.address, "write-keys") as helen:
        keys, page = helen.page.keyboard, helen.page
        await helen.sign_in("Helen Marsh")
        await helen.open(f"{HOME}/share")
        await tab_to(helen, "button", "Start")
        async with page.expect_navigation():
            await keys.press("Enter")
        base = page.url.removesuffix("/purpose")
        await page.goto(f"{base}/facts/new")
        await tab_to(helen, "textbox", "The fact")
        await keys.type("The teacher saw a bruise.")
        for group in ("Seen or heard by the writer",):
            await tab_to(helen, "radio", group)
            await keys.press("Space")
        await tab_to(helen, "textbox", "When was it so?")
        await keys.type("10 November 2026")
        await tab_to(helen, "radio", "Very high")
        await keys.press("ArrowDown")
        await tab_to(helen, "textbox", "Why do they need it?")
        await keys.type("You decide on it.")
        await tab_to(helen, "radio", "They must ask you first")
        await keys.press("Space")
        await tab_to(helen, "button", SAVE)
        async with page.expect_navigation():
            await keys.press("Enter")
        assert page.url == f"{base}/facts", await page.locator("main").inner_text()
        await page.goto(f"{base}/weight")
        await tab_to(helen, "radio", "Critical")
        await keys.press("Space")
        await tab_to(helen, "radio", "F1")
        await keys.press("Space")
        await tab_to(helen, "button", SAVE)
        async with page.expect_navigation():
            await keys.press("Enter")
        assert page.url == f"{base}/need", await page.locator("main").inner_text()
