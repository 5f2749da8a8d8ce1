"""Passkeys in a real browser, with Chromium's virtual authenticator: with the PRF extension, and without."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from browsing import Reader, chromium, reading
from doubles import PASSPHRASE
from test_web_loop import share

from exchange.desk.passkeys import Doorkeeper
from exchange.desk.web.render import HOME
from keys.ceremony.passkeys import read_passkeys

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Visitor

AGENCY = "northshire-childrens"


@pytest.fixture
def address(town: Town, services: Visitor) -> str:
    """The desk's own, by a name: passkeys know no numbers."""
    desk = town[AGENCY].desk
    named = services.address.replace("127.0.0.1", "localhost")
    desk.config = replace(desk.config, address=named, proof=timedelta(minutes=5))
    desk.doorkeeper = Doorkeeper(named)
    return named


async def authenticator(reader: Reader, *, prf: bool) -> Any:
    """Plug a virtual authenticator into this window."""
    session = await reader.page.context.new_cdp_session(reader.page)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        "hasPrf": prf,
    }
    made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


async def add_passkey(reader: Reader) -> None:
    await reader.open(f"{HOME}/account")
    await reader.sound("account")
    await reader.press("Your passkeys")
    await reader.sound("passkeys")
    await reader.press("Add a passkey")
    await reader.sound("passkey-finish")
    await reader.page.get_by_label("Your passphrase", exact=True).fill(PASSPHRASE)
    await reader.press("Add the passkey")
    await reader.sound("passkey-added")


async def sign_out(reader: Reader) -> None:
    async with reader.page.expect_navigation():
        await reader.page.get_by_role("button", name="Sign out", exact=True).click()


@pytest.mark.parametrize("width", [320, 1280])
async def test_with_prf_a_touch_signs_in_opens_the_words_and_proves_again(
    town: Town, address: str, width: int
) -> None:
    thread = await share(town)
    async with chromium() as browser, reading(browser, address, f"passkey-{width}", width=width) as reader:
        await authenticator(reader, prf=True)
        await reader.sign_in("Ruth Okafor")
        await add_passkey(reader)
        assert await reader.page.get_by_text("It opens your keys.").count() == 2
        await sign_out(reader)
        await reader.sound("signed-out")
        await reader.press("Sign in with a passkey")
        assert reader.page.url == address + HOME
        town.clock.forward(minutes=6)
        await reader.open(f"{HOME}/threads/{thread}/legs/0/accept")
        await reader.page.get_by_label("What is your part in this?").fill("I am on duty.")
        await reader.press("Accept, and read it")
        await reader.sound("prove")
        assert await reader.page.get_by_text("I am on duty.").count() == 1
        await reader.press("Use your passkey instead")
        await reader.open(f"{HOME}/threads/{thread}/legs/0/words")
        assert await reader.page.get_by_text("bruise").count()


async def test_without_prf_it_is_a_second_proof(town: Town, address: str) -> None:
    async with chromium() as browser, reading(browser, address, "second", width=1280) as reader:
        await authenticator(reader, prf=False)
        await reader.sign_in("Ruth Okafor")
        await add_passkey(reader)
        await sign_out(reader)
        await reader.page.get_by_label("Your name").fill("Ruth Okafor")
        await reader.page.get_by_label("Your passphrase", exact=True).fill(PASSPHRASE)
        await reader.press("Sign in")
        assert await reader.page.get_by_text("a passkey that goes with your passphrase").count()
        await reader.sound("second-missing")
        await reader.press("Sign in with a passkey")
        await reader.sound("second-half")
        assert await reader.page.get_by_label("Your name").input_value() == "Ruth Okafor"
        await reader.page.get_by_label("Your passphrase", exact=True).fill(PASSPHRASE)
        await reader.press("Sign in")
        assert reader.page.url == address + HOME


async def test_a_refusal_by_the_authenticator_is_said_and_changes_nothing(town: Town, address: str) -> None:
    async with chromium() as browser, reading(browser, address, "refusal", width=320) as reader:
        session, made = await authenticator(reader, prf=True)
        await reader.sign_in("Ruth Okafor")
        await session.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": False})
        await reader.open(f"{HOME}/account/passkeys")
        await reader.page.get_by_role("button", name="Add a passkey").click()
        await reader.page.get_by_text("The passkey was not used.").wait_for()
        await reader.sound("passkey-not-used")
        ruth = town[AGENCY].person("Ruth Okafor").person or ""
        assert read_passkeys(town[AGENCY].desk.own.home, ruth) == ()


async def test_without_javascript_the_page_says_that_passkeys_need_it(town: Town, address: str) -> None:
    async with chromium() as browser, reading(browser, address, "plain", script=False) as reader:
        await reader.open(f"{HOME}/sign-in")
        assert await reader.page.get_by_text("To use a passkey you need JavaScript.").is_visible()
        assert not await reader.page.get_by_text("Sign in with a passkey").is_visible()
        await reader.sign_in("Ruth Okafor")
