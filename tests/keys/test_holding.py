"""Ceremonies are held by those who may, whole or not at all, and leave a transcript that nobody can change."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from council import CHEAP, NEW, NOW, OWN, ROOT, Council, council

from keys.ceremony import custody, epochs, people, recovery
from keys.ceremony.agency import found, revoke, rotate
from keys.ceremony.hands import able, demand_enough, unlock_hand
from keys.ceremony.holding import hold, hold_founding
from keys.ceremony.home import ROSTER, load_home
from keys.ceremony.journal import JOURNAL, KEPT
from keys.ceremony.kept import read_reasons
from keys.ceremony.kinds import IRREVERSIBLE
from keys.ceremony.leaving import change_administrators, remove_person
from keys.ceremony.root import sponsor, succeed
from keys.ceremony.transcript import Transcript, check, name_of
from keys.errors import (
    AdministratorNeeded,
    CustodianLeaving,
    HomeExists,
    KeystoreLocked,
    KeyUnknown,
    LastAdministrator,
    NotAnAdministrator,
    NothingChanged,
    NotYourself,
    PersonSuspended,
    TranscriptForged,
    TranscriptMissing,
    TranscriptNotChained,
    TwoPeopleNeeded,
)
from keys.keystore import Passphrase

if TYPE_CHECKING:
    from pathlib import Path

    from keys.ceremony.home import AgencyHome
    from keys.roster import Role

Act = "Callable[[Council, Path], object]"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Council:
    return council(tmp_path_factory.mktemp("agency") / "home")


@pytest.fixture
def town(first: Council, tmp_path: Path) -> Council:
    shutil.copytree(first.path, tmp_path / "home")
    return Council(tmp_path / "home", first.ids)


def tree(home: Path) -> dict[str, bytes]:
    """Every file of a home but the ceremonies'."""
    files = (path for path in home.rglob("*") if path.is_file() and path.name != ".lock")
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in files
        if path.relative_to(home).parts[0] != "ceremonies"
    }


def duty(home: AgencyHome) -> Role:
    (role,) = home.roster.roles
    return role


def entrusted(town: Council, path: Path) -> object:
    home = load_home(path, NOW)
    here = {town.ids[name]: home.unlock_person(town.ids[name], OWN) for name in ("Cara", "Dan")}
    return custody.entrust(path, people=list(here), need=2, present=here, now=NOW, passphrase=ROOT)


def sponsored(town: Council, path: Path) -> object:
    other = path.parent / "other"
    made = found(other, agency="moorfield", name="Moorfield", passphrase=ROOT, now=NOW, cost=CHEAP)
    try:
        return sponsor(path, newcomer=made.events[0], compared=made.card.root, passphrase=ROOT, now=NOW)
    finally:
        shutil.rmtree(other)


def revoked(_: Council, path: Path) -> object:
    key = load_home(path, NOW).keys.transport.key_id
    return revoke(path, key_id=key, from_index=0, passphrase=ROOT, now=NOW)


def enrolled(_: Council, path: Path) -> object:
    return people.enrol_person(path, name="Eve", post="x", passphrase=OWN, now=NOW, cost=CHEAP)


