"""A duty team receives: one member restates, the others read along, who leaves is out, who joins is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spoken
from hostile import HostileDesk

from exchange.desk.service.drafts import NoteDraft
from exchange.errors import NotYours, SessionEnded, StepNotAllowed, ThreadUnknown
from exchange.store.casebook import Change
from exchange.wire.contents import AcceptContents
from keys.ceremony.people import change_role, suspend

if TYPE_CHECKING:
    from doubles import Town


async def sent(town: Town) -> str:
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    helen = await school.sign_in("Helen Marsh")
    thread = (await school.desk.share(helen, spoken.share(duty.role("Duty social worker")))).thread
    await town.settle()
    return thread


async def test_one_member_accepts_and_another_may_restate(town: Town) -> None:
    thread = await sent(town)
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    ruth, ben, ida = [await duty.sign_in(name) for name in ("Ruth Okafor", "Ben Hale", "Ida Voss")]
    for who in (ruth, ben):
        assert [row.thread for row in (await duty.desk.inbox(who)).rows] == [thread]
    assert (await duty.desk.inbox(ida)).rows == ()
    await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    with pytest.raises(StepNotAllowed):
        await duty.desk.accept(ben, thread, 0, spoken.ACCEPTED)
    with pytest.raises(ThreadUnknown):
        await duty.desk.accept(ida, thread, 0, spoken.ACCEPTED)
    words = await duty.desk.read(ben, thread, 0)
    await duty.desk.read_back(ben, thread, 0, spoken.restated(words))
    await town.settle()
    view = await duty.desk.show(ruth, thread)
    assert view.legs[0].accepted_by is not None
    assert view.legs[0].accepted_by.name == "Ruth Okafor"
    said = {step.kind: (step.who.name, step.words is not None) for step in view.steps}
    assert said["read_back"] == ("Ben Hale", True)  # sealed to the role too: the team reads along
    helen = await school.sign_in("Helen Marsh")
    await school.desk.hear_back(helen, thread, 0, spoken.agreed(words))
    await town.settle()
    assert (await duty.desk.show(ruth, thread)).closed


async def test_who_joins_reads_on_in_the_same_session(town: Town) -> None:
    thread = await sent(town)
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    ruth = await duty.sign_in("Ruth Okafor")
    token = (await duty.desk.sign_in("Ida Voss", "correct horse battery staple")).token
    role = duty.role("Duty social worker").role or ""
    roster = duty.desk.own.home.roster
    change_role(
        duty.home,
        role=role,
        members=[*roster.members(role), roster.find("Ida Voss")[0].id],
        now=town.clock(),
        passed_on_by=ruth.keyring,
    )
    await duty.desk.own.refresh()
    await town.settle()
    ida = await duty.desk.session(token)
    await duty.desk.accept(ida, thread, 0, spoken.ACCEPTED)
    assert (await duty.desk.read(ida, thread, 0)).words.facts
    helen = await school.sign_in("Helen Marsh")
    second = await school.desk.share(helen, spoken.share(duty.role("Duty social worker")))
    await town.settle()
    await duty.desk.accept(ida, second.thread, 0, spoken.ACCEPTED)
    assert (await duty.desk.read(await duty.desk.session(token), second.thread, 0)).words.facts


async def test_who_leaves_is_out_at_both_desks(town: Town) -> None:
    thread = await sent(town)
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    ben = await duty.sign_in("Ben Hale")
    rogue = HostileDesk(duty, ben)
    role = duty.role("Duty social worker").role or ""
    change_role(
        duty.home, role=role, members=[duty.desk.own.home.roster.find("Ruth Okafor")[0].id], now=town.clock()
    )
    await duty.desk.own.refresh()
    await town.settle()
    with pytest.raises(ThreadUnknown):
        await duty.desk.show(ben, thread)
    share = (await school.desk.files.load(thread)).status.opening
    assert share is not None
    heading = rogue.heading(
        kind="accept",
        thread=thread,
        leg=0,
        prev=(share.digest,),
        answers=share.digest,
        to=(school.person("Helen Marsh"),),
    )
    words = AcceptContents(
        step=heading.id,
        thread=thread,
        agency=duty.name,
        person=ben.person,
        kind="accept",
        my_part="Still here.",
    )
    forged = rogue.compose(heading, words)
    assert forged.envelope is not None
    await school.desk.receiver.receive([forged.envelope], Change())
    assert [row.code for row in await school.desk.casebook.refused()] == ["not_yours"]
    helen = await school.sign_in("Helen Marsh")
    assert (await school.desk.show(helen, thread)).legs[0].state == "sent"


async def test_who_is_suspended_is_signed_out(town: Town) -> None:
    duty = town["northshire-childrens"]
    token = (await duty.desk.sign_in("Ben Hale", "correct horse battery staple")).token
    assert (await duty.desk.session(token)).person
    suspend(duty.home, person=duty.person("Ben Hale").person or "", now=town.clock())
    await duty.desk.own.refresh()
    with pytest.raises(SessionEnded):
        await duty.desk.session(token)


async def test_nobody_confirms_what_they_restated_themselves(town: Town) -> None:
    """A share to one's own team: the author is never the recipient's hand, nor a colleague the sender's."""
    duty = town["northshire-childrens"]
    ruth, ben = await duty.sign_in("Ruth Okafor"), await duty.sign_in("Ben Hale")
    before = len(town.postman.carried)
    thread = (await duty.desk.share(ruth, spoken.share(duty.role("Duty social worker")))).thread
    with pytest.raises(NotYours):
        await duty.desk.accept(ruth, thread, 0, spoken.ACCEPTED)
    await duty.desk.accept(ben, thread, 0, spoken.ACCEPTED)
    words = await duty.desk.read(ben, thread, 0)
    with pytest.raises(NotYours):
        await duty.desk.read_back(ruth, thread, 0, spoken.restated(words))
    await duty.desk.read_back(ben, thread, 0, spoken.restated(words))
    with pytest.raises(NotYours):
        await duty.desk.hear_back(ben, thread, 0, spoken.agreed(words))
    await duty.desk.note(ben, thread, 0, NoteDraft(words="As we said."))
    await duty.desk.hear_back(ruth, thread, 0, spoken.agreed(words))
    assert (await duty.desk.show(ben, thread)).closed
    await town.settle()
    assert len(town.postman.carried) == before  # nothing of it left the house


async def test_a_new_shift_s_roster_may_overtake_what_the_last_shift_signed(town: Town) -> None:
    thread = await sent(town)
    school, duty = town["moorfield-primary"], town["northshire-childrens"]
    ben = await duty.sign_in("Ben Hale")
    await duty.desk.accept(ben, thread, 0, spoken.ACCEPTED)  # and the hub is away
    town.clock.forward(hours=2)
    role = duty.role("Duty social worker").role or ""
    change_role(
        duty.home, role=role, members=[duty.desk.own.home.roster.find("Ruth Okafor")[0].id], now=town.clock()
    )
    await duty.desk.own.refresh()
    await town.settle()
    assert await school.desk.casebook.refused() == ()
    helen = await school.sign_in("Helen Marsh")
    (leg,) = (await school.desk.show(helen, thread)).legs
    assert (leg.state, leg.accepted_by and leg.accepted_by.name) == ("accepted", "Ben Hale")
    with pytest.raises(ThreadUnknown):  # but from now on he is out
        await duty.desk.note(await duty.sign_in("Ben Hale"), thread, 0, NoteDraft(words="Hello?"))
