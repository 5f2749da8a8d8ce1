"""Notices: that something waits, to whom it waits for, once, and not a word of what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spoken
from doubles import Town
from notice_world import DESK, SECRET, MailServer, Receiver, Told, private, set_up
from standardwebhooks import Webhook

from exchange.desk.notifying.quiet import Quiet
from exchange.desk.notifying.settings import FILE
from exchange.desk.notifying.wishes import Wishes, kept
from exchange.desk.service.drafts import DeclineDraft
from keys.ceremony.people import suspend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from doubles import Agency

US, THEM = "northshire-childrens", "moorfield-primary"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open(THEM, {"Helen Marsh": "designated safeguarding lead", "Tom Reed": "attendance officer"})
    await town.open(
        US,
        {"Ruth Okafor": "social worker", "Ben Hale": "social worker"},
        {"Duty social worker": ("Ruth Okafor", "Ben Hale")},
    )
    await town.settle()
    yield town
    await town.close()


@pytest.fixture
def server(tmp_path: Path) -> MailServer:
    return MailServer(tmp_path / "mail")


@pytest.fixture
async def told(town: Town, server: MailServer) -> AsyncIterator[Told]:
    """The notices of children's services, with a mail server."""
    port = server.start()
    set_up(town[US].home, mail=server, port=port)
    told = Told(town[US])
    yield told
    await told.notices.stop()
    server.stop()


async def send(town: Town, to: str = "Ruth Okafor", urgency: str = "routine") -> str:
    """The school shares something; its thread."""
    school, services = town[THEM], town[US]
    helen = await school.sign_in("Helen Marsh")
    party = services.role(to) if to == "Duty social worker" else services.person(to)
    draft = spoken.share(party).model_copy(update={"urgency": urgency})
    posted = await school.desk.share(helen, draft)
    await town.settle()
    return posted.thread


async def decline(town: Town, agency: Agency, name: str, thread: str) -> None:
    session = await agency.sign_in(name)
    await agency.desk.decline(session, thread, 0, DeclineDraft(reason="not-my-role"))
    await town.settle()


async def test_whoever_something_waits_for_is_told_that_it_does_and_no_more(
    town: Town, told: Told, server: MailServer
) -> None:
    address = await told.wishes("Ruth Okafor")
    thread = await send(town)
    await told.step()
    (mail,) = server.box.mails
    assert (server.box.to, server.box.logins, server.box.tls) == ([address], [True], [True])
    assert mail["Subject"] == "Something waits for you"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"] == "readback@northshire.example"
    assert mail["Message-ID"].endswith("@desk.northshire.example>")
    text = mail.get_content()
    assert f"Something waits for you at the desk of Northshire Childrens:\r\n{DESK}/desk\r\n" in text
    assert "How many things: 1." in text
    assert "None of them is immediate." in text
    raw = server.box.taken[0].decode()
    for word in (
        thread,
        thread[:8],
        "Helen",
        "Marsh",
        "Ruth",
        "Okafor",
        "Moorfield",
        "Ellis",
        "share",
        "bruise",
    ):
        assert word.lower() not in raw.lower().replace(address, "")


async def test_nobody_is_told_twice_of_one_thing(town: Town, told: Told, server: MailServer) -> None:
    await told.wishes("Ruth Okafor")
    await send(town)
    for _ in range(4):
        await told.step()
    assert len(server.box.taken) == 1


async def test_who_never_wished_for_it_is_told_nothing(town: Town, told: Told, server: MailServer) -> None:
    await told.wishes("Ruth Okafor", Wishes(mail="ruth@northshire.example", quiet=None, new=False))
    await send(town)
    await send(town, "Ben Hale")
    await told.step()
    assert server.box.taken == []


async def test_several_things_within_a_minute_are_one_notice(
    town: Town, told: Told, server: MailServer
) -> None:
    await told.wishes("Ruth Okafor")
    for _ in range(3):
        await send(town)
        town.clock.forward(seconds=10)
        await told.notices.noticing.look(town.clock())
    await told.step()
    assert ["How many things: 3." in text for text in server.box.texts] == [True]


