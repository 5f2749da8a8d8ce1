"""Ceremonies: what each leaves behind, checked as a stranger would, and what happens when one is refused."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from keys.ceremony.agency import found, revoke, rotate
from keys.ceremony.home import AgencyHome, load_home, offline_keystore, person_keystore, pin, read_pins
from keys.ceremony.people import (
    change_passphrase,
    change_role,
    create_role,
    enrol_person,
    name_lead,
    reinstate,
    renew_person,
    renew_roster,
    revoke_person_key,
    suspend,
)
from keys.directory import Directory
from keys.errors import (
    FileExposed,
    HomeBusy,
    HomeExists,
    HomeMissing,
    KeyRevoked,
    KeysProblem,
    KeystoreDamaged,
    KeystoreLocked,
    KeyUnknown,
    Malformed,
    NameRefused,
    PassphraseTooShort,
    PersonSuspended,
    PinMalformed,
    RootDiffers,
    RosterExpired,
)
from keys.keystore import Cost, Passphrase
from keys.record import encode, new_id
from keys.roster import Person, open_roster
from keys.suite import OpeningKey

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
OFFLINE = Passphrase("offline, and far away")


def words(name: str) -> Passphrase:
    return Passphrase(f"{name} and three random words")


def enrolled(path: Path, name: str, now: datetime = NOW) -> Person:
    return enrol_person(path, name=name, post="social worker", passphrase=words(name), now=now, cost=CHEAP)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("agency") / "home"
    found(path, agency="northshire-childrens", name="Northshire", passphrase=OFFLINE, now=NOW, cost=CHEAP)
    for name in ("Ann", "Bob"):
        enrolled(path, name)
    return path


@pytest.fixture
def path(founded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(founded, tmp_path / "home"))


@pytest.fixture
def ann(path: Path) -> Person:
    (person,) = load_home(path, NOW).roster.find("Ann")
    assert isinstance(person, Person)
    return person


@pytest.fixture
def bob(path: Path) -> Person:
    (person,) = load_home(path, NOW).roster.find("Bob")
    assert isinstance(person, Person)
    return person


@pytest.fixture(autouse=True)
def checked_by_a_stranger(path: Path) -> Iterator[None]:
    """After each test, whoever holds only the events and the roster finds everything in order."""
    yield
    if not (path / "agency.json").exists():
        return
    home = load_home(path, NOW)
    directory = Directory()
    for event in home.events:
        directory.apply(event)
    open_roster(
        home.roster_document.to_bytes(),
        directory.agency(home.agency),
        NOW,
        newer_than=home.roster.version - 1,
        expired_too=True,
    )


def tree(path: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file() and file.name != ".lock"
    }


# --- founding ------------------------------------------------------------------------------------


def test_a_founding_makes_a_whole_and_private_home(path: Path) -> None:
    home = load_home(path, NOW)
    assert (home.agency, home.name, home.keys.seq) == ("northshire-childrens", "Northshire", 0)
    assert home.signing_key.verifying_key == home.keys.signing
    assert home.transport_key.public == home.keys.transport
    assert home.keyring.opening(home.keys.mailbox.key_id).sealing_key == home.keys.mailbox
    assert len(home.storage_secret) == 32
    assert home.roster.records_key
    for file in path.rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600), file


def test_no_name_of_a_person_stands_at_rest(path: Path) -> None:
    everything = b"".join(tree(path).values()) + "".join(map(str, path.rglob("*"))).encode()
    assert b"social worker" not in everything
    assert b'"Ann"' not in everything


def test_offline_keys_are_not_the_desks(path: Path) -> None:
    home = load_home(path, NOW)
    with pytest.raises(KeyUnknown):
        home.keyring.signing(home.keys.root.key_id)
    with pytest.raises(KeyUnknown):
        home.keyring.opening(home.roster.records_key.key_id)
    shutil.rmtree(path / "offline")
    load_home(path, NOW)  # the desk works without them


@pytest.mark.parametrize(
    ("agency", "name", "error"),
    [
        ("Northshire", "x", NameRefused),
        ("../up", "x", NameRefused),
        ("ok-id", "", NameRefused),
        ("ok-id", "a\nb", NameRefused),
    ],
)
def test_a_refused_founding_leaves_nothing(
    tmp_path: Path, agency: str, name: str, error: type[KeysProblem]
) -> None:
    with pytest.raises(error):
        found(tmp_path / "new" / "home", agency=agency, name=name, passphrase=OFFLINE, now=NOW, cost=CHEAP)
    with pytest.raises(PassphraseTooShort):
        found(
            tmp_path / "new" / "home",
            agency="ok-id",
            name="x",
            passphrase=Passphrase("short"),
            now=NOW,
            cost=CHEAP,
        )
    assert not list(tmp_path.glob("new/*")) + list(tmp_path.glob("new/.*"))


def test_an_agency_is_founded_once(path: Path) -> None:
    before = tree(path)
    with pytest.raises(HomeExists):
        found(path, agency="ok-id", name="x", passphrase=OFFLINE, now=NOW, cost=CHEAP)
    with pytest.raises(HomeExists):
        found(path / "agency.json", agency="ok-id", name="x", passphrase=OFFLINE, now=NOW, cost=CHEAP)
    assert tree(path) == before


# --- people --------------------------------------------------------------------------------------


def test_a_person_unlocks_with_their_own_words_alone(path: Path, ann: Person, bob: Person) -> None:
    home = load_home(path, NOW)
    with home.unlock_person(ann.id, words("Ann")) as keyring:
        assert keyring.holder == ann.id
        assert keyring.ids("signing")[0] == home.roster.signing_key_id(ann.id, NOW)
        assert keyring.opening(home.roster.sealing_key(ann.id, NOW).key_id)
    for person, secret in ((ann, words("Bob")), (bob, words("Ann")), (ann, OFFLINE)):
        with pytest.raises(KeystoreLocked):
            home.unlock_person(person.id, secret)


@pytest.mark.parametrize("person", ["", "..", "../desk", "a" * 26, "Ann", "*"])
def test_nobody_unlocks_whom_the_roster_does_not_know(path: Path, person: str) -> None:
    with pytest.raises(KeyUnknown):
        load_home(path, NOW).unlock_person(person, words("Ann"))


def test_one_persons_keystore_in_anothers_place(path: Path, ann: Person, bob: Person) -> None:
    """Bob, who may write files, puts his keystore where Ann's is, to be taken for Ann."""
    shutil.copy(person_keystore(path, bob.id), person_keystore(path, ann.id))
    with pytest.raises(KeystoreDamaged):
        load_home(path, NOW).unlock_person(ann.id, words("Bob"))


