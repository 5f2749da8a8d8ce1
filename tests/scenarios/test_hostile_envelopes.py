"""A sender who checks nothing: other directories, re-addressed letters, flipped bits, repeated mail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import spoken

from exchange.desk.service.desk import Desk
from exchange.errors import LogForked
from exchange.store.casebook import Change, Expiry
from keys.ceremony.people import renew_roster

if TYPE_CHECKING:
    from stage import Stage


async def test_another_directory(stage: Stage) -> None:
    head = stage.school.agency.desk.trust.log_head().model_copy(update={"root": "0" * 64})
    forked = stage.school.share(spoken.share(stage.ruth), slip={"log": head})
    await stage.demand_refused(forked, "log_forked")
    desk = stage.duty.desk
    (alarm,) = await desk.casebook.alarms()
    assert (alarm.name, alarm.subject) == ("log_forked", "moorfield-primary")
    (row,) = await desk.casebook.contradictions()
    assert json.loads(row.shown) == head.model_dump()
    assert row.known.startswith(f"{head.origin}\n{head.size}\n".encode())
    with pytest.raises(LogForked):
        desk.trust.postal_slot("moorfield-primary")  # until people have decided, nothing goes there
    assert desk.trust.postal_slot("rao-practice"), "and everybody else is written to as before"


async def test_another_log(stage: Stage) -> None:
    head = stage.school.agency.desk.trust.log_head().model_copy(update={"origin": "other.test"})
    await stage.demand_refused(
        stage.school.share(spoken.share(stage.ruth), slip={"log": head}), "log_disagrees"
    )
    assert [alarm.name for alarm in await stage.duty.desk.casebook.alarms()] == ["log_disagrees"]


async def test_a_longer_directory_is_waited_for(stage: Stage) -> None:
    head = stage.school.agency.desk.trust.log_head()
    ahead = head.model_copy(update={"size": head.size + 1})
    sent = stage.school.share(spoken.share(stage.ruth), slip={"log": ahead})
    await stage.receive(sent)
    assert [row.code for row in await stage.duty.desk.casebook.held()] == ["directory_behind"]
    await stage.duty.desk.receiver.retry("directory")
    assert await stage.duty.desk.casebook.held_count() == 1
    assert await stage.duty.desk.casebook.steps(sent.step.slip.thread) == ()


async def test_a_letter_sealed_on_to_somebody_else(stage: Stage) -> None:
    rao = stage.town["rao-practice"]
    sent = stage.school.share(spoken.share(stage.ruth), mailboxes=["rao-practice"])
    assert sent.envelope is not None
    await rao.desk.receiver.receive([sent.envelope], Change())
    assert [row.code for row in await rao.desk.casebook.refused()] == ["header_disagrees"]


async def test_an_opening_with_a_bit_changed_is_refused_at_sixty_places(stage: Stage) -> None:
    sent = stage.school.share(spoken.share(stage.ruth))
    assert sent.envelope is not None
    step = max(1, len(sent.envelope) // 60)
    bad = [
        sent.envelope[:at] + bytes([sent.envelope[at] ^ (1 << at % 8)]) + sent.envelope[at + 1 :]
        for at in range(0, len(sent.envelope), step)
    ]
    await stage.duty.desk.receiver.receive(bad, Change())
    assert await stage.duty.desk.casebook.steps(sent.step.slip.thread) == ()
    assert len(await stage.refusals()) == len(bad)
    await stage.receive(sent)
    assert len(await stage.duty.desk.casebook.steps(sent.step.slip.thread)) == 1


async def test_one_bad_envelope_does_not_hold_up_the_others(stage: Stage) -> None:
    good, bad = (stage.school.share(spoken.share(stage.ruth)) for _ in range(2))
    assert good.envelope is not None
    assert bad.envelope is not None
    await stage.duty.desk.receiver.receive([bad.envelope[:-1], good.envelope, b""], Change())
    assert len(await stage.duty.desk.casebook.steps(good.step.slip.thread)) == 1
    assert len(await stage.refusals()) == 2


async def test_what_comes_twice_counts_once(stage: Stage) -> None:
    sent = stage.school.share(spoken.share(stage.ruth))
    await stage.receive(sent, sent)
    await stage.receive(sent)
    assert len(await stage.duty.desk.casebook.steps(sent.step.slip.thread)) == 1
    assert await stage.refusals() == []


async def test_an_agency_in_dispute_keeps_nobody_else_waiting(stage: Stage) -> None:
    """Rosters and steps go on to everybody but the agency that was shown another log, also after a restart."""
    head = stage.school.agency.desk.trust.log_head().model_copy(update={"root": "0" * 64})
    await stage.receive(stage.school.share(spoken.share(stage.ruth), slip={"log": head}))
    renew_roster(stage.duty.home, now=stage.town.clock())
    await stage.duty.desk.own.refresh()
    stage.duty.rosters.unfetched((Expiry("e", "m", "a"),))
    await stage.duty.rosters.distribute()
    (row,) = await stage.duty.desk.casebook.outbox(limit=10, size=2**20)
    assert row.mailboxes == ("rao-practice",)
    await stage.duty.desk.close()
    again = await Desk.open(stage.duty.home, stage.duty.desk.config, now=stage.town.clock)
    assert again.trust.disputed == {"moorfield-primary"}
    stage.duty.desk = again