async def test_what_is_handled_before_it_goes_out_is_not_told(
    town: Town, told: Told, server: MailServer
) -> None:
    await told.wishes("Ruth Okafor")
    first, second = await send(town), await send(town)
    desk = town[US].desk
    await told.notices.noticing.look(desk.now())
    town.clock.forward(seconds=65)
    await told.notices.noticing.look(desk.now())
    await decline(town, town[US], "Ruth Okafor", first)
    await told.notices.delivering.deliver()
    assert ["How many things: 1." in text for text in server.box.texts] == [True]
    await decline(town, town[US], "Ruth Okafor", second)
    third = await send(town)
    await told.notices.noticing.look(desk.now())
    await decline(town, town[US], "Ruth Okafor", third)
    await told.step()
    assert len(server.box.taken) == 1


async def test_a_roles_notice_goes_to_each_member(town: Town, told: Told, server: MailServer) -> None:
    addresses = [await told.wishes("Ruth Okafor"), await told.wishes("Ben Hale")]
    await send(town, "Duty social worker")
    await told.step()
    assert sorted(server.box.to) == sorted(addresses)


async def test_a_roles_notice_goes_to_the_roles_own_address_if_it_has_one(
    town: Town, told: Told, server: MailServer
) -> None:
    await told.wishes("Ruth Okafor")
    file = town[US].home / FILE
    file.write_text(file.read_text() + '[roles]\n"duty social worker" = "duty@northshire.example"\n')
    await send(town, "Duty social worker")
    await told.step()
    assert server.box.to == ["duty@northshire.example"]


async def test_quiet_hours_are_kept_and_what_still_waits_is_told_after_them(
    town: Town, told: Told, server: MailServer
) -> None:
    await told.wishes("Ruth Okafor", Wishes(mail="ruth@northshire.example"))
    town.clock.forward(hours=10)  # eight in the evening
    first = await send(town)
    await send(town)
    await told.step()
    await told.step(hours=5)
    assert server.box.taken == []
    await decline(town, town[US], "Ruth Okafor", first)
    await told.step(hours=6)
    assert ["How many things: 1." in text for text in server.box.texts] == [True]


async def test_an_immediate_risk_is_told_at_any_hour_and_at_once(
    town: Town, told: Told, server: MailServer
) -> None:
    await told.wishes("Ruth Okafor", Wishes(mail="ruth@northshire.example"))
    town.clock.forward(hours=14)
    await send(town)
    await send(town, urgency="immediate")
    await told.step(seconds=6)
    assert [mail["Subject"] for mail in server.box.mails] == ["Immediate: something waits for you"]
    assert "How many things: 1." in server.box.texts[0], "the other one waits for the morning"
    await told.step(hours=8)
    assert ["How many things: 1." in text for text in server.box.texts[1:]] == [True]


async def test_an_answer_is_told_to_whoever_asked(town: Town, told: Told, server: MailServer) -> None:
    school = town[THEM]
    await told.wishes("Ruth Okafor")
    ruth = await town[US].sign_in("Ruth Okafor")
    helen = school.person("Helen Marsh")
    posted = await town[US].desk.share(ruth, spoken.share(helen))
    await town.settle()
    await told.step()
    assert server.box.taken == [], "it is their turn"
    await decline(town, school, "Helen Marsh", posted.thread)
    await told.step()
    assert len(server.box.taken) == 1


async def test_reminders_come_at_each_stage_and_stop_when_it_is_handled(
    town: Town, told: Told, server: MailServer
) -> None:
    await told.wishes("Ruth Okafor")
    desk = town[US].desk
    thread = await send(town, urgency="immediate")
    await told.step()
    town.clock.forward(minutes=62)
    await desk.chaser.look(desk.now())
    await told.step()
    assert len(server.box.taken) == 2
    town.clock.forward(minutes=16)
    await desk.chaser.look(desk.now())
    await told.notices.noticing.look(desk.now())
    await decline(town, town[US], "Ruth Okafor", thread)
    town.clock.forward(hours=2)
    await desk.chaser.look(desk.now())
    await told.step()
    assert len(server.box.taken) == 2


