"""One's own sign-ins: seen by their person alone, ended one by one or all, and by another passphrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from doubles import PASSPHRASE
from visitor import Visitor

from exchange.desk.web.guard import seat
from exchange.desk.web.render import HOME
from keys.ceremony.secret import change_secret
from keys.keystore import Cost, Passphrase

if TYPE_CHECKING:
    from doubles import Town

SEAT = seat("northshire-childrens")
ACCOUNT = f"{HOME}/account"
NEW = "seven green kites over hull"
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)


@pytest.fixture
def elsewhere(services: Visitor) -> Visitor:
    """Another browser at the same desk."""
    return Visitor(services.http, services.address)


async def out(visitor: Visitor) -> bool:
    answer = await visitor.get(HOME)
    return answer.status == 303


async def test_each_sees_their_own_sign_ins_alone(services: Visitor, elsewhere: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    await elsewhere.sign_in("Ben Hale")
    page = await services.get(ACCOUNT)
    assert page.text.count("Signed in ") == 1
    assert "Here, now." in page.text
    await Visitor(services.http, services.address).sign_in("Ruth Okafor")
    assert (await services.get(ACCOUNT)).text.count("Signed in ") == 2
    assert services.cookies[SEAT] not in page.body


async def test_one_sign_in_is_ended_by_its_own_person_and_by_nobody_else(
    services: Visitor, elsewhere: Visitor
) -> None:
    await services.sign_in("Ruth Okafor")
    await elsewhere.sign_in("Ruth Okafor")
    ben = Visitor(services.http, services.address)
    await ben.sign_in("Ben Hale")
    page = await services.get(ACCOUNT)
    name = page.form("/account")["fields"]["end"] if len(page.page.forms) == 2 else ""
    ends = [form["fields"]["end"] for form in page.page.forms if "end" in form["fields"]]
    name = next(one for one in ends if one != "others")
    bens = await ben.get(ACCOUNT)
    token = next(attrs["value"] for tag, attrs in bens.page.tags if attrs.get("name") == "form")
    assert "not signed in there" in (await ben.post(ACCOUNT, {"form": token, "end": name})).text
    assert not await out(elsewhere)
    mine = next(attrs["value"] for tag, attrs in page.page.tags if attrs.get("name") == "form")
    answer = await services.post(ACCOUNT, {"form": mine, "end": name})
    assert answer.location == f"{ACCOUNT}?done=ended"
    assert await out(elsewhere)
    assert not await out(services)
    assert not await out(ben)


async def test_all_others_end_at_once(services: Visitor, elsewhere: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    await elsewhere.sign_in("Ruth Okafor")
    page = await services.get(ACCOUNT)
    token = next(attrs["value"] for tag, attrs in page.page.tags if attrs.get("name") == "form")
    await services.post(ACCOUNT, {"form": token, "end": "others"})
    assert await out(elsewhere)
    assert not await out(services)


async def test_another_passphrase_ends_every_other_sign_in_and_the_old_one_opens_nothing(
    services: Visitor, elsewhere: Visitor
) -> None:
    await services.sign_in("Ruth Okafor")
    await elsewhere.sign_in("Ruth Okafor")
    page = await services.get(f"{ACCOUNT}/passphrase")
    answer = await services.send(page, "/passphrase", passphrase=PASSPHRASE, new_passphrase=NEW, repeated=NEW)
    assert answer.location == f"{ACCOUNT}?done=passphrase"
    assert await out(elsewhere)
    assert not await out(services)
    page = await elsewhere.get(f"{HOME}/sign-in")
    refused = await elsewhere.send(page, "/sign-in", name="Ruth Okafor", passphrase=PASSPHRASE)
    assert refused.status == 401
    assert (await elsewhere.send(page, "/sign-in", name="Ruth Okafor", passphrase=NEW)).status == 303


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("a wrong guess", NEW, NEW), "That is not your passphrase"),
        ((PASSPHRASE, "short", "short"), "at least twelve characters"),
        ((PASSPHRASE, NEW, NEW + "s"), "Type the new passphrase again"),
        (("", NEW, NEW), "Type your present passphrase"),
        ((PASSPHRASE, "", ""), "Type a new passphrase"),
    ],
)
async def test_a_change_that_is_refused_changes_nothing(
    services: Visitor, elsewhere: Visitor, typed: tuple[str, str, str], said: str
) -> None:
    await services.sign_in("Ruth Okafor")
    await elsewhere.sign_in("Ruth Okafor")
    page = await services.get(f"{ACCOUNT}/passphrase")
    fields = dict(zip(("passphrase", "new_passphrase", "repeated"), typed, strict=True))
    answer = await services.send(page, "/passphrase", **fields)
    assert answer.status == 422
    assert said in answer.text
    assert not any(word in answer.body for word in typed if len(word) > 6)
    assert not await out(elsewhere)
    await Visitor(services.http, services.address).sign_in("Ruth Okafor")


async def test_a_passphrase_changed_by_other_hands_ends_every_session(town: Town, services: Visitor) -> None:
    await services.sign_in("Ruth Okafor")
    agency = town["northshire-childrens"]
    ruth = agency.person("Ruth Okafor").person
    assert ruth is not None
    change_secret(agency.home, ruth, Passphrase(PASSPHRASE), Passphrase(NEW), cost=CHEAP)
    assert await out(services)
