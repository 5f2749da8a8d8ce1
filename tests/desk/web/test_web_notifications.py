"""Being told by mail, as a page and over the API: one's own wishes, kept or refused with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browsing import chromium, reading
from doubles import PASSPHRASE

from exchange.desk.notifying.settings import FILE
from exchange.desk.notifying.wishes import wishes_of
from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from doubles import Town
    from visitor import Visitor

PAGE = f"{HOME}/notifications"
SETTINGS = (
    'desk = "https://desk.northshire.example"\n'
    '[mail]\nhost = "mail.northshire.example"\nsender = "readback@northshire.example"\n'
    'domains = ["northshire.example"]\n'
)


@pytest.fixture
def set_up(town: Town) -> None:
    (town["northshire-childrens"].home / FILE).write_text(SETTINGS)


async def kept(town: Town, name: str) -> Any:
    agency = town["northshire-childrens"]
    person = agency.person(name).person or ""
    secret = agency.desk.own.home.storage_secret
    return await wishes_of(agency.desk.casebook, secret, person)


@pytest.mark.usefixtures("set_up")
async def test_what_is_filled_in_is_kept_and_shown_again(town: Town, services: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    page = await services.get(PAGE)
    assert "Have quiet hours" in page.text
    assert page.form("/notifications")["fields"]["begins"] == "19:00"
    answer = await services.send(
        page, "/notifications", mail="ruth@northshire.example", alarms="no", begins="20:00", days_off="no"
    )
    assert (answer.status, answer.location) == (303, f"{PAGE}?done=saved")
    page = await services.get(answer.location)
    assert "You will be told by mail." in page.text
    fields = page.form("/notifications")["fields"]
    assert (fields["mail"], fields["begins"]) == ("ruth@northshire.example", "20:00")
    found = await kept(town, "Ruth Okafor")
    assert (found.mail, found.new, found.alarms) == ("ruth@northshire.example", True, False)
    assert (found.quiet.begins, found.quiet.days_off) == ("20:00", False)


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ({"mail": "ruth@elsewhere.example"}, "Notices cannot go to that mail address."),
        ({"mail": "ruth"}, "Type a mail address"),
        ({"mail": "ruth@northshire.example\r\nBcc: x@y.example"}, "Type a mail address"),
        ({"begins": "7 pm"}, "Type a time with four digits"),
        ({"ends": "25:00"}, "Type a time with four digits"),
        ({"begins": "07:00"}, "begin and end at two different times"),
        ({"quiet": "perhaps"}, "Choose yes or no"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    town: Town, services: Visitor, filled: dict[str, str], said: str
) -> None:
    await services.sign_in("Ruth Okafor")
    page = await services.get(PAGE)
    answer = await services.send(page, "/notifications", **{"mail": "r@northshire.example", **filled})
    assert answer.status == 422
    assert said in answer.text
    typed = answer.form("/notifications")["fields"]["mail"]
    assert typed.split() == filled.get("mail", "r@northshire.example").split()
    assert (await kept(town, "Ruth Okafor")).mail is None


async def test_a_desk_without_mail_says_so(town: Town, services: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    page = await services.get(PAGE)
    assert "This desk was not told how to send mail." in page.text
    answer = await services.send(page, "/notifications", mail="ruth@northshire.example")
    assert answer.status == 422
    assert (await services.send(page, "/notifications", quiet="no")).status == 303
    assert (await kept(town, "Ruth Okafor")).quiet is None


@pytest.mark.usefixtures("set_up")
async def test_nobody_sees_somebody_elses_address(services: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    await services.send(await services.get(PAGE), "/notifications", mail="ruth@northshire.example")
    services.cookies = {}
    await services.sign_in("Ben Hale")
    assert "ruth@" not in (await services.get(PAGE)).body


@pytest.mark.usefixtures("set_up")
async def test_the_api_can_do_what_the_page_can(town: Town, services: Visitor) -> None:
    there = f"{services.address}/api/v1"
    who = {"person": "Ruth Okafor", "passphrase": PASSPHRASE}
    async with services.http.post(f"{there}/session", json=who) as answer:
        token = {"Authorization": f"Bearer {(await answer.json())['token']}"}
    async with services.http.get(f"{there}/notifications", headers=token) as answer:
        view = await answer.json()
    assert (view["possible"], view["domains"], view["last"]) == (True, ["northshire.example"], None)
    wishes = {**view["wishes"], "mail": "ruth@northshire.example", "quiet": None}
    async with services.http.post(f"{there}/notifications", json=wishes, headers=token) as answer:
        assert answer.status == 200
        assert (await answer.json())["wishes"] == wishes
    for wrong, code in (
        ({"mail": "ruth@elsewhere.example"}, "notice_address_refused"),
        ({"quiet": {"begins": "07:00", "ends": "07:00", "days_off": True}}, "quiet_hours_refused"),
        ({"mail": "ruth"}, None),
        ({"sms": "0"}, None),
    ):
        async with services.http.post(
            f"{there}/notifications", json={**wishes, **wrong}, headers=token
        ) as answer:
            assert answer.status == 422
            assert code is None or code in await answer.text()
    assert (await kept(town, "Ruth Okafor")).mail == "ruth@northshire.example"


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("width", [320, 1280])
async def test_the_page_is_sound_in_a_browser(services: Visitor, width: int) -> None:
    async with (
        chromium() as browser,
        reading(browser, services.address, f"told-{width}", width=width) as ruth,
    ):
        await ruth.sign_in("Ruth Okafor")
        await ruth.open(PAGE)
        await ruth.sound("told")
        await ruth.page.get_by_label("Where to write to").fill("ruth")
        await ruth.page.get_by_label("Quiet from").fill("7 pm")
        await ruth.press("Save")
        await ruth.sound("told-error")
        await ruth.page.get_by_label("Where to write to").fill("ruth@northshire.example")
        await ruth.page.get_by_label("Quiet from").fill("20:00")
        await ruth.press("Save")
        await ruth.sound("told-saved")
