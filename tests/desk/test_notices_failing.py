"""Servers that fail: each by its own name, none for long, none in another's way, and nobody's words repeated."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from authority import Authority
from notice_world import MailServer, Receiver, private, set_up
from ports import free_port

from exchange.desk.notifying import mail, webhook
from exchange.desk.notifying.audience import Recipient
from exchange.desk.notifying.delivering import GIVEN_UP, TROUBLE, UNSENT, Delivering
from exchange.desk.notifying.message import Notice
from exchange.desk.notifying.settings import FILE
from exchange.desk.notifying.settings_file import SettingsFile
from exchange.desk.notifying.ways import Ways
from exchange.errors import NoticeRefused, NoticeUnsent
from exchange.store.casebook import Casebook, Change
from exchange.store.casebook.notice_rows import NoticeRow, ToldRow
from keys.record import format_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from exchange.desk.notifying.audience import Audience
    from exchange.desk.notifying.matters import Matter, Matters

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RUTH = Recipient("ruth", "mail", "kanarie@northshire.example")
ROTA = Recipient("rota.new", "webhook:rota", kind="new")
NOTICE = Notice("n" * 26, NOW, 2, urgent=False)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    server = MailServer(tmp_path / "mail")
    yield server
    server.stop()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    yield receiver
    await receiver.stop()


@pytest.fixture
async def ways(tmp_path: Path) -> AsyncIterator[Ways]:
    ways = Ways(SettingsFile(tmp_path), agency=lambda: "Northshire", now=lambda: NOW)
    yield ways
    await ways.close()


async def why(ways: Ways, to: Recipient) -> str:
    with pytest.raises(NoticeUnsent) as refused:
        await ways.send(to, NOTICE)
    assert "kanarie" not in str(refused.value)
    return refused.value.where


async def test_a_mail_server_that_takes_it(ways: Ways, server: MailServer, tmp_path: Path) -> None:
    set_up(tmp_path, mail=server, port=server.start())
    await ways.send(RUTH, NOTICE)
    assert server.box.to == [RUTH.address]


async def test_tls_from_the_first_byte(ways: Ways, tmp_path: Path) -> None:
    server = MailServer(tmp_path / "mail", implicit=True)
    set_up(tmp_path, mail=server, port=server.start())
    file = tmp_path / FILE
    text = file.read_text().replace("password_file", "#").replace("user =", 'security = "tls"\n#')
    file.write_text(text)
    await ways.send(RUTH, NOTICE)
    server.stop()
    assert server.box.to == [RUTH.address]


async def test_nobody_is_there(ways: Ways, server: MailServer, tmp_path: Path) -> None:
    server.start()
    set_up(tmp_path, mail=server, port=free_port(), hook=f"http://127.0.0.1:{free_port()}/")
    assert await why(ways, RUTH) == "unreachable"
    assert await why(ways, ROTA) == "unreachable"


@pytest.mark.parametrize(
    ("reply", "code"),
    [("451 kanarie later", "recipient_later"), ("550 kanarie is gone", "recipient")],
)
async def test_a_recipient_who_is_not_taken(
    ways: Ways, server: MailServer, tmp_path: Path, reply: str, code: str
) -> None:
    set_up(tmp_path, mail=server, port=server.start())
    server.box.refuses = reply
    with pytest.raises(NoticeUnsent) as refused:
        await ways.send(RUTH, NOTICE)
    assert (refused.value.where, refused.value.lasting) == (code, reply.startswith("5"))


async def test_a_wrong_password_is_not_taken(ways: Ways, server: MailServer, tmp_path: Path) -> None:
    set_up(tmp_path, mail=server, port=server.start())
    private(tmp_path / "mail.password", "another")
    assert await why(ways, RUTH) == "login"
    (tmp_path / "mail.password").chmod(0o644)
    assert await why(ways, RUTH) == "settings"


async def test_a_certificate_that_nobody_vouches_for_gets_neither_a_password_nor_a_mail(
    ways: Ways, server: MailServer, tmp_path: Path
) -> None:
    set_up(tmp_path, mail=server, port=server.start())
    stranger = Authority(tmp_path / "stranger")
    file = tmp_path / FILE
    file.write_text(file.read_text().replace(str(server.authorities), str(stranger.file)))
    assert await why(ways, RUTH) == "certificate"
    assert (server.box.logins, server.box.taken) == ([], [])


async def test_a_certificate_of_another_server_is_refused(ways: Ways, tmp_path: Path) -> None:
    server = MailServer(tmp_path / "mail", name="mail.elsewhere.example")
    set_up(tmp_path, mail=server, port=server.start())
    assert await why(ways, RUTH) == "certificate"
    server.stop()


async def test_a_server_without_starttls_gets_no_mail(ways: Ways, tmp_path: Path) -> None:
    server = MailServer(tmp_path / "mail", bare=True)
    set_up(tmp_path, mail=server, port=server.start())
    assert await why(ways, RUTH) == "unsupported"
    server.stop()
    assert server.box.taken == []


async def test_a_slow_server_is_given_up_and_its_thread_comes_back(
    ways: Ways, server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(tmp_path, mail=server, port=server.start())
    monkeypatch.setattr(mail, "LONGEST", 0.5)
    server.box.slow = 3.0
    begun = time.monotonic()
    assert await why(ways, RUTH) == "too_slow"
    assert time.monotonic() - begun < 2
    server.box.slow = 0.0
    monkeypatch.setattr(mail, "LONGEST", 10.0)
    await ways.send(RUTH, NOTICE)


async def test_a_server_that_drips_is_given_up(
    ways: Ways, server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while True:
                writer.write(b"2")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.close()

    server.start()
    dripping = await asyncio.start_server(drip, "127.0.0.1", 0)
    set_up(tmp_path, mail=server, port=dripping.sockets[0].getsockname()[1])
    monkeypatch.setattr(mail, "LONGEST", 0.5)
    begun = time.monotonic()
    assert await why(ways, RUTH) == "too_slow"
    assert time.monotonic() - begun < 2
    dripping.close()
    await asyncio.sleep(0.2)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500, 503])
async def test_a_receiver_that_does_not_take_it(
    ways: Ways, receiver: Receiver, tmp_path: Path, status: int
) -> None:
    url = await receiver.start()
    set_up(tmp_path, hook=url)
    receiver.status, receiver.headers = status, {"Location": url}
    assert await why(ways, ROTA) == f"status_{status}"
    assert len(receiver.events) == 1, "no redirect is followed"


async def test_a_receiver_that_is_gone(ways: Ways, receiver: Receiver, tmp_path: Path) -> None:
    set_up(tmp_path, hook=await receiver.start())
    receiver.status = 410
    with pytest.raises(NoticeRefused):
        await ways.send(ROTA, NOTICE)


async def test_a_slow_receiver_is_given_up(
    ways: Ways, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "LONGEST", 0.5)
    set_up(tmp_path, hook=await receiver.start())
    receiver.slow = 2.0
    assert await why(ways, ROTA) == "too_slow"


async def test_a_name_that_stands_for_a_clouds_own_address_is_not_called(
    ways: Ways, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("169.254.169.254", 443))]

    monkeypatch.setattr("exchange.desk.notifying.webhook.socket.getaddrinfo", resolve)
    set_up(tmp_path, hook="https://rota.northshire.example/told")
    assert await why(ways, ROTA) == "unreachable"


class Waits:
    """Something always waits for everybody."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    async def among(self, threads: list[str], now: datetime) -> tuple[object, ...]:
        del threads

        class One:
            urgent = False

        found = []
        for key in self.keys:
            one = One()
            one.key, one.thread, one.since = key, "t", now  # type: ignore[attr-defined]  # a stand-in
            found.append(one)
        return tuple(found)


