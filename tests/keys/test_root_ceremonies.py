"""What takes the root: sponsoring, succession, taking over what a thief signed; and power that fails half way."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from enrolled_agency import Agency

from keys.ceremony.agency import found, revoke, rotate
from keys.ceremony.home import load_home, offline_keystore
from keys.ceremony.people import enrol_person, renew_person, revoke_person_key
from keys.ceremony.root import adopt, sponsor, succeed
from keys.directory import Directory
from keys.errors import (
    AgencyUnknown,
    AlreadySponsored,
    EventForged,
    KeyRevoked,
    KeystoreLocked,
    KeystoreMissing,
    Malformed,
    RootDiffers,
    RootNotCommitted,
)
from keys.event import Succeed, read_event
from keys.keystore import Cost, Keystore, Passphrase
from keys.record import encode
from keys.suite import SigningKey, fingerprint

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
OFFLINE = Passphrase("offline, and far away")
ID = "northshire-childrens"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("agency") / "home"
    found(path, agency=ID, name="Northshire", passphrase=OFFLINE, now=NOW, cost=CHEAP)
    return path


@pytest.fixture
def path(founded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(founded, tmp_path / "home"))


def key_of(home: Path, name: str) -> SigningKey:
    keyring = Keystore.open(offline_keystore(home, name)).unlock(OFFLINE)
    return keyring.signing(keyring.ids("signing")[0])


def told(path: Path) -> Directory:
    """What a stranger makes of the home's events, as the first in the log."""
    directory = Directory()
    for event in load_home(path, NOW).events:
        directory.apply(event)
    return directory


# --- the witness key -----------------------------------------------------------------------------


def test_a_founding_draws_a_witness_key_which_rotations_leave(path: Path) -> None:
    before = load_home(path, NOW)
    assert before.witness_key.public == before.keys.witness
    after = rotate(path, passphrase=OFFLINE, now=NOW)
    assert after.keys.witness == before.keys.witness
    assert after.keys.signing != before.keys.signing
    asked = rotate(path, passphrase=OFFLINE, now=NOW, kinds=frozenset({"witness"}))
    assert asked.witness_key.public == asked.keys.witness != before.keys.witness


# --- sponsoring ----------------------------------------------------------------------------------


def test_a_sponsor_compares_before_it_vouches(path: Path) -> None:
    newcomer = Agency(id="moorfield-primary")
    enrolment = newcomer.signs(newcomer.enrol())
    compared = fingerprint(newcomer.root.verifying_key.to_bytes())
    with pytest.raises(RootDiffers):
        sponsor(path, newcomer=enrolment, compared="1" * 60, passphrase=OFFLINE, now=NOW)
    with pytest.raises(KeystoreLocked):
        sponsor(path, newcomer=enrolment, compared=compared, passphrase=Passphrase("x" * 20), now=NOW)
    forged = newcomer.signs(newcomer.enrol(), newcomer.signing)
    with pytest.raises(EventForged):
        sponsor(path, newcomer=forged, compared=compared, passphrase=OFFLINE, now=NOW)
    anchor = newcomer.anchor(1)
    with pytest.raises(Malformed):
        sponsor(path, newcomer=anchor, compared=compared, passphrase=OFFLINE, now=NOW)
    assert len(load_home(path, NOW).events) == 1
    home = sponsor(path, newcomer=enrolment, compared=compared, passphrase=OFFLINE, now=NOW)
    assert home.keys.sponsored == (newcomer.id,)
    with pytest.raises(AlreadySponsored):
        sponsor(path, newcomer=enrolment, compared=compared, passphrase=OFFLINE, now=NOW)
    directory = Directory()
    for event in (home.events[0], enrolment, home.events[1]):
        directory.apply(event)
    assert directory.agency(ID).sponsored == (newcomer.id,)


# --- succession ----------------------------------------------------------------------------------


