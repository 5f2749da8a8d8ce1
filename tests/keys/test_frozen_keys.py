"""What `cx1` wrote once is read for ever: frozen statements, events, rosters and keystores."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from keys.directory import Directory
from keys.errors import KeyRevoked, KeystoreLocked, KeyUnknown, RosterForged, SignatureInvalid
from keys.files import write_private
from keys.keystore import FileCredential, Keystore, Passphrase
from keys.record import decode, parse_time
from keys.roster import Roster, RosterDocument, open_excerpt, open_roster
from keys.statement import Kind, Signed, verify
from keys.suite import VerifyingKey

FROZEN = Path(__file__).parent / "frozen"


@pytest.fixture(params=["frozen", "made today"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The frozen files, and what the generator makes of the same seeds today."""
    if request.param == "frozen":
        return FROZEN
    spec = importlib.util.spec_from_file_location("make_frozen", FROZEN / "make_frozen.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    generator.main(tmp_path / "made")
    return tmp_path / "made"


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text())


def signed(row: dict[str, str]) -> Signed:
    return Signed(decode(row["payload"]), decode(row["signature"]))


def test_statements(folder: Path) -> None:
    data = read(folder, "statements")
    key = VerifyingKey.from_bytes(decode(data["key"]))
    assert key.key_id == data["key_id"] == read(FROZEN, "statements")["key_id"]
    assert [row["kind"] for row in data["signed"]] == [kind.name for kind in Kind]
    for row in data["signed"]:
        for kind in Kind:
            if kind.name == row["kind"]:
                verify(kind, signed(row), key)
            else:
                with pytest.raises(SignatureInvalid):
                    verify(kind, signed(row), key)


def test_directory(folder: Path) -> None:
    data = read(folder, "directory")
    directory = Directory()
    for row in data["events"]:
        directory.apply(signed(row))
        assert directory.root == row["root"]
    keys = directory.agency(data["agency"])
    assert (keys.first_root.key_id, keys.root.key_id) == (data["first_root"], data["root"])
    assert (keys.signing.key_id, keys.mailbox.key_id) == (data["signing"], data["mailbox"])
    assert (keys.transport.key_id, keys.witness.key_id) == (data["transport"], data["witness"])
    assert directory.agency(data["founder"]).sponsored == (data["agency"],)
    anchor = directory.anchor(data["agency"])
    assert anchor is not None
    assert anchor.number == 8151
    keys.signing_key(data["retired"])
    keys.transport_key(data["revoked"], 4)
    with pytest.raises(KeyRevoked):
        keys.transport_key(data["revoked"], 5)


def test_roster(folder: Path) -> None:
    data = read(folder, "roster")
    directory, now = Directory(), parse_time(data["now"])
    directory.apply(signed(data["enrol"]))
    keys = directory.agency(data["agency"])
    roster = open_roster(data["document"].encode(), keys, now, newer_than=6)
    assert (roster.version, len(roster.entries)) == (7, 4)
    assert roster.administrators == tuple(data["people"])[:1]
    assert roster.custodians is not None
    assert (roster.custodians.need, roster.custodians.people) == (2, tuple(data["people"]))
    for who, told in data["people"].items():
        _speaks(roster, who, told, data["now"])
    some = open_excerpt(data["excerpt"].encode(), keys)
    first, second = data["people"]
    _speaks(some, first, data["people"][first], data["now"])
    with pytest.raises(KeyUnknown):
        some.person(second)
    with pytest.raises(RosterForged):
        open_roster(RosterDocument.from_bytes(data["excerpt"].encode()), keys, now, newer_than=None)


def _speaks(roster: Roster, who: str, told: dict[str, str], now: str) -> None:
    assert roster.person(who).name == told["name"]
    assert roster.signer(who, told["signing"], parse_time(now)).key_id == told["signing"]
    assert roster.sealing_key(who, parse_time(now)).key_id == told["sealing"]


def test_keystore(folder: Path, tmp_path: Path) -> None:
    data = read(folder, "keystore")
    write_private(tmp_path / "credential", decode(data["credential"]))
    for which, secret, holder in (
        ("under_words", Passphrase(data["words"]), "ann"),
        ("under_credential", FileCredential(tmp_path / "credential"), "desk"),
    ):
        path = tmp_path / which
        write_private(path, data[which].encode())
        keyring = Keystore.open(path).unlock(secret)
        storage, transport, opening, signing = keyring.ids()
        assert keyring.holder == holder
        assert [decode(seed) for seed in data["seeds"]] == [
            keyring.signing(signing).seed,
            keyring.opening(opening).seed,
            keyring.transport(transport).seed,
            keyring.secret(storage),
        ]
        with pytest.raises(KeystoreLocked):
            Keystore.open(path).unlock(Passphrase("three other words"))
