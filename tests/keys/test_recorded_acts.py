"""Pins, secrets, rosters, backups: each is rehearsed and held as every ceremony, and leaves a signed transcript."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from council import CHEAP, NEW, NOW, OWN, ROOT, Council, council
from typer.testing import CliRunner

from keys import keystore
from keys.ceremony import agency, people
from keys.ceremony.backup import restore
from keys.ceremony.hands import demand_enough, unlock_hand
from keys.ceremony.holding import hold
from keys.ceremony.home import load_home
from keys.ceremony.policy import make_policy, write_policy_file
from keys.ceremony.transcript import Act, Transcript, check, name_of, read_files, sign_transcript
from keys.cli import app
from keys.errors import (
    NotAnAdministrator,
    PersonSuspended,
    TranscriptForged,
    TranscriptMissing,
    TranscriptNotChained,
    TwoPeopleNeeded,
)
from keys.files import write_private
from keys.keystore import Passphrase
from keys.notekey import LogKey
from keys.suite import SigningKey, fingerprint
from keys.transparency.note import Algorithm, NoteSigner, VerifierKey

if TYPE_CHECKING:
    from pathlib import Path

SEAL = Passphrase("nine kites over leeds")
COMPARED = fingerprint(b"another root")


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretching is measured elsewhere."""
    lock = keystore.Passphrase.lock
    monkeypatch.setattr(keystore.Passphrase, "lock", lambda self, _cost: lock(self, CHEAP))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Council:
    return council(tmp_path_factory.mktemp("agency") / "home")


@pytest.fixture
def town(first: Council, tmp_path: Path) -> Council:
    shutil.copytree(first.path, tmp_path / "home")
    for name, words in (("own", OWN), ("root", ROOT), ("new", NEW), ("seal", SEAL)):
        write_private(tmp_path / name, words.text.encode())
    home = load_home(tmp_path / "home", NOW)
    witness = VerifierKey(home.agency, Algorithm.COSIGNATURE, home.keys.witness).vkey
    policy = make_policy(
        origin="hub.example",
        log=NoteSigner("hub.example", LogKey.from_seed(bytes(32))).verifier.vkey,
        witnesses=[witness],
        quorum=1,
        faults=0,
        founders=[(home.agency, home.card.root)],
        sponsors=1,
    )
    write_policy_file(tmp_path / "policy.json", policy)
    return Council(tmp_path / "home", first.ids)


def ran(*arguments: object, status: int = 0) -> Any:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result


def file(town: Council, name: str) -> Path:
    return town.path.with_name(name)


def ann(town: Council) -> list[object]:
    return ["--by", "Ann", "--by-passphrase-file", file(town, "own")]


def backed_up(town: Council) -> Path:
    """A backup that stands beside the home, whoever made it."""
    made = file(town, "made.backup")
    if not made.exists():
        ran("backup", town.path, made, "--passphrase-file", file(town, "seal"), "--nightly")
    return made


def words(town: Council) -> dict[str, list[object]]:
    """What is typed for each, but for who holds it and whether it is a rehearsal."""
    own, seal = file(town, "own"), ["--passphrase-file", file(town, "seal")]
    changed = ["--secret-file", own, "--new-secret-file", file(town, "new")]
    offline = ["--secret-file", file(town, "root"), "--new-secret-file"]
    return {
        "pin": ["pin", town.path, "moorfield", COMPARED, *ann(town)],
        "pin-policy": ["policy", "pin", town.path, file(town, "policy.json"), *ann(town)],
        "secret": ["secret", town.path, "--of", "desk", "--to", "credential", *ann(town)],
        "secret offline": [
            *("secret", town.path, "--of", "root", "--to", "credential"),
            *(*offline, file(town, "root.credential"), *ann(town)),
        ],
        "own-secret": ["secret", town.path, "--of", "Cara", "--to", "passphrase", *changed],
        "own-secret by passphrase": [
            *("passphrase", town.path, "Dan", "--passphrase-file", own),
            *("--new-passphrase-file", file(town, "new")),
        ],
        "renew-roster": ["roster", town.path, "--renew"],
        "renew-roster by Ann": ["roster", town.path, "--renew", *ann(town)],
        "backup": ["backup", town.path, file(town, "a.backup"), *seal],
        "backup by Ann": ["backup", town.path, file(town, "b.backup"), *seal, *ann(town)],
        "drill": ["drill", backed_up(town), *seal, "--home", town.path],
        "drill by Ann": ["drill", backed_up(town), *seal, "--home", town.path, *ann(town)],
    }


