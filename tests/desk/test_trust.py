"""Trust: bytes in, trust out; every other answer has a name and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, SECRET, THEM, US, make_home, pinned, trust_of
from notary import Notary

from exchange.desk.keylog import Shown
from exchange.desk.trust import Trust
from exchange.desk.whom import find
from exchange.errors import (
    DirectoryBehind,
    EntryDropped,
    LogDisagrees,
    LogForked,
    LogRolledBack,
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
from keys.errors import (
    AgencyUnknown,
    AgencyUnsponsored,
    CheckpointForged,
    CheckpointMalformed,
    CosignatureForged,
    EventForged,
    ProofInvalid,
    RootDiffers,
    RosterExpired,
    RosterForged,
    RosterRolledBack,
)
from keys.notekey import WitnessKey
from keys.statement import Signed
from keys.suite import fingerprint
from keys.transparency.note import NoteSigner

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


@pytest.fixture
def notary() -> Notary:
    return Notary()


def believer(notary: Notary, *homes: AgencyHome, **rule: int) -> Trust:
    """The first of these agencies' desk, which was shown nothing yet; all of them are founders."""
    return Trust(homes[0].agency, pinned(notary, *homes, **rule), homes[0].pins)


def show(notary: Notary, trust: Trust, *, by: int | None = None) -> bool:
    """Show a desk the whole log, vouched for by that many witnesses (all)."""
    shown = notary.shown(trust.log.ahead.size, NOW, by=notary.witnesses[:by])
    return trust.take_log(trust.log.check(shown))


def refused(notary: Notary, trust: Trust, shown: Shown, problem: type[Exception]) -> None:
    """It is refused by that name, and everything stays as it was."""
    before = trust.log_head(), trust.log.ahead.size, trust.log.newest
    with pytest.raises(problem):
        trust.log.check(shown)
    assert before == (trust.log_head(), trust.log.ahead.size, trust.log.newest)


def test_a_continuation_is_taken(us: AgencyHome, them: AgencyHome, notary: Notary) -> None:
    trust = believer(notary, us, them)
    notary.add(us.events)
    assert show(notary, trust)
    notary.add(them.events)
    assert show(notary, trust)
    assert not show(notary, trust), "nothing is new"
    assert trust.agency_keys(THEM).agency == THEM


def test_a_key_beyond_the_quorum_is_known_and_not_used(
    us: AgencyHome, them: AgencyHome, notary: Notary
) -> None:
    trust = believer(notary, us, them)
    notary.add([*us.events, *them.events])
    assert not show(notary, trust, by=1)
    assert (trust.log.ahead.size, trust.size) == (2, 0)
    with pytest.raises(AgencyUnknown):
        trust.agency_keys(THEM)
    assert trust.log_head().size == 0, "nor does a slip say that we rely on it"
    assert show(notary, trust, by=2)
    assert trust.agency_keys(THEM).agency == THEM
    assert not show(notary, trust, by=0), "a hub that forgets cosignatures takes nothing back"
    assert trust.log.relied is not None
    assert trust.log.relied.quorum


def test_a_smaller_log_is_rolled_back_and_another_is_forked(
    us: AgencyHome, them: AgencyHome, notary: Notary
) -> None:
    trust = believer(notary, us, them)
    notary.add([*us.events, *them.events])
    show(notary, trust)
    refused(notary, trust, Shown((), notary.note(NOW, 1)), LogRolledBack)
    refused(notary, trust, Shown((), notary.note(NOW, 0)), LogRolledBack)
    other = replace(notary, entries=[*them.events, *us.events])
    for size in (1, 2):
        refused(notary, trust, Shown((), other.note(NOW, size)), LogForked)


def test_a_log_that_grew_from_another_past_is_forked(
    tmp_path: Path, us: AgencyHome, them: AgencyHome, notary: Notary
) -> None:
    trust = believer(notary, us, them)
    notary.add(us.events)
    show(notary, trust)
    police = make_home(tmp_path, "eastvale-police")
    other = replace(notary, entries=[*police.events, *them.events, *us.events])
    refused(notary, trust, other.shown(1, NOW), LogForked)
    unproved = other.shown(1, NOW)._replace(consistency=(b"0" * 32,) * 3)
    refused(notary, trust, unproved, LogForked)


