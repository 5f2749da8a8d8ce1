"""Trust: bytes in, trust out; every other answer has a name and changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, ORIGIN, SECRET, THEM, US, make_home, root_of, trust_of

from exchange.desk.trust import Trust
from exchange.desk.whom import find
from exchange.errors import (
    DirectoryBehind,
    DirectoryDiffers,
    DirectoryShorter,
    LogDisagrees,
    RecipientKeyExpired,
    RecipientKeyRevoked,
    RecipientUnknown,
    SignerKeyRevoked,
    SignerRosterExpired,
    SignerUnknown,
)
from exchange.wire.slip import Author, LogHead, Party
from keys.ceremony.agency import rotate
from keys.ceremony.home import load_home
from keys.ceremony.people import create_role, enrol_person, revoke_person_key, suspend
from keys.errors import AgencyUnknown, EventForged, RootDiffers, RosterExpired, RosterForged, RosterRolledBack
from keys.statement import Signed
from keys.suite import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from keys.ceremony.home import AgencyHome


@pytest.fixture
def us(tmp_path: Path) -> AgencyHome:
    return make_home(tmp_path, US)


@pytest.fixture
def them(tmp_path: Path) -> AgencyHome:
    return make_home(tmp_path, THEM, people=("Jo Smith", "Sam Jones"))


def author_at(home: AgencyHome, number: int = 0) -> Author:
    person = home.roster.people[number]
    return Author(agency=home.agency, person=person.id, key=person.keys[0].verifying_key.key_id)


def party_at(home: AgencyHome, number: int = 0) -> Party:
    return Party(agency=home.agency, person=home.roster.people[number].id)


# --- the directory -------------------------------------------------------------------------------


def test_a_continuation_is_taken(us: AgencyHome, them: AgencyHome) -> None:
    trust = Trust(US, ORIGIN)
    first, both = us.events, (*us.events, *them.events)
    assert trust.take_events(first, 1, root_of(first)).refusal is None
    assert trust.take_events(them.events, 2, root_of(both)).events == them.events
    assert trust.take_events((), 2, root_of(both)).events == ()
    assert trust.agency_keys(THEM).agency == THEM


@pytest.mark.parametrize(
    ("shown", "size", "problem"),
    [
        ("none", 1, DirectoryShorter),
        ("none", 0, DirectoryShorter),
        ("none", 2, DirectoryDiffers),
        ("none", 3, DirectoryDiffers),
        ("other", 3, DirectoryDiffers),
    ],
)
def test_a_directory_that_does_not_continue_ours_is_refused_by_name(  # noqa: PLR0917 - fixtures and cases
    tmp_path: Path, us: AgencyHome, them: AgencyHome, shown: str, size: int, problem: type[Exception]
) -> None:
    trust = trust_of(us, them)
    before = trust.log_head()
    third = make_home(tmp_path, "eastvale-police").events
    with pytest.raises(problem):
        trust.take_events(third if shown == "other" else (), size, "ab" * 32)
    assert trust.log_head() == before
    with pytest.raises(AgencyUnknown):
        trust.agency_keys("eastvale-police")


def test_the_same_events_in_another_order_are_another_directory(us: AgencyHome, them: AgencyHome) -> None:
    trust = Trust(US, ORIGIN)
    with pytest.raises(DirectoryDiffers):
        trust.take_events((*them.events, *us.events), 2, root_of((*us.events, *them.events)))
    assert trust.directory.size == 0


def test_a_swapped_key_stops_at_the_event_that_nobody_signed(us: AgencyHome, them: AgencyHome) -> None:
    trust = Trust(US, ORIGIN)
    forged = Signed(them.events[0].payload, us.events[0].signature)
    events = (us.events[0], forged)
    taken = trust.take_events(events, 2, root_of(events))  # the hub's own sums are right: it is lying well
    assert taken.events == us.events
    assert isinstance(taken.refusal, EventForged)
    with pytest.raises(AgencyUnknown):
        trust.agency_keys(THEM)


def test_a_pinned_agency_cannot_come_with_another_root(us: AgencyHome, them: AgencyHome) -> None:
    pins = {THEM: fingerprint(us.keys.root.to_bytes())}
    trust = Trust(US, ORIGIN, pins)
    taken = trust.take_events(them.events, 1, root_of(them.events))
    assert isinstance(taken.refusal, RootDiffers)


def test_two_desks_compare_what_they_were_shown(us: AgencyHome, them: AgencyHome) -> None:
    ours, theirs = trust_of(us, them), trust_of(us)
    ours.check_log_head(theirs.log_head())
    with pytest.raises(DirectoryBehind):
        theirs.check_log_head(ours.log_head())
    head = ours.log_head()
    with pytest.raises(LogDisagrees):
        ours.check_log_head(LogHead(origin=head.origin, size=head.size, root="0" * 64))
    with pytest.raises(LogDisagrees):
        ours.check_log_head(LogHead(origin="http://other.test", size=head.size, root=head.root))


def test_of_itself_a_desk_believes_its_own_home(us: AgencyHome) -> None:
    trust = trust_of(us)
    rotate(us.path, passphrase=SECRET, now=NOW)
    home = load_home(us.path, NOW)
    trust.use_own_keys(home.keys)
    assert trust.postal_slot(US).key == home.keys.mailbox
    assert trust.own_events_listed() == 1
    assert len(home.events) == 2


# --- rosters -------------------------------------------------------------------------------------


def test_a_roster_only_goes_forward(us: AgencyHome, them: AgencyHome) -> None:
    trust = trust_of(us, them)
    enrol_person(them.path, name="New Person", post="Worker", passphrase=SECRET, now=NOW)
    newer = load_home(them.path, NOW)
    assert trust.take_roster(newer.roster_document, NOW).version == newer.roster.version
    assert trust.take_roster(newer.roster_document, NOW).version == newer.roster.version, "twice is once"
    with pytest.raises(RosterRolledBack):
        trust.take_roster(them.roster_document, NOW)
    roster = trust.roster(THEM)
    assert roster is not None
    assert roster.version == newer.roster.version


def test_a_roster_that_its_agency_did_not_sign_is_refused(us: AgencyHome, them: AgencyHome) -> None:
    trust = trust_of(us, them, rosters=False)
    document = them.roster_document
    with pytest.raises(RosterForged):
        trust.take_roster(
            type(document)(document.payload, us.roster_document.signature, document.entries), NOW
        )
    with pytest.raises(RosterForged):
        trust.take_roster(type(document)(document.payload, document.signature, document.entries[:-1]), NOW)
    assert trust.roster(THEM) is None


def test_a_roster_of_an_agency_that_nobody_knows_waits_for_the_directory(
    us: AgencyHome, them: AgencyHome
) -> None:
    with pytest.raises(AgencyUnknown):
        trust_of(us).take_roster(them.roster_document, NOW)


def test_an_expired_roster_is_taken_only_from_our_own_shelf(us: AgencyHome, them: AgencyHome) -> None:
    late = NOW + timedelta(days=500)
    trust = trust_of(us, them, rosters=False)
    with pytest.raises(RosterExpired):
        trust.take_roster(them.roster_document, late)
    trust.take_roster(them.roster_document, late, expired_too=True)
    with pytest.raises(SignerRosterExpired):
        trust.signer(author_at(them), late)
    with pytest.raises(RecipientKeyExpired):
        trust.sealing_key(party_at(them), late)


# --- whose key is it? ----------------------------------------------------------------------------


def test_a_signer_is_that_person_with_that_key_or_unknown(us: AgencyHome, them: AgencyHome) -> None:
    trust = trust_of(us, them)
    author = author_at(them)
    assert trust.signer(author, NOW).key_id == author.key
    other = author_at(them, 1)
    for wrong in (
        Author(agency=THEM, person=author.person, key=other.key),
        Author(agency=THEM, person=other.person, key=author.key),
        Author(agency=US, person=author.person, key=author.key),
        Author(agency="nowhere-at-all", person=author.person, key=author.key),
    ):
        with pytest.raises(SignerUnknown):
            trust.signer(wrong, NOW)


def test_a_signer_is_unknown_until_the_roster_comes(us: AgencyHome, them: AgencyHome) -> None:
    trust = trust_of(us, them, rosters=False)
    with pytest.raises(SignerUnknown):
        trust.signer(author_at(them), NOW)
    trust.take_roster(them.roster_document, NOW)
    assert trust.signer(author_at(them), NOW)


def test_a_revoked_key_neither_signs_nor_receives(us: AgencyHome, them: AgencyHome) -> None:
    trust = trust_of(us, them)
    author = author_at(them)
    revoke_person_key(them.path, person=author.person, key_id=author.key, now=NOW)
    trust.take_roster(load_home(them.path, NOW).roster_document, NOW)
    with pytest.raises(SignerKeyRevoked):
        trust.signer(author, NOW + timedelta(seconds=1))
    with pytest.raises(RecipientKeyRevoked):
        trust.sealing_key(party_at(them), NOW + timedelta(seconds=1))


def test_nobody_is_sealed_to_who_is_not_in_the_roster(us: AgencyHome, them: AgencyHome) -> None:
    trust = trust_of(us, them)
    assert trust.sealing_key(party_at(them), NOW) == them.roster.sealing_key(them.roster.people[0].id, NOW)
    assert trust.records_key(THEM, NOW) == them.roster.records_key
    for wrong in (
        Party(agency=US, person=them.roster.people[0].id),
        Party(agency=THEM, role=them.roster.people[0].id[::-1]),
        Party(agency="nowhere-at-all", person=them.roster.people[0].id),
    ):
        with pytest.raises(RecipientUnknown):
            trust.sealing_key(wrong, NOW)
    with pytest.raises(RecipientUnknown):
        trust.records_key("nowhere-at-all", NOW)


def test_roles_have_the_members_that_the_roster_says(us: AgencyHome) -> None:
    person = us.roster.people[0].id
    role = create_role(us.path, name="Duty team", members=[person], now=NOW)
    trust = trust_of(load_home(us.path, NOW))
    assert trust.is_own_member(role.id, person)
    assert trust.own_roles(person) == (role.id,)
    assert not trust.is_own_member(role.id, person[::-1])
    assert not trust.is_member(THEM, role.id, person)
    entry = trust.entry(Party(agency=US, role=role.id))
    assert entry is not None
    assert entry.name == "Duty team"
    assert trust.entry(Party(agency=US, person=role.id)) is None


# --- whom may one write to? ----------------------------------------------------------------------


def test_a_search_finds_whom_one_may_write_to(us: AgencyHome, them: AgencyHome) -> None:
    create_role(them.path, name="Duty team", members=[them.roster.people[0].id], now=NOW)
    suspend(them.path, person=them.roster.people[1].id, now=NOW)
    trust = trust_of(us, load_home(them.path, NOW))
    later = NOW + timedelta(seconds=1)
    assert [found.name for found in find(trust, "smi JO", later)] == ["Jo Smith"]
    assert [found.name for found in find(trust, "duty", later)] == ["Duty team"]
    (held,) = find(trust, "jones", later)
    assert (held.state, held.fingerprint) == ("suspended", "")
    (found,) = find(trust, "smith", later)
    key = trust.sealing_key(found.party, later)
    assert found.fingerprint == fingerprint(key.to_bytes())
    assert found.agency_name == THEM.title()
    assert found.state == "in force"
    states = [one.state for one in find(trust, "", later)]
    assert states == ["in force"] * 3 + ["suspended"], "whoever can be written to stands first"
    expired = later + timedelta(days=3660)
    assert {one.state for one in find(trust, "", expired)} <= {"key expired", "suspended"}


def test_somebody_revoked_and_a_role_of_nobody_are_found_with_why(us: AgencyHome, them: AgencyHome) -> None:
    create_role(them.path, name="Night team", members=[], now=NOW)
    author = author_at(them)
    revoke_person_key(them.path, person=author.person, key_id=author.key, now=NOW)
    trust = trust_of(us, load_home(them.path, NOW))
    later = NOW + timedelta(seconds=1)
    assert [one.state for one in find(trust, "smith", later)] == ["key revoked"]
    assert [one.state for one in find(trust, "night", later)] == ["nobody on duty"]
