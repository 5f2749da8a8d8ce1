"""The mailbox: recorded, then acknowledged; twice is once; one bad envelope stops nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, THEM, US, HubDouble, Recorder, make_home, step_to, trust_of

from exchange.desk.courier.mailbox import CURSOR, REPLAYED, ROLLED_BACK, TRIES, UNREADABLE, WAIT, MailboxLoop
from exchange.desk.courier.rosters import RosterRound, roster_letter
from exchange.desk.line import Line
from exchange.errors import HubRefused, StoreUnavailable
from exchange.sealing import seal_envelope
from exchange.store.casebook import Casebook, Change
from exchange.wire.api import CURSOR_LEAP, Mail, MailKind, Notice
from keys.record import format_time, new_id
from keys.statement import dump

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from keys.ceremony.home import AgencyHome


class Fetching:
    """A desk that fetches from a hub in memory."""

    def __init__(self, home: AgencyHome, them: AgencyHome, casebook: Casebook) -> None:
        self.home, self.them, self.casebook = home, them, casebook
        self.hub = HubDouble()
        self.trust = trust_of(home, them, rosters=False)
        self.receiver = Recorder(self.trust, casebook, home.keyring.opening)
        self.line = Line(lambda: NOW)
        self.restart()

    def restart(self) -> None:
        self.loop = MailboxLoop(self.hub, self.casebook, self.receiver, line=self.line, now=lambda: NOW)

    def letter(self) -> bytes:
        letter = roster_letter(self.them.roster_document)
        return seal_envelope(new_id(), letter, [self.trust.postal_slot(self.home.agency)])

    def put(self, *envelopes: bytes, kind: MailKind = MailKind.ENVELOPE) -> None:
        for envelope in envelopes:
            last = self.hub.mail[-1].cursor if self.hub.mail else 0
            self.hub.mail.append(Mail(kind, last + 2, envelope))

    async def steps(self) -> int:
        rows = [entry for entry in await self.casebook.audit() if entry.entry.event == "received"]
        return len(rows)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Fetching]:
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    yield Fetching(make_home(tmp_path, US), make_home(tmp_path, THEM), casebook)
    await casebook.close()


async def test_mail_is_recorded_with_its_cursor_and_acknowledged_by_the_next_fetch(desk: Fetching) -> None:
    desk.put(desk.letter(), desk.letter(), desk.letter(), desk.letter())
    await desk.loop.round()
    assert (await desk.steps(), await desk.casebook.cursor(CURSOR)) == (3, 6)
    await desk.loop.round()
    await desk.loop.round()
    assert [after for after, _ in desk.hub.reads] == [0, 6, 8]
    assert await desk.steps() == 4


async def test_nothing_is_acknowledged_that_was_not_recorded(
    desk: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(desk.letter())
    with monkeypatch.context() as patch:

        async def fail(_: object) -> None:
            raise StoreUnavailable

        patch.setattr(desk.casebook, "record", fail)
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await desk.loop.round()
    await desk.loop.round()
    await desk.loop.round()
    assert [after for after, _ in desk.hub.reads] == [0, 0, 0, 2]
    assert await desk.steps() == 1


async def test_a_restart_goes_on_from_the_recorded_cursor(desk: Fetching) -> None:
    desk.put(desk.letter())
    await desk.loop.round()
    desk.restart()
    await desk.loop.round()
    assert desk.hub.reads[-1][0] == 2


async def test_the_first_fetch_after_an_outage_does_not_wait(desk: Fetching) -> None:
    await desk.loop.round()
    desk.line.holds()
    await desk.loop.round()
    desk.line.broke("hub_unreachable")
    await desk.loop.round()
    assert [wait for _, wait in desk.hub.reads] == [0, WAIT, 0]


async def test_one_envelope_that_trips_us_up_does_not_stall_the_mailbox(desk: Fetching) -> None:
    bad = desk.letter()
    desk.receiver.chokes_on = bad
    desk.put(desk.letter(), bad, desk.letter())
    for _ in range(TRIES - 1):
        with pytest.raises(RuntimeError):
            await desk.loop.round()
    assert await desk.steps() == 1
    await desk.loop.round()
    await desk.loop.round()
    assert await desk.steps() == 2
    assert await desk.casebook.cursor(CURSOR) == 6
    (refused,) = await desk.casebook.refused()
    assert (refused.code, refused.envelope) == (UNREADABLE, bad)
    assert [alarm.name for alarm in await desk.casebook.alarms()] == [UNREADABLE]


async def test_an_envelope_that_only_met_a_bad_moment_comes_in(desk: Fetching) -> None:
    letter = desk.letter()
    desk.receiver.chokes_on = letter
    desk.put(letter)
    with pytest.raises(RuntimeError):
        await desk.loop.round()
    desk.receiver.chokes_on = None
    await desk.loop.round()
    assert await desk.steps() == 1
    assert await desk.casebook.refused() == ()


@pytest.mark.parametrize("garbage", [b"", b"RBE1", b"\x00" * 5000])
async def test_garbage_is_kept_as_evidence_and_passed(desk: Fetching, garbage: bytes) -> None:
    desk.put(garbage, desk.letter())
    await desk.loop.round()
    assert await desk.steps() == 1
    assert [row.envelope for row in await desk.casebook.refused()] == [garbage]


async def test_the_same_letter_again_is_harmless(desk: Fetching) -> None:
    letter = desk.letter()
    desk.put(letter, letter)
    await desk.loop.round()
    from keys.record import digest

    assert await desk.casebook.step(digest(letter)) is not None
    assert await desk.casebook.cursor(CURSOR) == 4
    assert await desk.casebook.refused() == ()


async def test_a_hub_that_replays_old_cursors_is_named_and_changes_nothing(
    desk: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(desk.letter())
    await desk.loop.round()
    old = tuple(desk.hub.mail)

    async def replay(_after: int, *, wait: int) -> tuple[Mail, ...]:
        return old

    monkeypatch.setattr(desk.hub, "mailbox", replay)
    await desk.loop.round()
    assert {alarm.name for alarm in await desk.casebook.alarms()} == {REPLAYED}
    assert (await desk.steps(), await desk.casebook.cursor(CURSOR)) == (1, 2)


async def test_a_hub_that_was_set_back_is_named_and_read_from_its_beginning(desk: Fetching) -> None:
    desk.put(desk.letter(), desk.letter())
    await desk.loop.round()
    desk.hub.refusal = HubRefused("cursor_ahead", 409)
    await desk.loop.round()
    desk.hub.refusal = None
    desk.hub.mail = []
    desk.put(desk.letter())
    await desk.loop.round()
    assert {alarm.name for alarm in await desk.casebook.alarms()} == {ROLLED_BACK}
    assert await desk.steps() == 3


async def test_a_hub_that_was_mended_is_named_and_everybody_is_owed_our_roster_again(desk: Fetching) -> None:
    rosters = RosterRound(desk.trust, desk.casebook, now=lambda: NOW)
    await rosters.distribute()
    desk.put(desk.letter())
    await desk.loop.round()
    assert await desk.casebook.alarms() == ()
    desk.hub.mail.append(Mail(MailKind.ENVELOPE, CURSOR_LEAP + 2, desk.letter()))
    await desk.loop.round()
    assert {alarm.name for alarm in await desk.casebook.alarms()} == {ROLLED_BACK}
    assert [row.version for row in await desk.casebook.rosters_sent()] == [0]
    assert await desk.steps() == 2
    rosters.recall()
    await rosters.distribute()
    assert [row.version for row in await desk.casebook.rosters_sent()] == [desk.home.roster.version]
    assert (await desk.casebook.outbox_state()).waiting == 2


# --- notices -------------------------------------------------------------------------------------


def _notice(envelope: str, mailbox: str = THEM) -> bytes:
    return dump(Notice(notice="expired", envelope=envelope, mailbox=mailbox, at=format_time(NOW)))


async def test_an_expiry_is_delivery_information_and_no_status(desk: Fetching) -> None:
    change = step_to(desk.home, desk.them)
    await desk.casebook.record(change)
    sent, thread = change.outgoing[0], change.threads[0]
    desk.put(_notice(sent.envelope_id), kind=MailKind.NOTICE)
    await desk.loop.round()
    (delivery,) = await desk.casebook.deliveries(thread.thread)
    assert delivery.expired == ((THEM, format_time(NOW)),)
    assert await desk.casebook.thread(thread.thread) == thread
    assert desk.receiver.batches == []


@pytest.mark.parametrize("kind", ["unknown envelope", "other mailbox", "no notice"])
async def test_a_notice_that_does_not_fit_what_we_sent_counts_for_nothing(desk: Fetching, kind: str) -> None:
    change = step_to(desk.home, desk.them)
    await desk.casebook.record(change)
    sent = change.outgoing[0].envelope_id
    notices = {
        "unknown envelope": _notice(new_id()),
        "other mailbox": _notice(sent, "eastvale-police"),
        "no notice": b"{}",
    }
    desk.put(notices[kind], desk.letter(), kind=MailKind.NOTICE)
    desk.hub.mail[-1] = Mail(MailKind.ENVELOPE, desk.hub.mail[-1].cursor, desk.hub.mail[-1].data)
    await desk.loop.round()
    (delivery,) = await desk.casebook.deliveries()
    assert delivery.expired == ()
    assert await desk.steps() == 1, "what came with it is not held up"
    refused = [entry.entry for entry in await desk.casebook.audit() if entry.entry.event == "notice_refused"]
    assert len(refused) == 1


async def test_held_mail_waits_for_what_explains_it(desk: Fetching) -> None:
    blind = Fetching(desk.home, desk.them, desk.casebook)
    blind.trust = blind.receiver.trust = trust_of(desk.home)  # has not followed the directory so far
    desk.put(desk.letter())
    blind.hub = desk.hub
    blind.restart()
    await blind.loop.round()
    assert len(await desk.casebook.held("directory")) == 1
    await blind.receiver.retry("directory")
    assert len(await desk.casebook.held("directory")) == 1, "tried in vain, and kept"
    await desk.receiver.retry("directory")
    assert await desk.casebook.held() == ()
    assert await desk.steps() == 1


def test_an_empty_change_is_empty() -> None:
    assert Change().empty
    assert not Change(cursors=((CURSOR, 1),)).empty
