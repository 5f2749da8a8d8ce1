"""The command line for keys: what it prints, where passphrases come from, and how it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from keys import keystore
from keys.cli import app
from keys.keystore import Cost

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "three random words"
ADMINISTRATORS = ("Ada", "Eve")


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretching is measured elsewhere."""
    cost = Cost(memory_kib=64, passes=1, lanes=1)
    lock = keystore.Passphrase.lock
    monkeypatch.setattr(keystore.Passphrase, "lock", lambda self, _cost: lock(self, cost))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.touch(mode=0o600)
    path.write_text(f"{WORDS}\nand a second line that does not count\n")
    return path


@pytest.fixture
def home(tmp_path: Path, secret: Path) -> Path:
    path = tmp_path / "home"
    found = run(
        "found", path, "--agency", "northshire-childrens", "--name", "Northshire", "--passphrase-file", secret
    )
    assert "Its root's fingerprint: " in found.stdout
    for name in ADMINISTRATORS:
        words = ("--name", name, "--post", "administrator", "--passphrase-file", secret, "--administrator")
        by = ("--by", "Ada", "--by-passphrase-file", secret) if name != "Ada" else ()
        assert run("enrol", path, *words, *by).exit_code == 0
    return path


def one(home: Path) -> tuple[object, ...]:
    """One of them holds it."""
    return two(home)[:4]


def two(home: Path) -> tuple[object, ...]:
    """Both administrators hold it."""
    file = home.with_name("held")
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(WORDS)
    return tuple(word for name in ADMINISTRATORS for word in ("--by", name, "--by-passphrase-file", file))


def run(*arguments: object, typed: str | None = None) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.output
    return result


