"""`readback keys secret`: every kind of secret to every other, by files and prompts, and what it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from soft_token import PIN, SoftToken, soft_token, softhsm
from typer.testing import CliRunner, Result

from keys import keystore
from keys.ceremony.agency import rotate
from keys.ceremony.home import load_home
from keys.ceremony.people import enrol_person
from keys.cli import app
from keys.errors import CredentialMissing, KeystoreLocked
from keys.keystore import Cost, Passphrase
from keys.terminal import ask_passphrase

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["soft_token", "softhsm"]  # fixtures
WORDS, OTHER = "three random words", "three other words"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretching is measured elsewhere."""
    cost = Cost(memory_kib=64, passes=1, lanes=1)
    lock = keystore.Passphrase.lock
    monkeypatch.setattr(keystore.Passphrase, "lock", lambda self, _cost: lock(self, cost))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {"words": WORDS, "other": OTHER, "pin": PIN}
    for name, text in made.items():
        path = tmp_path / name
        path.touch(mode=0o600)
        path.write_text(f"{text}\n")
    return {name: tmp_path / name for name in made}


@pytest.fixture
def home(tmp_path: Path, files: dict[str, Path]) -> Path:
    path = tmp_path / "home"
    run("found", path, "--agency", "northshire", "--name", "Northshire", "--passphrase-file", files["words"])
    ann = Passphrase(WORDS)
    enrol_person(path, name="Ann", post="DSL", passphrase=ann, now=datetime.now(UTC), administrator=True)
    return path


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def by_ann(home: Path, *arguments: object) -> tuple[object, ...]:
    """Ann holds what is not a person's own."""
    return () if "Ann" in arguments else ("--by", "Ann", "--by-passphrase-file", home.parent / "words")


def changed(home: Path, *arguments: object) -> Any:
    own = "--of" in arguments and arguments[arguments.index("--of") + 1] not in {"desk", "root"}
    held = () if own else by_ann(home, *arguments)
    result = run("secret", home, *arguments, *held, "--json")
    assert result.exit_code == 0, result.output
    assert PIN not in result.output
    said = json.loads(result.stdout)
    assert said.pop("record")["ceremony"] == ("own-secret" if own else "secret")
    return said


def refused(code: str, home: Path, *arguments: object) -> None:
    result = run("secret", home, *arguments, *by_ann(home, *arguments))
    assert result.exit_code == 2, result.output
    assert result.stderr.splitlines()[-1] == f"  Code: {code}"


def rotated(home: Path, file: Path) -> bool:
    """Whether that file, given as the passphrase's, opens the root."""
    try:
        rotate(home, passphrase=ask_passphrase(file, ""), now=datetime.now(UTC))
    except (KeystoreLocked, CredentialMissing):
        return False
    return True


def token(soft: SoftToken, label: str = "desk") -> tuple[object, ...]:
    return ("--to", "pkcs11", "--module", soft.module, "--token", label)


def test_the_desk(home: Path, soft_token: SoftToken, files: dict[str, Path]) -> None:
    ids = load_home(home).keyring.ids()
    assert changed(home, "--of", "desk", "--to", "credential") == {"of": "desk", "opened by": "credential"}
    changed(home, "--of", "desk", *token(soft_token), "--new-secret-file", files["pin"])
    assert run("roster", home).exit_code == 0
    changed(home, "--of", "desk", "--to", "credential")
    assert load_home(home).keyring.ids() == ids


def test_a_person(home: Path, soft_token: SoftToken, files: dict[str, Path]) -> None:
    ann = load_home(home).roster.people[0].id
    changed(
        home,
        "--of",
        "Ann",
        "--to",
        "passphrase",
        "--secret-file",
        files["words"],
        "--new-secret-file",
        files["other"],
    )
    load_home(home).unlock_person(ann, Passphrase(OTHER))
    changed(
        home,
        "--of",
        ann,
        *token(soft_token),
        "--secret-file",
        files["other"],
        "--new-secret-file",
        files["pin"],
    )
    load_home(home).unlock_person(ann, Passphrase(PIN))
    changed(
        home,
        "--of",
        "Ann",
        "--to",
        "passphrase",
        "--secret-file",
        files["pin"],
        "--new-secret-file",
        files["words"],
    )
    load_home(home).unlock_person(ann, Passphrase(WORDS))


def test_the_root(home: Path, soft_token: SoftToken, files: dict[str, Path], tmp_path: Path) -> None:
    made = tmp_path / "root.credential"
    changed(
        home, "--of", "root", "--to", "credential", "--secret-file", files["words"], "--new-secret-file", made
    )
    assert made.stat().st_mode & 0o777 == 0o600
    assert rotated(home, made)
    assert not rotated(home, files["words"])
    refused(
        "credential_missing", home, "--of", "root", "--to", "passphrase", "--new-secret-file", files["words"]
    )
    changed(
        home, "--of", "root", *token(soft_token), "--secret-file", made, "--new-secret-file", files["pin"]
    )
    assert rotated(home, files["pin"])
    changed(
        home,
        "--of",
        "root",
        "--to",
        "passphrase",
        "--secret-file",
        files["pin"],
        "--new-secret-file",
        files["words"],
    )
    assert rotated(home, files["words"])


def test_what_is_refused(home: Path, soft_token: SoftToken, files: dict[str, Path], tmp_path: Path) -> None:
    given = ("--secret-file", files["words"])
    refused("secret_unfit", home, "--of", "desk", "--to", "passphrase", "--new-secret-file", files["other"])
    refused(
        "secret_unfit", home, "--of", "Ann", "--to", "credential", *given, "--new-secret-file", tmp_path / "c"
    )
    assert not (tmp_path / "c").exists()
    refused("pin_file_missing", home, "--of", "desk", *token(soft_token))
    refused(
        "token_missing", home, "--of", "desk", *token(soft_token, "none"), "--new-secret-file", files["pin"]
    )
    refused("pin_refused", home, "--of", "desk", *token(soft_token), "--new-secret-file", files["words"])
    refused("passphrase_missing", home, "--of", "Ann", *token(soft_token), *given)
    refused("person_unclear", home, "--of", "Nobody", "--to", "passphrase")
    refused(
        "keystore_locked",
        home,
        "--of",
        "Ann",
        "--to",
        "passphrase",
        "--secret-file",
        files["other"],
        "--new-secret-file",
        files["other"],
    )
    refused(
        "keystore_exists",
        home,
        "--of",
        "root",
        "--to",
        "credential",
        *given,
        "--new-secret-file",
        files["other"],
    )
    files["pin"].chmod(0o644)
    refused("file_exposed", home, "--of", "desk", *token(soft_token), "--new-secret-file", files["pin"])
    assert run("secret", home, "--of", "desk", "--to", "pkcs11").exit_code == 2
    assert load_home(home).unlock_person(load_home(home).roster.people[0].id, Passphrase(WORDS))
