"""A desk that was set back finds it out from what it signed, and serves nobody until people have decided."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, SECRET, THEM, US, make_home
from following import Following

from exchange.desk.behind import resume
from exchange.errors import DeskBehind, NothingToResume, ProofRefused
from exchange.store.casebook import AuditEntry, Casebook, Change
from keys.ceremony.agency import revoke, rotate
from keys.ceremony.home import load_home
from keys.ceremony.transcript import Transcript
from keys.errors import HomeSetBack
from keys.event import Anchor, read_logged
from keys.record import digest, format_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

AT = format_time(NOW)
HELD = Transcript(
    number=1,
    ceremony="resume",
    agency=US,
    rehearsal=False,
    at=AT,
    by=("a" * 26, "b" * 26),
    keys=("a" * 32, "b" * 32),
    reasons=digest(b"a salt and the reasons"),
    acts=(),
    prev=None,
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Following]:
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    made = Following(make_home(tmp_path, US), casebook, make_home(tmp_path, THEM))
    await made.loop.follow()
    yield made
    await made.casebook.close()


async def backed_up(desk: Following, tmp_path: Path) -> Path:
    """Copy the casebook as it is now, whole."""
    await desk.casebook.close()
    copy = tmp_path / "backup.db"
    shutil.copy(tmp_path / "casebook.db", copy)
    await reopened(desk, tmp_path)
    return copy


async def reopened(desk: Following, tmp_path: Path) -> None:
    desk.casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    await desk.restart()


async def set_back(desk: Following, tmp_path: Path, backup: Path) -> None:
    await desk.casebook.close()
    for left in list(tmp_path.glob("casebook.db*")):  # noqa: ASYNC240 - a test may wait
        left.unlink()
    shutil.copy(backup, tmp_path / "casebook.db")
    await reopened(desk, tmp_path)


def anchors(desk: Following) -> list[Anchor]:
    read = [read_logged(signed.payload) for signed in desk.hub.notary.entries]
    return [one for one in read if isinstance(one, Anchor)]


async def happened(desk: Following, count: int = 3, thread: str = "t1") -> None:
    await desk.casebook.record(Change(audit=tuple(AuditEntry("signed", AT, thread) for _ in range(count))))


# --- the daily anchor ----------------------------------------------------------------------------


async def test_the_trails_head_is_anchored_once_a_day(desk: Following) -> None:
    await desk.anchors.anchor()
    (first,) = anchors(desk)
    trail = await desk.casebook.audit()
    assert (first.agency, first.number) == (US, first.number)
    assert first.head == trail[first.number - 1].chain
    await desk.loop.follow()
    await desk.anchors.anchor()
    desk.now += timedelta(hours=23)
    await desk.anchors.anchor()
    assert len(anchors(desk)) == 1
    desk.now += timedelta(hours=2)
    await desk.anchors.anchor()
    await desk.loop.follow()
    assert len(anchors(desk)) == 2
    assert await desk.alarms() == set()


# --- set back ------------------------------------------------------------------------------------


async def grown(desk: Following, tmp_path: Path) -> None:
    """The log grows, this desk cosigns it, and the hub shows our cosignature from then on."""
    desk.hub.notary.add(make_home(tmp_path, "eastvale-police").events)
    await desk.loop.follow()
    desk.hub.by = desk.hub.notary.witnesses
    await desk.loop.follow()
    assert await desk.alarms() == set()


async def found_out(desk: Following) -> None:
    before = desk.trust.log_head(), await desk.casebook.checkpoint(), len(desk.hub.cosigned)
    with pytest.raises(DeskBehind):
        await desk.loop.follow()
    assert not desk.loop.may_send.is_set()
    assert await desk.alarms() == {"desk_behind"}
    assert before == (desk.trust.log_head(), await desk.casebook.checkpoint(), len(desk.hub.cosigned))
    with pytest.raises(DeskBehind):
        desk.memory.demand_whole()


async def test_a_cosignature_that_the_casebook_forgot_is_noticed(desk: Following, tmp_path: Path) -> None:
    backup = await backed_up(desk, tmp_path)
    await grown(desk, tmp_path)
    await set_back(desk, tmp_path, backup)
    await found_out(desk)
    await desk.restart()
    await found_out(desk)


async def test_an_anchor_that_the_trail_has_not_is_noticed(desk: Following, tmp_path: Path) -> None:
    backup = await backed_up(desk, tmp_path)
    await happened(desk)
    await desk.anchors.anchor()
    await desk.loop.follow()
    assert await desk.alarms() == set()
    await set_back(desk, tmp_path, backup)
    await found_out(desk)


async def test_an_anchor_of_another_trail_is_noticed(desk: Following, tmp_path: Path) -> None:
    """Put back, and gone on with: the trail is as long as before, and another."""
    backup = await backed_up(desk, tmp_path)
    await happened(desk)
    await desk.anchors.anchor()
    await set_back(desk, tmp_path, backup)
    await happened(desk, 20, "t2")
    await found_out(desk)


async def test_people_let_it_go_on_and_that_is_on_record(desk: Following, tmp_path: Path) -> None:
    backup = await backed_up(desk, tmp_path)
    await happened(desk, 30)
    await desk.anchors.anchor()
    await grown(desk, tmp_path)
    await set_back(desk, tmp_path, backup)
    await found_out(desk)
    with pytest.raises(DeskBehind):
        await desk.loop.follow()
    await resume(desk.casebook, HELD)
    await desk.loop.follow()
    desk.memory.demand_whole()
    assert desk.loop.may_send.is_set()
    assert await desk.alarms() == set()
    trail = [row.entry for row in await desk.casebook.audit()]
    said = [entry for entry in trail if entry.event == "desk_resumed"]
    assert [entry.person for entry in said if entry.person] == list(HELD.by)
    assert f"reasons:{HELD.reasons}" in [entry.code for entry in said]
    (before,) = anchors(desk)
    desk.hub.by = desk.hub.notary.witnesses[:2]  # what comes now, we have not cosigned yet
    desk.now += timedelta(hours=25)
    await desk.anchors.anchor()
    await desk.loop.follow()
    *_, after = anchors(desk)
    assert after.number > before.number, "numbers only rise, although the trail is shorter than it was"
    await desk.restart()
    await desk.loop.follow()
    assert await desk.alarms() == set()


async def test_a_desk_that_was_not_set_back_has_nothing_to_resume(desk: Following) -> None:
    with pytest.raises(NothingToResume):
        await resume(desk.casebook, HELD)


# --- a home that was put back with it ------------------------------------------------------------


async def test_a_home_put_back_from_before_its_keys_went_on_is_noticed(
    desk: Following, tmp_path: Path
) -> None:
    """Its transport key was replaced and revoked since: no proof of it counts, and it reads what anybody may."""
    backup = await backed_up(desk, tmp_path)
    before = desk.home
    rotate(before.path, passphrase=SECRET, now=NOW, kinds=frozenset({"transport"}))
    old = before.keys.transport.key_id
    revoke(before.path, key_id=old, passphrase=SECRET, now=NOW, from_index=0)
    desk.hub.notary.add(load_home(before.path, NOW).events[len(before.events) :])
    await set_back(desk, tmp_path, backup)  # and the home with it, as it was
    desk.hub.proofs_refused = True
    for _ in range(2):
        with pytest.raises(HomeSetBack):
            await desk.loop.follow()
        assert not desk.loop.may_send.is_set()
        assert HomeSetBack.code in await desk.alarms()
        with pytest.raises(HomeSetBack):
            desk.memory.demand_whole()
        await desk.restart()
    rows = await desk.casebook.log_entries()
    assert rows[-1].payload == load_home(before.path, NOW).events[-1].payload, "so that it can be exported"


async def test_refusals_that_last_are_an_alarm_of_their_own(desk: Following) -> None:
    desk.hub.proofs_refused = True
    for seconds, standing in ((0, set()), (50, set()), (11, {"proof_refused"})):
        desk.now += timedelta(seconds=seconds)
        with pytest.raises(ProofRefused):
            await desk.loop.follow()
        assert await desk.alarms() == standing
    desk.hub.proofs_refused = False
    await desk.loop.follow()
    assert await desk.alarms() == set()
