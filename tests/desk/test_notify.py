"""Reminders: person, then role, then lead, each once a turn; handled means quiet; ids and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, THEM, US, make_home, trust_of

from exchange.desk.notify import EXPIRING, MISSING, NOTICE, UNDIVIDED, Chaser, occasion
from exchange.store.casebook import Casebook, Change, LegRow, StepRow, ThreadRow
from keys.ceremony.home import load_home
from keys.ceremony.people import create_role, name_lead
from keys.entry import Custodians
from keys.record import digest, format_time, new_id, parse_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from exchange.store.casebook import AlarmRow
    from keys.ceremony.home import AgencyHome

DUE = NOW - timedelta(minutes=1)
PATIENCE = timedelta(minutes=15)


class Chasing:
    """A desk with one open leg, and people to remind."""

    def __init__(self, home: AgencyHome, casebook: Casebook) -> None:
        self.casebook = casebook
        self.ann, self.ben, self.lead = (person.id for person in home.roster.people)
        self.role = create_role(home.path, name="Duty team", members=[self.ann, self.ben], now=NOW).id
        name_lead(home.path, person=self.lead, now=NOW)
        self.trust = trust_of(load_home(home.path, NOW))
        self.chaser = Chaser(casebook, self.trust, holidays=frozenset(), patience=PATIENCE)
        self.leg = LegRow(
            "t1", 0, THEM, "theirs", US, self.ann, None, "ACCEPTED", True, "recipient", "immediate",
            format_time(DUE), "v1", None, None, format_time(NOW),
        )  # fmt: skip

    async def put(self, leg: LegRow, *, steps: int = 1) -> None:
        self.leg = leg
        at = format_time(NOW)
        rows = tuple(
            StepRow(
                digest(f"{leg.thread} {n}".encode()),
                f"e{n}",
                leg.thread,
                None,
                "note",
                THEM,
                "p",
                n,
                None,
                at,
                at,
                0,
                False,
                b"x",
            )
            for n in range(steps)
        )
        status = ThreadRow(leg.thread, "share", THEM, "theirs", None, True, False, 0, None, 0, steps, at, at)
        await self.casebook.record(Change(steps=rows, threads=(status,), legs=(leg,)))

    async def asked(self, after: timedelta = timedelta(0)) -> list[tuple[str, str]]:
        return [(row.stage, row.to) for row in await self.chaser.look(DUE + after)]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Chasing]:
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    yield Chasing(make_home(tmp_path, US, people=("Ann Canary", "Ben Canary", "Lee Canary")), casebook)
    await casebook.close()


async def test_person_then_role_then_lead_each_once(desk: Chasing) -> None:
    await desk.put(desk.leg)
    assert await desk.asked(-timedelta(seconds=1)) == []
    assert await desk.asked() == [("person", desk.ann)]
    assert await desk.asked(timedelta(minutes=1)) == []
    assert await desk.asked(timedelta(minutes=15)) == [("role", desk.role)]
    assert await desk.asked(timedelta(minutes=30)) == [("lead", desk.lead)]
    assert await desk.asked(timedelta(days=3)) == []


async def test_a_desk_that_was_off_catches_up_with_every_stage(desk: Chasing) -> None:
    await desk.put(desk.leg)
    assert await desk.asked(timedelta(hours=5)) == [
        ("person", desk.ann),
        ("role", desk.role),
        ("lead", desk.lead),
    ]


async def test_handled_is_quiet_and_the_next_turn_is_another_occasion(desk: Chasing) -> None:
    await desk.put(desk.leg)
    await desk.asked()
    restated = replace(desk.leg, turn="sender", state="READ_BACK", read_back="r1")
    await desk.put(restated, steps=2)
    assert await desk.asked(timedelta(hours=1)) == [], "it is the other agency's turn"
    corrected = replace(desk.leg, turn="recipient", state="CORRECTED", hear_back="h1")
    await desk.put(corrected, steps=3)
    assert await desk.asked() == [("person", desk.ann)]
    await desk.put(replace(corrected, open=False, turn=None, state="CLOSED"), steps=4)
    assert await desk.asked(timedelta(days=9)) == []


async def test_a_role_that_was_addressed_is_asked_in_the_persons_place(desk: Chasing) -> None:
    await desk.put(replace(desk.leg, recipient_person=None, recipient_role=desk.role))
    assert await desk.asked(timedelta(minutes=15)) == [("person", desk.role), ("role", desk.role)]


async def test_a_sender_is_chased_for_the_hear_back(desk: Chasing) -> None:
    ours = replace(desk.leg, sender_agency=US, sender_person=desk.ben, recipient_agency=THEM, turn="sender")
    await desk.put(replace(ours, recipient_person="theirs"))
    assert await desk.asked() == [("person", desk.ben)]


async def test_nobody_outside_the_agency_is_ever_asked(desk: Chasing) -> None:
    await desk.put(replace(desk.leg, sender_agency=US, recipient_agency=THEM, recipient_person="theirs"))
    assert await desk.asked(timedelta(days=1)) == []


async def test_standing_reminders_are_those_of_the_person_their_roles_or_the_lead(desk: Chasing) -> None:
    await desk.put(desk.leg)
    await desk.asked(timedelta(minutes=30))
    later = DUE + timedelta(minutes=31)

    async def stages(person: str) -> list[str]:
        return sorted(row.stage for row in await desk.chaser.standing(person, later))

    assert await stages(desk.ann) == ["person", "role"]
    assert await stages(desk.ben) == ["role"]
    assert await stages(desk.lead) == ["lead"]
    assert await stages("somebody else") == []
    await desk.put(replace(desk.leg, turn="sender", read_back="r1"), steps=2)
    assert await stages(desk.ann) == []


async def test_working_hours_are_waited_for_where_it_is_routine(desk: Chasing) -> None:
    friday = datetime(2026, 11, 20, 17, 0, tzinfo=NOW.tzinfo)
    await desk.put(replace(desk.leg, urgency="routine", due=format_time(friday)))
    asked = [(row.stage) for row in await desk.chaser.look(friday + timedelta(days=2))]
    assert asked == ["person"]
    asked = [(row.stage) for row in await desk.chaser.look(friday + timedelta(days=3, hours=1))]
    assert asked == ["role"]


@pytest.mark.parametrize("field", ["turn", "version", "read_back", "hear_back"])
def test_every_step_that_moves_a_leg_makes_another_occasion(field: str) -> None:
    leg = LegRow(
        "t", 0, US, "p", THEM, "q", None, "SENT", True, "recipient", None, None, "v", None, None, "u"
    )
    assert occasion(replace(leg, **{field: "sender"})) != occasion(leg)
    assert occasion(replace(leg, due="later", updated="later")) == occasion(leg)


async def other_alarms(desk: Chasing) -> list[AlarmRow]:
    """What stands beside the alarm for a records key that is in one hand, as this agency's is."""
    return [alarm for alarm in await desk.casebook.alarms() if alarm.name != UNDIVIDED]


