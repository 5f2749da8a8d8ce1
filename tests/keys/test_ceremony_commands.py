"""The commands of ceremonies, as administrators type them: who is asked, what is printed, what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from council import CHEAP, NOW, OWN, ROOT, Council, council
from typer.testing import CliRunner

from keys import keystore
from keys.ceremony.agency import found
from keys.cli import app

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretching is measured elsewhere."""
    lock = keystore.Passphrase.lock
    monkeypatch.setattr(keystore.Passphrase, "lock", lambda self, _cost: lock(self, CHEAP))


@pytest.fixture
def town(tmp_path: Path) -> Council:
    for name, words in (("own", OWN.text), ("root", ROOT.text), ("wrong", "not the words at all")):
        file = tmp_path / name
        file.touch(mode=0o600)
        file.write_text(words)
    return council(tmp_path / "home")


def ran(*arguments: object, status: int = 0) -> Any:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result


def by(town: Council, *names: str, file: str = "own") -> list[object]:
    secret = town.path.with_name(file)
    return [word for name in names for word in ("--by", name, "--by-passphrase-file", secret)]


def with_root(town: Council) -> list[object]:
    return ["--passphrase-file", town.path.with_name("root")]


def commands(town: Council) -> dict[str, list[object]]:
    own = town.path.with_name("own")
    return {
        "enrol": ["--name", "Eve", "--post", "x", "--passphrase-file", own],
        "suspend": ["Cara"],
        "remove": ["Cara"],
        "role": ["Night", "--member", "Dan"],
        "lead": ["Cara"],
        "administrators": ["--name", "Dan"],
        "rotate": with_root(town),
        "rotate-epoch": with_root(town),
        "succeed-root": with_root(town),
        "recover": ["--of", "agency", "--from-index", 0, "--reasons", "theft", *with_root(town)],
        "revoke": [town.home().keys.transport.key_id, "--from-index", 0, *with_root(town)],
    }


def test_each_is_rehearsed_and_held_and_prints_a_record(town: Council) -> None:
    for name, words in commands(town).items():
        rehearsed = ran(name, town.path, *words, *by(town, "Ann", "Ben"), "--rehearse").stdout
        assert rehearsed.startswith("REHEARSAL. Nothing was changed but that its transcript is kept.")
        assert "What to do next" not in rehearsed
        assert f"--- Rehearsal of the ceremony {name}, number " in rehearsed
    roster = town.home().roster.version
    for name, words in commands(town).items():
        if name in {"remove", "revoke"}:
            continue  # of somebody suspended, and of a key that was replaced: below
        record = ran(name, town.path, *words, *by(town, "Ann", "Ben")).stdout
        assert f"--- Record of the ceremony {name}, number " in record
        assert f"  by      {town.ids['Ann']}  Ann" in record
        assert len(record[record.index("digits") :].split("---")[0].split()) == 13
    assert town.home().roster.version > roster
    ran("restore", town.path, "Cara", *by(town, "Ann"))
    record = json.loads(ran("remove", town.path, "Cara", *by(town, "Ann", "Ben"), "--json").stdout)["record"]
    assert record["acts"][0]["act"] == "person_removed"
    assert record["by"] == [town.ids["Ann"], town.ids["Ben"]]


def test_they_are_listed_with_their_reasons(town: Council) -> None:
    ran("suspend", town.path, "Cara", *by(town, "Ann"), "--reasons", "on leave")
    ran("restore", town.path, "Cara", *by(town, "Ben"), "--rehearse")
    text = ran("ceremonies", town.path).stdout
    assert "suspend, by Ann" in text
    assert "reasons: on leave" in text
    assert "restore (rehearsal), by Ben" in text
    listed = json.loads(ran("ceremonies", town.path, "--json").stdout)["ceremonies"]
    assert [one["reasons"] for one in listed] == ["on leave", None]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], "administrator_needed"),
        (["Cara"], "not_an_administrator"),
        (["Ann"], "two_people_needed"),
        (["Ann", "Ann"], "two_people_needed"),
        (["Ann", "Nobody"], "person_unclear"),
        (["Ann", "Cara"], "not_an_administrator"),
    ],
)
def test_who_may_not_is_refused_before_a_passphrase_is_asked(
    town: Council, words: list[str], code: str
) -> None:
    named = [word for name in words for word in ("--by", name)]
    assert f"Code: {code}" in ran("remove", town.path, "Dan", *named, status=2).stderr
    assert town.home().ceremonies == ()