def test_each_act_is_one_version(path: Path, ann: Person) -> None:
    version = load_home(path, NOW).roster.version
    name_lead(path, person=ann.id, now=NOW)
    home = renew_roster(path, now=NOW + timedelta(days=1))
    assert (home.roster.version, home.roster.lead) == (version + 2, ann.id)
    assert home.roster.expires == "2027-02-21T12:00:00Z"


def test_renewed_keys_join_the_old(path: Path, ann: Person) -> None:
    renewed = renew_person(path, person=ann.id, passphrase=words("Ann"), now=NOW)
    assert renewed.keys[1:] == ann.keys
    home = load_home(path, NOW)
    keyring = home.unlock_person(ann.id, words("Ann"))
    for key in renewed.keys:
        keyring.signing(key.verifying_key.key_id)
        keyring.opening(key.sealing_key.key_id)
        home.roster.signer(ann.id, key.verifying_key.key_id, NOW)
    assert keyring.ids("signing")[0] == home.roster.signing_key_id(ann.id, NOW)
    with pytest.raises(KeystoreLocked):
        renew_person(path, person=ann.id, passphrase=words("Bob"), now=NOW)


def test_many_renewals_stay_within_the_entry(path: Path, ann: Person) -> None:
    for _ in range(5):
        ann = renew_person(path, person=ann.id, passphrase=words("Ann"), now=NOW)
    assert len(ann.keys) == 4
    assert len(load_home(path, NOW).unlock_person(ann.id, words("Ann")).ids("signing")) == 6


def test_a_revoked_pair_counts_no_more(path: Path, ann: Person, bob: Person) -> None:
    key = ann.keys[0].verifying_key.key_id
    with pytest.raises(KeyUnknown):
        revoke_person_key(path, person=bob.id, key_id=key, now=NOW)
    revoke_person_key(path, person=ann.id, key_id=key, now=NOW)
    roster = load_home(path, NOW).roster
    with pytest.raises(KeyRevoked):
        roster.signer(ann.id, key, NOW)
    with pytest.raises(KeyRevoked):
        roster.sealing_key(ann.id, NOW)
    roster.signer(ann.id, key, NOW - timedelta(minutes=1))
    with pytest.raises(KeyRevoked):
        revoke_person_key(path, person=ann.id, key_id=key, now=NOW)
    renew_person(path, person=ann.id, passphrase=words("Ann"), now=NOW)
    load_home(path, NOW).roster.sealing_key(ann.id, NOW)