def told(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(code: str, *arguments: object) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert max(map(len, lines)) <= 80
    hint = next(at for at, line in enumerate(lines) if line.startswith("  What to do: "))
    assert lines[0].startswith("Refused: ")
    assert lines[hint - 1].endswith((".", ")"))
    assert lines[-1] == f"  Code: {code}"


def test_a_whole_life(home: Path, secret: Path) -> None:
    ann = told(
        "enrol", home, *two(home), "--name", "Ann Ó Dálaigh", "--post", "DSL", "--passphrase-file", secret
    )
    bob = told("enrol", home, *two(home), "--name", "Bob", "--post", "duty", "--passphrase-file", secret)
    duty = told("role", home, *two(home), "Duty", "--member", "Bob", "--member", ann["id"])
    assert duty["members"] == [bob["id"], ann["id"]]
    again = told("role", home, *two(home), "Duty", "--member", "Bob")
    assert (again["id"], again["members"]) == (duty["id"], [bob["id"]])
    passed = told(
        "role",
        home,
        *two(home),
        duty["id"],
        "--member",
        "Bob",
        "--member",
        "Ann Ó Dálaigh",
        "--passed-on-by",
        "Bob",
        "--passphrase-file",
        secret,
    )
    assert len(passed["keys"]) == 3
    assert told("lead", home, *two(home), "Bob")["lead"] == bob["id"]
    assert told("roster", home, "--renew")["lead"] == bob["id"]
    renewed = told("enrol", home, *two(home), "--renew", "Bob", "--passphrase-file", secret)
    assert len(renewed["keys"]) == 2
    revoked = told("revoke", home, *two(home), bob["keys"][0]["signing"], "--person", "Bob")
    assert [bool(key["revoked"]) for key in revoked["keys"]] == [False, True]
    assert told("suspend", home, *two(home), "Bob")["suspended"]
    assert told("restore", home, *two(home), "Bob")["suspended"] is None
    told("rotate", home, *two(home), "--passphrase-file", secret)
    shown = told("roster", home)
    assert [person["name"] for person in shown["people"]] == [*ADMINISTRATORS, "Ann Ó Dálaigh", "Bob"]
    assert [role["name"] for role in shown["roles"]] == ["Duty"]
    text = run("roster", home).stdout
    assert "Ann Ó Dálaigh, DSL" in text
    assert "Duty, members: 1" in text


def test_revoking_an_agencys_key(home: Path, secret: Path) -> None:
    (key,) = [key["key_id"] for key in told("list", home)["keys"] if key["kind"] == "transport"]
    words = (*two(home), key, "--passphrase-file", secret)
    refused("index_missing", "revoke", home, *words)
    rehearsed = run("revoke", home, *words, "--from-index", "99", "--rehearse").stdout
    assert "FROM LOG INDEX 99: THE KEY COUNTS UNTIL THE KEY LOG HAS 99 ENTRIES." in rehearsed
    assert (
        "FROM LOG INDEX 0: THE KEY NEVER COUNTED."
        in run("revoke", home, *words, "--from-index", "0", "--rehearse").stdout
    )
    told("revoke", home, *words, "--from-index", "1")
    refused("key_revoked", "revoke", home, *words, "--from-index", "1")
    after = {entry["key_id"]: entry for entry in told("list", home)["keys"]}
    assert len(after) == 5
    assert (after[key]["present"], bool(after[key]["revoked"])) == (False, True)
    text = run("list", home).stdout
    assert text.count("in use") == 4
    assert f"{key}  revoked 20" in text


def test_a_second_person_of_one_name_is_another_person_only_if_it_is_said(home: Path, secret: Path) -> None:
    words = ("enrol", home, *two(home), "--post", "DSL", "--passphrase-file", secret, "--name")
    told(*words, "Ann Lee")
    refused("same_name", *words, "Ann Lee")
    refused("same_name", *words, "ann  LEE")
    told(*words, "Ann Lee", "--same-name")
    shown = told("roster", home)["people"]
    assert [person["name"] for person in shown].count("Ann Lee") == 2


def test_keys_are_listed_by_the_ids_that_a_revocation_takes(home: Path, secret: Path) -> None:
    told("enrol", home, *two(home), "--name", "Ann", "--post", "DSL", "--passphrase-file", secret)
    told("enrol", home, *two(home), "--renew", "Ann", "--passphrase-file", secret)
    keys = told("list", home, "--person", "Ann")["keys"]
    told("revoke", home, *two(home), keys[1]["sealing"], "--person", "Ann")
    _, *lines = run("list", home, "--person", "Ann").stdout.splitlines()
    assert [line.split()[:3:2] for line in lines[:2]] == [["signing", "until"], ["sealing", "until"]]
    assert [line.split()[1] for line in lines[2:]] == [keys[1]["signing"], keys[1]["sealing"]]
    assert all(" revoked 20" in line for line in lines[2:])
    refused("person_unclear", "list", home, "--person", "Nobody")


def test_fingerprints_and_pins(home: Path) -> None:
    shown = told("fingerprint", home)
    assert len(shown["fingerprint"].split()) == 12
    assert shown["pins"] == {}
    told("pin", home, "moorfield-primary", shown["fingerprint"], *one(home))
    assert told("fingerprint", home)["pins"] == {"moorfield-primary": shown["fingerprint"]}
    assert "pinned moorfield-primary: " in run("fingerprint", home).stdout
    refused("pin_malformed", "pin", home, "moorfield-primary", "12345", *one(home))
    refused("administrator_needed", "pin", home, "moorfield-primary", shown["fingerprint"])


def test_a_changed_passphrase(home: Path, secret: Path, tmp_path: Path) -> None:
    told("enrol", home, *two(home), "--name", "Ann", "--post", "DSL", "--passphrase-file", secret)
    new = tmp_path / "new"
    new.touch(mode=0o600)
    new.write_text("three other words")
    change = ("passphrase", home, "Ann", "--passphrase-file", secret, "--new-passphrase-file", new)
    assert run(*change).stdout.startswith("Changed: a passphrase opens these keys now.\n")
    refused("keystore_locked", *change)


def test_refusals_have_a_sentence_a_code_and_a_hint(home: Path, secret: Path, tmp_path: Path) -> None:
    refused("home_missing", "roster", tmp_path / "nowhere")
    refused("home_exists", "found", home, "--agency", "a-b", "--name", "x", "--passphrase-file", secret)
    refused("person_unclear", "suspend", home, *two(home), "Nobody")
    refused(
        "name_refused",
        "enrol",
        home,
        *two(home),
        "--name",
        "a\nb",
        "--post",
        "x",
        "--passphrase-file",
        secret,
    )
    refused("passphrase_file_missing", "rotate", home, *two(home), "--passphrase-file", tmp_path / "nothing")
    told("enrol", home, *two(home), "--name", "Ann", "--post", "DSL", "--passphrase-file", secret)
    told(
        "enrol",
        home,
        *two(home),
        "--name",
        "Ann",
        "--same-name",
        "--post",
        "DSL",
        "--passphrase-file",
        secret,
    )
    refused("person_unclear", "suspend", home, *two(home), "Ann")


def test_somebody_enrolled_anew_is_meant_by_their_name(home: Path, secret: Path) -> None:
    old = told("enrol", home, *two(home), "--name", "Ann", "--post", "DSL", "--passphrase-file", secret)
    told("suspend", home, *two(home), "Ann")
    new = told("enrol", home, *two(home), "--name", "Ann", "--post", "DSL", "--passphrase-file", secret)
    assert told("role", home, *two(home), "Duty", "--member", "Ann")["members"] == [new["id"]]
    assert told("restore", home, *two(home), "Ann")["id"] == old["id"]
    refused("person_unclear", "suspend", home, *two(home), "Ann")


def test_of_two_roles_of_one_name_the_id_is_asked_for(home: Path) -> None:
    from datetime import UTC, datetime

    from keys.ceremony.people import create_role

    for _ in range(2):
        role = create_role(home, name="Duty", members=[], now=datetime.now(UTC))
    refused("person_unclear", "role", home, *two(home), "Duty")
    assert told("role", home, *two(home), role.id, "--member", "Ada")["id"] == role.id


def test_a_passphrase_comes_from_a_private_file_or_a_terminal(
    home: Path, secret: Path, tmp_path: Path
) -> None:
    refused("passphrase_missing", "rotate", home, *two(home))
    secret.chmod(0o644)
    refused("file_exposed", "rotate", home, *two(home), "--passphrase-file", secret)
    short = tmp_path / "short"
    short.touch(mode=0o600)
    refused("passphrase_file_empty", "rotate", home, *two(home), "--passphrase-file", short)
    short.write_text("too short")
    refused(
        "passphrase_too_short",
        "enrol",
        home,
        *two(home),
        "--name",
        "x",
        "--post",
        "y",
        "--passphrase-file",
        short,
    )
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("canary words of mine")
    hands = ("--by", "Ada", "--by-passphrase-file", home.with_name("held"), "--by", ADMINISTRATORS[1])
    whose = run("suspend", home, *hands, "--by-passphrase-file", wrong, "Ada").stderr
    assert "(person 2 of those named, in their order)" in " ".join(whose.split())
    assert "canary" not in whose
    result = run("rotate", home, *two(home), "--passphrase-file", wrong)
    assert result.exit_code == 2
    assert "canary" not in result.output


def test_a_prompt_hides_what_is_typed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    def prompt(_: str, **options: object) -> str:
        asked.append(options)
        return WORDS

    monkeypatch.setattr("keys.terminal.typer.prompt", prompt)
    monkeypatch.setattr("keys.terminal._at_a_terminal", lambda: True)
    result = run("enrol", home, *two(home), "--name", "Ann", "--post", "DSL")
    assert result.exit_code == 0, result.output
    assert WORDS not in result.output
    assert asked == [{"hide_input": True, "confirmation_prompt": True, "err": True}]


def test_no_option_takes_a_passphrase_itself() -> None:
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr] - every command has one
        assert "--passphrase " not in run(name, "--help").stdout


def test_wrong_use_says_how(home: Path) -> None:
    assert run("enrol", home, "--name", "Ann").exit_code == 2
    assert run("nonsense").exit_code == 2
    assert "Found an agency" in run("--help").stdout