async def test_a_webhook_is_signed_as_its_receiver_expects(
    town: Town, told: Told, server: MailServer
) -> None:
    receiver = Receiver()
    url = await receiver.start()
    set_up(town[US].home, hook=url)
    thread = await send(town, urgency="immediate")
    told.by_the_clock_on_the_wall()
    await told.step()
    await receiver.stop()
    ((body, headers),) = receiver.events
    said = Webhook(f"whsec_{SECRET}").verify(body, headers)
    assert set(said) == {"type", "timestamp", "data"}
    assert (said["type"], said["data"]) == ("notice.new", {"count": 1, "urgent": True})
    assert thread.encode() not in body
    assert server.box.taken == []


async def test_two_secrets_sign_while_one_is_being_changed(town: Town, told: Told) -> None:
    receiver = Receiver()
    url = await receiver.start()
    home = town[US].home
    set_up(home, hook=url)
    other = "whsec_" + "QUJD" * 8
    private(home / "next.secret", other)
    file = home / FILE
    file.write_text(file.read_text().replace('["rota.secret"]', '["rota.secret", "next.secret"]'))
    await send(town)
    told.by_the_clock_on_the_wall()
    await told.step()
    await receiver.stop()
    ((body, headers),) = receiver.events
    for secret in (f"whsec_{SECRET}", other):
        assert Webhook(secret).verify(body, headers)


async def test_a_desk_that_fell_goes_on_and_a_double_can_be_told_by_its_id(
    town: Town, told: Told, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told.wishes("Ruth Okafor")
    await send(town)

    async def falls(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(told.notices.delivering, "_settle", falls)
    with pytest.raises(RuntimeError):
        await told.step()
    assert len(server.box.taken) == 1, "it was handed over, and that was not recorded"
    again = Told(town[US])
    await again.step()
    await again.step()
    await again.notices.stop()
    first, second = server.box.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert "How many things: 1." in second.get_content()


async def test_a_desk_that_fell_before_it_looked_tells_all_the_same(
    town: Town, told: Told, server: MailServer
) -> None:
    await told.wishes("Ruth Okafor")
    await send(town)
    again = Told(town[US])  # nobody told this one of the commit
    await again.step()
    await again.notices.stop()
    assert len(server.box.taken) == 1


async def test_who_was_suspended_a_minute_ago_is_told_nothing(
    town: Town, told: Told, server: MailServer
) -> None:
    await told.wishes("Ruth Okafor", Wishes(mail="ruth@northshire.example", quiet=Quiet()))
    await send(town, "Duty social worker")
    desk = town[US].desk
    await told.notices.noticing.look(desk.now())
    town.clock.forward(seconds=65)
    await told.notices.noticing.look(desk.now())
    suspend(desk.own.home.path, person=town[US].person("Ruth Okafor").person or "", now=desk.now())
    assert await desk.own.refresh()
    await told.notices.delivering.deliver()
    assert server.box.taken == []


async def test_a_leavers_address_is_forgotten(town: Town, told: Told, server: MailServer) -> None:
    await told.wishes("Ruth Okafor")
    desk = town[US].desk
    casebook, ruth = desk.casebook, town[US].person("Ruth Okafor").person or ""
    await casebook.record(kept(desk.own.home.storage_secret, "a" * 26, Wishes(), desk.now()))
    assert await casebook.wished("notices/") == {ruth, "a" * 26}
    await told.step()
    assert await casebook.wished("notices/") == {ruth}
    assert server.box.taken == []


async def test_no_address_stands_in_the_casebook_or_the_log(
    town: Town, told: Told, server: MailServer, capfd: pytest.CaptureFixture[str]
) -> None:
    await told.wishes("Ruth Okafor", Wishes(mail="kanarie.zq@northshire.example", quiet=None))
    await send(town)
    await told.step()
    server.box.refuses = "550 kanarie.zq has left"
    await send(town)
    await told.step()
    assert server.box.to == ["kanarie.zq@northshire.example"]
    for file in town[US].home.glob("casebook.db*"):
        assert b"kanarie" not in file.read_bytes()
    printed = "".join(capfd.readouterr())
    assert "notice.unsent" in printed
    assert "kanarie" not in printed
    assert "left" not in printed
