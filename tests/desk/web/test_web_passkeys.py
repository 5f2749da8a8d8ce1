"""Passkeys at the door: what they open, what they prove, and every way in which one is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import PASSPHRASE
from soft_authenticator import PRESENT, SoftPasskey, url
from test_web_loop import accepted, answers, share
from typer.testing import CliRunner
from visitor import Visitor

from exchange.desk.passkeys import Doorkeeper
from exchange.desk.web.guard import door, seat
from exchange.desk.web.render import HOME
from keys.ceremony.home import changing
from keys.ceremony.passkeys import read_passkeys
from keys.ceremony.people import suspend
from keys.cli import app
from keys.keystore import Keystore

if TYPE_CHECKING:
    from pathlib import Path

    from doubles import Town
    from visitor import Answer

AGENCY = "northshire-childrens"
SEAT, DOOR = seat(AGENCY), door(AGENCY)
PASSKEYS = f"{HOME}/account/passkeys"


@pytest.fixture
def services(town: Town, services: Visitor) -> Visitor:
    desk = town[AGENCY].desk
    desk.config = replace(desk.config, address=services.address, proof=timedelta(minutes=5))
    desk.doorkeeper = Doorkeeper(services.address.replace("127.0.0.1", "localhost"))
    return services


def challenge(page: Answer) -> str:
    return next(attrs["data-challenge"] for tag, attrs in page.page.tags if "data-rb-passkey" in attrs)


def passkey(town: Town, services: Visitor, name: str) -> SoftPasskey:
    person = town[AGENCY].person(name).person
    assert person is not None
    return SoftPasskey(services.address.replace("127.0.0.1", "localhost"), person)


async def added(town: Town, services: Visitor, name: str, *, opens: bool) -> SoftPasskey:
    """A passkey of this person, who is signed out again."""
    await services.sign_in(name)
    one = passkey(town, services, name)
    page = await services.get(PASSKEYS)
    sent = {"passkey": one.make(challenge(page)), "prf": url(one.output) if opens else ""}
    made = await services.send(page, "/account/passkeys", **sent)
    assert made.location.startswith(f"{HOME}/account/passkey?made="), made.text
    page = await services.get(made.location)
    done = await services.send(page, "/account/passkey", passphrase=PASSPHRASE)
    assert done.location.endswith("done=added"), done.text
    await services.send(await services.get(HOME), "/sign-out")
    return one


async def use(services: Visitor, one: SoftPasskey, *, prf: bool = True, **how: object) -> Answer:
    page = await services.get(f"{HOME}/sign-in")
    given = one.answer(challenge(page), **how)  # type: ignore[arg-type]  # what a test asks for
    fields = {"form": page.page.forms[0]["fields"]["form"], "passkey": given}
    return await services.post(f"{HOME}/sign-in", fields | ({"prf": url(one.output)} if prf else {}))


async def test_one_that_opens_the_keys_signs_in_alone(town: Town, services: Visitor) -> None:
    thread = await share(town)
    one = await added(town, services, "Ruth Okafor", opens=True)
    done = await use(services, one)
    assert (done.status, done.location) == (303, HOME)
    await accepted(services, thread)
    words = await services.get(f"{HOME}/threads/{thread}/legs/0/words")
    assert "bruise" in words.text
    await services.send(await services.get(HOME), "/sign-out")
    await services.sign_in("Ruth Okafor")  # the passphrase is the way back


async def test_one_that_does_not_is_a_second_proof_and_then_both_are_needed(
    town: Town, services: Visitor
) -> None:
    one = await added(town, services, "Ruth Okafor", opens=False)
    page = await services.get(f"{HOME}/sign-in")
    alone = await services.send_first(page, name="Ruth Okafor", passphrase=PASSPHRASE)
    assert alone.status == 401
    assert "a passkey that goes with your passphrase" in alone.text
    half = await use(services, one, prf=False)
    assert half.status == 200
    assert "Your passkey was accepted. Now type your passphrase." in half.text
    assert SEAT not in services.cookies
    wrong = await services.send_first(half, name="Ruth Okafor", passphrase="a wrong guess")
    assert wrong.status == 401
    whole = await services.send_first(half, name="Ruth Okafor", passphrase=PASSPHRASE)
    assert (whole.status, whole.location) == (303, HOME)


async def test_a_half_way_sign_in_is_its_own_persons_and_browsers_alone(
    town: Town, services: Visitor
) -> None:
    ruths = await added(town, services, "Ruth Okafor", opens=False)
    await added(town, services, "Ben Hale", opens=False)
    half = await use(services, ruths, prf=False)
    bens = await services.send_first(half, name="Ben Hale", passphrase=PASSPHRASE)
    assert bens.status == 401
    other = Visitor(services.http, services.address)
    page = await other.get(f"{HOME}/sign-in")
    assert (await other.send_first(page, name="Ruth Okafor", passphrase=PASSPHRASE)).status == 401
    town.clock.forward(minutes=6)
    assert (await services.send_first(half, name="Ruth Okafor", passphrase=PASSPHRASE)).status == 401


async def test_every_false_answer_is_refused_and_nobody_is_signed_in(town: Town, services: Visitor) -> None:
    one = await added(town, services, "Ruth Okafor", opens=True)
    bens = await added(town, services, "Ben Hale", opens=True)
    stranger = passkey(town, services, "Ruth Okafor")
    false = [
        (one, {"tamper": True}),
        (one, {"flags": PRESENT}),
        (one, {"flags": 0}),
        (one, {"person": bens.person}),
        (one, {"person": ""}),
        (one, {"person": "../../x"}),
        (bens, {"person": one.person}),
        (stranger, {}),
        (replace(one, origin="https://evil.example"), {}),
        (replace(one, origin=one.origin + "1"), {}),
        (replace(one, host="evil.example"), {}),
        (replace(one, key=stranger.key), {}),
        (replace(one, output=bens.output), {}),
        (replace(one, output=bytes(32)), {}),
    ]
    for number, (who, how) in enumerate(false):
        town.clock.forward(minutes=1)
        answer = await use(services, who, **how)
        assert answer.status == 401, number
        assert "That passkey was not accepted" in answer.text
        assert SEAT not in services.cookies
        one.counter += 1  # some of them were right but for what came with them
    town.clock.forward(minutes=1)
    one.counter += 20
    assert (await use(services, one)).status == 303


@pytest.mark.parametrize(
    "given",
    [
        "{}",
        "[]",
        "x",
        "null",
        '{"rawId": 1, "response": {}}',
        '{"rawId":"!","response":{"clientDataJSON":"e30"}}',
    ],
)
async def test_what_is_no_answer_is_refused(services: Visitor, given: str) -> None:
    page = await services.get(f"{HOME}/sign-in")
    answer = await services.post(
        f"{HOME}/sign-in", {"form": page.page.forms[0]["fields"]["form"], "passkey": given}
    )
    assert answer.status == 401


async def test_a_challenge_is_good_once_for_its_own_browser_purpose_and_minutes(
    town: Town, services: Visitor
) -> None:
    one = await added(town, services, "Ruth Okafor", opens=True)
    page = await services.get(f"{HOME}/sign-in")
    drawn, token = challenge(page), page.page.forms[0]["fields"]["form"]
    answer = one.answer(drawn)

    async def send(visitor: Visitor, given: str, token: str = token) -> int:
        fields = {"form": token, "passkey": given, "prf": url(one.output)}
        return (await visitor.post(f"{HOME}/sign-in", fields)).status

    other = Visitor(services.http, services.address)
    theirs = (await other.get(f"{HOME}/sign-in")).page.forms[0]["fields"]["form"]
    assert await send(other, answer, theirs) == 401  # another browser's
    cookies = dict(services.cookies)
    assert await send(services, answer) == 303
    services.cookies = cookies
    assert await send(services, answer) == 401  # replayed
    assert await send(services, one.answer(drawn)) == 401  # a second answer to one challenge
    old = challenge(await services.get(f"{HOME}/sign-in"))
    town.clock.forward(minutes=6)
    assert await send(services, one.answer(old)) == 401
    invented = one.answer(url(bytes(64)))
    assert await send(services, invented) == 401
    await services.sign_in("Ruth Okafor")
    for_adding = challenge(await services.get(PASSKEYS))
    assert await send(other, one.answer(for_adding), theirs) == 401


async def test_a_counter_that_went_back_is_refused(town: Town, services: Visitor) -> None:
    one = await added(town, services, "Ruth Okafor", opens=True)
    one.counter = 40
    assert (await use(services, one)).status == 303
    await services.send(await services.get(HOME), "/sign-out")
    clone = replace(one, counter=10)
    assert (await use(services, clone)).status == 401
    assert (await use(services, one)).status == 303


async def test_a_removed_one_neither_signs_in_nor_opens_the_keys(town: Town, services: Visitor) -> None:
    one = await added(town, services, "Ruth Okafor", opens=True)
    await services.sign_in("Ruth Okafor")
    page = await services.get(PASSKEYS)
    assert "It opens your keys" in page.text
    remove = next(form["fields"] for form in page.page.forms if "remove" in form["fields"])
    town.clock.forward(minutes=6)
    asked = await services.post(PASSKEYS, remove)
    assert (asked.status, "Show that it is you" in asked.text) == (403, True)
    done = await services.send(asked, "/account/passkeys", proof=PASSPHRASE)
    assert done.location.endswith("done=removed")
    assert (await services.get(HOME)).status == 200  # this session goes on
    await services.send(await services.get(HOME), "/sign-out")
    assert (await use(services, one)).status == 401
    keystore = Keystore.open(town[AGENCY].home / "people" / f"{one.person}.keystore")
    assert keystore.passkeys == ()


async def test_whoever_signed_in_with_a_removed_one_is_signed_out(town: Town, services: Visitor) -> None:
    one = await added(town, services, "Ruth Okafor", opens=True)
    thief = Visitor(services.http, services.address)
    await use(thief, one)
    assert (await thief.get(HOME)).status == 200
    await services.sign_in("Ruth Okafor")
    page = await services.get(PASSKEYS)
    remove = next(form["fields"] for form in page.page.forms if "remove" in form["fields"])
    assert (await services.post(PASSKEYS, remove)).location.endswith("done=removed")
    assert (await thief.get(HOME)).status == 303
    assert (await services.get(HOME)).status == 200  # whoever removed it stays


async def test_answers_for_nobody_fill_no_memory(town: Town, services: Visitor) -> None:
    pace = town[AGENCY].desk.sessions.pace
    for number in range(4):
        stranger = SoftPasskey(services.address.replace("127.0.0.1", "localhost"), f"{number}" * 5000)
        assert (await use(services, stranger)).status == 401
    assert len(pace._failures) == 1


async def test_a_ceremony_under_way_keeps_nobody_out_whose_passkey_does_not_count(
    town: Town, services: Visitor
) -> None:
    one = await added(town, services, "Ruth Okafor", opens=True)
    one.counter = -1  # says 0 from now on, as many do
    with changing(town[AGENCY].home):
        assert (await use(services, one)).status == 303


async def test_an_administrator_removes_a_lost_one_and_its_person_is_let_in_again(
    town: Town, services: Visitor
) -> None:
    one = await added(town, services, "Ruth Okafor", opens=False)
    home = str(town[AGENCY].home)
    (kept,) = read_passkeys(town[AGENCY].desk.own.home, one.person)
    listed = CliRunner().invoke(app, ["passkeys", home, "--of", "Ruth Okafor"])
    assert f"{kept.name[:8]}  a second proof" in listed.stdout
    wrong = CliRunner().invoke(app, ["passkeys", home, "--of", "Ruth Okafor", "--remove", "zz"])
    assert wrong.exit_code == 2
    gone = CliRunner().invoke(app, ["passkeys", home, "--of", "Ruth Okafor", "--remove", kept.name[:8]])
    assert gone.stdout.endswith("No passkey; removed: 1.\n")
    await services.sign_in("Ruth Okafor")


async def test_a_suspended_persons_passkey_is_of_no_use(town: Town, services: Visitor) -> None:
    one = await added(town, services, "Ruth Okafor", opens=True)
    suspend(town[AGENCY].home, person=one.person, now=town.clock())
    await town[AGENCY].desk.own.refresh()
    assert (await use(services, one)).status == 401


async def test_nobody_removes_a_colleagues(town: Town, services: Visitor) -> None:
    one = await added(town, services, "Ruth Okafor", opens=True)
    await services.sign_in("Ben Hale")
    page = await services.get(PASSKEYS)
    (kept,) = read_passkeys(town[AGENCY].desk.own.home, one.person)
    assert kept.name[:8] not in page.text
    token = page.page.forms[0]["fields"]["form"]
    answer = await services.post(PASSKEYS, {"form": token, "remove": kept.name})
    assert "You have no such passkey" in answer.text
    assert read_passkeys(town[AGENCY].desk.own.home, one.person) == (kept,)


async def test_it_proves_that_somebody_is_still_there_and_only_its_own_person(
    town: Town, services: Visitor
) -> None:
    bens = await added(town, services, "Ben Hale", opens=False)
    one = await added(town, services, "Ruth Okafor", opens=True)
    thread = await share(town)
    assert (await use(services, one)).status == 303
    await accepted(services, thread)
    page = await services.get(f"{HOME}/threads/{thread}/legs/0/read-back")
    town.clock.forward(minutes=6)
    asked = await services.send(page, "/read-back", **answers())
    fields = asked.form("/read-back")["fields"]
    path = asked.form("/read-back")["action"]
    for false in (bens.answer(challenge(asked)), bens.answer(challenge(asked), person=one.person), "{}"):
        refused = await services.post(path, fields | {"proof_passkey": false})
        assert refused.status == 401
        assert "A teacher saw a bruise" in refused.text
    done = await services.post(path, fields | {"proof": "", "proof_passkey": one.answer(challenge(asked))})
    assert (done.status, done.location.endswith("done=read-back")) == (303, True)


async def test_adding_one_takes_the_passphrase_and_an_answer_to_its_own_challenge(
    town: Town, services: Visitor
) -> None:
    await services.sign_in("Ruth Okafor")
    one = passkey(town, services, "Ruth Okafor")
    page = await services.get(PASSKEYS)
    fields = page.form("/account/passkeys")["fields"]
    for false in (
        one.make(url(bytes(64))),
        one.make(challenge(page), flags=PRESENT),
        replace(one, origin="https://evil.example").make(challenge(page)),
        "{}",
    ):
        assert (await services.post(PASSKEYS, fields | {"passkey": false})).status == 422
    page = await services.get(PASSKEYS)
    sent = fields | {"passkey": one.make(challenge(page)), "prf": url(one.output)}
    made = await services.post(PASSKEYS, sent)
    assert made.status == 303
    page = await services.get(made.location)
    wrong = await services.send(page, "/account/passkey", passphrase="a wrong guess")
    assert wrong.status == 422
    assert read_passkeys(town[AGENCY].desk.own.home, one.person) == ()
    done = await services.send(wrong, "/account/passkey", passphrase=PASSPHRASE)
    assert done.location.endswith("done=added")
    assert (await services.get(made.location)).status == 303  # nothing waits any more


async def test_another_put_in_its_place_with_a_stolen_cookie_is_not_what_the_passphrase_adds(
    town: Town, services: Visitor
) -> None:
    await services.sign_in("Ruth Okafor")
    thief = Visitor(services.http, services.address)
    thief.cookies = dict(services.cookies)
    hers, his = (passkey(town, services, "Ruth Okafor") for _ in range(2))
    page = await services.get(PASSKEYS)
    made = await services.send(page, "/account/passkeys", passkey=hers.make(challenge(page)), prf="")
    finish = await services.get(made.location)
    page = await thief.get(PASSKEYS)
    await thief.send(page, "/account/passkeys", passkey=his.make(challenge(page)), prf=url(his.output))
    done = await services.send(finish, "/account/passkey", passphrase=PASSPHRASE)
    assert done.location == PASSKEYS
    assert read_passkeys(town[AGENCY].desk.own.home, hers.person) == ()


async def test_nothing_that_an_authenticator_gives_lies_on_the_disk(town: Town, services: Visitor) -> None:
    one = await added(town, services, "Ruth Okafor", opens=True)
    await use(services, one)
    spellings = (one.output, one.output.hex().encode(), url(one.output).encode()[:-2])

    def lies(path: Path) -> bool:
        return any(spelling in path.read_bytes() for spelling in spellings)

    assert not any(lies(path) for path in town[AGENCY].home.rglob("*") if path.is_file())


async def test_where_the_desk_has_no_address_nothing_is_offered(town: Town, services: Visitor) -> None:
    town[AGENCY].desk.doorkeeper = Doorkeeper(None)
    assert "passkey" not in (await services.get(f"{HOME}/sign-in")).text
    await services.sign_in("Ruth Okafor")
    assert "takes no passkeys yet" in (await services.get(PASSKEYS)).text