class Everybody:
    """Tells both."""

    def of(self, one: Matter) -> tuple[Recipient, ...]:
        del one
        return (RUTH, ROTA)


class Failing:
    """Ways of which some fail."""

    def __init__(self, *lanes: str) -> None:
        self.lanes = set(lanes)
        self.sent: list[str] = []
        self.tried = 0
        self.once = asyncio.Event()

    async def send(self, recipient: Recipient, notice: Notice) -> None:
        self.tried += 1
        if recipient.lane in self.lanes:
            raise NoticeUnsent("unreachable")
        self.sent.append(f"{recipient.lane} {notice.count}")
        self.once.set()


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Casebook]:
    book = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    yield book
    await book.close()


def delivering(book: Casebook, ways: Failing, clock: Clock) -> Delivering:
    async def audience() -> Everybody:
        return Everybody()

    matters: Matters = Waits("m")  # type: ignore[assignment]  # a stand-in
    who: Callable[[], Awaitable[Audience]] = audience  # type: ignore[assignment]  # a stand-in
    return Delivering(book, matters, who, ways, holidays=frozenset(), now=clock)


def made(name: str, to: Recipient) -> Change:
    at = format_time(NOW)
    row = NoticeRow(name, to.to, to.lane, urgent=False, state="waiting", made=at, next=at)
    return Change(notices=(row,), told=(ToldRow(to.to, "m", name, "t", at),))


async def test_one_way_that_fails_holds_up_no_other_and_is_an_alarm_until_it_works(book: Casebook) -> None:
    ways, clock = Failing("mail"), Clock()
    found = delivering(book, ways, clock)
    await book.record(made("n1", RUTH) | made("n2", ROTA))
    await found.deliver()
    assert ways.sent == ["webhook:rota 1"]
    await found.deliver()
    assert ways.tried == 2, "it rests"
    begun = clock.now
    while clock.now - begun < TROUBLE + timedelta(minutes=12):
        clock.now += timedelta(seconds=5)
        await found.deliver()
    assert ways.tried < 12
    assert [(one.name, one.subject) for one in await book.alarms()] == [(UNSENT, "mail")]
    ways.lanes.clear()
    clock.now += timedelta(minutes=10)
    await found.deliver()
    assert ways.sent == ["webhook:rota 1", "mail 1"]
    assert await book.alarms() == ()


async def test_after_a_day_it_is_given_up(book: Casebook) -> None:
    ways, clock = Failing("mail"), Clock()
    found = delivering(book, ways, clock)
    await book.record(made("n1", RUTH))
    await found.deliver()
    clock.now += GIVEN_UP
    await found.deliver()
    row = await book.last_notice("ruth")
    assert row is not None
    assert (row.state, row.code) == ("failed", "unreachable")
    assert "notice_failed" in [one.entry.event for one in await book.audit()]


async def test_the_loop_ends_when_it_is_told_to(book: Casebook) -> None:
    ways, clock = Failing(), Clock()
    found = delivering(book, ways, clock)
    await book.record(made("n1", RUTH))
    going = asyncio.create_task(found.round())
    await asyncio.wait_for(ways.once.wait(), 5)
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)
    await found.close()
    assert ways.sent == ["mail 1"]
