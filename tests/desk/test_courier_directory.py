"""The directory: followed as a continuation, each lie an alarm by name, and nothing sent while it lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, ORIGIN, SECRET, THEM, US, HubDouble, make_home

from exchange.desk.courier.directory import NOT_ADMITTED, NOT_OURS, UNBELIEVABLE, DirectoryLoop
from exchange.desk.own import Own
from exchange.desk.recall import recall
from exchange.desk.trust import Trust
from exchange.errors import DirectoryDiffers, DirectoryShorter, HubRefused, HubUnreachable, StoreUnavailable
from exchange.store.casebook import Casebook
from keys.ceremony.agency import rotate
from keys.errors import EventForged, KeyUnknown, Problem
from keys.statement import Signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from keys.ceremony.home import AgencyHome


class Following:
    """A desk that follows a hub in memory."""

    def __init__(self, home: AgencyHome, casebook: Casebook) -> None:
        self.hub = HubDouble()
        self.casebook = casebook
        self.trust = Trust(home.agency, ORIGIN)
        self.own = Own(home, self.trust, now=lambda: NOW)
        self.loop = DirectoryLoop(
            self.hub,
            self.trust,
            casebook,
            own_events=lambda: self.own.home.events,
            now=lambda: NOW,
        )

    async def alarms(self) -> set[str]:
        return {alarm.name for alarm in await self.casebook.alarms()}

    async def refused(self, problem: type[Problem]) -> None:
        before = self.trust.log_head(), await self.casebook.log_entries()
        with pytest.raises(problem):
            await self.loop.follow()
        assert not self.loop.may_send.is_set()
        assert before == (self.trust.log_head(), await self.casebook.log_entries())


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Following]:
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    yield Following(make_home(tmp_path, US), casebook)
    await casebook.close()


@pytest.fixture
def them(tmp_path: Path) -> AgencyHome:
    return make_home(tmp_path, THEM)


@pytest.fixture
def police(tmp_path: Path) -> AgencyHome:
    return make_home(tmp_path, "eastvale-police")


async def test_a_desk_registers_itself_and_takes_over_everybody(
    desk: Following, them: AgencyHome, police: AgencyHome
) -> None:
    desk.hub.events = [*them.events, *police.events]
    assert not desk.loop.may_send.is_set()
    await desk.loop.follow()
    assert desk.loop.may_send.is_set()
    assert desk.hub.published == list(desk.own.home.events)
    assert [keys.agency for keys in desk.trust.directory.agencies()] == [THEM, "eastvale-police", US]
    assert [row.index for row in await desk.casebook.log_entries()] == [0, 1, 2]
    assert await desk.alarms() == set()
    await desk.loop.follow()
    assert len(desk.hub.published) == 1, "once it is listed, nothing is registered again"


async def test_what_was_followed_is_believed_again_after_a_restart(desk: Following, them: AgencyHome) -> None:
    desk.hub.events = [*them.events]
    await desk.loop.follow()
    again = Trust(US, ORIGIN)
    await recall(again, desk.casebook, {}, NOW)
    assert again.log_head() == desk.trust.log_head()


async def test_a_rotation_reaches_the_hub_before_anything_is_asked_under_the_new_key(desk: Following) -> None:
    await desk.loop.follow()
    rotate(desk.own.home.path, passphrase=SECRET, now=NOW)
    assert await desk.own.refresh()
    desk.hub.shown = 1
    desk.hub.root = "0" * 64
    with pytest.raises(DirectoryDiffers):
        await desk.loop.follow()
    assert len(desk.hub.published) == 2, "registered although the hub showed nothing sensible yet"
    desk.hub.root = desk.hub.shown = None
    await desk.loop.follow()
    assert desk.trust.own_events_listed() == 2
    assert await desk.alarms() == set()


async def test_a_shorter_directory_is_named_and_stops_what_goes_out(
    desk: Following, them: AgencyHome
) -> None:
    desk.hub.events = [*them.events]
    await desk.loop.follow()
    desk.hub.shown = 1
    await desk.refused(DirectoryShorter)
    assert await desk.alarms() == {"directory_shorter"}
    await desk.refused(DirectoryShorter)
    desk.hub.shown = None
    await desk.loop.follow()
    assert desk.loop.may_send.is_set()
    assert await desk.alarms() == set()
    assert [alarm.name for alarm in await desk.casebook.alarms(standing=False)] == ["directory_shorter"]


async def test_a_different_directory_is_named_too(
    desk: Following, them: AgencyHome, police: AgencyHome
) -> None:
    desk.hub.events = [*them.events]
    await desk.loop.follow()
    desk.hub.events = [*police.events, *desk.hub.events[1:]]  # the same size, another agency
    await desk.refused(DirectoryDiffers)
    assert await desk.alarms() == {"directory_differs"}
    with pytest.raises(KeyUnknown):
        desk.trust.agency_keys("eastvale-police")


async def test_a_fork_is_found_when_the_hub_moves_on_from_it(
    desk: Following, them: AgencyHome, police: AgencyHome
) -> None:
    await desk.loop.follow()
    desk.hub.events = [*them.events, *police.events]  # our own event is gone from its beginning
    await desk.refused(DirectoryDiffers)


async def test_a_forged_event_is_named_and_what_came_before_it_counts(
    desk: Following, them: AgencyHome
) -> None:
    forged = Signed(them.events[0].payload, desk.own.home.events[0].signature)
    await desk.loop.follow()
    desk.hub.events += [forged]
    await desk.refused(EventForged)
    assert await desk.alarms() == {UNBELIEVABLE}
    with pytest.raises(KeyUnknown):
        desk.trust.agency_keys(THEM)


async def test_an_event_for_us_that_we_did_not_make_is_an_alarm(desk: Following, tmp_path: Path) -> None:
    await desk.loop.follow()
    copy = tmp_path / "stolen"
    copy.mkdir()
    import shutil

    shutil.copytree(desk.own.home.path, copy / US)
    stolen = rotate(copy / US, passphrase=SECRET, now=NOW)  # somebody else holds our root
    desk.hub.events += stolen.events[1:]
    await desk.loop.follow()
    assert await desk.alarms() == {NOT_OURS}


async def test_an_agency_that_is_not_admitted_says_so_until_it_is(desk: Following) -> None:
    desk.hub.refusal = HubRefused(NOT_ADMITTED, 403)
    with pytest.raises(HubRefused):
        await desk.loop.follow()
    assert await desk.alarms() == {NOT_ADMITTED}
    desk.hub.refusal = None
    await desk.loop.follow()
    assert await desk.alarms() == set()


async def test_an_outage_is_no_disagreement(desk: Following) -> None:
    await desk.loop.follow()
    desk.hub.down = True
    with pytest.raises(HubUnreachable):
        await desk.loop.follow()
    assert desk.loop.may_send.is_set()
    assert await desk.alarms() == set()


async def test_what_could_not_be_stored_is_stored_next_time(
    desk: Following, them: AgencyHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hub.events = [*them.events]
    with monkeypatch.context() as patch:

        async def fail(_: object) -> None:
            raise StoreUnavailable

        patch.setattr(desk.casebook, "record", fail)
        with pytest.raises(StoreUnavailable):
            await desk.loop.follow()
    assert desk.trust.directory.size == 2
    assert await desk.casebook.log_entries() == ()
    await desk.loop.follow()
    assert len(await desk.casebook.log_entries()) == 2
