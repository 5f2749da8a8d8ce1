"""Couriers against a real hub on a port of this machine: they meet, exchange, survive its absence and their own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from courier_world import SECRET, THEM, US, Port, desk, make_home, step_to, until

from exchange.desk.notify import UNDIVIDED
from exchange.store.casebook import BlobRow, Change
from exchange.wire import limits
from keys.ceremony.agency import rotate
from keys.ceremony.people import enrol_person
from keys.record import digest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from courier_world import Desk

    from exchange.desk.courier.courier import CourierState


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Port]:
    hub = Port(tmp_path / "hub")
    await hub.start()
    yield hub
    await hub.stop()


async def arrived(one: Desk, sent: Sequence[Change]) -> bool:
    names = [digest(change.outgoing[0].envelope) for change in sent]
    return all([await one.casebook.step(name) for name in names])


async def idle(one: Desk) -> bool:
    return (await one.casebook.outbox_state()).waiting == 0


async def met(one: Desk, other: Desk) -> None:
    """Wait until each has the other's roster."""
    await until(lambda: one.trust.roster(other.home.agency) and other.trust.roster(one.home.agency))


def standing(state: CourierState) -> set[str]:
    """Which alarms stand; these agencies have a records key in one hand."""
    return {alarm.name for alarm in state.alarms}


async def test_desks_that_never_met_exchange_rosters_and_then_steps(tmp_path: Path, hub: Port) -> None:
    us, them = make_home(tmp_path, US), make_home(tmp_path, THEM)
    await hub.admit(us, them)
    async with desk(us, hub.address) as ours, desk(them, hub.address) as theirs:
        await met(ours, theirs)
        sent = [step_to(us, them, str(number)) for number in range(20)]
        for change in sent:
            await ours.casebook.record(change)
        await until(lambda: idle(ours))
        await until(lambda: arrived(theirs, sent))
        state = await ours.courier.state()
        assert (state.line.up, state.waiting, state.sending, standing(state)) == (True, 0, True, {UNDIVIDED})


async def test_what_was_sent_during_an_outage_is_safe_and_goes_out_at_once_afterwards(
    tmp_path: Path, hub: Port
) -> None:
    us, them = make_home(tmp_path, US), make_home(tmp_path, THEM)
    await hub.admit(us, them)
    async with desk(us, hub.address) as ours, desk(them, hub.address) as theirs:
        await met(ours, theirs)
        await until(lambda: idle(ours))
        await hub.stop()
        sent = [step_to(us, them, str(number)) for number in range(5)]
        for change in sent:
            await ours.casebook.record(change)
        await until(lambda: ours.courier.line.state.up is False)
        state = await ours.courier.state()
        assert (state.waiting, state.refused, state.line.trouble) == (5, 0, "hub_unreachable")
        await asyncio.sleep(1.0)  # long enough for the pauses to have grown
        await hub.start()

        await until(lambda: arrived(theirs, sent), seconds=15)
        await until(lambda: idle(ours))
        await until(lambda: ours.courier.line.state.up)


async def test_a_desk_that_stops_anywhere_goes_on_without_loss_or_doubling(tmp_path: Path, hub: Port) -> None:
    us, them = make_home(tmp_path, US), make_home(tmp_path, THEM)
    await hub.admit(us, them)
    sent = [step_to(us, them, str(number)) for number in range(40)]
    queue = list(sent)

    async def live(seconds: float) -> None:
        async with desk(us, hub.address) as ours, desk(them, hub.address):
            for change in queue[:5]:
                await ours.casebook.record(change)
            del queue[:5]
            await asyncio.sleep(seconds)

    for number in range(8):
        await live(0.05 + 0.07 * number)
    async with desk(us, hub.address) as ours, desk(them, hub.address) as theirs:
        await until(lambda: idle(ours))
        await until(lambda: arrived(theirs, sent))
        assert await theirs.casebook.held() == ()
        rows = [row.entry for row in await theirs.casebook.audit(limit=9999)]
        assert len([row for row in rows if row.event == "received"]) == len(sent) + 1  # and the roster
        assert await theirs.casebook.broken_audit() is None


async def test_new_keys_and_people_are_taken_over_while_the_desk_runs(tmp_path: Path, hub: Port) -> None:
    us, them = make_home(tmp_path, US), make_home(tmp_path, THEM)
    await hub.admit(us, them)
    async with desk(us, hub.address) as ours, desk(them, hub.address) as theirs:
        await met(ours, theirs)
        now = datetime.now(UTC)
        await asyncio.to_thread(rotate, us.path, passphrase=SECRET, now=now)
        await asyncio.to_thread(
            enrol_person, us.path, name="New Person", post="Worker", passphrase=SECRET, now=now
        )

        def known() -> bool:
            roster = theirs.trust.roster(US)
            return roster is not None and len(roster.people) == 2

        await until(known)
        assert theirs.trust.agency_keys(US).transport == ours.own.home.keys.transport
        assert ours.trust.own_events_listed() == 2
        state = await ours.courier.state()
        assert (state.line.up, standing(state)) == (True, {UNDIVIDED})


async def test_an_attachment_travels_whole_and_before_its_step(tmp_path: Path, hub: Port) -> None:
    us, them = make_home(tmp_path, US), make_home(tmp_path, THEM)
    await hub.admit(us, them)
    data = b"\x00sealed\xff" * (limits.BLOB_RANGE // 4)
    name = digest(data)
    async with desk(us, hub.address) as ours, desk(them, hub.address) as theirs:
        await met(ours, theirs)
        ours.folder.append(name, data)
        assert ours.folder.complete(name)
        await ours.casebook.record(Change(blobs=(BlobRow(name, len(data), "upload", None),)))

        async def uploaded() -> bool:
            row = await ours.casebook.blob(name)
            return row is not None and row.state == "uploaded"

        await until(uploaded)
        await theirs.casebook.record(Change(blobs=(BlobRow(name, len(data), "download", None),)))
        await until(lambda: theirs.folder.size(name) == len(data))
        assert theirs.folder.path(name).read_bytes() == data


async def test_an_agency_that_was_never_admitted_is_told_so(tmp_path: Path, hub: Port) -> None:
    us = make_home(tmp_path, US)
    hub.agree(us)
    async with desk(us, hub.address) as ours:

        async def named() -> bool:
            return "agency_not_admitted" in {alarm.name for alarm in await ours.casebook.alarms()}

        await until(named)
        await hub.admit(us)

        async def gone() -> bool:
            return not await named() and bool(ours.courier.line.state.up)

        await until(gone)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_names_stay_out_of_hub_and_desk_files(tmp_path: Path, hub: Port) -> None:
    us = make_home(tmp_path, US, people=("Zinnia Canaryname",))
    them = make_home(tmp_path, THEM, people=("Quentin Canaryname",))
    await hub.admit(us, them)
    async with desk(us, hub.address) as ours, desk(them, hub.address) as theirs:
        await met(ours, theirs)
        assert len(files(tmp_path)) > 10
        assert [path for path in files(tmp_path) if b"Canaryname" in path.read_bytes()] == []
    again = make_home(tmp_path / "again", US, people=("Zinnia Canaryname",))
    assert b"Canaryname" in again.roster_document.entries[-1] + again.roster_document.entries[0], (
        "the search finds"
    )