CEREMONIES: dict[str, Any] = {
    "sponsor": sponsored,
    "enrol": enrolled,
    "renew": lambda town, path: people.renew_person(path, person=town.ids["Cara"], passphrase=OWN, now=NOW),
    "suspend": lambda town, path: people.suspend(path, person=town.ids["Cara"], now=NOW),
    "remove": lambda town, path: remove_person(path, person=town.ids["Dan"], now=NOW),
    "role": lambda town, path: people.change_role(
        path, role=duty(load_home(path, NOW)).id, members=[town.ids["Ann"]], now=NOW
    ),
    "lead": lambda town, path: people.name_lead(path, person=town.ids["Ben"], now=NOW),
    "administrators": lambda town, path: change_administrators(
        path, named=[town.ids["Cara"]], relieved=[], now=NOW
    ),
    "custodians": entrusted,
    "rotate": lambda _, path: rotate(path, passphrase=ROOT, now=NOW),
    "rotate-epoch": lambda _, path: epochs.rotate_epoch(path, passphrase=ROOT, now=NOW),
    "succeed-root": lambda _, path: succeed(path, passphrase=ROOT, now=NOW, cost=CHEAP),
    "revoke": revoked,
    "recover": lambda town, path: recovery.recover_person(
        path, person=town.ids["Cara"], from_index=3, old=OWN, new=NEW, now=NOW, cost=CHEAP
    ),
}
DEEDS = {
    "sponsor": {"agency_sponsored", "event_signed"},
    "enrol": {"person_enrolled", "roster_signed"},
    "renew": {"keys_renewed", "roster_signed"},
    "suspend": {"person_suspended", "role_changed", "member_left", "roster_signed"},
    "remove": {"person_removed", "keys_erased", "role_changed", "member_left", "roster_signed"},
    "role": {"role_changed", "member_left", "member_joined", "roster_signed"},
    "lead": {"lead_named", "roster_signed"},
    "administrators": {"administrator_named", "roster_signed"},
    "custodians": {
        "custodian_named",
        "custodians_needed",
        "parts_given",
        "records_file_destroyed",
        "roster_signed",
    },
    "rotate": {"agency_key_replaced", "event_signed", "roster_signed"},
    "rotate-epoch": {"agency_key_replaced", "role_changed", "event_signed", "roster_signed"},
    "succeed-root": {"root_succeeded", "event_signed"},
    "revoke": {"agency_key_replaced", "agency_key_revoked", "event_signed"},
    "recover": {"keys_renewed", "keys_revoked", "role_changed", "roster_signed"},
}


@pytest.mark.parametrize("name", CEREMONIES)
def test_each_ceremony_is_held_and_rehearsed(town: Council, name: Any) -> None:
    before = tree(town.path)
    with town.hold(name, "Ann", "Ben", rehearse=True) as held:
        CEREMONIES[name](town, held.path)
    assert held.record.rehearsal
    assert tree(town.path) == before, "a rehearsal changes nothing but its transcript"
    with town.hold(name, "Ann", "Ben") as held:
        CEREMONIES[name](town, held.path)
    home = town.home()
    assert tree(town.path) != before
    assert {act.act for act in held.record.acts} == DEEDS[name]
    assert [kept.transcript.rehearsal for kept in home.ceremonies] == [True, False]
    assert home.ceremonies[-1].transcript == held.record
    assert held.record.by == (town.ids["Ann"], town.ids["Ben"])
    assert sorted(path.name for path in town.path.glob(".ceremony*")) == []


def test_restoring_too(town: Council) -> None:
    people.suspend(town.path, person=town.ids["Cara"], now=NOW)
    with town.hold("restore", "Ann") as held:
        people.reinstate(held.path, person=town.ids["Cara"], now=NOW)
    assert {act.act for act in held.record.acts} == {"person_restored", "roster_signed"}


@pytest.mark.parametrize("name", sorted(IRREVERSIBLE))
def test_what_cannot_be_undone_needs_two(town: Council, name: Any) -> None:
    before = tree(town.path)
    with pytest.raises(TwoPeopleNeeded), town.hold(name, "Ann"):
        pass
    with pytest.raises(TwoPeopleNeeded), town.hold(name, "Ann", "Ann"):
        pass
    assert tree(town.path) == before
    assert town.home().ceremonies == ()


@pytest.mark.parametrize("name", CEREMONIES)
def test_nobody_else_holds_one(town: Council, name: Any) -> None:
    with pytest.raises(AdministratorNeeded), hold(town.path, name, [], now=NOW):
        pass
    with pytest.raises(NotAnAdministrator):
        demand_enough(town.home().roster, name, [town.ids["Ann"], town.ids["Cara"]])
    with pytest.raises(NotAnAdministrator):
        demand_enough(town.home().roster, name, ["a" * 26])


def test_a_hand_is_an_administrators_and_their_own_secret_opens_it(town: Council) -> None:
    home = town.home()
    with pytest.raises(NotAnAdministrator):
        unlock_hand(home, town.ids["Cara"], OWN)
    with pytest.raises(KeystoreLocked):
        unlock_hand(home, town.ids["Ann"], Passphrase("not the words at all"))
    people.suspend(town.path, person=town.ids["Ben"], now=NOW)
    with pytest.raises(PersonSuspended):
        unlock_hand(town.home(), town.ids["Ben"], OWN)