def test_a_wrong_passphrase_is_refused(town: Council) -> None:
    refused = ran("suspend", town.path, "Dan", *by(town, "Ann", file="wrong"), status=2)
    assert "Code: keystore_locked" in refused.stderr
    refused = ran(
        "rotate", town.path, *by(town, "Ann"), "--passphrase-file", town.path.with_name("own"), status=2
    )
    assert "Code: keystore_locked" in refused.stderr
    assert "Code: passphrase_missing" in ran("suspend", town.path, "Dan", "--by", "Ann", status=2).stderr


def test_a_newcomer_is_vouched_for_under_the_root_that_was_compared(town: Council, tmp_path: Path) -> None:
    other = found(
        tmp_path / "other", agency="moorfield", name="Moorfield", passphrase=ROOT, now=NOW, cost=CHEAP
    )
    file = other.path / "events" / "000000.json"
    words = [file, *with_root(town), *by(town, "Ann"), "--compared"]
    assert "Code: root_differs" in ran("sponsor", town.path, *words, "1" * 60, status=2).stderr
    assert "vouches for moorfield" in ran("sponsor", town.path, *words, other.card.root).stdout
    missing = [tmp_path / "nothing", *words[1:]]
    assert "Code: home_missing" in ran("sponsor", town.path, *missing, other.card.root, status=2).stderr


def test_recovery_says_what_to_look_at_and_whom_to_tell(town: Council) -> None:
    own = town.path.with_name("own")
    fresh = town.path.with_name("fresh")
    fresh.write_text("words that no thief has heard yet")
    fresh.chmod(0o600)
    old = town.home().roster.person(town.ids["Cara"]).keys[0].verifying_key.key_id
    words = ["--of", "Cara", "--from-index", 7, "--reasons", "a stolen laptop"]
    record = ran(
        "recover",
        town.path,
        *words,
        "--passphrase-file",
        own,
        "--new-passphrase-file",
        fresh,
        *by(town, "Ann", "Ben"),
    ).stdout
    assert f"readback desk suspects {town.path} --key {old}" in record
    assert "From log index 7 on your desk refuses every step" in " ".join(record.split())
    assert "A step under them that a desk first receives at index 7 or later is refused." in record
    assert "A step that a desk received before stays believed there." in record
    assert "No desk writes a new certificate with such a step from now on (key_revoked)," in record
    key = town.home().roster.person(town.ids["Cara"]).keys[1]
    assert (key.verifying_key.key_id, key.revoked_from) == (old, 7)


def test_recovery_of_the_desk_says_which_key_is_still_the_thiefs(town: Council) -> None:
    witness = town.home().keys.current["witness"]
    record = ran(
        "recover",
        town.path,
        *("--of", "agency", "--from-index", 0, "--reasons", "a stolen server"),
        *with_root(town),
        *by(town, "Ann", "Ben"),
    ).stdout
    assert "The witness key is NOT replaced" in record
    assert f"readback keys revoke {town.path} {witness} --from-index 0" in record
    assert f"readback keys policy witness {town.path}" in record


def test_administrators_are_shown(town: Council) -> None:
    text = ran("administrators", town.path).stdout
    assert "2 can act" in text
    shown = json.loads(ran("administrators", town.path, "--json").stdout)
    assert shown["administrators"] == [town.ids["Ann"], town.ids["Ben"]]