HELD = {
    "pin": ("Ann", {"root_pinned"}),
    "pin-policy": ("Ann", {"policy_pinned"}),
    "secret": ("Ann", {"opened_by_credential"}),
    "secret offline": ("Ann", {"opened_by_credential"}),
    "own-secret": ("Cara", {"opened_by_passphrase"}),
    "own-secret by passphrase": ("Dan", {"opened_by_passphrase"}),
    "renew-roster": (None, {"roster_signed"}),
    "renew-roster by Ann": ("Ann", {"roster_signed"}),
    "backup": (None, {"home_backed_up"}),
    "backup by Ann": ("Ann", {"home_backed_up"}),
    "drill": (None, {"backup_tried"}),
    "drill by Ann": ("Ann", {"backup_tried"}),
}


def around(town: Council) -> dict[str, bytes]:
    """Every file beside and in the home, but the ceremonies'."""
    folder = town.path.parent
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in files if path.parent.name != "ceremonies"
    }


@pytest.mark.parametrize("name", HELD)
def test_each_is_rehearsed_and_held_with_a_record_and_a_transcript(town: Council, name: str) -> None:
    typed, (who, deeds) = words(town)[name], HELD[name]
    ceremony, before = name.partition(" ")[0], around(town)
    rehearsed = ran(*typed, "--rehearse").stdout
    assert rehearsed.startswith("REHEARSAL. Nothing was changed but that its transcript is kept.")
    assert f"--- Rehearsal of the ceremony {ceremony}, number 1 ---" in rehearsed
    assert around(town) == before, "a rehearsal leaves everything byte for byte as it was"
    said = ran(*typed).stdout
    assert f"--- Record of the ceremony {ceremony}, number 2 ---" in said
    assert around(town) != before or ceremony == "drill"
    home = town.home()
    practised, done = (one.transcript for one in home.ceremonies)
    assert (practised.ceremony, practised.rehearsal) == (ceremony, True)
    assert (done.ceremony, done.rehearsal) == (ceremony, False)
    assert {act.act for act in done.acts} == deeds == {act.act for act in practised.acts}
    if who is None:
        assert done.by == ()
        assert done.keys == (home.keys.current["signing"],)
        assert "by      the desk itself" in said
    else:
        assert done.by == (town.ids[who],)
    assert "number 2" in said


@pytest.mark.parametrize("name", HELD)
def test_the_json_of_each_has_its_record(town: Council, name: str) -> None:
    said = json.loads(ran(*words(town)[name], "--json").stdout)
    assert said["record"]["ceremony"] == name.partition(" ")[0]
    assert Transcript.model_validate_json(json.dumps(said["record"])) == town.home().ceremonies[-1].transcript


def test_the_transcript_names_what_was_pinned_and_whose_keys_open_otherwise(town: Council) -> None:
    typed = words(town)
    for name in ("pin", "pin-policy", "own-secret", "drill"):
        ran(*typed[name])
    pinned, policy, secret, drill = (one.transcript.acts[0] for one in town.home().ceremonies)
    assert (pinned.agency, pinned.fingerprint) == ("moorfield", COMPARED.replace(" ", ""))
    assert policy.fingerprint is not None
    cara = town.home().roster.person(town.ids["Cara"])
    assert secret.person == cara.id
    assert cara.keys[0].verifying_key.key_id in secret.keys
    assert drill.fingerprint == fingerprint(backed_up(town).read_bytes()).replace(" ", "")