def test_a_wrong_proof_of_right_entries_is_named_too(
    us: AgencyHome, them: AgencyHome, notary: Notary
) -> None:
    trust = believer(notary, us, them)
    notary.add(us.events)
    show(notary, trust)
    notary.add(them.events)
    for proof in ((), (b"0" * 32,)):
        refused(notary, trust, notary.shown(1, NOW)._replace(consistency=proof), ProofInvalid)


def test_entries_dropped_moved_or_added_are_named(
    tmp_path: Path, us: AgencyHome, them: AgencyHome, notary: Notary
) -> None:
    trust = believer(notary, us, them)
    police = make_home(tmp_path, "eastvale-police")
    notary.add([*us.events, *them.events])
    honest = notary.shown(0, NOW)
    for entries in (
        us.events,
        them.events,
        (*them.events, *us.events),
        (*honest.entries, *police.events),
        (),
    ):
        refused(notary, trust, honest._replace(entries=tuple(entries)), EntryDropped)


def test_only_the_policys_log_and_witnesses_count(us: AgencyHome, them: AgencyHome, notary: Notary) -> None:
    trust = believer(notary, us, them)
    notary.add([*us.events, *them.events])
    refused(notary, trust, Shown((), b"no note"), CheckpointMalformed)
    stranger = Notary(entries=notary.entries, witnesses=notary.witnesses)
    refused(notary, trust, stranger.shown(0, NOW), CheckpointForged)
    named = tuple(NoteSigner(one.name, WitnessKey.generate()) for one in notary.witnesses)
    assert not show(replace(notary, witnesses=named), trust), "other keys under the same names say nothing"
    line = notary.note(NOW).decode().splitlines()[-1]
    forged = notary.note(NOW + timedelta(days=1), by=()).decode() + line + "\n"
    assert trust.log.check(Shown((), forged.encode())).verified.witnessed.witnesses
    moved = notary.note(NOW, 1, by=()).decode() + line + "\n"
    refused(notary, trust, Shown((), moved.encode()), CosignatureForged)


def test_a_swapped_key_stops_at_the_event_that_nobody_signed(
    us: AgencyHome, them: AgencyHome, notary: Notary
) -> None:
    trust = believer(notary, us, them)
    forged = Signed(them.events[0].payload, us.events[0].signature)
    notary.entries = [us.events[0], forged]  # the hub's own sums are right: it is lying well
    refused(notary, trust, notary.shown(0, NOW), EventForged)
    with pytest.raises(AgencyUnknown):
        trust.agency_keys(THEM)


def test_a_pinned_agency_cannot_come_with_another_root(
    us: AgencyHome, them: AgencyHome, notary: Notary
) -> None:
    trust = Trust(US, pinned(notary, us, them), {THEM: fingerprint(us.keys.root.to_bytes())})
    notary.add([*us.events, *them.events])
    show(notary, trust)
    with pytest.raises(RootDiffers):
        trust.agency_keys(THEM)


def test_an_agency_that_nobody_vouches_for_has_no_keys(
    tmp_path: Path, us: AgencyHome, them: AgencyHome, notary: Notary
) -> None:
    trust = believer(notary, us, them)
    stranger = make_home(tmp_path, "eastvale-police")
    impostor = make_home(tmp_path / "elsewhere", THEM)
    notary.add([*us.events, *stranger.events, *impostor.events])
    show(notary, trust)
    for agency in ("eastvale-police", THEM):
        with pytest.raises(AgencyUnsponsored):
            trust.agency_keys(agency)


