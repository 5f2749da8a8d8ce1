"""The records key among its custodians: given, passed on, rehearsed, and out of everybody else's reach."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from keys.ceremony import custody, people
from keys.ceremony.agency import found
from keys.ceremony.home import AgencyHome, load_home, offline_keystore
from keys.ceremony.parts import in_custody
from keys.ceremony.publish import publish
from keys.entry import Custodians
from keys.errors import (
    CustodianLeaving,
    CustodiansAbsent,
    KeyRevoked,
    KeystoreLocked,
    KeyUnknown,
    Malformed,
    PartsDoNotFit,
    PersonSuspended,
    RecordsKeyUndivided,
    TooFewCustodians,
)
from keys.keystore import Cost, Keystore, Passphrase
from keys.record import new_id

if TYPE_CHECKING:
    from pathlib import Path

    from keys.keyring import Keyring

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
OFFLINE = Passphrase("the founding passphrase")
OWN = Passphrase("somebody's own passphrase")


class House:
    """An agency with six people, of whom any may become custodians."""

    def __init__(self, path: Path) -> None:
        self.path = path
        found(path, agency="moorfield-primary", name="Moorfield", passphrase=OFFLINE, now=NOW, cost=CHEAP)
        self.key = Keystore.open(offline_keystore(path, "records")).unlock(OFFLINE).ids("opening")[0]
        self.who = tuple(
            people.enrol_person(path, name=f"Person {n}", post="Post", passphrase=OWN, now=NOW, cost=CHEAP).id
            for n in range(6)
        )

    def home(self) -> AgencyHome:
        return load_home(self.path, NOW)

    def present(self, *numbers: int) -> dict[str, Keyring]:
        home = self.home()
        return {self.who[n]: home.unlock_person(self.who[n], OWN) for n in numbers}

    def entrust(
        self, numbers: tuple[int, ...], need: int, here: tuple[int, ...], **more: object
    ) -> custody.Entrusted:
        return custody.entrust(
            self.path,
            people=[self.who[n] for n in numbers],
            need=need,
            present=self.present(*here),
            now=NOW,
            **more,  # type: ignore[arg-type] # a test passes on what it was given
        )

    def given(self, numbers: tuple[int, ...] = (0, 1, 2), need: int = 2) -> custody.Entrusted:
        return self.entrust(numbers, need, numbers[:need], passphrase=OFFLINE)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "home")


@pytest.mark.parametrize(("need", "of"), [(2, 2), (2, 3), (3, 5), (4, 6)])
def test_the_key_is_given_and_every_group_has_it_back(house: House, need: int, of: int) -> None:
    assert custody.undivided(house.home())
    done = house.given(tuple(range(of)), need)
    assert done.destroyed
    assert done.keys == (house.key,)
    home = house.home()
    assert not custody.undivided(home)
    assert home.roster.custodians is not None
    assert (home.roster.custodians.need, home.roster.custodians.people) == (need, house.who[:of])
    assert home.roster.records_key.key_id == house.key
    for group in combinations(range(of), need):
        assert custody.rehearse(home, house.present(*group)) == (house.key,)
        assert set(custody.recovered(home, house.present(*group))) == {house.key}
    for group in combinations(range(of), need - 1):
        with pytest.raises(CustodiansAbsent):
            custody.rehearse(home, house.present(*group))
        with pytest.raises(CustodiansAbsent):
            custody.recovered(home, house.present(*group))


def test_what_founding_left_is_gone_and_its_passphrase_opens_nothing_more(house: House) -> None:
    left = offline_keystore(house.path, "records")
    assert left.exists()
    house.given()
    assert not left.exists()
    for path in (house.path / "offline").iterdir():
        assert "opening" not in {kind for kind, _ in Keystore.open(path).names}


def test_the_key_is_destroyed_only_when_its_custodians_showed_that_they_have_it(house: House) -> None:
    for here in ((0,), (), (3, 4), (0, 3)):
        with pytest.raises(CustodiansAbsent):
            house.entrust((0, 1, 2), 2, here, passphrase=OFFLINE)
        assert offline_keystore(house.path, "records").exists()
        assert in_custody(house.path) == ()
        assert house.home().roster.custodians is None


def test_a_wrong_passphrase_changes_nothing(house: House) -> None:
    with pytest.raises(KeystoreLocked):
        house.entrust((0, 1), 2, (0, 1), passphrase=OWN)
    with pytest.raises(RecordsKeyUndivided):
        house.entrust((0, 1), 2, (0, 1))
    with pytest.raises(RecordsKeyUndivided):
        house.entrust((0, 1), 2, (0, 1), fresh=True)
    assert custody.undivided(house.home())


@pytest.mark.parametrize(
    ("numbers", "need"), [((0,), 1), ((0, 1), 1), ((0,), 2), ((0, 1), 3), ((), 0), ((0, 0), 2)]
)
def test_there_are_always_two(house: House, numbers: tuple[int, ...], need: int) -> None:
    with pytest.raises(TooFewCustodians):
        house.entrust(numbers, need, (0, 1), passphrase=OFFLINE)
    house.given()
    with pytest.raises(TooFewCustodians):
        house.entrust(numbers, need, (0, 1))
    assert not custody.undivided(house.home())


def test_custodians_are_people_with_a_key_in_force(house: House) -> None:
    with pytest.raises(KeyUnknown):
        custody.entrust(
            house.path, people=[new_id(), house.who[0]], need=2, present={}, now=NOW, passphrase=OFFLINE
        )
    people.suspend(house.path, person=house.who[5], now=NOW)
    key = house.home().roster.person(house.who[4]).keys[0].sealing_key.key_id
    people.revoke_person_key(house.path, person=house.who[4], key_id=key, now=NOW)
    with pytest.raises(PersonSuspended):
        house.entrust((0, 5), 2, (0,), passphrase=OFFLINE)
    with pytest.raises(KeyRevoked):
        house.entrust((0, 4), 2, (0,), passphrase=OFFLINE)


def test_custody_is_passed_on_by_enough_of_the_old_to_enough_of_the_new(house: House) -> None:
    house.given()
    for here in ((0, 3), (3, 4), (0, 1)):  # too few of the old, of the old, of the new
        with pytest.raises(CustodiansAbsent):
            house.entrust((1, 3, 4), 2, here)
    done = house.entrust((1, 3, 4), 2, (0, 1, 3))
    assert not done.destroyed
    home = house.home()
    assert custody.rehearse(home, house.present(3, 4)) == (house.key,)
    with pytest.raises(CustodiansAbsent):
        custody.rehearse(home, house.present(0, 2))
    assert {path.name for path in (house.path / "custody").iterdir()} == {house.key}


def test_parts_of_the_former_custodians_do_not_fit_the_new_ones(house: House, tmp_path: Path) -> None:
    house.given()
    place = house.path / "custody" / house.key / f"{house.who[0]}.sealed"
    former = place.read_bytes()
    house.entrust((0, 1, 2), 2, (0, 1))
    assert place.read_bytes() != former
    place.write_bytes(former)
    for group in ((0, 1), (0, 2), (0, 1, 2)):
        with pytest.raises(PartsDoNotFit):
            custody.rehearse(house.home(), house.present(*group))
    # Whoever is not deceived has it back all the same.
    assert set(custody.recovered(house.home(), house.present(0, 1, 2))) == {house.key}
    with pytest.raises(PartsDoNotFit):
        custody.recovered(house.home(), house.present(0, 1))


def test_a_fresh_key_goes_to_the_new_custodians_and_the_old_one_stays_with_the_old(house: House) -> None:
    house.given()
    done = house.entrust((3, 4, 5), 3, (3, 4, 5), fresh=True)
    home = house.home()
    newest = home.roster.records_key.key_id
    assert newest != house.key
    assert done.keys == (newest,)
    records = home.roster.records
    assert records is not None
    assert [key.sealing_key.key_id for key in records.keys] == [newest, house.key]
    assert custody.rehearse(home, house.present(3, 4, 5)) == (newest,)
    assert set(custody.recovered(home, house.present(0, 1))) == {house.key}
    assert set(custody.recovered(home, house.present(0, 1, 3, 4, 5))) == {newest, house.key}
    with pytest.raises(CustodiansAbsent):
        custody.rehearse(home, house.present(0, 1))  # they cannot rebuild the present one


def test_with_the_old_custodians_present_the_old_keys_go_along(house: House) -> None:
    house.given()
    done = house.entrust((3, 4), 2, (0, 1, 3, 4), fresh=True)
    home = house.home()
    assert set(done.keys) == {house.key, home.roster.records_key.key_id}
    assert set(custody.rehearse(home, house.present(3, 4))) == set(done.keys)


def test_a_custodian_with_new_keys_still_opens_their_part(house: House) -> None:
    house.given()
    people.renew_person(house.path, person=house.who[0], passphrase=OWN, now=NOW)
    later = NOW + timedelta(days=800)
    assert custody.rehearse(load_home(house.path, later), house.present(0, 1)) == (house.key,)


def test_a_custodian_may_not_leave_before_there_is_another(house: House) -> None:
    house.given()
    for number in (0, 1, 2):
        with pytest.raises(CustodianLeaving):
            custody.demand_may_leave(house.home(), house.who[number])
    custody.demand_may_leave(house.home(), house.who[3])
    house.entrust((0, 1, 3), 2, (0, 1))
    custody.demand_may_leave(house.home(), house.who[2])


def test_who_holds_an_old_key_may_leave_while_enough_others_hold_it(house: House) -> None:
    house.given()
    house.entrust((3, 4), 2, (3, 4), fresh=True)
    custody.demand_may_leave(house.home(), house.who[0])
    people.suspend(house.path, person=house.who[2], now=NOW)
    with pytest.raises(CustodianLeaving):
        custody.demand_may_leave(house.home(), house.who[0])


def test_a_part_in_anothers_place_opens_for_nobody(house: House) -> None:
    house.given()
    folder = house.path / "custody" / house.key
    first, second = (folder / f"{house.who[n]}.sealed" for n in (0, 1))
    second.write_bytes(first.read_bytes())
    with pytest.raises(Malformed):
        custody.recovered(house.home(), house.present(0, 1))


def test_a_part_under_anothers_name_opens_for_nobody(house: House) -> None:
    house.given()
    folder = house.path / "custody" / house.key
    first, second = (folder / f"{house.who[n]}.sealed" for n in (0, 1))
    second.write_bytes(first.read_bytes().replace(house.who[0].encode(), house.who[1].encode()))
    for group in ((0, 1), (1, 2)):
        with pytest.raises(PartsDoNotFit):
            custody.recovered(house.home(), house.present(*group))


def test_no_single_custodian_opens_another_ones_part(house: House) -> None:
    house.given()
    (held,) = in_custody(house.path)
    mine = house.present(0)[house.who[0]]
    from keys.ceremony.parts import open_part

    for person, sealed in held.sealed.items():
        if person != house.who[0]:
            with pytest.raises(KeyUnknown):
                open_part(sealed, mine)


def test_a_split_that_was_cut_short_is_read_as_it_was_before(house: House) -> None:
    house.given()
    folder = house.path / "custody" / house.key
    folder.rename(folder.with_name(f"{house.key}.former"))  # as the power left it between two renames
    (folder.parent / f".{house.key}.{new_id()}").mkdir()
    assert custody.rehearse(house.home(), house.present(0, 1)) == (house.key,)
    house.entrust((0, 1, 2), 2, (0, 1))
    assert {path.name for path in folder.parent.iterdir() if not path.name.startswith(".")} == {house.key}


def test_no_part_is_readable_by_others(house: House) -> None:
    house.given()
    for path in (house.path / "custody").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_an_administrator_who_publishes_other_custodians_gets_no_part(house: House) -> None:
    """Whoever has the desk's keys can sign any roster; the parts stay sealed to those who have them."""
    house.given()
    named = Custodians(need=2, people=(house.who[4], house.who[5]))
    home = publish(house.home(), NOW, custodians=named)
    with pytest.raises(CustodiansAbsent):
        custody.recovered(home, house.present(4, 5))
    with pytest.raises(CustodiansAbsent):
        house.entrust((4, 5), 2, (4, 5))
    assert set(custody.recovered(home, house.present(0, 2))) == {house.key}


def test_nothing_is_said_before_custody(house: House) -> None:
    with pytest.raises(RecordsKeyUndivided):
        custody.rehearse(house.home(), house.present(0, 1))
    with pytest.raises(RecordsKeyUndivided):
        custody.recovered(house.home(), house.present(0, 1))


def test_a_file_that_was_brought_back_counts_as_undivided(house: House) -> None:
    kept = offline_keystore(house.path, "records").read_bytes()
    house.given()
    left = offline_keystore(house.path, "records")
    left.write_bytes(kept)
    left.chmod(0o600)
    assert custody.undivided(house.home())
