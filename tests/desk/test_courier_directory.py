"""The key log: followed as a continuation, each lie an alarm by name, and nothing sent while it lasts."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, SECRET, THEM, US, make_home
from following import Following
from notary import pin_anew

from exchange.desk import recall
from exchange.desk.courier.directory import NOT_ADMITTED, NOT_OURS, UNBELIEVABLE
from exchange.errors import (
    EntryDropped,
    HubRefused,
    HubUnreachable,
    LogForked,
    LogRolledBack,
    ProofRefused,
    StoreUnavailable,
)
from exchange.store.casebook import Casebook
from keys.ceremony.agency import rotate
from keys.ceremony.home import load_home
from keys.ceremony.root import adopt
from keys.errors import AgencyUnknown, EventForged, HomeSetBack, KeysProblem
from keys.statement import Signed
from keys.transparency.note import NoteSigner, read_note

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from exchange.store.casebook import LogEntryRow
    from exchange.wire.keylog import DirectoryPage
    from keys.ceremony.home import AgencyHome
    from keys.errors import Problem


@pytest.fixture
async def desk(tmp_path: Path, them: AgencyHome, police: AgencyHome) -> AsyncIterator[Following]:
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    yield Following(make_home(tmp_path, US), casebook, them, police)
    await casebook.close()


@pytest.fixture
def them(tmp_path: Path) -> AgencyHome:
    return make_home(tmp_path, THEM)


@pytest.fixture
def police(tmp_path: Path) -> AgencyHome:
    return make_home(tmp_path, "eastvale-police")


# --- following -----------------------------------------------------------------------------------


async def test_a_desk_registers_itself_and_takes_over_everybody(
    desk: Following, them: AgencyHome, police: AgencyHome
) -> None:
    desk.hub.notary.add([*them.events, *police.events])
    assert not desk.loop.may_send.is_set()
    await desk.loop.follow()
    assert desk.loop.may_send.is_set()
    assert desk.hub.published == list(desk.own.home.events)
    assert [keys.agency for keys in desk.trust.directory.agencies()] == [THEM, "eastvale-police", US]
    assert [row.index for row in await desk.casebook.log_entries()] == [0, 1, 2]
    assert await desk.alarms() == set()
    assert desk.grown == 1
    await desk.loop.follow()
    assert len(desk.hub.published) == 1, "once it is listed, nothing is registered again"
    assert desk.grown == 1


async def test_what_was_followed_is_believed_again_after_a_restart(desk: Following, them: AgencyHome) -> None:
    desk.hub.notary.add(them.events)
    await desk.loop.follow()
    before = desk.trust.log_head()
    await desk.restart()
    assert desk.trust.log_head() == before
    assert before.size == 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("delete from log_entry where [index] = 1", EntryDropped),
        ("delete from log_entry where [index] = 2", EntryDropped),
        ("insert into log_entry select 3, payload, signature from log_entry where [index] = 2", EntryDropped),
        ("update log_entry set signature = zeroblob(3373) where [index] = 1", EntryDropped),
        ("update log_entry set [index] = [index] + 1 where [index] = 2", EntryDropped),
        ("update checkpoint set note = cast(replace(note, x'0a330a', x'0a320a') as blob)", KeysProblem),
    ],
)
async def test_a_log_that_was_changed_in_the_casebook_is_not_believed_again(
    desk: Following, them: AgencyHome, police: AgencyHome, change: str, problem: type[Problem]
) -> None:
    desk.hub.notary.add([*them.events, *police.events])
    await desk.loop.follow()
    with sqlite3.connect(desk.home.path.parent / "casebook.db") as database:
        assert database.execute(change).rowcount > 0
    with pytest.raises(problem):
        await desk.restart()
    assert desk.trust.size == 0


async def test_a_long_log_is_recalled_a_portion_at_a_time(
    desk: Following, them: AgencyHome, police: AgencyHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hub.notary.add([*them.events, *police.events])
    await desk.loop.follow()
    before, read = desk.trust.log_head(), desk.casebook.log_entries
    asked: list[int | None] = []

    async def counted(after: int = 0, *, limit: int | None = None) -> tuple[LogEntryRow, ...]:
        asked.append(limit)
        return await read(after, limit=limit)

    monkeypatch.setattr(recall, "_PORTION", 1)
    monkeypatch.setattr(desk.casebook, "log_entries", counted)
    await desk.restart()
    assert (desk.trust.log_head(), set(asked)) == (before, {1})


async def test_a_rotation_reaches_the_hub_before_anything_is_asked_under_the_new_key(desk: Following) -> None:
    await desk.loop.follow()
    rotate(desk.own.home.path, passphrase=SECRET, now=NOW)
    assert await desk.own.refresh()
    desk.hub.forged = lambda page: page.model_copy(update={"entries": ()})
    with pytest.raises(EntryDropped):
        await desk.loop.follow()
    assert len(desk.hub.published) == 2, "registered although the hub showed nothing sensible yet"
    desk.hub.forged = lambda page: page
    await desk.loop.follow()
    assert desk.trust.own_events_listed() == 2
    assert await desk.alarms() == set()


async def test_what_could_not_be_stored_is_neither_relied_on_nor_cosigned(
    desk: Following, them: AgencyHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hub.notary.add(them.events)
    with monkeypatch.context() as patch:

        async def fail(_: object) -> None:
            raise StoreUnavailable

        patch.setattr(desk.casebook, "record", fail)
        with pytest.raises(StoreUnavailable):
            await desk.loop.follow()
    assert (desk.trust.size, desk.trust.log.ahead.size) == (0, 0)
    assert desk.hub.cosigned == []
    await desk.loop.follow()
    assert len(await desk.casebook.log_entries()) == desk.trust.size == 2


async def test_keys_wait_for_the_quorum(desk: Following, them: AgencyHome) -> None:
    desk.hub.notary.add(them.events)
    desk.hub.by = ()
    await desk.loop.follow()
    with pytest.raises(AgencyUnknown):
        desk.trust.agency_keys(THEM)
    assert desk.grown == 0
    desk.hub.by = desk.hub.notary.witnesses[:2]
    await desk.loop.follow()
    assert desk.trust.agency_keys(THEM).agency == THEM
    assert desk.grown == 1
    row = await desk.casebook.checkpoint(quorum=True)
    assert row is not None
    assert row.size == 2


# --- the witness ---------------------------------------------------------------------------------


async def test_a_witness_cosigns_what_it_stored(desk: Following, them: AgencyHome) -> None:
    desk.hub.notary.add(them.events)
    await desk.loop.follow()
    (note,) = desk.hub.cosigned
    mine = NoteSigner(US, desk.home.witness_key).verifier
    assert [mine.names(one) for one in read_note(note).signatures].count(True) == 1
    row = await desk.casebook.checkpoint()
    assert row is not None
    assert (row.size, row.cosigned) == (2, "2026-11-23T10:00:00Z")
    await desk.loop.follow()
    assert len(desk.hub.cosigned) == 1, "said once"
    desk.hub.by = desk.hub.notary.witnesses
    desk.now += timedelta(minutes=5)
    await desk.loop.follow()
    assert len(desk.hub.cosigned) == 1, "and the hub took it up"
    desk.hub.by = desk.hub.notary.witnesses[:2]
    desk.now += timedelta(hours=7)
    desk.hub.now = lambda: NOW
    await desk.loop.follow()
    assert len(desk.hub.cosigned) == 2, "again after some hours, so that the log is fresh"


async def test_a_desk_that_the_policy_does_not_name_is_no_witness(desk: Following) -> None:
    notary = replace(desk.hub.notary, witnesses=desk.hub.notary.witnesses[:2])
    pin_anew(desk.home, notary.policy(desk.home))
    await desk.own.refresh()
    await desk.loop.follow()
    assert desk.trust.size == 1
    assert desk.hub.cosigned == []


async def test_no_two_histories_are_cosigned_even_if_the_desk_forgets(
    desk: Following, them: AgencyHome, police: AgencyHome
) -> None:
    desk.hub.notary.add(them.events)
    await desk.loop.follow()
    honest = list(desk.hub.notary.entries)
    desk.start()  # with nothing in its memory, whatever came before; the casebook knows better
    desk.hub.notary.entries = [*police.events, *honest[1:]]
    with pytest.raises(LogForked):
        await desk.loop.follow()
    desk.start()
    desk.hub.notary.entries = honest[1:]
    with pytest.raises(LogRolledBack):
        await desk.loop.follow()
    assert len(desk.hub.cosigned) == 1


# --- what a hub may try --------------------------------------------------------------------------


async def test_a_smaller_log_is_named_and_the_hub_is_told_what_it_forgot(
    desk: Following, them: AgencyHome
) -> None:
    desk.hub.notary.add(them.events)
    await desk.loop.follow()
    whole = list(desk.hub.notary.entries)
    desk.hub.notary.entries = whole[:1]
    await desk.refused(LogRolledBack)
    assert await desk.alarms() == {"log_rolled_back"}
    assert desk.hub.confronted[0].startswith(b"hub.test\n2\n")
    await desk.refused(LogRolledBack)
    desk.hub.notary.entries = whole
    await desk.loop.follow()
    assert desk.loop.may_send.is_set()
    assert await desk.alarms() == set()
    assert [alarm.name for alarm in await desk.casebook.alarms(standing=False)] == ["log_rolled_back"]


async def test_a_hub_that_forgot_this_agency_is_told_before_it_takes_anything(
    desk: Following, them: AgencyHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hub.notary.add(them.events)
    await desk.loop.follow()
    rotate(desk.own.home.path, passphrase=SECRET, now=NOW)
    assert await desk.own.refresh()
    desk.hub.notary.entries = desk.hub.notary.entries[:1]  # as in a copy from before we were enrolled

    async def unknown(after: int) -> DirectoryPage:
        raise ProofRefused

    monkeypatch.setattr(desk.hub, "directory", unknown)
    await desk.refused(LogRolledBack)
    assert await desk.alarms() == {"log_rolled_back"}
    assert desk.hub.confronted[0].startswith(b"hub.test\n2\n")
    assert len(desk.hub.published) == 1, "what it took now would become part of a second log"


async def test_a_fork_is_named_both_are_kept_and_people_decide(
    desk: Following, them: AgencyHome, police: AgencyHome
) -> None:
    desk.hub.notary.add(them.events)
    await desk.loop.follow()
    true = list(desk.hub.notary.entries)
    desk.hub.notary.entries = [*police.events, *true[1:]]  # the same size, another agency
    await desk.refused(LogForked)
    assert await desk.alarms() == {"log_forked"}
    (row,) = await desk.casebook.contradictions()
    assert row.shown != row.known
    assert row.shown.split(b"\n")[:2] == row.known.split(b"\n")[:2]
    desk.hub.notary.entries = true
    await desk.loop.follow()
    assert not desk.loop.may_send.is_set(), "not before people have decided"
    (alarm,) = await desk.casebook.alarms()
    from exchange.store.casebook import Change

    await desk.casebook.record(Change(cleared=(replace(alarm, cleared=alarm.raised),)))
    await desk.loop.follow()
    assert desk.loop.may_send.is_set()


async def test_a_fork_is_found_when_the_hub_moves_on_from_it(
    desk: Following, them: AgencyHome, police: AgencyHome
) -> None:
    await desk.loop.follow()
    desk.hub.notary.entries = [*them.events, *police.events]  # our own event is gone from its beginning
    desk.hub.published = []
    with pytest.raises(LogForked):
        await desk.loop.follow()
    assert not desk.loop.may_send.is_set()


async def test_an_entry_left_out_on_a_later_page_is_named(
    desk: Following, them: AgencyHome, police: AgencyHome
) -> None:
    desk.hub.notary.add([*them.events, *police.events])
    desk.hub.forged = lambda page: page.model_copy(update={"entries": page.entries[:1]})
    await desk.loop.follow()  # small pages, and nothing missing
    await desk.restart()
    assert desk.trust.size == 3
    desk.hub.notary.add(make_home(desk.home.path.parent, "westvale-police").events)
    desk.hub.forged = lambda page: page.model_copy(update={"entries": ()})
    await desk.refused(EntryDropped)
    assert await desk.alarms() == {"entry_dropped"}


async def test_a_forged_event_is_named_and_no_witness_stands_by_it(desk: Following, them: AgencyHome) -> None:
    forged = Signed(them.events[0].payload, desk.own.home.events[0].signature)
    await desk.loop.follow()
    desk.hub.notary.entries += [forged]
    await desk.refused(EventForged)
    assert await desk.alarms() == {UNBELIEVABLE}
    with pytest.raises(AgencyUnknown):
        desk.trust.agency_keys(THEM)


async def test_an_event_for_us_that_we_did_not_make_is_an_alarm(desk: Following, tmp_path: Path) -> None:
    await desk.loop.follow()
    copy = tmp_path / "stolen"
    copy.mkdir()
    shutil.copytree(desk.own.home.path, copy / US)
    stolen = rotate(copy / US, passphrase=SECRET, now=NOW)  # somebody else holds our root
    desk.hub.notary.entries += stolen.events[1:]
    for _ in range(2):  # it is the same at the next look
        with pytest.raises(HomeSetBack):
            await desk.loop.follow()
    assert not desk.loop.may_send.is_set()
    assert await desk.alarms() == {NOT_OURS, HomeSetBack.code}
    with pytest.raises(HomeSetBack):
        desk.memory.demand_whole()
    assert not desk.hub.cosigned[1:], "no witness stands by what its own agency does not know"
    adopt(desk.home.path, listed=stolen.events, now=NOW)  # as people decided
    desk.own.home = load_home(desk.home.path, NOW)
    await desk.loop.follow()
    desk.memory.demand_whole()
    assert await desk.alarms() == {NOT_OURS}, "that one says that people looked"


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


# --- a log that stands still ---------------------------------------------------------------------


def frozen_at(desk: Following, moment: datetime) -> None:
    desk.hub.now = lambda: moment


async def test_a_log_for_which_nobody_vouched_for_a_day_is_frozen(desk: Following) -> None:
    await desk.loop.follow()
    frozen_at(desk, NOW)
    desk.now += timedelta(hours=23)
    await desk.loop.follow()
    assert await desk.alarms() == set()
    desk.now += timedelta(hours=2)
    await desk.loop.follow()
    assert await desk.alarms() == {"log_frozen"}
    assert desk.loop.may_send.is_set(), "the mail goes on: a warning may not wait for this"
    frozen_at(desk, desk.now)
    await desk.loop.follow()
    assert await desk.alarms() == set()


async def test_an_event_of_ours_that_is_not_vouched_for_in_ten_minutes_is_frozen_out(desk: Following) -> None:
    desk.hub.notary.add = lambda _: None  # type: ignore[method-assign]
    await desk.loop.follow()
    assert await desk.alarms() == set()
    desk.now += timedelta(minutes=11)
    await desk.loop.follow()
    assert await desk.alarms() == {"log_frozen"}
