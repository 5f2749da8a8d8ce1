"""Notices beside a desk that runs: who is told of alarms, what settings do while it works, and how it stops."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
import spoken
from doubles import Town
from notice_world import Receiver, Told, set_up

from exchange.desk.line import Line
from exchange.desk.notifying import noticing
from exchange.desk.notifying.delivering import UNSENT
from exchange.desk.notifying.settings import FILE
from exchange.store.casebook import AlarmRow, Change
from keys.ceremony.people import name_lead
from keys.record import format_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

US, THEM = "northshire-childrens", "moorfield-primary"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open(THEM, {"Helen Marsh": "designated safeguarding lead", "Tom Reed": "attendance officer"})
    await town.open(US, {"Ruth Okafor": "social worker", "Ben Hale": "social worker"})
    await town.settle()
    yield town
    await town.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    yield receiver
    await receiver.stop()


async def share(town: Town) -> None:
    helen = await town[THEM].sign_in("Helen Marsh")
    await town[THEM].desk.share(helen, spoken.share(town[US].person("Ruth Okafor")))
    await town.settle()


async def alarms(town: Town) -> list[tuple[str, str]]:
    return [(one.name, one.subject) for one in await town[US].desk.casebook.alarms()]


async def test_an_alarm_is_told_to_the_lead_and_one_that_ended_is_not(town: Town, receiver: Receiver) -> None:
    desk = town[US].desk
    set_up(town[US].home, hook=await receiver.start())
    name_lead(town[US].home, person=town[US].person("Ben Hale").person or "", now=desk.now())
    assert await desk.own.refresh()
    told = Told(town[US])
    at = format_time(desk.now())
    await desk.casebook.record(Change(alarms=(AlarmRow("log_frozen", "", at),)))
    await told.step()
    assert [one["type"] for one in receiver.said] == ["notice.alarm"]
    await desk.casebook.record(Change(alarms=(AlarmRow("attachment_lost", "x", format_time(desk.now())),)))
    at = format_time(desk.now())
    await desk.casebook.record(Change(cleared=(AlarmRow("attachment_lost", "x", at, at),)))
    await told.step()
    assert len(receiver.said) == 1
    await told.notices.stop()


async def test_settings_that_cannot_be_read_are_an_alarm_and_those_before_go_on(
    town: Town, receiver: Receiver
) -> None:
    home = town[US].home
    set_up(home, hook=await receiver.start())
    told = Told(town[US])
    await told.step()
    good = (home / FILE).read_text()
    (home / FILE).write_text(good + "wrong = ")
    await share(town)
    await told.step()
    assert (UNSENT, "settings") in await alarms(town)
    assert "notice.new" in [one["type"] for one in receiver.said]
    (home / FILE).write_text(good)
    await told.step()
    assert (UNSENT, "settings") not in await alarms(town)
    await told.notices.stop()


async def test_it_goes_by_itself_and_stops_at_once_whoever_keeps_it_waiting(
    town: Town, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noticing, "TOGETHER", noticing.SOON * 0)
    monkeypatch.setattr(noticing, "_PAUSE", 0.05)
    set_up(town[US].home, hook=await receiver.start())
    receiver.slow = 5.0
    told = Told(town[US])
    told.notices.start(Line(town.clock))
    await share(town)
    async with asyncio.timeout(10):
        while not receiver.events:  # noqa: ASYNC110 - it is a server's list
            await asyncio.sleep(0.02)
    begun = time.monotonic()
    await share(town)  # nobody who uses the desk waits for that receiver
    await told.notices.stop()
    assert time.monotonic() - begun < 4
