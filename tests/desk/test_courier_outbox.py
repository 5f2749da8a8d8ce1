"""The outbox: posted until accepted, once however often, in batches, and rosters before what relies on them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, SECRET, THEM, US, HubDouble, make_home, step_to, trust_of

from exchange.desk.courier.outbox import DOUBTS, UNPOSTABLE, OutboxLoop
from exchange.desk.courier.rosters import RosterRound
from exchange.desk.recall import roster_in
from exchange.errors import HubUnreachable, StoreUnavailable
from exchange.sealing import LetterKind, open_envelope
from exchange.store.casebook import BlobRow, Casebook, Change, Expiry
from exchange.wire import limits
from keys.ceremony.home import load_home
from keys.ceremony.people import enrol_person
from keys.record import format_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from keys.ceremony.home import AgencyHome

AT = format_time(NOW)


class Sending:
    """A desk that posts to a hub in memory."""

    def __init__(self, home: AgencyHome, them: AgencyHome, casebook: Casebook) -> None:
        self.home, self.them, self.casebook = home, them, casebook
        self.hub = HubDouble()
        self.trust = trust_of(home, them)
        self.may_send = asyncio.Event()
        self.may_send.set()
        self.restart()

    def restart(self) -> None:
        self.rosters = RosterRound(self.trust, self.casebook, now=lambda: NOW)
        self.loop = OutboxLoop(self.hub, self.casebook, self.rosters, may_send=self.may_send, now=lambda: NOW)

    async def queue(self, count: int = 1) -> list[bytes]:
        changes = [step_to(self.home, self.them, str(number)) for number in range(count)]
        for change in changes:
            await self.casebook.record(change)
        self.loop.wake()
        return [change.outgoing[0].envelope for change in changes]

    async def round(self) -> None:
        self.loop.wake()
        await self.loop.round()

    async def waiting(self) -> int:
        return (await self.casebook.outbox_state()).waiting

    def is_roster(self, envelope: bytes) -> bool:
        letter = open_envelope(envelope, THEM, self.them.keyring.opening).letter
        return letter.object is LetterKind.ROSTER and roster_in(letter) == self.home.roster_document

    @property
    def sent(self) -> list[bytes]:
        return [envelope for batch in self.hub.posted for envelope in batch]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Sending]:
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    yield Sending(make_home(tmp_path, US), make_home(tmp_path, THEM), casebook)
    await casebook.close()


async def test_the_roster_goes_first_then_steps_in_their_order_in_one_batch(desk: Sending) -> None:
    steps = await desk.queue(5)
    await desk.loop.round()
    (batch,) = desk.hub.posted
    assert desk.is_roster(batch[0])
    assert batch[1:] == steps
    assert await desk.waiting() == 0
    assert all(row.posted for row in await desk.casebook.deliveries())


async def test_the_same_roster_goes_once_to_each_agency(desk: Sending) -> None:
    await desk.round()
    await desk.round()
    desk.restart()
    await desk.round()
    assert len(desk.sent) == 1


async def test_a_new_roster_goes_to_everybody_before_the_next_step(desk: Sending) -> None:
    await desk.round()
    enrol_person(desk.home.path, name="New Person", post="Worker", passphrase=SECRET, now=NOW)
    desk.home = load_home(desk.home.path, NOW)
    desk.trust.take_roster(desk.home.roster_document, NOW, expired_too=True)
    (step,) = await desk.queue()
    await desk.loop.round()
    assert desk.is_roster(desk.sent[1])
    assert desk.sent[2:] == [step]


async def test_a_roster_that_expired_unfetched_goes_again(desk: Sending) -> None:
    await desk.round()
    (row,) = await desk.casebook.rosters_sent()
    expiry = Expiry(row.envelope_id, THEM, AT)
    await desk.casebook.record(Change(expiries=(expiry,)))
    desk.rosters.unfetched((expiry,))
    await desk.round()
    assert len(desk.sent) == 2
    assert all(map(desk.is_roster, desk.sent))


async def test_an_outage_loses_nothing_and_doubles_nothing(desk: Sending) -> None:
    steps = await desk.queue(3)
    desk.hub.down = True
    for _ in range(3):
        with pytest.raises(HubUnreachable):
            await desk.loop.round()
    assert await desk.waiting() == 4
    desk.hub.down = False
    await desk.loop.round()
    assert desk.sent[1:] == steps


async def test_a_stop_between_post_and_record_posts_the_same_bytes_again(
    desk: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.round()
    (step,) = await desk.queue()
    record = desk.casebook.record

    async def fail(change: Change) -> object:
        if change.posted:
            raise StoreUnavailable
        return await record(change)

    with monkeypatch.context() as patch:
        patch.setattr(desk.casebook, "record", fail)
        with pytest.raises(StoreUnavailable):
            await desk.loop.round()
    desk.restart()
    desk.hub.verdict = lambda _: ("duplicate", None)
    await desk.loop.round()
    assert desk.sent[1:] == [step, step]
    assert await desk.waiting() == 0


async def test_nothing_goes_out_while_the_directory_is_in_dispute(desk: Sending) -> None:
    await desk.queue()
    desk.may_send.clear()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(desk.loop.round(), 0.2)
    assert desk.sent == []
    desk.may_send.set()
    await asyncio.wait_for(desk.loop.round(), 5)
    assert len(desk.sent) == 2


async def test_an_envelope_that_the_hub_refuses_is_named_and_holds_up_nobody(desk: Sending) -> None:
    first, bad, last = await desk.queue(3)
    desk.hub.verdict = lambda one: ("refused", "envelope_differs") if one == bad else ("accepted", None)
    await desk.loop.round()
    refused = [row for row in await desk.casebook.deliveries() if row.refused]
    assert [row.refused for row in refused] == ["envelope_differs"]
    assert {alarm.name for alarm in await desk.casebook.alarms()} == {UNPOSTABLE}
    assert desk.sent[1:] == [first, bad, last]
    assert await desk.waiting() == 0


async def test_a_batch_that_the_hub_refuses_is_taken_apart(desk: Sending) -> None:
    steps = await desk.queue(9)
    desk.hub.refuses_batches_with = steps[4]
    await desk.loop.round()
    assert set(desk.sent[1:]) == {*steps} - {steps[4]}
    assert [row.refused for row in await desk.casebook.deliveries() if row.refused] == ["malformed"]


async def test_a_mailbox_that_the_hub_does_not_know_yet_is_tried_again(desk: Sending) -> None:
    await desk.queue()
    desk.hub.verdict = lambda _: ("refused", "mailbox_unknown")
    with pytest.raises(HubUnreachable):
        await desk.loop.round()
    assert await desk.waiting() == 2
    desk.hub.verdict = lambda _: ("accepted", None)
    await desk.loop.round()
    assert await desk.waiting() == 0


async def test_a_mailbox_that_the_hub_never_knows_is_believed_in_the_end(desk: Sending) -> None:
    await desk.queue()
    desk.hub.verdict = lambda _: ("refused", "mailbox_unknown")
    for _ in range(DOUBTS - 1):
        with pytest.raises(HubUnreachable):
            await desk.loop.round()
    await desk.loop.round()
    state = await desk.casebook.outbox_state()
    assert (state.waiting, state.refused) == (0, 2)


async def test_under_load_batches_fill_and_stay_within_what_one_post_carries(desk: Sending) -> None:
    await desk.round()
    template = step_to(desk.home, desk.them).outgoing[0]
    many = tuple(replace(template, envelope_id=f"e{number}") for number in range(limits.BATCH_COUNT + 10))
    await desk.casebook.record(Change(outgoing=many))
    await desk.round()
    assert [len(batch) for batch in desk.hub.posted[1:]] == [limits.BATCH_COUNT, 10]
    large = tuple(
        replace(template, envelope_id=f"l{n}", envelope=template.envelope + bytes(3 * limits.MIB))
        for n in range(3)
    )
    await desk.casebook.record(Change(outgoing=large))
    desk.hub.verdict = lambda _: ("accepted", None)
    monkey = HubDouble.post

    async def post(self: HubDouble, envelopes: list[bytes]) -> object:
        assert sum(map(len, envelopes)) + 4 * len(envelopes) <= limits.BATCH
        return await monkey(self, [template.envelope for _ in envelopes])

    desk.hub.post = post.__get__(desk.hub)  # type: ignore[method-assign]
    await desk.round()
    assert await desk.waiting() == 0


async def test_a_step_waits_for_its_attachments_and_others_do_not_wait_for_it(desk: Sending) -> None:
    await desk.round()
    change = step_to(desk.home, desk.them)
    blob = BlobRow("ab" * 32, 10, "upload", None)
    slow = replace(change.outgoing[0], blobs=(blob.digest,))
    await desk.casebook.record(Change(outgoing=(slow,), blobs=(blob,)))
    quick = await desk.queue()
    await desk.loop.round()
    assert desk.sent[1:] == quick
    await desk.casebook.record(Change(blobs=(replace(blob, state="uploaded"),)))
    await desk.round()
    assert desk.sent[2:] == [slow.envelope]
