"""A sender who checks nothing: unknown people, revoked, expired and foreign keys are refused by name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import spoken
from doubles import PASSPHRASE, START

from exchange.errors import ContentsRefused
from exchange.wire.slip import Party
from keys.ceremony.people import renew_person, renew_roster, revoke_person_key
from keys.keystore import Passphrase
from keys.record import new_id
from keys.suite import SigningKey

if TYPE_CHECKING:
    from stage import Stage


async def test_somebody_whom_the_roster_does_not_know(stage: Stage) -> None:
    nobody = Party(agency=stage.duty.name, person=new_id())
    own = stage.school.agency.desk
    with pytest.raises(ContentsRefused) as refused:
        await own.share(stage.school.session, spoken.share(nobody))
    assert (refused.value.code, refused.value.where) == ("recipient_unknown", "recipients[0]")
    slots = own.trust.sealing_key(stage.ruth, own.now())
    sent = stage.school.share(spoken.share(nobody), slots=[slots])
    await stage.demand_refused(sent, "recipient_unknown")


async def test_a_role_that_is_not_there(stage: Stage) -> None:
    nobody = Party(agency=stage.duty.name, role=new_id())
    key = stage.school.agency.desk.trust.sealing_key(stage.ruth, START)
    await stage.demand_refused(stage.school.share(spoken.share(nobody), slots=[key]), "recipient_unknown")


async def test_a_revoked_key(stage: Stage) -> None:
    own, home = stage.school.agency.desk, stage.duty.home
    old = own.trust.sealing_key(stage.ruth, START)
    revoke_person_key(home, person=stage.ruth.person or "", key_id=old.key_id, now=START)
    await stage.duty.desk.own.refresh()
    honest = spoken.share(stage.ruth)
    late = stage.school.share(honest, slots=[old])
    await stage.demand_refused(late, "recipient_key_revoked")
    await stage.town.settle()
    with pytest.raises(ContentsRefused) as refused:
        await own.share(stage.school.session, honest)
    assert refused.value.code == "recipient_key_revoked"


async def test_an_old_key_beside_the_new_one_is_still_revoked(stage: Stage) -> None:
    own, home = stage.school.agency.desk, stage.duty.home
    person = stage.ruth.person or ""
    old = own.trust.sealing_key(stage.ruth, START)
    revoke_person_key(home, person=person, key_id=old.key_id, now=START)
    renew_person(home, person=person, passphrase=Passphrase(PASSPHRASE), now=START)
    await stage.duty.desk.own.refresh()
    await stage.town.settle()
    new = own.trust.sealing_key(stage.ruth, START)
    both = stage.school.share(spoken.share(stage.ruth), slots=[new, old])
    await stage.demand_refused(both, "recipient_key_revoked")


async def test_an_expired_key(stage: Stage) -> None:
    own, duty = stage.school.agency.desk, stage.duty
    old = own.trust.sealing_key(stage.ruth, START)
    later = START + timedelta(days=800)
    for home in (stage.school.agency.home, duty.home):
        renew_roster(home, now=later)
    renew_person(
        stage.school.agency.home,
        person=stage.school.session.person,
        passphrase=Passphrase(PASSPHRASE),
        now=later,
    )
    stage.town.clock.now = later
    for agency in (stage.school.agency, duty):
        await agency.desk.own.refresh()
    await stage.town.settle()
    stage.school.session = await stage.school.agency.sign_in("Helen Marsh")
    with pytest.raises(ContentsRefused) as refused:
        await own.share(stage.school.session, spoken.share(stage.ruth))
    assert refused.value.code == "recipient_key_expired"
    late = stage.school.share(spoken.share(stage.ruth), slots=[old])
    await stage.demand_refused(late, "recipient_key_expired")


async def test_no_slot_for_the_person_named(stage: Stage) -> None:
    ben = stage.school.agency.desk.trust.sealing_key(stage.duty.person("Ben Hale"), START)
    await stage.demand_refused(stage.school.share(spoken.share(stage.ruth), slots=[ben]), "not_for_me")


async def test_somebody_else_s_signature(stage: Stage) -> None:
    forged = stage.school.share(spoken.share(stage.ruth), key=SigningKey.generate())
    await stage.demand_refused(forged, "signature_invalid")


async def test_a_colleague_s_name_under_one_s_own_key(stage: Stage) -> None:
    heading = stage.school.heading()
    tom = stage.school.agency.person("Tom Reed").person
    author = heading.author.model_copy(update={"person": tom})
    sent = stage.school.share(spoken.share(stage.ruth), slip={"author": author})
    await stage.receive(sent)
    assert [row.code for row in await stage.duty.desk.casebook.held()] == ["signer_unknown"]
    assert await stage.duty.desk.casebook.steps(sent.step.slip.thread) == ()


async def test_a_revoked_signer(stage: Stage) -> None:
    school = stage.school.agency
    sent = stage.school.share(spoken.share(stage.ruth))
    revoke_person_key(
        school.home, person=stage.school.session.person, key_id=sent.step.slip.author.key, now=START
    )
    await school.desk.own.refresh()
    await stage.town.settle()
    await stage.demand_refused(sent, "signer_key_revoked")