def test_a_suspended_person_is_out_of_everything(path: Path, ann: Person, bob: Person) -> None:
    role = create_role(path, name="Duty", members=[ann.id, bob.id], now=NOW)
    name_lead(path, person=ann.id, now=NOW)
    suspend(path, person=ann.id, now=NOW)
    home = load_home(path, NOW)
    assert home.roster.lead is None
    assert home.roster.members(role.id) == (bob.id,)
    assert home.roster.role(role.id).keys[0].sealing_key != role.keys[0].sealing_key
    with pytest.raises(PersonSuspended):
        home.unlock_person(ann.id, words("Ann"))
    with pytest.raises(PersonSuspended):
        create_role(path, name="Other", members=[ann.id], now=NOW)
    with pytest.raises(KeyRevoked):
        suspend(path, person=ann.id, now=NOW)
    reinstate(path, person=ann.id, now=NOW)
    keyring = load_home(path, NOW).unlock_person(ann.id, words("Ann"))
    assert len(keyring.ids("opening")) == 1  # and the role's key is gone


def test_a_suspension_does_not_wait_for_another_members_key(path: Path, ann: Person, bob: Person) -> None:
    role = create_role(path, name="Duty", members=[ann.id, bob.id], now=NOW)
    revoke_person_key(path, person=bob.id, key_id=bob.keys[0].sealing_key.key_id, now=NOW)
    suspend(path, person=ann.id, now=NOW)
    assert load_home(path, NOW).roster.members(role.id) == (bob.id,)


def test_a_changed_passphrase_takes_the_olds_place(path: Path, ann: Person) -> None:
    change_passphrase(path, person=ann.id, old=words("Ann"), new=words("New"), cost=CHEAP)
    home = load_home(path, NOW)
    home.unlock_person(ann.id, words("New"))
    with pytest.raises(KeystoreLocked):
        home.unlock_person(ann.id, words("Ann"))


def test_unknown_people_are_refused_everywhere(path: Path) -> None:
    before, nobody = tree(path), new_id()
    for act in (
        lambda: suspend(path, person=nobody, now=NOW),
        lambda: reinstate(path, person=nobody, now=NOW),
        lambda: renew_person(path, person=nobody, passphrase=OFFLINE, now=NOW),
        lambda: revoke_person_key(path, person=nobody, key_id="a" * 32, now=NOW),
        lambda: change_passphrase(path, person=nobody, old=OFFLINE, new=OFFLINE),
        lambda: name_lead(path, person=nobody, now=NOW),
        lambda: create_role(path, name="Duty", members=[nobody], now=NOW),
        lambda: change_role(path, role=nobody, members=[], now=NOW),
    ):
        with pytest.raises(KeyUnknown):
            act()
    with pytest.raises(NameRefused):
        enrol_person(path, name="a\nb", post="x", passphrase=words("Ann"), now=NOW, cost=CHEAP)
    with pytest.raises(NameRefused):
        create_role(path, name="", members=[], now=NOW)
    assert tree(path) == before


# --- roles ---------------------------------------------------------------------------------------


def role_keys_of(home: AgencyHome, person: Person, name: str) -> set[str]:
    return set(home.unlock_person(person.id, words(name)).ids("opening"))


def test_each_member_opens_what_is_sealed_to_the_role(path: Path, ann: Person, bob: Person) -> None:
    role = create_role(path, name="Duty", members=[ann.id, bob.id, ann.id], now=NOW)
    home = load_home(path, NOW)
    wrapped = home.roster.sealing_key(role.id, NOW).wrap(b"k" * 32, b"")
    for person, name in ((ann, "Ann"), (bob, "Bob")):
        opening = home.unlock_person(person.id, words(name)).opening(role.keys[0].sealing_key.key_id)
        assert opening.unwrap(wrapped, b"") == b"k" * 32


def test_who_leaves_loses_the_key_and_who_joins_gets_the_new_one(
    path: Path, ann: Person, bob: Person
) -> None:
    old = create_role(path, name="Duty", members=[ann.id], now=NOW)
    new = change_role(path, role=old.id, members=[bob.id], now=NOW)
    assert [key.epoch for key in new.keys] == [2, 1]
    home = load_home(path, NOW)
    first, second = old.keys[0].sealing_key.key_id, new.keys[0].sealing_key.key_id
    assert {first, second} & role_keys_of(home, ann, "Ann") == set()
    assert {first, second} & role_keys_of(home, bob, "Bob") == {second}


