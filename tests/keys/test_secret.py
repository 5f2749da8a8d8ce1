"""A change of secret: the same keys before and after, whoever opens them, and whenever it is cut short."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from soft_token import PIN, SoftToken, soft_token, softhsm

from keys.ceremony.agency import found, rotate
from keys.ceremony.home import load_home, person_keystore
from keys.ceremony.people import enrol_person, renew_person
from keys.ceremony.root import succeed
from keys.ceremony.secret import change_secret, keystore_of, move_to_token, renew_credential
from keys.ceremony.unlocking import desk_secret, fitting, token_places, unlock_desk
from keys.errors import (
    CredentialMissing,
    KeystoreLocked,
    PinFileMissing,
    PinRefused,
    SecretUnfit,
    TokenUnknown,
)
from keys.files import write_private
from keys.keystore import Cost, FileCredential, Keystore, Passphrase

__all__ = ["soft_token", "softhsm"]  # fixtures

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
OLD, NEW = Passphrase("correct horse battery"), Passphrase("pale river seven lamps")
NOW = datetime.now(UTC)
FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Agency:
    home: Path
    ann: str


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    home = tmp_path / "home"
    found(home, agency="northshire", name="Northshire", passphrase=OLD, now=NOW, cost=CHEAP)
    ann = enrol_person(home, name="Ann", post="DSL", passphrase=OLD, now=NOW, cost=CHEAP)
    return Agency(home, ann.id)


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    path = tmp_path / "pin"
    write_private(path, f"{PIN}\n".encode())
    return path


def to_token(
    agency: Agency, soft: SoftToken, holder: str, pin_file: Path | None, label: str = "desk"
) -> None:
    present = desk_secret(agency.home) if holder == "desk" else OLD
    move_to_token(agency.home, holder, present, module=soft.module, label=label, pin=PIN, pin_file=pin_file)


# --- the desk ------------------------------------------------------------------------------------


def test_a_desk_goes_to_a_token_and_back_and_nobody_is_enrolled_anew(
    agency: Agency, soft_token: SoftToken, pin_file: Path
) -> None:
    home = agency.home
    before = load_home(home)
    to_token(agency, soft_token, "desk", pin_file)
    assert not (home / "desk.credential").exists()
    assert load_home(home).keyring.ids() == before.keyring.ids()
    assert load_home(home).roster_document == before.roster_document
    old = (home / "desk.keystore").read_bytes()
    renew_credential(home)
    assert load_home(home).keyring.ids() == before.keyring.ids()
    assert token_places(home) == ()
    assert (home / "desk.keystore").read_bytes() != old


def test_ceremonies_go_on_under_a_token(agency: Agency, soft_token: SoftToken, pin_file: Path) -> None:
    to_token(agency, soft_token, "desk", pin_file)
    before = load_home(agency.home).keys
    rotate(agency.home, passphrase=OLD, now=NOW)
    renew_person(agency.home, person=agency.ann, passphrase=OLD, now=NOW)
    after = load_home(agency.home)
    assert after.keys.signing != before.signing
    assert after.keyring.signing(after.keys.signing.key_id)


def test_a_new_credential_replaces_the_old(agency: Agency, tmp_path: Path) -> None:
    home = agency.home
    old = (home / "desk.credential").read_bytes()
    ids = unlock_desk(home).ids()
    renew_credential(home)
    assert (home / "desk.credential").read_bytes() != old
    assert unlock_desk(home).ids() == ids
    assert not (home / "desk.credential.next").exists()
    stolen = tmp_path / "stolen"
    write_private(stolen, old)
    with pytest.raises(KeystoreLocked):
        Keystore.open(home / "desk.keystore").unlock(FileCredential(stolen))


def test_a_stolen_home_opens_nowhere_without_the_token(
    agency: Agency, soft_token: SoftToken, pin_file: Path
) -> None:
    to_token(agency, soft_token, "desk", pin_file)
    pin_file.unlink()
    with pytest.raises(PinFileMissing):
        load_home(agency.home)
    write_private(pin_file, b"0000000000\n")
    with pytest.raises(PinRefused):
        load_home(agency.home)
    (agency.home / "tokens.json").unlink()
    with pytest.raises(TokenUnknown):
        load_home(agency.home)


# --- people and offline keys ---------------------------------------------------------------------


def test_a_person_goes_to_a_token_of_their_own_and_back(agency: Agency, soft_token: SoftToken) -> None:
    soft_token.initialise("ann")
    home = agency.home
    before = load_home(home).unlock_person(agency.ann, OLD).ids()
    to_token(agency, soft_token, agency.ann, None, label="ann")
    assert load_home(home).unlock_person(agency.ann, Passphrase(PIN)).ids() == before
    for wrong in (OLD, Passphrase("0000000000")):
        with pytest.raises(PinRefused):
            load_home(home).unlock_person(agency.ann, wrong)
    renew_person(home, person=agency.ann, passphrase=Passphrase(PIN), now=NOW)
    renewed = load_home(home).unlock_person(agency.ann, Passphrase(PIN)).ids()
    assert set(before) < set(renewed)
    path = person_keystore(home, agency.ann)
    present = fitting(home, Keystore.open(path), Passphrase(PIN))
    change_secret(home, agency.ann, present, NEW, cost=CHEAP)
    assert load_home(home).unlock_person(agency.ann, NEW).ids() == renewed
    assert token_places(home) == ()


def test_what_lies_on_the_desks_machine_opens_nobodys_keys(
    agency: Agency, soft_token: SoftToken, pin_file: Path, tmp_path: Path
) -> None:
    credential = FileCredential.create(tmp_path / "credential")
    with pytest.raises(SecretUnfit):
        change_secret(agency.home, agency.ann, OLD, credential)
    with pytest.raises(SecretUnfit):
        to_token(agency, soft_token, agency.ann, pin_file)
    to_token(agency, soft_token, "desk", pin_file)
    with pytest.raises(SecretUnfit):
        to_token(agency, soft_token, agency.ann, None)
    load_home(agency.home).unlock_person(agency.ann, OLD)


def test_nor_does_the_desk_follow_to_a_persons_token(
    agency: Agency, soft_token: SoftToken, pin_file: Path
) -> None:
    to_token(agency, soft_token, agency.ann, None)
    with pytest.raises(SecretUnfit):
        to_token(agency, soft_token, "desk", pin_file)
    load_home(agency.home)


def test_a_desk_needs_nobody_in_order_to_start(agency: Agency, soft_token: SoftToken) -> None:
    with pytest.raises(SecretUnfit):
        change_secret(agency.home, "desk", desk_secret(agency.home), NEW, cost=CHEAP)
    with pytest.raises(SecretUnfit):
        to_token(agency, soft_token, "desk", None)
    load_home(agency.home)


@pytest.mark.parametrize("holder", ["root", "next-root", "records"])
def test_offline_keys_take_any_secret(
    agency: Agency, soft_token: SoftToken, tmp_path: Path, holder: str
) -> None:
    path = keystore_of(agency.home, holder)
    before = Keystore.open(path).unlock(OLD).ids()
    credential = FileCredential.create(tmp_path / "credential")
    change_secret(agency.home, holder, OLD, credential)
    assert Keystore.open(path).unlock(credential).ids() == before
    change_secret(agency.home, holder, credential, OLD, cost=CHEAP)
    to_token(agency, soft_token, holder, None)
    reached = fitting(agency.home, Keystore.open(path), Passphrase(PIN))
    assert Keystore.open(path).unlock(reached).ids() == before


def test_a_root_under_a_token_is_succeeded_by_one_under_the_same(
    agency: Agency, soft_token: SoftToken
) -> None:
    to_token(agency, soft_token, "next-root", None)
    root = load_home(agency.home).keys.root
    succeed(agency.home, passphrase=Passphrase(PIN), now=NOW)
    assert load_home(agency.home).keys.root != root
    assert Keystore.open(keystore_of(agency.home, "root")).kind == "pkcs11"
    assert Keystore.open(keystore_of(agency.home, "next-root")).kind == "pkcs11"
    rotate(agency.home, passphrase=Passphrase(PIN), now=NOW)
    succeed(agency.home, passphrase=Passphrase(PIN), now=NOW)


def test_a_credential_that_was_not_named_is_asked_for(agency: Agency, tmp_path: Path) -> None:
    made = tmp_path / "credential"
    change_secret(agency.home, "root", OLD, FileCredential.create(made))
    with pytest.raises(CredentialMissing):
        rotate(agency.home, passphrase=OLD, now=NOW)
    rotate(agency.home, passphrase=Passphrase("what stands in its first line", made), now=NOW)


def test_a_wrong_present_secret_changes_nothing(agency: Agency, soft_token: SoftToken) -> None:
    path = person_keystore(agency.home, agency.ann)
    before = path.read_bytes()
    with pytest.raises(KeystoreLocked):
        change_secret(agency.home, agency.ann, NEW, NEW, cost=CHEAP)
    with pytest.raises(KeystoreLocked):
        move_to_token(
            agency.home, agency.ann, NEW, module=soft_token.module, label="desk", pin=PIN, pin_file=None
        )
    assert path.read_bytes() == before
    load_home(agency.home).unlock_person(agency.ann, OLD)


# --- cut short -----------------------------------------------------------------------------------

CHANGES = {
    "a person's passphrase": "passphrase",
    "a desk's new credential": "credential",
    "a desk to a token": "token",
    "a desk from a token": "back",
}


@pytest.mark.parametrize("change", CHANGES)
def test_kill_9_at_every_write_leaves_the_old_secret_or_the_new(
    agency: Agency, soft_token: SoftToken, pin_file: Path, change: str
) -> None:
    act = CHANGES[change]
    if act == "back":
        to_token(agency, soft_token, "desk", pin_file)
    given = {"act": act, "home": str(agency.home), "ann": agency.ann, "module": str(soft_token.module)}
    said = subprocess.run(
        [sys.executable, str(FOLDER / "cut_short.py")],
        input=json.dumps({**given, "pin_file": str(pin_file)}),
        text=True,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert said.returncode == 0, said.stderr
    told = json.loads(said.stdout)
    assert told["kills"] > 3
    assert told["neither"] == []
    assert set(told["opened by"]) == {"old", "new"}
    assert told["ended"]