def test_who_was_suspended_meanwhile_holds_nothing(town: Council) -> None:
    hands = town.hands("Ann", "Ben")
    people.suspend(town.path, person=town.ids["Ben"], now=NOW)
    with pytest.raises(PersonSuspended), hold(town.path, "remove", hands, now=NOW):
        pass


def test_an_expired_key_still_holds_ceremonies(town: Council) -> None:
    later = NOW + people.KEY_LIFETIME + timedelta(days=1)
    hands = [unlock_hand(load_home(town.path, later), town.ids["Ann"], OWN)]
    with hold(town.path, "renew", hands, now=later) as held:
        people.renew_person(held.path, person=town.ids["Ann"], passphrase=OWN, now=later)
    assert len(held.after.roster.person(town.ids["Ann"]).keys) == 2


def test_two_can_always_act(town: Council) -> None:
    with pytest.raises(LastAdministrator), town.hold("suspend", "Ann") as held:
        people.suspend(held.path, person=town.ids["Ben"], now=NOW)
    with pytest.raises(NotYourself), town.hold("suspend", "Ann") as held:
        people.suspend(held.path, person=town.ids["Ann"], now=NOW)
    with pytest.raises(NotYourself), town.hold("remove", "Ann", "Ben") as held:
        remove_person(held.path, person=town.ids["Ben"], now=NOW)
    key = town.home().roster.person(town.ids["Ben"]).keys[0].verifying_key.key_id
    with pytest.raises(LastAdministrator), town.hold("revoke", "Ann", "Ben") as held:
        people.revoke_person_key(held.path, person=town.ids["Ben"], key_id=key, now=NOW)
    assert len(able(town.home().roster)) == 2
    with town.hold("administrators", "Ann", "Ben") as held:
        change_administrators(held.path, named=[town.ids["Cara"]], relieved=[], now=NOW)
    with pytest.raises(NotYourself), town.hold("administrators", "Ann", "Ben") as held:
        change_administrators(held.path, named=[], relieved=[town.ids["Ben"]], now=NOW)
    with town.hold("administrators", "Ann", "Cara") as held:
        change_administrators(held.path, named=[], relieved=[town.ids["Ben"]], now=NOW)
    with pytest.raises(LastAdministrator), town.hold("suspend", "Ann") as held:
        people.suspend(held.path, person=town.ids["Cara"], now=NOW)


def test_one_person_names_no_other_administrator_once_there_are_two(town: Council) -> None:
    with pytest.raises(TwoPeopleNeeded), town.hold("enrol", "Ann") as held:
        people.enrol_person(
            held.path, name="Me Too", post="x", passphrase=OWN, now=NOW, cost=CHEAP, administrator=True
        )


def test_an_agency_begins_with_one_and_then_two(tmp_path: Path) -> None:
    home, first = hold_founding(
        tmp_path / "home", agency="northshire", name="N", passphrase=ROOT, now=NOW, cost=CHEAP
    )
    assert (first.number, first.by, first.acts[0].act) == (1, (), "agency_founded")

    def enrol(hands: list[Any], *, administrator: bool, sign: bool) -> None:
        from keys.ceremony.hands import hand_of

        with hold(home.path, "enrol", hands, now=NOW) as held:
            person = people.enrol_person(
                held.path,
                name="A",
                post="x",
                passphrase=OWN,
                now=NOW,
                cost=CHEAP,
                administrator=administrator,
            )
            if sign:
                made = load_home(held.path, NOW)
                held.hands.append(hand_of(made.roster, person.id, made.unlock_person(person.id, OWN)))

    with pytest.raises(AdministratorNeeded):
        enrol([], administrator=True, sign=False)
    with pytest.raises(NotAnAdministrator):
        enrol([], administrator=False, sign=True)
    enrol([], administrator=True, sign=True)
    one = load_home(home.path, NOW)
    (ann,) = one.roster.administrators
    hands = [unlock_hand(one, ann, OWN)]
    with pytest.raises(TwoPeopleNeeded), hold(home.path, "recover", hands, now=NOW):
        pass
    enrol(hands, administrator=True, sign=False)
    with pytest.raises(TwoPeopleNeeded):
        enrol(hands, administrator=True, sign=False)
    held = load_home(home.path, NOW).ceremonies
    assert [kept.transcript.ceremony for kept in held] == ["found", "enrol", "enrol"]


