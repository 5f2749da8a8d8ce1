"""A thief who once held an agency's signing key, and so could vouch for invented people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import spoken
from doubles import PASSPHRASE, START
from hostile import HostileDesk

from exchange.desk.courier.rosters import roster_letter
from exchange.desk.service.desk import Desk
from exchange.desk.service.suspects import suspects, vouches_for_us
from exchange.errors import SignerUnknown
from exchange.sealing import PostalSlot, seal_envelope
from exchange.store.casebook import Change
from keys.ceremony.agency import revoke, rotate
from keys.ceremony.home import load_home
from keys.keystore import Passphrase
from keys.record import encode, new_id
from keys.roster import Person, PersonKey, RosterDraft, sign_roster
from keys.suite import OpeningKey, SigningKey

if TYPE_CHECKING:
    from doubles import Agency, Town
    from restating import Waiting

    from exchange.desk.people import Session
    from keys.roster import Roster, RosterDocument

FAR = 2**40
SCHOOL, DUTY = "moorfield-primary", "northshire-childrens"


@dataclass
class Thief:
    """Holds a copy of the desk's keys, and a key of their own for a person who is not there."""

    signing: SigningKey
    roster: Roster
    key: SigningKey
    person: str

    def document(self, version: int = FAR) -> RosterDocument:
        """A roster in which the thief's person stands beside everybody else."""
        opening = OpeningKey.generate()
        invented = Person(
            id=self.person,
            salt=new_id(),
            name="Nobody At All",
            post="nothing",
            suspended=None,
            keys=(
                PersonKey(
                    signing=encode(self.key.verifying_key.to_bytes()),
                    sealing=encode(opening.sealing_key.to_bytes()),
                    not_before="2026-11-01T00:00:00Z",
                    not_after="2027-11-01T00:00:00Z",
                    revoked=None,
                    revoked_from=None,
                ),
            ),
        )
        draft = RosterDraft(
            agency=self.roster.agency,
            version=version,
            created="2026-11-23T09:00:00Z",
            expires="2027-11-23T09:00:00Z",
        )
        return sign_roster(draft, (*self.roster.entries, invented), self.signing)


def thief_of(agency: Agency) -> Thief:
    home = load_home(agency.home, START)
    return Thief(home.signing_key, home.roster, SigningKey.generate(), new_id())


async def post(town: Town, to: Agency, document: RosterDocument) -> None:
    slot = PostalSlot(to.name, to.desk.own.home.keys.mailbox)
    envelope = seal_envelope(new_id(), roster_letter(document), [slot])
    await to.desk.receiver.receive([envelope], Change())


async def revoked(town: Town, agency: Agency, from_index: int = 0) -> None:
    """The agency notices, revokes the key and tells everybody."""
    key = agency.desk.own.home.keys.signing.key_id
    revoke(agency.home, key_id=key, from_index=from_index, passphrase=Passphrase(PASSPHRASE), now=START)
    await agency.desk.own.refresh()
    await town.tell_directory()


def author(agency: Agency, thief: Thief, session: Session) -> dict[str, object]:
    heading = HostileDesk(agency, session).heading()
    return {
        "author": heading.author.model_copy(
            update={"person": thief.person, "key": thief.key.verifying_key.key_id}
        )
    }


async def test_what_a_stolen_key_vouched_for_ends_with_its_revocation(town: Town) -> None:
    school, duty = town[SCHOOL], town[DUTY]
    thief = thief_of(school)
    await post(town, duty, thief.document())
    helen = await school.sign_in("Helen Marsh")
    await revoked(town, school)
    with pytest.raises(SignerUnknown):
        duty.desk.trust.signer(
            HostileDesk(school, helen)
            .heading()
            .author.model_copy(update={"person": thief.person, "key": thief.key.verifying_key.key_id}),
            START,
            duty.desk.trust.size,
        )
    ruth = duty.person("Ruth Okafor")
    forged = HostileDesk(school, helen).share(
        spoken.share(ruth), slip=author(school, thief, helen), key=thief.key
    )
    assert forged.envelope is not None
    await duty.desk.receiver.receive([forged.envelope], Change())
    assert await duty.desk.casebook.steps(forged.step.slip.thread) == ()


async def test_a_version_far_ahead_does_not_lock_the_agency_out(town: Town) -> None:
    """Whoever stole the key signs version 2^40; the agency's own next one must count all the same."""
    school, duty = town[SCHOOL], town[DUTY]
    await post(town, duty, thief_of(school).document())
    await revoked(town, school)
    await town.settle()
    ours, theirs = school.desk.own.home.roster, duty.desk.trust.roster(SCHOOL)
    assert theirs is not None
    assert theirs.version == ours.version


async def test_it_is_so_after_a_restart_too(town: Town) -> None:
    school, duty = town[SCHOOL], town[DUTY]
    await post(town, duty, thief_of(school).document())
    await revoked(town, school)
    await town.settle()
    await duty.desk.close()
    again = await Desk.open(duty.home, duty.desk.config, now=town.clock)
    duty.desk = again
    known = again.trust.roster(SCHOOL)
    assert known is not None
    assert known.version == school.desk.own.home.roster.version


async def test_nobody_tells_a_desk_by_post_who_its_own_people_are(town: Town) -> None:
    duty = town[DUTY]
    before = duty.desk.trust.roster(DUTY)
    await post(town, duty, thief_of(duty).document())
    assert duty.desk.trust.roster(DUTY) is before


async def test_a_replaced_key_vouches_for_nobody_anew(town: Town) -> None:
    """An old backup holds the key that signed rosters until the last rotation."""
    school, duty = town[SCHOOL], town[DUTY]
    thief = thief_of(school)
    rotate(school.home, passphrase=Passphrase(PASSPHRASE), now=START)
    await school.desk.own.refresh()
    await town.tell_directory()
    await town.settle()
    before = duty.desk.trust.roster(SCHOOL)
    assert before is not None
    await post(town, duty, thief.document(before.version + 1))
    assert duty.desk.trust.roster(SCHOOL) is before


async def test_what_a_stolen_agency_key_vouched_for_is_listed(town: Town, waiting: Waiting) -> None:
    school, duty = town[SCHOOL], town[DUTY]
    keys = school.desk.own.home.keys
    stolen, root = keys.signing.key_id, keys.root.key_id
    assert waiting is not None
    await revoked(town, school)
    home, casebook = duty.desk.own.home, duty.desk.casebook
    listed = await suspects(home, casebook, stolen)
    assert {(one.agency, one.how) for one in listed} == {(SCHOOL, "vouched")}
    assert await suspects(home, casebook, root) == listed
    assert await suspects(home, casebook, keys.transport.key_id) == ()
    assert not vouches_for_us(home, stolen)
    ours = school.desk.own.home
    assert vouches_for_us(ours, stolen)
    assert await suspects(ours, school.desk.casebook, stolen) == (), (
        "only others can have what the thief sent"
    )


async def test_what_came_before_the_key_was_stolen_is_not_listed(town: Town, waiting: Waiting) -> None:
    school, duty = town[SCHOOL], town[DUTY]
    stolen = school.desk.own.home.keys.signing.key_id
    assert waiting is not None
    await revoked(town, school, duty.desk.trust.size + 1)
    assert await suspects(duty.desk.own.home, duty.desk.casebook, stolen) == ()
