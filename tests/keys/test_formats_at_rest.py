"""Keystores and backups, read by a few lines that follow docs/spec/keystore.md and use nothing of ours."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from soft_token import PIN, SoftToken, soft_token, softhsm

from keys.keyring import Secret
from keys.keystore import Cost, FileCredential, Keystore, Passphrase, Token
from keys.keystore.backup import read_backup, seal_backup
from keys.suite import SigningKey

__all__ = ["soft_token", "softhsm"]  # fixtures

FROZEN = Path(__file__).resolve().parent / "frozen"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
KEYS = (SigningKey.from_seed(bytes(range(64))), Secret("storage", bytes(range(32))))
FILES = {"agency.json": b"{}", "people/ann.keystore": b"sealed", "desk.credential.next": bytes(32)}


def stretched(words: str, lock: dict[str, Any]) -> bytes:
    return Argon2id(
        salt=b64decode(lock["salt"]),
        length=32,
        iterations=lock["passes"],
        lanes=lock["lanes"],
        memory_cost=lock["memory_kib"],
    ).derive(words.encode())


def seeds(path: Path, key: bytes) -> list[bytes]:
    file = json.loads(path.read_bytes())
    header = json.dumps(file["header"], separators=(",", ":"), ensure_ascii=False).encode()
    assert header in path.read_bytes()
    plain = AESGCM(key).decrypt(
        b64decode(file["nonce"]), b64decode(file["sealed"]), b"readback/cx1/keystore\0" + header
    )
    return [b64decode(seed) for seed in json.loads(plain)["seeds"]]


def lock(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())["header"]["lock"]
    return found


def files(data: bytes, words: str) -> dict[str, bytes]:
    assert data[:4] == b"RBB1"
    end = 8 + int.from_bytes(data[4:8])
    header = data[8:end]
    key = stretched(words, json.loads(header)["lock"])
    rest = AESGCM(key).decrypt(data[end : end + 12], data[end + 12 :], b"readback/cx1/backup\0" + header)
    found = {}
    while rest:
        size = int.from_bytes(rest[:2])
        path, rest = rest[2 : 2 + size].decode(), rest[2 + size :]
        size = int.from_bytes(rest[:4])
        found[path], rest = rest[4 : 4 + size], rest[4 + size :]
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.keystore"


def test_under_a_passphrase(path: Path) -> None:
    Keystore.create(path, Passphrase("cafe\u0301 au lait, tre\u0300s"), holder="ann", keys=KEYS, cost=CHEAP)
    key = stretched("caf\u00e9 au lait, tr\u00e8s", lock(path))
    assert seeds(path, key) == [one.seed for one in KEYS]


def test_under_a_credential(path: Path, tmp_path: Path) -> None:
    Keystore.create(path, FileCredential.create(tmp_path / "c"), holder="desk", keys=KEYS)
    info = b"readback/cx1/keystore-credential\0"
    key = HKDF(SHA256(), 32, b64decode(lock(path)["salt"]), info).derive((tmp_path / "c").read_bytes())
    assert seeds(path, key) == [one.seed for one in KEYS]


def test_under_a_token(path: Path, soft_token: SoftToken) -> None:
    """With a wrapping key that we know, put onto the token as if it had been made there."""
    known = bytes(range(32))
    with (
        pkcs11.lib(str(soft_token.module))
        .get_token(token_label="desk")
        .open(rw=True, user_pin=PIN) as session
    ):
        session.create_object(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
                pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.AES,
                pkcs11.Attribute.VALUE: known,
                pkcs11.Attribute.ID: b"\1\2",
                pkcs11.Attribute.LABEL: "readback",
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.PRIVATE: True,
                pkcs11.Attribute.SENSITIVE: True,
                pkcs11.Attribute.EXTRACTABLE: False,
                pkcs11.Attribute.WRAP: True,
                pkcs11.Attribute.UNWRAP: True,
            }
        )
    Keystore.create(path, Token(soft_token.module, PIN, label="desk"), holder="desk", keys=KEYS)
    assert lock(path)["key"] == "0102"
    wrapped = b64decode(lock(path)["wrapped"])
    assert len(wrapped) == 40
    assert seeds(path, aes_key_unwrap(known, wrapped)) == [one.seed for one in KEYS]


def test_a_backup() -> None:
    words = "nine kites over leeds"
    made = {"agency": "northshire", "created": "2026-01-01T00:00:00Z", "cost": CHEAP}
    assert files(seal_backup(FILES, Passphrase(words), **made), words) == FILES


def test_a_frozen_backup_is_read_for_ever() -> None:
    data = json.loads((FROZEN / "backup.json").read_text("utf-8"))
    expected = {name: b64decode(content) for name, content in data["files"].items()}
    sealed = b64decode(data["backup"])
    assert files(sealed, data["words"]) == expected
    assert read_backup(sealed).open(Passphrase(data["words"])) == expected
    assert read_backup(sealed).header.agency == data["agency"]