def test_a_rehearsed_founding_leaves_nothing(tmp_path: Path) -> None:
    _, transcript = hold_founding(
        tmp_path / "home", agency="northshire", name="N", passphrase=ROOT, now=NOW, cost=CHEAP, rehearse=True
    )
    assert transcript.rehearsal
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "mine").touch()
    with pytest.raises(HomeExists):
        hold_founding(tmp_path / "home", agency="northshire", name="N", passphrase=ROOT, now=NOW, cost=CHEAP)


def test_what_changes_nothing_is_no_ceremony(town: Council) -> None:
    with pytest.raises(NothingChanged), town.hold("role", "Ann"):
        pass
    assert town.home().ceremonies == ()


def test_a_custodian_does_not_leave(town: Council) -> None:
    entrusted(town, town.path)
    with pytest.raises(CustodianLeaving), town.hold("remove", "Ann", "Ben") as held:
        remove_person(held.path, person=town.ids["Dan"], now=NOW)


def test_who_is_removed_is_gone_with_their_name_and_keys(town: Council) -> None:
    gone = town.ids["Dan"]
    role = duty(town.home())
    with town.hold("remove", "Ann", "Ben") as held:
        remove_person(held.path, person=gone, now=NOW)
    home = town.home()
    with pytest.raises(KeyUnknown):
        home.roster.person(gone)
    assert duty(home).keys[0] != role.keys[0]
    assert [path for path in town.path.rglob("*") if gone in path.name] == []


def test_reasons_are_kept_sealed(town: Council) -> None:
    with town.hold("suspend", "Ann", reasons="Canary left on bad terms") as held:
        people.suspend(held.path, person=town.ids["Cara"], now=NOW)
    everything = b"".join(path.read_bytes() for path in town.path.rglob("*") if path.is_file())
    assert b"Canary" not in everything
    assert held.record.reasons is not None
    secret = town.home().keyring.secret(ROSTER)
    assert read_reasons(town.path, secret, 1, held.record.reasons) == "Canary left on bad terms"
    (town.path / "ceremonies" / "0001.reasons").unlink()
    with pytest.raises(TranscriptMissing):
        read_reasons(town.path, secret, 1, held.record.reasons)


# --- what somebody does to the files afterwards --------------------------------------------------


@pytest.fixture(scope="module")
def held_three(first: Council, tmp_path_factory: pytest.TempPathFactory) -> Council:
    path = tmp_path_factory.mktemp("three") / "home"
    shutil.copytree(first.path, path)
    town = Council(path, first.ids)
    for name in ("Ann", "Ben", "Cara"):
        with town.hold("lead", "Ann") as held:
            people.name_lead(held.path, person=town.ids[name], now=NOW)
    return town


@pytest.fixture
def three(held_three: Council, tmp_path: Path) -> Council:
    shutil.copytree(held_three.path, tmp_path / "home")
    return Council(tmp_path / "home", held_three.ids)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_altered_transcript_is_named(three: Council, number: int) -> None:
    file = three.path / "ceremonies" / name_of(number)
    data = file.read_bytes()
    for at in range(0, len(data), 97):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises((TranscriptForged, TranscriptNotChained)) as refused:
            three.home()
        assert refused.value.where == name_of(number)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_dropped_transcript_is_named(three: Council, number: int) -> None:
    (three.path / "ceremonies" / name_of(number)).unlink()
    with pytest.raises(TranscriptMissing) as refused:
        three.home()
    assert refused.value.where == name_of(number)


def test_a_dropped_transcript_whose_followers_move_up_is_named(three: Council) -> None:
    folder = three.path / "ceremonies"
    (folder / name_of(3)).replace(folder / name_of(2))
    with pytest.raises(TranscriptNotChained):
        three.home()


def test_reordered_transcripts_are_named(three: Council) -> None:
    folder = three.path / "ceremonies"
    one, two = (folder / name_of(1)).read_bytes(), (folder / name_of(2)).read_bytes()
    (folder / name_of(1)).write_bytes(two)
    (folder / name_of(2)).write_bytes(one)
    with pytest.raises(TranscriptNotChained):
        three.home()


