"""Case 2: two recipients who must each understand, one of whom does not receive everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spoken

from exchange.desk.service.drafts import NoteDraft, WithdrawDraft
from exchange.errors import StepNotAllowed, ThreadUnknown
from exchange.sealing import open_part
from exchange.share.draft import DraftEmphasis
from keys.errors import Problem

if TYPE_CHECKING:
    from doubles import Agency, Town

    from exchange.desk.people import Session
    from exchange.share.draft import ShareDraft

PHONE = "07700 900123"


def two_audiences(duty: Agency, gp: Agency) -> ShareDraft:
    return spoken.share(
        duty.person("Ruth Okafor"),
        gp.person("Dr Rao"),
        facts=(spoken.BRUISE, spoken.fact("F2", f"Mother's new number is {PHONE}.", only_for=(0,))),
        emphasis=DraftEmphasis(weights={"F1": "critical", "F2": "context", "O1": "critical"}, key_point="O1"),
    )


async def understood(agency: Agency, who: Session, thread: str, leg: int) -> None:
    await agency.desk.accept(who, thread, leg, spoken.ACCEPTED)
    words = await agency.desk.read(who, thread, leg)
    await agency.desk.read_back(who, thread, leg, spoken.restated(words))


async def test_each_receives_what_they_need_and_closes_alone(town: Town) -> None:
    school, duty, gp = (town[name] for name in ("moorfield-primary", "northshire-childrens", "rao-practice"))
    helen = await school.sign_in("Helen Marsh")
    thread = (await school.desk.share(helen, two_audiences(duty, gp))).thread
    await town.settle()
    ruth, rao = await duty.sign_in("Ruth Okafor"), await gp.sign_in("Dr Rao")
    await understood(duty, ruth, thread, 0)
    await understood(gp, rao, thread, 1)
    await town.settle()

    full, less = await duty.desk.read(ruth, thread, 0), await gp.desk.read(rao, thread, 1)
    assert [fact.id for fact in full.words.facts] == ["F1", "F2"]
    assert [fact.id for fact in less.words.facts] == ["F1"]
    assert PHONE not in (await gp.desk.show(rao, thread)).model_dump_json()

    await school.desk.hear_back(helen, thread, 0, spoken.agreed(full))
    await town.settle()
    view = await school.desk.show(helen, thread)
    assert [leg.state for leg in view.legs] == ["closed", "read_back"]
    assert not view.closed
    assert (await duty.desk.show(ruth, thread)).closed
    assert not (await gp.desk.show(rao, thread)).closed

    await school.desk.hear_back(helen, thread, 1, spoken.agreed(less))
    await town.settle()
    assert (await school.desk.show(helen, thread)).closed
    (leg,) = (await gp.desk.show(rao, thread)).legs
    assert leg.index == 1
    assert leg.sender_emphasis is not None
    assert set(leg.sender_emphasis.weights) == {"F1", "O1"}


async def test_the_other_s_part_travels_along_and_stays_shut(town: Town) -> None:
    school, duty, gp = (town[name] for name in ("moorfield-primary", "northshire-childrens", "rao-practice"))
    helen = await school.sign_in("Helen Marsh")
    thread = (await school.desk.share(helen, two_audiences(duty, gp))).thread
    await town.settle()
    rao = await gp.sign_in("Dr Rao")
    file = await gp.desk.files.load(thread)
    (share,) = file.opened.values()
    opened = 0
    for part in share.letter.parts:
        try:
            contents = open_part(part, rao.keyring.opening).contents
        except Problem:
            continue
        opened += 1
        assert PHONE.encode() not in contents
    assert (opened, len(share.letter.parts)) == (1, 2)


async def test_nobody_looks_into_another_s_leg(town: Town) -> None:
    school, duty, gp = (town[name] for name in ("moorfield-primary", "northshire-childrens", "rao-practice"))
    helen = await school.sign_in("Helen Marsh")
    thread = (await school.desk.share(helen, two_audiences(duty, gp))).thread
    await town.settle()
    rao, ida, ben = await gp.sign_in("Dr Rao"), await duty.sign_in("Ida Voss"), await duty.sign_in("Ben Hale")
    for agency, who, leg in ((gp, rao, 0), (duty, ida, 0), (duty, ben, 0), (gp, rao, 2), (gp, rao, 49)):
        with pytest.raises(ThreadUnknown):
            await agency.desk.read(who, thread, leg)
        with pytest.raises(ThreadUnknown):
            await agency.desk.accept(who, thread, leg, spoken.ACCEPTED)
    for agency, who in ((duty, ida), (duty, ben)):
        with pytest.raises(ThreadUnknown):
            await agency.desk.show(who, thread)
        assert (await agency.desk.inbox(who)).rows == ()


async def test_withdrawing_takes_back_every_leg_that_is_open(town: Town) -> None:
    school, duty, gp = (town[name] for name in ("moorfield-primary", "northshire-childrens", "rao-practice"))
    helen = await school.sign_in("Helen Marsh")
    thread = (await school.desk.share(helen, two_audiences(duty, gp))).thread
    await town.settle()
    ruth = await duty.sign_in("Ruth Okafor")
    await understood(duty, ruth, thread, 0)
    await town.settle()
    sent = await school.desk.read(helen, thread, 0)
    await school.desk.hear_back(helen, thread, 0, spoken.agreed(sent))
    posted = await school.desk.withdraw(helen, thread, None, WithdrawDraft(reason="Sent in error."))
    assert len(posted.steps) == 1
    await town.settle()
    view = await school.desk.show(helen, thread)
    assert [leg.state for leg in view.legs] == ["closed", "withdrawn"]
    assert view.closed
    rao = await gp.sign_in("Dr Rao")
    with pytest.raises(StepNotAllowed):
        await gp.desk.read(rao, thread, 1)
    with pytest.raises(StepNotAllowed):
        await gp.desk.accept(rao, thread, 1, spoken.ACCEPTED)
    with pytest.raises(StepNotAllowed):
        await school.desk.withdraw(helen, thread, None, WithdrawDraft(reason="Again."))


async def test_notes_go_to_and_fro_and_move_nothing(town: Town) -> None:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    thread = (await school.desk.share(helen, spoken.share(duty.role("Duty social worker")))).thread
    await town.settle()
    ruth, ben = await duty.sign_in("Ruth Okafor"), await duty.sign_in("Ben Hale")
    await duty.desk.note(ruth, thread, 0, NoteDraft(words="Is Ellis at school today?"))
    await town.settle()
    await school.desk.note(helen, thread, 0, NoteDraft(words="Yes, until 15.15."))
    await town.settle()
    said = [
        (step.who.name, getattr(step.words, "words", None))
        for step in (await duty.desk.show(ben, thread)).steps
        if step.kind == "note"
    ]
    assert said == [("Ruth Okafor", "Is Ellis at school today?"), ("Helen Marsh", "Yes, until 15.15.")]
    assert (await school.desk.show(helen, thread)).legs[0].state == "sent"