def test_two_desks_compare_what_they_were_shown(us: AgencyHome, them: AgencyHome, notary: Notary) -> None:
    ours, theirs = believer(notary, us, them), believer(notary, them, us)
    notary.add(us.events)
    show(notary, theirs)
    notary.add(them.events)
    show(notary, ours)
    ours.log.compare(theirs.log_head())
    with pytest.raises(DirectoryBehind):
        theirs.log.compare(ours.log_head())
    show(notary, theirs, by=1)
    with pytest.raises(DirectoryBehind):
        theirs.log.compare(ours.log_head())  # they know it, but nobody vouched for it there yet
    head = ours.log_head()
    with pytest.raises(LogForked):
        ours.log.compare(LogHead(origin=head.origin, size=head.size, root="0" * 64))
    with pytest.raises(LogForked):
        theirs.log.compare(LogHead(origin=head.origin, size=head.size, root="0" * 64))
    with pytest.raises(LogDisagrees):
        ours.log.compare(LogHead(origin="other.test", size=head.size, root=head.root))


def test_another_policy_is_taken_only_if_it_is_of_the_same_log(
    us: AgencyHome, them: AgencyHome, notary: Notary
) -> None:
    trust = believer(notary, us)
    notary.add([*us.events, *them.events])
    show(notary, trust)
    with pytest.raises(AgencyUnsponsored):
        trust.agency_keys(THEM)
    with pytest.raises(CheckpointForged):
        trust.use_policy(Notary().policy(us, them))
    trust.use_policy(notary.policy(us, them))
    assert trust.agency_keys(THEM).agency == THEM


def test_what_a_weaker_quorum_vouched_for_is_not_relied_on_under_a_stronger_policy(
    us: AgencyHome, them: AgencyHome, notary: Notary
) -> None:
    trust = believer(notary, us, them)
    notary.add(us.events)
    show(notary, trust)
    notary.add(them.events)
    show(notary, trust, by=2)
    assert trust.agency_keys(THEM).agency == THEM
    trust.use_policy(notary.policy(us, them, quorum=3))
    assert trust.log.relied is None
    with pytest.raises(AgencyUnknown):
        trust.agency_keys(THEM)
    assert not show(notary, trust, by=2), "as little as before is still too little"
    assert show(notary, trust), "and the rest of the witnesses are enough"
    assert trust.agency_keys(THEM).agency == THEM
    trust.use_policy(notary.policy(us, them, quorum=2))
    assert trust.agency_keys(THEM).agency == THEM


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
        trust.signer(author_at(them), late, 9)
    with pytest.raises(RecipientKeyExpired):
        trust.sealing_key(party_at(them), late)


# --- whose key is it? ----------------------------------------------------------------------------


def test_a_signer_is_that_person_with_that_key_or_unknown(us: AgencyHome, them: AgencyHome) -> None:
    trust = trust_of(us, them)
    author = author_at(them)
    assert trust.signer(author, NOW, 9).key_id == author.key
    other = author_at(them, 1)
    for wrong in (
        Author(agency=THEM, person=author.person, key=other.key),
        Author(agency=THEM, person=other.person, key=author.key),
        Author(agency=US, person=author.person, key=author.key),
        Author(agency="nowhere-at-all", person=author.person, key=author.key),
    ):
        with pytest.raises(SignerUnknown):
            trust.signer(wrong, NOW, 9)


def test_a_signer_is_unknown_until_the_roster_comes(us: AgencyHome, them: AgencyHome) -> None:
    trust = trust_of(us, them, rosters=False)
    with pytest.raises(SignerUnknown):
        trust.signer(author_at(them), NOW, 9)
    trust.take_roster(them.roster_document, NOW)
    assert trust.signer(author_at(them), NOW, 9)


def test_a_revoked_key_neither_signs_nor_receives(us: AgencyHome, them: AgencyHome) -> None:
    trust = trust_of(us, them)
    author = author_at(them)
    revoke_person_key(them.path, person=author.person, key_id=author.key, now=NOW)
    trust.take_roster(load_home(them.path, NOW).roster_document, NOW)
    with pytest.raises(SignerKeyRevoked):
        trust.signer(author, NOW + timedelta(seconds=1), 9)
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