def test_one_under_another_spelling_of_its_number_is_named(three: Council) -> None:
    folder = three.path / "ceremonies"
    (folder / name_of(2)).replace(folder / "00002.json")
    with pytest.raises(TranscriptNotChained):
        three.home()


def test_the_memory_of_the_newest_is_not_forged_or_dropped(three: Council) -> None:
    file = three.path / "ceremonies" / "newest.sealed"
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(TranscriptMissing):
        three.home()
    file.unlink()
    with pytest.raises(TranscriptMissing):
        three.home()


def forged(three: Council, **other: Any) -> bytes:
    """A fourth transcript, well formed and chained, but for what is wrong with it."""
    from keys.ceremony.transcript import sign_transcript

    cara = unlocked(three, "Cara")
    fields: dict[str, Any] = {
        "number": 4,
        "ceremony": "lead",
        "agency": "northshire",
        "rehearsal": False,
        "at": "2026-11-22T12:00:00Z",
        "by": (three.ids["Ann"],),
        "keys": (cara.verifying_key.key_id,),
        "reasons": None,
        "acts": (),
        "prev": three.home().ceremonies[-1].digest,
    }
    return sign_transcript(Transcript.model_validate({**fields, **other}), [cara])


def unlocked(three: Council, name: str) -> Any:
    home = three.home()
    keyring = home.unlock_person(three.ids[name], OWN)
    return keyring.signing(home.roster.person(three.ids[name]).keys[0].verifying_key.key_id)


def test_one_signed_by_another_is_named(three: Council) -> None:
    files = [(three.path / "ceremonies" / name_of(at)).read_bytes() for at in (1, 2, 3)]
    roster, agency = three.home().roster, three.home().keys
    cara = (three.ids["Cara"],)
    assert len(check([*files, forged(three, by=cara)], roster, agency)) == 4
    for data in (
        forged(three),
        forged(three, by=cara, ceremony="remove"),
        forged(three, by=cara, agency="elsewhere"),
        forged(three, by=("a" * 26,)),
    ):
        with pytest.raises(TranscriptForged):
            check([*files, data], roster, agency)
    with pytest.raises(TranscriptNotChained):
        check([*files, forged(three, by=cara, prev="0" * 64)], roster, agency)
    with pytest.raises(TranscriptNotChained):
        check([*files, forged(three, by=cara, number=5)], roster, agency)


def test_who_left_is_still_believed_for_what_they_held(three: Council) -> None:
    with three.hold("administrators", "Ann", "Ben") as held:
        change_administrators(held.path, named=[three.ids["Cara"]], relieved=[], now=NOW)
    with three.hold("remove", "Ben", "Cara") as held:
        remove_person(held.path, person=three.ids["Ann"], now=NOW)
    assert len(three.home().ceremonies) == 5
    for _ in range(5):  # more pairs of keys than a roster keeps
        with three.hold("renew", "Ben") as held:
            people.renew_person(held.path, person=three.ids["Ben"], passphrase=OWN, now=NOW)
    home = three.home()
    assert home.ceremonies[-1].transcript.acts[-2].act == "keys_dropped"


def test_a_rehearsed_removal_vouches_for_nobody(three: Council) -> None:
    """Else a rehearsal could make a stranger's signature count."""
    with three.hold("remove", "Ann", "Ben", rehearse=True) as held:
        remove_person(held.path, person=three.ids["Dan"], now=NOW)
    home = three.home()
    files = [(three.path / "ceremonies" / name_of(at)).read_bytes() for at in (1, 2, 3, 4)]
    alone = type(home.roster)(
        home.roster_document.list(),
        [entry for entry in home.roster.entries if entry.id != three.ids["Ann"]],
    )
    with pytest.raises(TranscriptForged):
        check(files, alone, home.keys)


def test_a_copy_holds_only_what_ceremonies_need(town: Council) -> None:
    (town.path / "casebook.db").write_bytes(b"x")
    (town.path / "blobs").mkdir()
    with town.hold("lead", "Ann") as held:
        assert {path.name for path in held.path.iterdir()} <= {*KEPT, ".lock"}
        people.name_lead(held.path, person=town.ids["Ben"], now=NOW)
    assert (town.path / "casebook.db").read_bytes() == b"x"
    assert not (town.path / JOURNAL).exists()
