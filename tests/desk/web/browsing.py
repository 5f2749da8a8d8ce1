"""A real browser at a desk's pages: Debian's Chromium, driven by Playwright, with what every page must hold.

Where there is no Chromium the tests that need it are skipped and say so; where `CI` is set they fail.
"""

from __future__ import annotations

import os
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from doubles import PASSPHRASE
from playwright.async_api import async_playwright

from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, ConsoleMessage, Page

CHROMIUM = Path(os.environ.get("READBACK_CHROMIUM", "/usr/bin/chromium"))
HERE = CHROMIUM.exists()
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_AXE = Path(__file__).resolve().parent / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_PICTURES = os.environ.get("READBACK_SCREENSHOTS")


@cache
def _axe() -> str:
    return _AXE.read_text("utf-8")


@dataclass
class Reader:
    """Somebody at a browser: every page that they see must be sound."""

    page: Page
    address: str
    name: str
    script: bool = True
    faults: list[str] = field(default_factory=list)
    _seen: int = 0

    async def open(self, path: str) -> None:
        await self.page.goto(self.address + path)

    async def sign_in(self, who: str) -> None:
        await self.open(f"{HOME}/sign-in")
        await self.sound("sign-in")
        await self.page.get_by_label("Your name").fill(who)
        await self.page.get_by_label("Your passphrase", exact=True).fill(PASSPHRASE)
        await self.press("Sign in")
        assert self.page.url == self.address + HOME

    async def press(self, words: str) -> None:
        """Press a button or follow a link, as whoever reads it would."""
        found = self.page.get_by_role("main").get_by_role("button", name=words, exact=True)
        if not await found.count():
            found = self.page.get_by_role("main").get_by_role("link", name=words, exact=True)
        async with self.page.expect_navigation():
            await found.first.click()

    async def sound(self, called: str) -> None:
        """The page fits its window, has one heading and a language, breaks no rule, and reports nothing."""
        page = self.page
        if _PICTURES:
            self._seen += 1
            path = Path(_PICTURES) / f"{self.name}-{self._seen:02}-{called}.png"
            await page.screenshot(path=path, full_page=True)
        wide = await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{called}: scrolls sideways by {wide} px"
        assert await page.locator("h1").count() == 1, called
        assert await page.locator("html[lang]").count() == 1
        if self.script:  # the rules are a script themselves; without scripts the markup is the same
            await self._judge(called)
        assert self.faults == [], called

    async def _judge(self, called: str) -> None:
        await self.page.evaluate(_axe())
        found: dict[str, Any] = await self.page.evaluate(
            "async rules => { const r = await axe.run(document, {runOnly: rules});"
            " return {violations: r.violations.map(v => [v.id, v.nodes.map(n => n.html)])} }",
            _RULES,
        )
        assert found["violations"] == [], f"{called}: {found}"

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _EXPECTED.search(message.text):
            self.faults.append(message.text)


_EXPECTED = re.compile(r"status of (401|403|404|409|422|429) ")  # a refusal is an answer too


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the browser."""
    if not HERE:
        message = f"no browser at {CHROMIUM}: install Debian's chromium, or set READBACK_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def reading(
    browser: Browser, address: str, name: str, *, width: int = 1280, script: bool = True, **more: Any
) -> AsyncIterator[Reader]:
    """Open a window of its own at a desk."""
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=script, **more
    )
    page = await context.new_page()
    reader = Reader(page, address, name, script)
    page.on("console", reader._note)
    page.on("pageerror", lambda error: reader.faults.append(str(error)))
    page.set_default_timeout(20_000)
    yield reader
    await context.close()


async def tab_to(reader: Reader, role: str, name: str) -> None:
    """Go with the Tab key alone to what has this role and begins with this name; it must be seen to have it."""
    wanted = reader.page.get_by_role(role, name=re.compile(f"^{re.escape(name)}"))
    for _ in range(80):
        await reader.page.keyboard.press("Tab")
        for index in range(await wanted.count()):
            if await wanted.nth(index).evaluate("one => one === document.activeElement"):
                return
    pytest.fail(f"the keyboard does not reach {role} {name!r}")