def test_what_is_not_ones_own_needs_an_administrator(town: Council) -> None:
    typed = words(town)
    for name in ("pin", "pin-policy", "secret"):
        refusal = ran(*typed[name][:-4], status=2)
        assert "administrator_needed" in refusal.stderr
        refusal = ran(*typed[name][:-4], "--by", "Cara", "--by-passphrase-file", file(town, "own"), status=2)
        assert "not_an_administrator" in refusal.stderr
    assert "theirs alone" in " ".join(ran(*typed["own-secret"], *ann(town), status=2).stderr.split())
    assert town.home().ceremonies == ()


def test_ones_own_secret_is_changed_by_who_knows_it_and_is_not_suspended(town: Council) -> None:
    typed = words(town)["own-secret"]
    wrong = [file(town, "new") if word == file(town, "own") else word for word in typed]
    assert "keystore_locked" in ran(*wrong, status=2).stderr
    people.suspend(town.path, person=town.ids["Cara"], now=NOW)
    assert "person_suspended" in ran(*typed, status=2).stderr
    assert town.home().ceremonies == ()


def test_a_persons_own_ceremony_does_nothing_to_anybody_else(town: Council) -> None:
    hand = unlock_hand(town.home(), town.ids["Ann"], OWN)
    with (
        pytest.raises(ValueError, match="not about whoever held it"),
        hold(town.path, "own-secret", [hand], now=NOW) as held,
    ):
        people.name_lead(held.path, person=town.ids["Ann"], now=NOW)
    assert town.home().roster.lead is None
    with pytest.raises(NotAnAdministrator):
        demand_enough(town.home().roster, "own-secret", [town.ids["Cara"], town.ids["Dan"]])
    people.suspend(town.path, person=town.ids["Dan"], now=NOW)
    with pytest.raises(PersonSuspended):
        demand_enough(town.home().roster, "own-secret", [town.ids["Dan"]])


def test_the_desk_alone_signs_nothing_but_what_a_desk_may(town: Council) -> None:
    with (
        pytest.raises(ValueError, match="more than a desk may"),
        hold(town.path, "renew-roster", [], now=NOW) as held,
    ):
        people.name_lead(held.path, person=town.ids["Ann"], now=NOW)
    assert town.home().roster.lead is None
    with (
        pytest.raises(NotAnAdministrator),
        hold(town.path, "renew-roster", [hand_of(town, "Cara")], now=NOW) as held,
    ):
        people.renew_roster(held.path, now=NOW)


def hand_of(town: Council, name: str) -> Any:
    from keys.ceremony.hands import hand_of as hand

    home = town.home()
    return hand(home.roster, town.ids[name], home.unlock_person(town.ids[name], OWN))


def test_letting_a_desk_go_on_takes_two_once_two_can_act(town: Council) -> None:
    roster = town.home().roster
    with pytest.raises(TwoPeopleNeeded):
        demand_enough(roster, "resume", [town.ids["Ann"]])
    demand_enough(roster, "resume", [town.ids["Ann"], town.ids["Ben"]])


@pytest.fixture
def three(town: Council) -> Council:
    """One by the desk, one by a person for themselves, one by an administrator."""
    typed = words(town)
    for name in ("renew-roster", "own-secret", "pin"):
        ran(*typed[name])
    return town


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_altered_one_is_refused_by_name(three: Council, number: int) -> None:
    path = three.path / "ceremonies" / name_of(number)
    data = path.read_bytes()
    for at in range(0, len(data), 101):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises((TranscriptForged, TranscriptNotChained)) as refused:
            three.home()
        assert refused.value.where == name_of(number)


