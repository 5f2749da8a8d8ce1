"""Late, twice, out of order, half lost: two desks with the same steps have the same status."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
import spoken

from exchange.desk.service.desk import Desk
from exchange.desk.service.drafts import DeclineDraft, NoteDraft, WithdrawDraft
from exchange.errors import StoreUnavailable
from exchange.store.casebook import Casebook, Change
from keys.errors import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from doubles import Town

    from exchange.desk.people import Session

CHOICES = ("accept", "read_back", "agreed", "corrected", "amend", "note", "answer", "withdraw", "decline")


async def one_step(
    choice: str, thread: str, sender: tuple[Desk, Session], recipient: tuple[Desk, Session]
) -> None:
    """Somebody does something, whether or not it is their turn; what the rules refuse is not done."""
    (here, helen), (there, ruth) = sender, recipient
    acts: dict[str, Callable[[], Awaitable[Any]]] = {
        "accept": lambda: there.accept(ruth, thread, 0, spoken.ACCEPTED),
        "decline": lambda: there.decline(ruth, thread, 0, DeclineDraft(reason="wrong-person")),
        "note": lambda: here.note(helen, thread, 0, NoteDraft(words="One more thing.")),
        "answer": lambda: there.note(ruth, thread, 0, NoteDraft(words="Thank you.")),
        "amend": lambda: here.amend(helen, thread, spoken.amendment((0,))),
        "withdraw": lambda: here.withdraw(helen, thread, 0, WithdrawDraft(reason="In error.")),
    }

    async def restate() -> None:
        await there.read_back(ruth, thread, 0, spoken.restated(await there.read(ruth, thread, 0)))

    async def hear(verdict: str) -> None:
        sent = await here.read(helen, thread, 0)
        draft = spoken.agreed(sent) if verdict == "agreed" else spoken.corrected(sent, "F4", "No.")
        await here.hear_back(helen, thread, 0, draft)

    acts |= {
        "read_back": restate,
        "agreed": lambda: hear("agreed"),
        "corrected": lambda: hear("corrected"),
    }
    try:
        await acts[choice]()
    except LocalProblem:
        return


@pytest.mark.parametrize("seed", range(12))
async def test_any_conversation_over_a_bad_line(town: Town, seed: int) -> None:
    dice = random.Random(seed)
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen, ruth = await school.sign_in("Helen Marsh"), await duty.sign_in("Ruth Okafor")
    thread = (await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))).thread
    await town.settle()
    postman = town.postman
    postman.shuffled, postman.twice = dice, True
    kept_back: list[tuple[str, bytes]] = []
    for _ in range(dice.randrange(6, 18)):
        choice = dice.choices(CHOICES, weights=(4, 6, 4, 3, 3, 2, 2, 1, 1))[0]
        await one_step(choice, thread, (school.desk, helen), (duty.desk, ruth))
        kept_back += await postman.collect()
        if dice.random() < 0.5:
            dice.shuffle(kept_back)
            cut = dice.randrange(len(kept_back) + 1)
            await postman.deliver(kept_back[:cut])
            kept_back = kept_back[cut:]
    await postman.deliver(kept_back)
    await town.settle()

    ours, theirs = await school.desk.files.load(thread), await duty.desk.files.load(thread)
    assert ours.status == theirs.status
    assert not ours.status.waiting
    states = [
        [(leg.leg, leg.state, leg.turn, leg.version, leg.read_back, leg.hear_back, leg.due) for leg in legs]
        for legs in (await school.desk.casebook.legs(thread), await duty.desk.casebook.legs(thread))
    ]
    assert states[0] == states[1]
    for desk in (school.desk, duty.desk):
        desk.files.forget(thread)
        assert (await desk.files.load(thread)).status == ours.status  # read again from the disk
        assert await desk.casebook.refused() == ()
    if ours.status.closed:
        (leg,) = ours.status.legs
        assert leg.hear_back is not None
        heard = ours.opened[leg.hear_back].step.slip
        restated = ours.opened[leg.read_back or ""].step.slip
        assert (heard.verdict, heard.answers, restated.answers) == ("agreed", leg.read_back, leg.version)


async def test_a_store_that_fails_for_a_moment_loses_and_doubles_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen, ruth = await school.sign_in("Helen Marsh"), await duty.sign_in("Ruth Okafor")
    dice, real, failing = random.Random(7), Casebook.record, [False]

    async def record(book: Casebook, change: Change) -> Any:
        if failing[0] and dice.random() < 0.5:
            if dice.random() < 0.5:
                await real(book, change)  # it was written, and nobody was told
            raise StoreUnavailable
        return await real(book, change)

    monkeypatch.setattr(Casebook, "record", record)
    thread = (await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))).thread
    envelopes = [envelope for mailbox, envelope in await town.postman.collect() if mailbox == duty.name]
    failing[0] = True
    for _ in range(40):
        try:
            await duty.desk.receiver.receive(envelopes, Change())
        except StoreUnavailable:
            continue
        break
    done = 0
    for _ in range(40):
        try:
            await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
        except StoreUnavailable:
            continue
        except LocalProblem:
            done += 1  # it had been written after all
        break
    failing[0] = False
    await town.settle()
    for desk in (school.desk, duty.desk):
        desk.files.forget(thread)
        file = await desk.files.load(thread)
        assert sorted(step.slip.kind for step in file.steps) == ["accept", "share"]
        assert file.status.legs[0].state.value == "accepted"


async def test_a_desk_that_starts_again_knows_what_it_knew(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen, ruth = await school.sign_in("Helen Marsh"), await duty.sign_in("Ruth Okafor")
    thread = (await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))).thread
    await town.settle()
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    before = duty.desk
    again = await Desk.open(duty.home, before.config, now=town.clock)
    try:
        assert (await again.files.load(thread)).status == (await before.files.load(thread)).status
        assert again.trust.log_head() == before.trust.log_head()
        assert {one.party for one in again.whom("")} == {one.party for one in before.whom("")}
    finally:
        await again.close()