def test_a_present_member_passes_the_earlier_keys_on(path: Path, ann: Person, bob: Person) -> None:
    role = create_role(path, name="Duty", members=[ann.id], now=NOW)
    keyring = load_home(path, NOW).unlock_person(ann.id, words("Ann"))
    new = change_role(path, role=role.id, members=[ann.id, bob.id], now=NOW, passed_on_by=keyring)
    home = load_home(path, NOW)
    both = {role.keys[0].sealing_key.key_id, new.keys[0].sealing_key.key_id}
    for person, name in ((ann, "Ann"), (bob, "Bob")):
        assert both <= role_keys_of(home, person, name)


def test_a_role_with_nobody_left_is_not_sealed_to(path: Path, ann: Person) -> None:
    role = create_role(path, name="Duty", members=[ann.id], now=NOW)
    suspend(path, person=ann.id, now=NOW)
    roster = load_home(path, NOW).roster
    with pytest.raises(KeyUnknown):
        roster.sealing_key(role.id, NOW)
    assert roster.role(role.id).keys[0].revoked is not None


def test_a_members_file_opens_for_that_member_and_role_alone(path: Path, ann: Person, bob: Person) -> None:
    duty = create_role(path, name="Duty", members=[ann.id], now=NOW)
    other = create_role(path, name="Other", members=[ann.id, bob.id], now=NOW)
    mine = path / "roles" / duty.id / f"{ann.id}.wrapped"
    honest = mine.read_bytes()
    for foreign in (
        path / "roles" / other.id / f"{ann.id}.wrapped",
        path / "roles" / other.id / f"{bob.id}.wrapped",
    ):
        mine.write_bytes(foreign.read_bytes())
        with pytest.raises(Malformed):
            load_home(path, NOW).unlock_person(ann.id, words("Ann"))
        relabelled = json.loads(foreign.read_bytes()) | {"role": duty.id, "person": ann.id}
        mine.write_bytes(json.dumps(relabelled).encode())
        with pytest.raises(KeysProblem):
            load_home(path, NOW).unlock_person(ann.id, words("Ann"))
    mine.write_bytes(honest)
    load_home(path, NOW).unlock_person(ann.id, words("Ann"))


def test_an_administrator_cannot_plant_a_role_key_of_their_own(path: Path, ann: Person) -> None:
    """The seed is bound to the public key that the file names; a planted one opens nothing of the role's."""
    role = create_role(path, name="Duty", members=[ann.id], now=NOW)
    file = path / "roles" / role.id / f"{ann.id}.wrapped"
    data = json.loads(file.read_bytes())
    planted = OpeningKey.generate()
    info = f"{role.id}/{ann.id}/{data['keys'][0]['key']}".encode()
    wrapped = ann.keys[0].sealing_key.wrap(planted.seed, b"readback/cx1/role-key\0" + info)
    data["keys"][0]["wrapped"] = encode(wrapped)
    file.write_bytes(json.dumps(data).encode())
    with pytest.raises(Malformed):
        load_home(path, NOW).unlock_person(ann.id, words("Ann"))


# --- the agency's own keys -----------------------------------------------------------------------


def test_a_rotation_replaces_every_everyday_key(path: Path) -> None:
    before = load_home(path, NOW)
    after = rotate(path, passphrase=OFFLINE, now=NOW)
    assert after.keys.root == before.keys.root
    assert after.keys.signing != before.keys.signing
    assert after.keys.mailbox != before.keys.mailbox
    assert after.keys.transport != before.keys.transport
    assert after.keys.mailbox_epoch == 2
    assert after.roster_document.list().key == after.keys.signing.key_id
    assert after.keyring.opening(before.keys.mailbox.key_id)  # what is under way still opens
    with pytest.raises(KeystoreLocked):
        rotate(path, passphrase=words("Ann"), now=NOW)


@pytest.mark.parametrize("which", ["signing", "mailbox", "transport", "witness"])
def test_a_present_key_is_replaced_before_it_is_revoked(path: Path, which: str) -> None:
    before = load_home(path, NOW)
    key = getattr(before.keys, which).key_id
    after = revoke(path, key_id=key, from_index=0, passphrase=OFFLINE, now=NOW)
    assert getattr(after.keys, which).key_id != key
    for other in {"signing", "mailbox", "transport", "witness"} - {which}:
        assert getattr(after.keys, other) == getattr(before.keys, other)
    with pytest.raises(KeyRevoked):
        revoke(path, key_id=key, from_index=0, passphrase=OFFLINE, now=NOW)
    with pytest.raises(KeyUnknown):
        revoke(path, key_id=after.keys.root.key_id, from_index=0, passphrase=OFFLINE, now=NOW)


