"""Words sealed so that the agency which answers for them can never come back to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import spoken
from hostile import HostileDesk

from exchange.store.casebook import Change
from exchange.wire.slip import Party

if TYPE_CHECKING:
    from doubles import Town
    from restating import Waiting

SCHOOL, DUTY = "moorfield-primary", "northshire-childrens"


async def test_a_share_that_the_recipients_agency_cannot_keep_is_refused(town: Town) -> None:
    school, duty = town[SCHOOL], town[DUTY]
    rogue = HostileDesk(school, await school.sign_in("Helen Marsh"))
    ruth = duty.person("Ruth Okafor")
    only_her = [school.desk.trust.sealing_key(ruth, town.clock())]
    sent = rogue.share(spoken.share(ruth), slots=only_her)
    await duty.desk.receiver.receive([sent.envelope or b""], Change())
    assert [row.code for row in await duty.desk.casebook.refused()] == ["not_for_me"]
    assert await duty.desk.casebook.steps(sent.step.slip.thread) == ()


async def test_so_is_an_answer(waiting: Waiting) -> None:
    desk = waiting.ruth.agency.desk
    helen = Party(agency=SCHOOL, person=waiting.helen.person)
    await waiting.arrives(waiting.read_back(slots=[desk.trust.sealing_key(helen, desk.now())]))
    assert await waiting.state() == "accepted"


async def test_another_agencys_records_key_is_not_ours(waiting: Waiting) -> None:
    desk = waiting.ruth.agency.desk
    helen = Party(agency=SCHOOL, person=waiting.helen.person)
    now = desk.now()
    slots = [desk.trust.sealing_key(helen, now), desk.trust.records_key(DUTY, now)]
    await waiting.arrives(waiting.read_back(slots=slots))
    assert await waiting.state() == "accepted"
