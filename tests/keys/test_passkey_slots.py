"""A passkey beside the passphrase: it opens the same keys, survives every writing, and can be taken away."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from keys.errors import KeysProblem, KeystoreDamaged, KeystoreLocked, PasskeysTooMany
from keys.keystore import PASSKEYS_HELD, Cost, Keystore, PasskeyOutput, Passphrase
from keys.record import encode
from keys.suite import OpeningKey, SigningKey

if TYPE_CHECKING:
    from pathlib import Path

CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
WORDS, OTHER = Passphrase("correct horse battery"), Passphrase("seven green kites")
KEYS = (SigningKey.from_seed(bytes(range(64))), OpeningKey.from_seed(bytes(range(32))))
PHONE = PasskeyOutput("ab" * 32, bytes(range(32)))
FOB = PasskeyOutput("cd" * 32, bytes(range(1, 33)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ann.keystore"
    Keystore.create(path, WORDS, holder="ann", keys=KEYS, cost=CHEAP).let_in(WORDS, PHONE)
    return path


def opens(path: Path, *secrets: Any) -> list[bool]:
    found = []
    for secret in secrets:
        try:
            with Keystore.open(path).unlock(secret) as keyring:
                found.append(bool(keyring.ids()))
        except KeystoreLocked:
            found.append(False)
    return found


def test_each_opens_it_alone(path: Path) -> None:
    assert opens(path, WORDS, PHONE, OTHER, FOB) == [True, True, False, False]
    assert Keystore.open(path).passkeys == (PHONE.passkey,)
    for other in (PasskeyOutput(PHONE.passkey, bytes(32)), PasskeyOutput(FOB.passkey, bytes(range(32)))):
        assert opens(path, other) == [False]
    with pytest.raises(KeystoreLocked):
        PasskeyOutput(PHONE.passkey, bytes(31))


def test_every_later_writing_keeps_it_and_draws_the_key_anew(path: Path) -> None:
    seen = {path.read_bytes()}
    for act in (
        lambda one: one.add(WORDS, SigningKey.generate()),
        lambda one: one.forget(WORDS, frozenset({KEYS[1].sealing_key.key_id})),
        lambda one: one.let_in(WORDS, FOB),
        lambda one: one.change_secret(WORDS, OTHER, cost=CHEAP),
    ):
        act(Keystore.open(path))
        seen.add(json.loads(path.read_bytes())["passkeys"][0]["wrapped"])
        assert opens(path, PHONE) == [True]
    assert len(seen) == 5
    assert opens(path, WORDS, OTHER, PHONE, FOB) == [False, True, True, True]


def test_one_that_is_shut_out_is_out_for_good_and_the_others_stay(path: Path) -> None:
    Keystore.open(path).let_in(WORDS, FOB)
    Keystore.open(path).shut_out(frozenset({PHONE.passkey}))
    assert opens(path, WORDS, PHONE, FOB) == [True, False, True]
    Keystore.open(path).add(WORDS, SigningKey.generate())
    assert opens(path, WORDS, PHONE, FOB) == [True, False, True]
    Keystore.open(path).shut_out(frozenset({FOB.passkey}))
    assert b"passkeys" not in path.read_bytes()
    assert opens(path, WORDS, PHONE, FOB) == [True, False, False]


def test_a_slot_put_back_from_an_old_copy_opens_nothing_written_since(path: Path) -> None:
    old = json.loads(path.read_bytes())["passkeys"]
    Keystore.open(path).shut_out(frozenset({PHONE.passkey}))
    Keystore.open(path).change_secret(WORDS, OTHER, cost=CHEAP)
    data = json.loads(path.read_bytes())
    mixed = {"header": data["header"], "passkeys": old, "nonce": data["nonce"], "sealed": data["sealed"]}
    path.write_bytes(json.dumps(mixed, separators=(",", ":")).encode())
    assert opens(path, PHONE, OTHER) == [False, True]


def test_ten_at_most_and_one_again_is_one(path: Path) -> None:
    for number in range(PASSKEYS_HELD - 1):
        Keystore.open(path).let_in(WORDS, PasskeyOutput(f"{number:064x}", bytes(32)))
    with pytest.raises(PasskeysTooMany):
        Keystore.open(path).let_in(WORDS, FOB)
    Keystore.open(path).let_in(WORDS, PHONE)
    assert len(Keystore.open(path).passkeys) == PASSKEYS_HELD


def test_no_byte_of_the_file_can_change_and_open_for_the_passkey(path: Path) -> None:
    honest = path.read_bytes()
    for at in range(len(honest)):
        changed = bytearray(honest)
        changed[at] ^= 1
        path.write_bytes(changed)
        with pytest.raises(KeysProblem) as caught:
            Keystore.open(path).unlock(PHONE)
        assert caught.type in {KeystoreLocked, KeystoreDamaged}, at


def test_nothing_of_the_passkey_stands_in_the_file_or_is_printed(path: Path) -> None:
    assert encode(bytes(range(32))).encode()[:20] not in path.read_bytes()
    assert repr(PHONE) == "<PasskeyOutput>"


def test_it_is_read_as_the_page_says(path: Path) -> None:
    file = json.loads(path.read_bytes())
    (slot,) = file["passkeys"]
    info = b"readback/cx1/keystore-passkey\0" + bytes.fromhex(slot["passkey"])
    own = HKDF(SHA256(), 32, b64decode(slot["salt"]), info).derive(bytes(range(32)))
    key = aes_key_unwrap(own, b64decode(slot["wrapped"]))
    header = json.dumps(file["header"], separators=(",", ":")).encode()
    context = b"readback/cx1/keystore\0" + header
    inside = json.loads(AESGCM(key).decrypt(b64decode(file["nonce"]), b64decode(file["sealed"]), context))
    assert [b64decode(seed) for seed in inside["seeds"]] == [one.seed for one in KEYS]
    assert [one["passkey"] for one in inside["passkeys"]] == [PHONE.passkey]