def test_a_rotation_cut_short_is_mended_by_the_revocation(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = load_home(path, NOW).keys.signing.key_id

    def power_fails(*_: object) -> None:
        raise OSError("power failed")

    with monkeypatch.context() as failing:
        failing.setattr("keys.ceremony.agency.publish", power_fails)
        with pytest.raises(OSError, match="power failed"):
            rotate(path, passphrase=OFFLINE, now=NOW)
    assert load_home(path, NOW).roster_document.list().key == key
    after = revoke(path, key_id=key, from_index=0, passphrase=OFFLINE, now=NOW)
    assert after.roster_document.list().key == after.keys.signing.key_id


def test_another_agencys_root_changes_nothing(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    found(other, agency="moorfield-primary", name="Moorfield", passphrase=OFFLINE, now=NOW, cost=CHEAP)
    shutil.copy(offline_keystore(other, "root"), offline_keystore(path, "root"))
    events = sorted((path / "events").iterdir())
    with pytest.raises(KeysProblem):
        rotate(path, passphrase=OFFLINE, now=NOW)
    assert sorted((path / "events").iterdir()) == events


# --- the home under attack -----------------------------------------------------------------------


def test_a_missing_or_broken_home(path: Path, tmp_path: Path) -> None:
    for nowhere in (tmp_path / "nothing", path / "agency.json"):
        with pytest.raises(HomeMissing):
            load_home(nowhere, NOW)
        with pytest.raises(HomeMissing):
            renew_roster(nowhere, now=NOW)
    (path / "roster.sealed").unlink()
    with pytest.raises(HomeMissing):
        load_home(path, NOW)
    shutil.rmtree(path)


def test_an_altered_home_is_not_loaded(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    found(other, agency="northshire-childrens", name="Usurper", passphrase=OFFLINE, now=NOW, cost=CHEAP)
    for name, error in (
        ("roster.sealed", KeystoreLocked),
        ("events/000000.json", RootDiffers),
        ("agency.json", RootDiffers),
        ("desk.credential", KeystoreLocked),
    ):
        honest = (path / name).read_bytes()
        (path / name).write_bytes((other / name).read_bytes())
        with pytest.raises(error):
            load_home(path, NOW)
        (path / name).write_bytes(honest)
    for name in ("agency.json", "desk.keystore", "desk.credential", "events/000000.json", "roster.sealed"):
        (path / name).chmod(0o644)
        with pytest.raises(FileExposed):
            load_home(path, NOW)
        (path / name).chmod(0o600)


def test_an_old_roster_put_back_is_noticed_by_others(path: Path, ann: Person) -> None:
    """Nothing on one disk can tell that all of it was put back; a reader of the newer version can."""
    old = (path / "roster.sealed").read_bytes()
    known = suspend(path, person=ann.id, now=NOW) and load_home(path, NOW).roster.version
    (path / "roster.sealed").write_bytes(old)
    home = load_home(path, NOW)
    with pytest.raises(KeysProblem) as caught:
        open_roster(home.roster_document, home.keys, NOW, newer_than=known)
    assert caught.value.code == "roster_rolled_back"


def test_an_expired_roster_loads_and_is_renewed(path: Path, ann: Person) -> None:
    later = NOW + timedelta(days=91)
    home = load_home(path, later)
    with pytest.raises(RosterExpired):
        home.roster.sealing_key(ann.id, later)
    assert renew_roster(path, now=later).roster.sealing_key(ann.id, later)


def test_one_ceremony_at_a_time(path: Path) -> None:
    handle = os.open(path / ".lock", os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for act in (
            lambda: renew_roster(path, now=NOW),
            lambda: rotate(path, passphrase=OFFLINE, now=NOW),
            lambda: pin(path, "moorfield-primary", "12345" * 12),
        ):
            with pytest.raises(HomeBusy):
                act()
    finally:
        os.close(handle)
    renew_roster(path, now=NOW)


# --- pins ----------------------------------------------------------------------------------------


def test_a_pin_is_kept_as_it_was_read_out(path: Path) -> None:
    spoken = " ".join(["01234"] * 12)
    pin(path, "moorfield-primary", f"  {spoken}\n")
    pin(path, "other-agency", "9" * 60)
    assert read_pins(path) == {"moorfield-primary": "01234" * 12, "other-agency": "9" * 60}
    assert load_home(path, NOW).pins == read_pins(path)


@pytest.mark.parametrize("spoken", ["", "1" * 59, "1" * 61, "a" * 60, "٣" * 60, "1" * 59 + "²"])
def test_what_is_no_fingerprint_is_not_pinned(path: Path, spoken: str) -> None:
    with pytest.raises(PinMalformed):
        pin(path, "moorfield-primary", spoken)
    with pytest.raises(NameRefused):
        pin(path, "Not An Agency", "1" * 60)
    assert read_pins(path) == {}