def test_dropped_and_reordered_ones_are_refused(three: Council) -> None:
    folder = three.path / "ceremonies"
    one, two, last = ((folder / name_of(at)).read_bytes() for at in (1, 2, 3))
    (folder / name_of(1)).write_bytes(two)
    (folder / name_of(2)).write_bytes(one)
    with pytest.raises(TranscriptNotChained):
        three.home()
    (folder / name_of(1)).write_bytes(one)
    (folder / name_of(2)).unlink()
    with pytest.raises(TranscriptMissing):
        three.home()
    write_private(folder / name_of(2), two)
    (folder / name_of(3)).unlink()
    with pytest.raises(TranscriptMissing):
        three.home()
    write_private(folder / name_of(3), last)
    assert len(three.home().ceremonies) == 3


def test_one_that_another_key_signed_for_the_desk_is_refused(three: Council) -> None:
    home, stranger = three.home(), SigningKey.generate()
    mine = home.signing_key
    for key, counts in ((stranger, False), (mine, True)):
        fields = home.ceremonies[0].transcript.model_copy(
            update={
                "number": 4,
                "prev": home.ceremonies[-1].digest,
                "keys": (key.verifying_key.key_id,),
            }
        )
        files = (*read_files(three.path), sign_transcript(fields, [key]))
        if counts:
            assert len(check(files, home.roster, home.keys)) == 4
        else:
            with pytest.raises(TranscriptForged):
                check(files, home.roster, home.keys)


def test_who_signed_for_the_desk_counts_when_its_key_was_replaced_and_revoked(three: Council) -> None:
    old = three.home().keys.current["signing"]
    with three.hold("rotate", "Ann") as held:
        agency.rotate(held.path, passphrase=ROOT, now=NOW)
    with three.hold("revoke", "Ann", "Ben") as held:
        agency.revoke(held.path, key_id=old, from_index=0, passphrase=ROOT, now=NOW)
    home = three.home()
    assert home.ceremonies[0].transcript.keys == (old,)
    assert home.keys.current["signing"] != old
    ran(*words(three)["renew-roster"])
    assert three.home().ceremonies[-1].transcript.keys == (home.keys.current["signing"],)


def test_a_transcript_of_the_desk_does_not_say_more_than_a_desk_may() -> None:
    fields: dict[str, Any] = {
        "number": 1,
        "ceremony": "backup",
        "agency": "northshire",
        "rehearsal": False,
        "at": "2026-11-22T12:00:00Z",
        "by": (),
        "keys": (SigningKey.generate().verifying_key.key_id,),
        "reasons": None,
        "acts": (Act(act="home_backed_up", number=3),),
        "prev": None,
    }
    assert Transcript.model_validate(fields).by_the_desk
    for other, why in (
        ({"keys": ()}, "one key"),
        ({"acts": (Act(act="administrator_named", person="a" * 26),)}, "more than a desk may"),
        ({"ceremony": "pin"}, "one key"),
        ({"ceremony": "pin", "keys": ()}, "held by nobody"),
        ({"by": ("a" * 26,), "keys": ()}, "one key"),
    ):
        with pytest.raises(ValueError, match=why):
            Transcript.model_validate({**fields, **other})


# --- backups -------------------------------------------------------------------------------------


def test_a_backup_holds_the_transcript_of_itself(town: Council) -> None:
    ran(*words(town)["backup"])
    made = restore(file(town, "a.backup"), file(town, "back"), passphrase=SEAL, now=NOW, places={})
    assert made.ceremonies == town.home().ceremonies
    assert made.ceremonies[-1].transcript.ceremony == "backup"


def test_a_backup_that_would_not_be_written_leaves_no_transcript(town: Council) -> None:
    taken = file(town, "own")
    ran("backup", town.path, taken, "--passphrase-file", file(town, "seal"), status=2)
    ran("backup", town.path, file(town, "x"), "--nightly", "--rehearse", status=2)
    assert town.home().ceremonies == ()


def test_a_nightly_backup_leaves_the_home_as_it_was(town: Council) -> None:
    before = around(town)
    backed_up(town).unlink()
    assert around(town) == before
    assert town.home().ceremonies == ()


