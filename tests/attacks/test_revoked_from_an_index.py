"""A stolen key is useless from the place in the log on from which it was revoked, whatever time it claims."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import spoken
from doubles import PASSPHRASE
from hostile import HostileDesk

from exchange.store.casebook import Change
from keys.ceremony.people import renew_person, revoke_person_key
from keys.keystore import Passphrase
from keys.record import format_time

if TYPE_CHECKING:
    from doubles import Agency, Town

    from exchange.desk.service.pen import Composed

SCHOOL, DUTY = "moorfield-primary", "northshire-childrens"


async def stolen(town: Town) -> HostileDesk:
    """Somebody who holds Helen's keys as they are now."""
    school = town[SCHOOL]
    return HostileDesk(school, await school.sign_in("Helen Marsh"))


async def revoked(town: Town, thief: HostileDesk, index: int) -> None:
    """The school revokes the key from that size of the log on, and says so to everybody."""
    school, person = town[SCHOOL], thief.session.person
    (entry,) = (one for one in school.desk.own.home.roster.people if one.id == person)
    key = entry.keys[0].verifying_key.key_id
    revoke_person_key(school.home, person=person, key_id=key, now=town.clock(), revoked_from=index)
    await school.desk.own.refresh()
    await school.desk.keep_own_roster()
    await town.settle()


async def arrives(duty: Agency, composed: Composed) -> list[str]:
    assert composed.envelope is not None
    before = {row.digest for row in await duty.desk.casebook.refused()}
    await duty.desk.receiver.receive([composed.envelope], Change())
    return [row.code for row in await duty.desk.casebook.refused() if row.digest not in before]


async def test_a_back_dated_step_does_not_count_after_the_revocation(town: Town) -> None:
    duty, thief = town[DUTY], await stolen(town)
    earlier = {"created": format_time(town.clock() - timedelta(days=3))}
    before, after = (thief.share(spoken.share(duty.person("Ruth Okafor")), slip=earlier) for _ in range(2))
    assert await arrives(duty, before) == [], "not revoked yet"
    await revoked(town, thief, duty.desk.trust.size)
    assert await arrives(duty, after) == ["signer_key_revoked"]
    assert len(await duty.desk.casebook.steps(before.step.slip.thread)) == 1, "what was believed then stands"


async def test_naming_an_older_log_does_not_help_either(town: Town) -> None:
    duty, thief = town[DUTY], await stolen(town)
    log = town[SCHOOL].desk.trust.log
    older = log.head().model_copy(update={"size": 1, "root": log.ahead.root_at(1)})
    late = thief.share(spoken.share(duty.person("Ruth Okafor")), slip={"log": older})
    await revoked(town, thief, 2)
    assert await arrives(duty, late) == ["signer_key_revoked"]


async def test_what_waited_since_before_is_judged_by_when_it_came(town: Town) -> None:
    """It came while the log was shorter than the revocation's index, and waited for its author's roster."""
    school, duty = town[SCHOOL], town[DUTY]
    size = duty.desk.trust.size
    tom = (await school.sign_in("Tom Reed")).person
    renew_person(school.home, person=tom, passphrase=Passphrase(PASSPHRASE), now=town.clock())
    await school.desk.own.refresh()
    thief = HostileDesk(school, await school.sign_in("Tom Reed"))
    held = thief.share(spoken.share(duty.person("Ruth Okafor")))
    assert await arrives(duty, held) == []
    (row,) = await duty.desk.casebook.held()
    assert (row.code, row.received_at) == ("signer_unknown", size)
    await town.open("eastvale-police", {"Sam Poll": "constable"})
    await revoked(town, thief, size + 1)
    await duty.desk.receiver.retry("roster")
    assert await duty.desk.casebook.held() == ()