def test_the_next_root_succeeds_and_commits_to_another(path: Path) -> None:
    old, following = key_of(path, "root"), key_of(path, "next-root")
    home = succeed(path, passphrase=OFFLINE, now=NOW, cost=CHEAP)
    assert home.keys.root == following.verifying_key
    assert key_of(path, "root").verifying_key == following.verifying_key
    assert key_of(path, "next-root").verifying_key not in {old.verifying_key, following.verifying_key}
    assert not offline_keystore(path, "later-root").exists()
    assert told(path).agency(ID).root == following.verifying_key
    rotated = rotate(path, passphrase=OFFLINE, now=NOW)  # with the new one
    assert rotated.keys.signing != home.keys.signing
    again = succeed(path, passphrase=OFFLINE, now=NOW, cost=CHEAP)
    assert len(again.keys.roots) == 3
    assert again.card.root == home.card.root  # what was compared stays


def test_a_lost_root_is_succeeded_all_the_same(path: Path) -> None:
    offline_keystore(path, "root").unlink()
    with pytest.raises(KeystoreMissing):
        rotate(path, passphrase=OFFLINE, now=NOW)
    succeed(path, passphrase=OFFLINE, now=NOW, cost=CHEAP)
    rotate(path, passphrase=OFFLINE, now=NOW)