async def test_a_thread_that_misses_a_step_for_long_is_an_alarm_until_it_comes(desk: Chasing) -> None:
    await desk.put(replace(desk.leg, due=None))
    (row,) = [await desk.casebook.thread("t1")]
    assert row is not None
    await desk.casebook.record(Change(threads=(replace(row, waiting=1, waiting_since=format_time(NOW)),)))
    await desk.chaser.look(NOW + PATIENCE - timedelta(seconds=1))
    assert await other_alarms(desk) == []
    await desk.chaser.look(NOW + PATIENCE)
    await desk.chaser.look(NOW + PATIENCE + timedelta(minutes=1))
    (alarm,) = await other_alarms(desk)
    assert (alarm.name, alarm.subject, alarm.raised) == (MISSING, "t1", format_time(NOW + PATIENCE))
    await desk.casebook.record(Change(threads=(row,)))
    await desk.chaser.look(NOW + timedelta(hours=1))
    assert await other_alarms(desk) == []


async def test_our_own_roster_is_renewed_in_time_or_somebody_hears_of_it(desk: Chasing) -> None:
    roster = desk.trust.roster(US)
    assert roster is not None
    ends = parse_time(roster.expires)
    await desk.chaser.look(ends - NOTICE - timedelta(seconds=1))
    assert await other_alarms(desk) == []
    await desk.chaser.look(ends - NOTICE + timedelta(seconds=1))
    await desk.chaser.look(ends)
    assert [alarm.name for alarm in await other_alarms(desk)] == [EXPIRING]
    await desk.chaser.look(NOW)
    assert await other_alarms(desk) == []


async def test_a_records_key_in_one_hand_is_an_alarm_until_custodians_have_it(desk: Chasing) -> None:
    await desk.chaser.look(NOW)
    await desk.chaser.look(NOW + timedelta(hours=1))
    (alarm,) = await desk.casebook.alarms()
    assert (alarm.name, alarm.subject, alarm.raised) == (UNDIVIDED, "", format_time(NOW))
    roster = desk.trust.roster(US)
    assert roster is not None
    roster.custodians = Custodians(need=2, people=(new_id(), new_id()))
    await desk.chaser.look(NOW + timedelta(hours=2))
    assert await desk.casebook.alarms() == ()


def files(folder: Path) -> list[Path]:
    return list(folder.glob("casebook.db*"))


async def test_no_name_is_written_or_logged(
    desk: Chasing, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    await desk.put(desk.leg)
    await desk.asked(timedelta(hours=5))
    assert "Canary" not in "".join(capsys.readouterr())
    written = b"".join(path.read_bytes() for path in files(tmp_path))
    assert b"Canary" not in written
    assert b"reminded" in written
