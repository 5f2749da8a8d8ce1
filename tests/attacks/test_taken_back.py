"""An agency revokes a key from long ago: so that a thief's steps fall, or so as not to have said its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doubles import PASSPHRASE, START
from hostile import HostileDesk
from test_revoked_from_an_index import revoked, stolen
from test_stolen_agency_key import DUTY, SCHOOL

from exchange.desk.courier.taken_back import TAKEN_BACK, taken_back
from exchange.desk.keylog import Continuation
from keys.ceremony.agency import revoke
from keys.keystore import Passphrase
from keys.statement import Signed

if TYPE_CHECKING:
    from doubles import Agency, Town
    from restating import Waiting


async def alarmed(town: Town, at: Agency, by: Agency, key: str, from_index: int) -> set[tuple[str, str]]:
    """What the desk `at` hears when the agency `by` revokes that key from there on."""
    revoke(by.home, key_id=key, from_index=from_index, passphrase=Passphrase(PASSPHRASE), now=START)
    log = at.desk.trust.log
    await by.desk.own.refresh()
    start = log.ahead.size
    await town.tell_directory()
    rows = await at.desk.casebook.log_entries(start)
    entries = tuple(Signed(row.payload, row.signature) for row in rows)
    assert log.newest is not None
    shown = Continuation(start, entries, log.newest, log.ahead)
    alarms = await taken_back(at.desk.casebook, at.desk.agency, shown, "2026-11-23T10:00:00Z")
    return {(alarm.name, alarm.subject) for alarm in alarms}


async def test_a_revocation_that_reaches_back_before_what_came_is_an_alarm(
    town: Town, waiting: Waiting
) -> None:
    school, duty = town[SCHOOL], town[DUTY]
    key = school.desk.own.home.keys.signing.key_id
    assert waiting is not None
    assert await alarmed(town, duty, school, key, 0) == {(TAKEN_BACK, SCHOOL)}


async def test_one_that_counts_from_now_on_is_none(town: Town, waiting: Waiting) -> None:
    school, duty = town[SCHOOL], town[DUTY]
    keys = school.desk.own.home.keys
    assert waiting is not None
    assert await alarmed(town, duty, school, keys.signing.key_id, duty.desk.trust.size + 1) == set()
    assert await alarmed(town, duty, school, keys.transport.key_id, 0) == set(), "it vouches for nobody"
    assert await alarmed(town, school, school, keys.mailbox.key_id, 0) == set()


async def standing(at: Agency) -> set[tuple[str, str]]:
    return {(row.name, row.subject) for row in await at.desk.casebook.alarms() if row.name == TAKEN_BACK}


async def test_a_persons_key_taken_back_by_a_roster_is_an_alarm_too(town: Town, waiting: Waiting) -> None:
    duty, thief = town[DUTY], await stolen(town)
    assert waiting is not None
    assert await standing(duty) == set()
    await revoked(town, thief, 0)
    assert await standing(duty) == {(TAKEN_BACK, SCHOOL)}


async def test_a_persons_key_that_ends_now_is_none(town: Town, waiting: Waiting) -> None:
    duty, thief = town[DUTY], await stolen(town)
    assert waiting is not None
    await revoked(town, thief, duty.desk.trust.size + 1)
    assert await standing(duty) == set()


async def test_the_key_of_somebody_who_wrote_nothing_here_is_none(town: Town, waiting: Waiting) -> None:
    school, duty = town[SCHOOL], town[DUTY]
    assert waiting is not None
    await revoked(town, HostileDesk(school, await school.sign_in("Tom Reed")), 0)
    assert await standing(duty) == set()