def test_no_other_keystore_stands_in_for_the_next_root(path: Path, tmp_path: Path) -> None:
    """A thief of the root, or of another agency's next root, puts it in the place of ours."""
    other = tmp_path / "other"
    found(other, agency="moorfield-primary", name="Moorfield", passphrase=OFFLINE, now=NOW, cost=CHEAP)
    following = offline_keystore(path, "next-root")
    kept = following.read_bytes()
    for stolen in (offline_keystore(path, "root"), offline_keystore(other, "next-root")):
        shutil.copy(stolen, following)
        with pytest.raises(RootNotCommitted):
            succeed(path, passphrase=OFFLINE, now=NOW, cost=CHEAP)
        assert len(load_home(path, NOW).events) == 1
        following.write_bytes(kept)
    succeed(path, passphrase=OFFLINE, now=NOW, cost=CHEAP)


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_succession_cut_short_is_finished_by_the_next_act(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Power fails before the event is written (0), or before the first or second keystore moves."""
    following = key_of(path, "next-root").verifying_key
    replace, moves = Path.replace, 0

    def fails(*_: object) -> None:
        raise OSError("power failed")

    def fails_at(self: Path, target: Path) -> Path:
        nonlocal moves
        if self.suffix == ".keystore":
            moves += 1
            if moves == step:
                raise OSError("power failed")
        return replace(self, target)

    with monkeypatch.context() as failing:
        if step == 0:
            failing.setattr("keys.ceremony.root.write_event", fails)
        failing.setattr(Path, "replace", fails_at)
        with pytest.raises(OSError, match="power failed"):
            succeed(path, passphrase=OFFLINE, now=NOW, cost=CHEAP)
    home = rotate(path, passphrase=OFFLINE, now=NOW)
    assert (home.keys.root == following) == (step > 0)
    assert not offline_keystore(path, "later-root").exists()
    after = succeed(path, passphrase=OFFLINE, now=NOW, cost=CHEAP)
    assert len(after.keys.roots) == (3 if step else 2)
    rotate(path, passphrase=OFFLINE, now=NOW)
    assert told(path).agency(ID).root == after.keys.root


# --- revoking from an index ------------------------------------------------------------------------


def test_a_key_is_revoked_from_an_index_that_the_home_is_told(path: Path) -> None:
    key = load_home(path, NOW).keys.signing.key_id
    home = revoke(path, key_id=key, from_index=4711, passphrase=OFFLINE, now=NOW)
    assert home.keys.signing_key(key, 4710)
    with pytest.raises(KeyRevoked):
        home.keys.signing_key(key, 4711)


def test_a_persons_key_is_revoked_from_an_index(path: Path) -> None:
    secret = Passphrase("ann and three random words")
    ann = enrol_person(path, name="Ann", post="x", passphrase=secret, now=NOW, cost=CHEAP, administrator=True)
    assert load_home(path, NOW).roster.administrators == (ann.id,)
    key = ann.keys[0].verifying_key.key_id
    after = revoke_person_key(path, person=ann.id, key_id=key, now=NOW, revoked_from=12)
    assert after.keys[0].revoked_from == 12
    later = NOW + timedelta(days=1)
    renewed = renew_person(path, person=ann.id, passphrase=secret, now=later)
    assert [one.revoked_from for one in renewed.keys] == [None, 12]
    roster = load_home(path, later).roster
    assert roster.administrators == (ann.id,)  # who stays, whatever else changes
    with pytest.raises(KeyRevoked):
        roster.signer(ann.id, key, NOW - timedelta(minutes=1), 12)


# --- after a theft ---------------------------------------------------------------------------------


def test_an_agency_recovers_from_a_thief_of_its_root(path: Path) -> None:
    """The log lists what the thief signed; the home takes it over, succeeds, rotates and revokes."""
    thief = Agency(id=ID, root=key_of(path, "root"))
    log = told(path)
    theirs = encode(SigningKey.generate().verifying_key.to_bytes())
    true = log.agency(ID).signing.key_id
    far = "2031-01-01T00:00:00Z"  # so that nothing dated today would follow
    for make in (
        lambda: thief.rotate(log, signing=theirs, created=far),
        lambda: thief.revoke(log, true, from_index=0, created=far),
    ):
        signed = thief.signs(make())
        log.apply(signed)
        adopt(path, listed=(*load_home(path, NOW).events, signed), now=NOW)
    stolen = log.agency(ID).signing.key_id
    former = log.agency(ID).root.key_id
    succeed(path, passphrase=OFFLINE, now=NOW, cost=CHEAP)
    rotate(path, passphrase=OFFLINE, now=NOW)
    home = revoke(path, key_id=former, from_index=1, passphrase=OFFLINE, now=NOW)
    for event in home.events[3:]:
        log.apply(event)
    keys = log.agency(ID)
    assert keys.signing == home.keys.signing
    assert keys.signing_key(true)  # the thief's revocation is void
    for index in (0, 3, None):
        with pytest.raises(KeyRevoked):
            keys.signing_key(stolen, index)
    assert home.roster_document.list().key == keys.signing.key_id


def test_a_home_whose_own_event_came_too_late_follows_the_log(path: Path) -> None:
    thief = Agency(id=ID, root=key_of(path, "root"))
    log = told(path)
    theirs = thief.signs(thief.rotate(log, transport=encode(thief.transport.public.to_bytes())))
    rotate(path, passphrase=OFFLINE, now=NOW)  # stands in the place that the thief's has taken
    rotate(path, passphrase=OFFLINE, now=NOW)
    first = load_home(path, NOW).events[0]
    home = adopt(path, listed=(first, theirs), now=NOW)
    assert home.events == (first, theirs)
    after = succeed(path, passphrase=OFFLINE, now=NOW, cost=CHEAP)
    log.apply(theirs)
    log.apply(after.events[2])
    assert isinstance(read_event(after.events[2].payload), Succeed)


def test_a_home_takes_over_nothing_that_its_roots_did_not_sign(path: Path) -> None:
    home = load_home(path, NOW)
    usurper, other = Agency(id=ID), Agency(id="moorfield-primary")
    with pytest.raises(RootDiffers):
        adopt(path, listed=(usurper.signs(usurper.enrol()),), now=NOW)
    forged = usurper.signs(usurper.rotate(told(path), transport=encode(bytes(32))))
    with pytest.raises(EventForged):
        adopt(path, listed=(*home.events, forged), now=NOW)
    with pytest.raises(AgencyUnknown):
        adopt(path, listed=(*home.events, other.signs(other.enrol())), now=NOW)
    assert load_home(path, NOW).events == home.events
    assert adopt(path, listed=home.events, now=NOW).events == home.events
    assert adopt(path, listed=(), now=NOW).events == home.events
