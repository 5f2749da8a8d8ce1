"""What the mail brings, seen from the door: batches, rosters, holding, and what is kept of refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spoken
from doubles import Town
from hostile import HostileDesk

from exchange.desk import aside
from exchange.errors import StoreUnavailable
from exchange.store.casebook import Casebook, Change
from exchange.wire import limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from doubles import Agency


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", {"Helen Marsh": "lead"})
    await town.open("northshire-childrens", {"Ruth Okafor": "social worker"})
    yield town
    await town.close()


async def envelopes_for(town: Town, name: str) -> list[bytes]:
    return [envelope for mailbox, envelope in await town.postman.collect() if mailbox == name]


async def shared(town: Town) -> tuple[str, Agency]:
    """A share on its way whose sender's roster has not arrived either."""
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    await school.desk.receiver.receive(await envelopes_for(town, school.name), Change())
    helen = await school.sign_in("Helen Marsh")
    return (await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))).thread, duty


async def test_a_roster_counts_before_the_slips_of_its_batch(town: Town) -> None:
    first = await envelopes_for(town, "northshire-childrens")
    await town["moorfield-primary"].desk.receiver.receive(
        [envelope for mailbox, envelope in town.postman.carried if mailbox == "moorfield-primary"], Change()
    )
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    thread = (await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))).thread
    second = await envelopes_for(town, "northshire-childrens")
    await duty.desk.receiver.receive([*second, *first], Change(cursors=(("mailbox", 9),)))
    assert len(await duty.desk.casebook.steps(thread)) == 1
    assert await duty.desk.casebook.cursor("mailbox") == 9
    assert await duty.desk.casebook.held() == ()


async def test_a_step_waits_for_its_signer_s_roster(town: Town) -> None:
    rosters = await envelopes_for(town, "northshire-childrens")
    carried = [envelope for mailbox, envelope in town.postman.carried if mailbox == "moorfield-primary"]
    await town["moorfield-primary"].desk.receiver.receive(carried, Change())
    thread, duty = await shared(town)
    steps = await envelopes_for(town, "northshire-childrens")
    await duty.desk.receiver.receive(steps, Change())
    (held,) = await duty.desk.casebook.held()
    assert (held.awaits, held.agency, held.code) == ("roster", "moorfield-primary", "signer_unknown")
    await duty.desk.receiver.retry("roster", "moorfield-primary")
    (again,) = await duty.desk.casebook.held()
    assert again.since == held.since
    assert await duty.desk.casebook.steps(thread) == ()
    await duty.desk.receiver.receive(rosters, Change())
    await duty.desk.receiver.retry("roster", "moorfield-primary")
    assert await duty.desk.casebook.held() == ()
    assert len(await duty.desk.casebook.steps(thread)) == 1


async def test_riddles_do_not_fill_the_disk(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.settle()
    monkeypatch.setattr(aside, "HELD_AT_MOST", 2)
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    rogue = HostileDesk(school, await school.sign_in("Helen Marsh"))
    head = school.desk.trust.log_head()
    ahead = head.model_copy(update={"size": head.size + 5})
    to = duty.person("Ruth Okafor")
    sent = [rogue.share(spoken.share(to), slip={"log": ahead}).envelope for _ in range(5)]
    for envelope in sent:
        assert envelope is not None
        await duty.desk.receiver.receive([envelope], Change())
    held, refused = await duty.desk.casebook.held(), await duty.desk.casebook.refused()
    assert len(held) + len(refused) == 5
    assert len(held) <= 3
    before = [row.digest for row in held]
    await duty.desk.receiver.retry("directory")  # trying again in vain drops none of them
    assert [row.digest for row in await duty.desk.casebook.held()] == before


async def test_what_was_refused_is_kept_as_it_came(town: Town) -> None:
    duty = town["northshire-childrens"]
    await duty.desk.receiver.receive([b"RBE1 nonsense"], Change())
    (row,) = await duty.desk.casebook.refused()
    assert (row.envelope, row.code) == (b"RBE1 nonsense", "envelope_refused")


async def test_a_batch_is_recorded_whole_or_not_at_all(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.settle()
    thread, duty = await shared(town)
    batch = [*await envelopes_for(town, "northshire-childrens"), b"nonsense"]
    real = Casebook.record

    async def failing(_: Casebook, __: Change) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(Casebook, "record", failing)
    with pytest.raises(StoreUnavailable):
        await duty.desk.receiver.receive(batch, Change(cursors=(("mailbox", 4),)))
    monkeypatch.setattr(Casebook, "record", real)
    assert await duty.desk.casebook.refused() == ()
    assert await duty.desk.casebook.cursor("mailbox") == 0
    assert (await duty.desk.files.load(thread)).opened == {}
    await duty.desk.receiver.receive(batch, Change(cursors=(("mailbox", 4),)))
    assert len((await duty.desk.files.load(thread)).opened) == 1
    assert await duty.desk.casebook.cursor("mailbox") == 4


async def test_a_thread_that_is_full_takes_no_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.settle()
    thread, duty = await shared(town)
    await town.settle()
    school = town["moorfield-primary"]
    helen = await school.sign_in("Helen Marsh")
    await school.desk.amend(helen, thread, spoken.amendment((0,)))
    monkeypatch.setattr(limits, "STEPS_OF_ONE_AGENCY", 1)
    await duty.desk.receiver.receive(await envelopes_for(town, duty.name), Change())
    assert [row.code for row in await duty.desk.casebook.refused()] == ["too_large"]
    assert len(await duty.desk.casebook.steps(thread)) == 1
