"""The loop in a real browser, narrow and wide, with and without JavaScript; every page is sound on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browsing import Reader, chromium, reading, tab_to
from doubles import PASSPHRASE
from test_web_loop import MEANINGS, share

from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Visitor


async def fill_in(reader: Reader, **changed: str) -> None:
    page = reader.page
    for name, meaning in MEANINGS.items():
        await page.get_by_label(f"{name}: what does it mean, in your own words?").fill(
            changed.get(name, meaning)
        )
        taken = page.get_by_role("group", name=f"{name}: do you take it as fact or opinion?")
        await taken.get_by_label("Fact" if name.startswith("F") else "Opinion", exact=True).check()
        weight = page.get_by_role("group", name=f"{name}: how much does it matter?")
        await weight.get_by_label("Significant", exact=True).check()
    await (
        page.get_by_role("group", name="Which one thing matters most?")
        .get_by_label("Fact F1", exact=True)
        .check()
    )
    await page.get_by_label("What will you do?").fill("A strategy discussion this afternoon.")


async def answer(reader: Reader, *, wrong: str | None) -> None:
    page = reader.page
    for name in MEANINGS:
        group = page.get_by_role("group", name=f"{name}: did they understand it?")
        await group.get_by_label("Not what I meant" if name == wrong else "Understood", exact=True).check()
        if name == wrong:
            await page.get_by_label(f"{name}: what you meant").fill("She did not say that it was a fall.")
    verdict = page.get_by_role("group", name="Is that what you meant?")
    await verdict.get_by_label("No, something" if wrong else "Yes, they understood").check()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_the_loop_closes_in_a_browser(
    town: Town, school: Visitor, services: Visitor, width: int, script: bool
) -> None:
    thread = await share(town)
    kind = f"{width}-{'script' if script else 'plain'}"
    async with (
        chromium() as browser,
        reading(browser, services.address, f"{kind}-ruth", width=width, script=script) as ruth,
        reading(browser, school.address, f"{kind}-helen", width=width, script=script) as helen,
    ):
        await first_round(town, ruth, helen, thread)
        await ruth.open(f"{HOME}/threads/{thread}/legs/0/read-back")
        await ruth.sound("read-back-again")
        await fill_in(ruth)
        await ruth.press("Send it back")
        await town.settle()
        await helen.open(f"{HOME}/threads/{thread}/legs/0/hear-back")
        await answer(helen, wrong=None)
        await helen.press("Send my answer")
        await helen.sound("thread-closed")
        await town.settle()
        await ruth.open(f"{HOME}/threads/{thread}")
        await ruth.sound("thread-closed")
        await ruth.open(f"{HOME}?list=over")
        await ruth.sound("over")


async def first_round(town: Town, ruth: Reader, helen: Reader, thread: str) -> None:
    """To the first correction, with an empty form sent at every step."""
    await ruth.sign_in("Ruth Okafor")
    await ruth.sound("needs")
    await ruth.press("Share from Helen Marsh, Moorfield Primary")
    await ruth.sound("thread-sent")
    await ruth.press("Accept or decline")
    await ruth.sound("accept")
    await ruth.press("Accept, and read it")
    await ruth.sound("accept-error")
    await ruth.press("Decline: it is not mine to have")
    await ruth.sound("decline")
    await ruth.open(f"{HOME}/threads/{thread}/legs/0/accept")
    await ruth.page.get_by_label("What is your part in this?").fill("I am on duty today.")
    await ruth.press("Accept, and read it")
    await ruth.sound("words")
    await ruth.press("Read it back")
    await ruth.sound("read-back")
    await ruth.press("Send it back")
    await ruth.sound("read-back-error")
    await fill_in(ruth, F4="The doctor confirmed on 12 November that it was a fall, 5 cm.")
    await ruth.press("Send it back")
    await ruth.sound("thread-read-back")
    await town.settle()
    await helen.sign_in("Helen Marsh")
    await helen.sound("needs")
    await helen.open(f"{HOME}/threads/{thread}")
    await helen.press("Answer the read-back")
    assert await helen.page.locator("input[type=radio]:checked").count() == 0
    await helen.sound("hear-back")
    await helen.press("Send my answer")
    await helen.sound("hear-back-error")
    await answer(helen, wrong="F4")
    await helen.press("Send my answer")
    await helen.sound("thread-corrected")
    await town.settle()


async def test_the_keyboard_alone_suffices(town: Town, services: Visitor) -> None:
    await share(town)
    async with chromium() as browser, reading(browser, services.address, "keys") as ruth:
        keys, page = ruth.page.keyboard, ruth.page
        await ruth.open(f"{HOME}/sign-in")
        await tab_to(ruth, "link", "Skip to main content")
        await keys.press("Enter")
        await tab_to(ruth, "textbox", "Your name")
        await keys.type("Ruth Okafor")
        await tab_to(ruth, "textbox", "Your passphrase")
        await keys.type(PASSPHRASE)
        await keys.press("Enter")
        await page.wait_for_url(f"**{HOME}")
        for role, name in (("link", "Share from Helen Marsh"), ("button", "Accept or decline")):
            await tab_to(ruth, role, name)
            async with page.expect_navigation():
                await keys.press("Enter")
        await tab_to(ruth, "textbox", "What is your part in this?")
        await keys.type("I am on duty.")
        await tab_to(ruth, "button", "Accept, and read it")
        async with page.expect_navigation():
            await keys.press("Enter")
        await tab_to(ruth, "button", "Read it back")
        async with page.expect_navigation():
            await keys.press("Enter")
        for name, meaning in MEANINGS.items():
            await tab_to(ruth, "textbox", f"{name}: what does it mean")
            await keys.type(meaning)
            for _ in range(2):  # fact or opinion, then how much it matters: the first of each
                await keys.press("Tab")
                await keys.press("Space")
        await keys.press("Tab")
        await keys.press("ArrowDown")
        await tab_to(ruth, "textbox", "What will you do?")
        await keys.type("Ring the school.")
        await tab_to(ruth, "button", "Send it back")
        async with page.expect_navigation():
            await keys.press("Enter")
        assert "Your read-back is on its way" in await page.locator("main").inner_text()
