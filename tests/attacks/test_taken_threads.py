"""A recipient who learns a thread's name, and is at the other recipient's door before the share is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import spoken
from hostile import HostileDesk

from exchange.store.casebook import Change

if TYPE_CHECKING:
    from doubles import Town

SCHOOL, DUTY, PRACTICE = "moorfield-primary", "northshire-childrens", "rao-practice"


async def test_nobody_takes_the_thread_of_a_share_that_is_still_on_its_way(town: Town) -> None:
    school, duty, practice = town[SCHOOL], town[DUTY], town[PRACTICE]
    helen = await school.sign_in("Helen Marsh")
    rao = practice.person("Dr Rao")
    posted = await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor"), rao))
    bags = await town.postman.collect()
    rogue = HostileDesk(duty, await duty.sign_in("Ruth Okafor"))
    squat = rogue.share(spoken.share(rao), slip={"thread": posted.thread})
    await practice.desk.receiver.receive([squat.envelope or b""], Change())
    await town.postman.deliver(bags)
    reader = await practice.sign_in("Dr Rao")
    (row,) = (await practice.desk.inbox(reader)).rows
    assert row.counterpart.startswith("Helen Marsh")
    assert [step.digest for step in (await practice.desk.show(reader, posted.thread)).steps] == [
        posted.digest
    ]