@pytest.mark.parametrize("held", [False, True])
def test_a_home_is_restored_as_a_ceremony_and_a_rehearsal_leaves_nothing(town: Council, held: bool) -> None:
    made, back = backed_up(town), file(town, "back")
    typed = ["restore-home", made, back, "--passphrase-file", file(town, "seal"), *(ann(town) * held)]
    before = around(town)
    rehearsed = ran(*typed, "--rehearse").stdout
    assert "--- Rehearsal of the ceremony restore-home, number 1 ---" in rehearsed
    assert around(town) == before
    assert not back.exists()
    assert "--- Record of the ceremony restore-home, number 1 ---" in ran(*typed).stdout
    home = load_home(back, NOW)
    (kept,) = home.ceremonies
    (act,) = kept.transcript.acts
    assert kept.transcript.by == ((town.ids["Ann"],) if held else ())
    assert (act.act, act.number) == ("home_restored", home.roster.version)
    assert act.fingerprint == fingerprint(made.read_bytes()).replace(" ", "")
    assert town.home().ceremonies == ()


def test_a_restoring_that_nobody_may_hold_leaves_nothing(town: Council) -> None:
    made, back = backed_up(town), file(town, "back")
    cara = ("--by", "Cara", "--by-passphrase-file", file(town, "own"))
    ran("restore-home", made, back, "--passphrase-file", file(town, "seal"), *cara, status=2)
    assert not back.exists()
    assert [path.name for path in back.parent.iterdir() if path.name.startswith(".back")] == []


def test_a_drill_that_finds_a_fault_is_on_record_as_that(town: Council) -> None:
    broken = file(town, "broken")
    shutil.copytree(town.path, broken)
    (broken / "people" / f"{town.ids['Cara']}.keystore").unlink()
    bad, seal = file(town, "bad.backup"), ["--passphrase-file", file(town, "seal")]
    ran("backup", broken, bad, *seal, "--nightly")
    failed = ran("drill", bad, *seal, "--home", town.path, status=2)
    assert "drill_failed" in failed.stderr
    (kept,) = town.home().ceremonies
    assert [act.act for act in kept.transcript.acts] == ["backup_at_fault"]


def test_a_drill_keeps_its_transcript_in_no_other_agencys_home(town: Council) -> None:
    other = file(town, "other")
    agency.found(other, agency="moorfield", name="Moorfield", passphrase=ROOT, now=NOW, cost=CHEAP)
    seal = ["--passphrase-file", file(town, "seal")]
    refusal = ran("drill", backed_up(town), *seal, "--home", other, status=2)
    assert "another agency's" in " ".join(refusal.stderr.split())
    assert "--home" in ran("drill", backed_up(town), *seal, "--rehearse", status=2).stderr
    assert not (other / "ceremonies").exists()


# --- the policy ----------------------------------------------------------------------------------


def test_making_a_policy_is_rehearsed_without_writing_it(town: Council) -> None:
    given = json.loads(file(town, "policy.json").read_bytes())
    (agency_id, root), out = *given["founders"].items(), file(town, "again.json")
    typed = ["policy", "make", "--origin", given["origin"], "--log", given["log"], "--out", out]
    typed += ["--witness", given["witnesses"][0], "--quorum", 1, "--faults", 0, "--sponsors", 1]
    typed += ["--founder", f"{agency_id}={root}"]
    rehearsed = ran(*typed, "--rehearse").stdout
    assert rehearsed.startswith("REHEARSAL. Nothing was changed.")
    assert "--- Rehearsal of the making of a policy ---" in rehearsed
    assert not out.exists()
    assert "--- Record of the making of a policy ---" in ran(*typed).stdout
    assert out.read_bytes() == file(town, "policy.json").read_bytes()
    assert "policy_not_written" in ran(*typed, "--rehearse", status=2).stderr
