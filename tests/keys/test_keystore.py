"""Attacks on the keystore: wrong secrets, altered files, weakened stretching, and keys that try to get out."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys.errors import (
    FileExposed,
    KeyringClosed,
    KeysProblem,
    KeystoreDamaged,
    KeystoreExists,
    KeystoreLocked,
    KeystoreMissing,
    KeyUnknown,
    PassphraseTooShort,
)
from keys.keyring import Keyring, Secret
from keys.keystore import (
    DEFAULT_COST,
    Cost,
    FileCredential,
    Keystore,
    Passphrase,
    file,
    open_at_rest,
    seal_at_rest,
)
from keys.record import decode, encode
from keys.suite import OpeningKey, SigningKey, TransportKey

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
WORDS = "correct horse battery"
RIGHT, WRONG = Passphrase(WORDS), Passphrase("correct horse batterz")
SIGNING = SigningKey.from_seed(bytes(range(64)))
OPENING = OpeningKey.from_seed(bytes(range(32)))
TRANSPORT = TransportKey.from_seed(bytes(range(32)))
STORAGE = Secret("storage", bytes(range(100, 132)))
KEYS = (SIGNING, OPENING, TRANSPORT, STORAGE)
NAMES = (SIGNING.verifying_key.key_id, OPENING.sealing_key.key_id, TRANSPORT.public.key_id, "storage")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ann.keystore"
    Keystore.create(path, RIGHT, holder="ann", keys=KEYS, cost=CHEAP)
    return path


def rewritten(path: Path, change: Any) -> None:
    data = json.loads(path.read_bytes())
    change(data)
    path.write_bytes(json.dumps(data, separators=(",", ":")).encode())


# --- what it keeps -------------------------------------------------------------------------------


def test_it_gives_back_what_was_put_in(path: Path) -> None:
    opened = Keystore.open(path)
    assert opened.holder == "ann"
    assert [name for _, name in opened.names] == list(NAMES)
    with opened.unlock(RIGHT) as keyring:
        assert keyring.holder == "ann"
        assert keyring.signing(NAMES[0]).seed == SIGNING.seed
        assert keyring.opening(NAMES[1]).seed == OPENING.seed
        assert keyring.transport(NAMES[2]).seed == TRANSPORT.seed
        assert keyring.secret("storage") == STORAGE.seed
        assert keyring.ids() == NAMES[::-1]
        assert keyring.ids("signing") == NAMES[:1]


def test_added_keys_are_newest(path: Path) -> None:
    renewed = SigningKey.generate()
    Keystore.open(path).add(RIGHT, renewed)
    keyring = Keystore.open(path).unlock(RIGHT)
    assert keyring.ids("signing") == (renewed.verifying_key.key_id, NAMES[0])
    with pytest.raises(KeystoreLocked):
        Keystore.open(path).add(WRONG, renewed)


def test_every_writing_draws_salt_and_nonce_anew(path: Path) -> None:
    seen = set()
    for _ in range(3):
        data = json.loads(path.read_bytes())
        seen |= {data["header"]["lock"]["salt"], data["nonce"]}
        Keystore.open(path).add(RIGHT)
    assert len(seen) == 6


def test_a_changed_secret_replaces_the_old(path: Path) -> None:
    Keystore.open(path).change_secret(RIGHT, WRONG, cost=CHEAP)
    assert Keystore.open(path).unlock(WRONG).ids() == NAMES[::-1]
    with pytest.raises(KeystoreLocked):
        Keystore.open(path).unlock(RIGHT)
    with pytest.raises(KeystoreLocked):
        Keystore.open(path).change_secret(RIGHT, WRONG, cost=CHEAP)


def test_the_default_cost_is_the_documented_one() -> None:
    assert (DEFAULT_COST.memory_kib, DEFAULT_COST.passes, DEFAULT_COST.lanes) == (256 * 1024, 3, 4)


def test_a_cost_survives_adding(path: Path) -> None:
    before = json.loads(path.read_bytes())["header"]["lock"]
    Keystore.open(path).add(RIGHT, SigningKey.generate())
    after = json.loads(path.read_bytes())["header"]["lock"]
    for lock in (before, after):
        del lock["salt"]
    assert before == after == {"kind": "argon2id", "memory_kib": 64, "passes": 1, "lanes": 1}


def test_one_text_typed_on_two_keyboards_is_one_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "k"
    Keystore.create(path, Passphrase("caf\u00e9 au lait, tr\u00e8s"), holder="x", keys=KEYS, cost=CHEAP)
    Keystore.open(path).unlock(Passphrase("cafe\u0301 au lait, tre\u0300s"))


# --- the wrong secret ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["", WORDS[:-1], WORDS + " ", " " + WORDS, WORDS.upper(), WORDS + "\0", "x" * 10**5]
)
def test_a_wrong_passphrase_opens_nothing(path: Path, words: str) -> None:
    with pytest.raises(KeystoreLocked) as caught:
        Keystore.open(path).unlock(Passphrase(words))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert caught.value.code == "keystore_locked"


def test_a_short_passphrase_is_refused_when_it_is_set(path: Path, tmp_path: Path) -> None:
    for words in ("", "elevencharz"):
        with pytest.raises(PassphraseTooShort):
            Keystore.create(tmp_path / "new", Passphrase(words), holder="x", cost=CHEAP)
        with pytest.raises(PassphraseTooShort):
            Keystore.open(path).change_secret(RIGHT, Passphrase(words), cost=CHEAP)
    assert not (tmp_path / "new").exists()
    Keystore.open(path).unlock(RIGHT)


def test_a_credential_is_no_passphrase_and_the_reverse(path: Path, tmp_path: Path) -> None:
    credential = FileCredential.create(tmp_path / "credential")
    desk = Keystore.create(tmp_path / "desk", credential, holder="desk", keys=KEYS)
    with pytest.raises(KeystoreLocked):
        desk.unlock(RIGHT)
    with pytest.raises(KeystoreLocked):
        Keystore.open(path).unlock(credential)
    assert desk.unlock(FileCredential(tmp_path / "credential")).ids() == NAMES[::-1]


def test_a_credential_is_private_whole_and_its_own(tmp_path: Path) -> None:
    file = tmp_path / "credential"
    desk = Keystore.create(tmp_path / "desk", FileCredential.create(file), holder="desk", keys=KEYS)
    with pytest.raises(KeystoreExists):
        FileCredential.create(file)
    with pytest.raises(KeystoreLocked):
        desk.unlock(FileCredential.create(tmp_path / "other"))
    file.chmod(0o640)
    with pytest.raises(FileExposed):
        desk.unlock(FileCredential(file))
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(KeystoreLocked):
        desk.unlock(FileCredential(file))
    file.unlink()
    with pytest.raises(KeystoreMissing):
        desk.unlock(FileCredential(file))


# --- the altered file ----------------------------------------------------------------------------


def test_no_byte_of_the_file_can_change(path: Path) -> None:
    honest = path.read_bytes()
    for at in range(len(honest)):
        for bit in (0, 3, 6):
            changed = bytearray(honest)
            changed[at] ^= 1 << bit
            path.write_bytes(changed)
            with pytest.raises(KeysProblem) as caught:
                Keystore.open(path).unlock(RIGHT)
            assert caught.type in {KeystoreLocked, KeystoreDamaged}
    path.write_bytes(honest)
    Keystore.open(path).unlock(RIGHT)


def _swap_keys(data: dict[str, Any]) -> None:
    keys = data["header"]["keys"]
    keys[0], keys[1] = keys[1], keys[0]


ALTERATIONS = {
    "another holder": lambda data: data["header"].update(holder="bob"),
    "fewer passes": lambda data: data["header"]["lock"].update(passes=2),
    "less memory": lambda data: data["header"]["lock"].update(memory_kib=8),
    "more memory": lambda data: data["header"]["lock"].update(memory_kib=128),
    "more lanes": lambda data: data["header"]["lock"].update(lanes=2),
    "impossible lanes": lambda data: data["header"]["lock"].update(lanes=16, memory_kib=8),
    "another salt": lambda data: data["header"]["lock"].update(salt=encode(bytes(16))),
    "no salt": lambda data: data["header"]["lock"].update(salt=""),
    "another lock": lambda data: data["header"].update(
        lock={"kind": "credential", "salt": encode(bytes(16))}
    ),
    "keys in another order": _swap_keys,
    "a key left out": lambda data: data["header"]["keys"].pop(),
    "a key added": lambda data: data["header"]["keys"].append({"kind": "secret", "name": "more"}),
    "a key renamed": lambda data: data["header"]["keys"][0].update(name="a" * 32),
    "a key of another kind": lambda data: data["header"]["keys"][0].update(kind="secret"),
    "another nonce": lambda data: data.update(nonce=encode(bytes(12))),
    "a nonce of no length": lambda data: data.update(nonce=""),
    "nothing sealed": lambda data: data.update(sealed=""),
    "a tag cut short": lambda data: data.update(sealed=encode(decode(data["sealed"])[:-1])),
}


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_an_altered_keystore_stays_locked(path: Path, alteration: str) -> None:
    rewritten(path, ALTERATIONS[alteration])
    with pytest.raises(KeystoreLocked):
        Keystore.open(path).unlock(RIGHT)


def test_a_seed_sealed_under_anothers_name_stays_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even who knows the secret cannot make one key answer to another's name."""
    with monkeypatch.context() as lying:
        lying.setattr(file, "name_of", lambda _: "a" * 32)
        path.unlink()
        Keystore.create(path, RIGHT, holder="ann", keys=KEYS, cost=CHEAP)
    with pytest.raises(KeystoreLocked):
        Keystore.open(path).unlock(RIGHT)


def test_a_header_is_not_believed_for_want_of_a_check_on_the_key_alone(tmp_path: Path) -> None:
    """A credential's key does not depend on the holder: only the additional data binds it."""
    credential = FileCredential.create(tmp_path / "credential")
    Keystore.create(tmp_path / "desk", credential, holder="desk", keys=KEYS)
    rewritten(tmp_path / "desk", ALTERATIONS["another holder"])
    with pytest.raises(KeystoreLocked):
        Keystore.open(tmp_path / "desk").unlock(credential)


DAMAGES = {
    "cut short": lambda text: text[: len(text) // 2],
    "empty": lambda _: b"",
    "spaced": lambda text: text.replace(b":", b": "),
    "trailing": lambda text: text + b"\n",
    "doubled key": lambda text: text.replace(b'{"header"', b'{"nonce":"","header"'),
    "unknown version": lambda text: text.replace(b'"v":1', b'"v":2'),
    "unknown suite": lambda text: text.replace(b'"cx1"', b'"cx2"'),
    "unknown field": lambda text: text.replace(b'"v":1', b'"v":1,"w":1'),
    "unknown lock": lambda text: text.replace(b'"argon2id"', b'"argon2d"'),
    "too much memory": lambda text: text.replace(b'"memory_kib":64', b'"memory_kib":1048577'),
    "too many passes": lambda text: text.replace(b'"passes":1', b'"passes":1000000'),
    "no passes": lambda text: text.replace(b'"passes":1', b'"passes":0'),
    "a float": lambda text: text.replace(b'"passes":1', b'"passes":1.0'),
    "a holder that climbs": lambda text: text.replace(b'"ann"', b'"../ann"'),
    "other order": lambda text: json.dumps(
        dict(reversed(json.loads(text).items())), separators=(",", ":")
    ).encode(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_no_keystore(path: Path, damage: str) -> None:
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(KeystoreDamaged):
        Keystore.open(path)


@given(data=st.binary(max_size=300))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_no_keystore(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(KeystoreDamaged):
        Keystore.open(path)


def test_an_exposed_or_missing_keystore_is_refused(path: Path, tmp_path: Path) -> None:
    path.chmod(0o644)
    with pytest.raises(FileExposed):
        Keystore.open(path)
    with pytest.raises(KeystoreMissing):
        Keystore.open(tmp_path / "nothing")


def test_nothing_is_overwritten(path: Path) -> None:
    with pytest.raises(KeystoreExists):
        Keystore.create(path, RIGHT, holder="ann", cost=CHEAP)
    Keystore.open(path).unlock(RIGHT)


def test_a_write_that_fails_leaves_the_old_keystore(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError("power failed")

    opened = Keystore.open(path)
    with monkeypatch.context() as failing:
        failing.setattr(Path, "replace", fails)
        with pytest.raises(OSError, match="power failed"):
            opened.change_secret(RIGHT, WRONG, cost=CHEAP)
    for still in (opened, Keystore.open(path)):
        assert still.unlock(RIGHT).ids() == NAMES[::-1]


# --- what must not get out -----------------------------------------------------------------------


def test_the_file_holds_no_seed(path: Path) -> None:
    text = path.read_bytes()
    for key in KEYS:
        for spelling in (key.seed, key.seed.hex().encode(), encode(key.seed).encode()[:-4]):
            assert spelling not in text


def test_nothing_prints_a_secret(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened = Keystore.open(path)
    keyring = opened.unlock(RIGHT)
    for one in (RIGHT, opened, keyring, STORAGE, FileCredential(path)):
        logging.getLogger("test").warning("%r %s %s", one, one, [one])
    assert WORDS not in caplog.text
    for key in KEYS:
        for spelling in (repr(key.seed), key.seed.hex(), encode(key.seed)):
            assert spelling[:20] not in caplog.text


def test_nothing_secret_is_pickled_or_copied(path: Path) -> None:
    keyring = Keystore.open(path).unlock(RIGHT)
    for one in (RIGHT, keyring, STORAGE):
        for leave in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="neither pickled nor copied"):
                leave(one)


def test_a_failed_unlocking_tells_nothing(path: Path) -> None:
    with pytest.raises(KeystoreLocked) as caught:
        Keystore.open(path).unlock(Passphrase("canary words here"))
    assert "canary" not in f"{caught.value}{caught.value.args}{caught.value.where}"


# --- the keyring ---------------------------------------------------------------------------------


def test_a_key_is_given_out_only_as_what_it_is() -> None:
    keyring = Keyring("ann", KEYS)
    asks = (keyring.signing, keyring.opening, keyring.transport, keyring.secret)
    for right, ask in enumerate(asks):
        for at, name in enumerate(NAMES):
            if at == right:
                ask(name)
            else:
                with pytest.raises(KeyUnknown):
                    ask(name)


def test_a_closed_keyring_gives_nothing() -> None:
    keyring = Keyring("ann", KEYS)
    joined = keyring.joined(OpeningKey.generate())
    keyring.close()
    keyring.close()
    for ask in (
        lambda: keyring.signing(NAMES[0]),
        lambda: keyring.opening(NAMES[1]),
        lambda: keyring.transport(NAMES[2]),
        lambda: keyring.secret("storage"),
        keyring.joined,
        keyring.ids,
    ):
        with pytest.raises(KeyringClosed):
            ask()
    assert repr(keyring) == "<Keyring of ann (closed)>"
    assert joined.signing(NAMES[0]) is SIGNING  # its own, until it is closed itself


def test_joined_keys_are_older_than_the_holders_own() -> None:
    role = OpeningKey.generate()
    joined = Keyring("ann", KEYS).joined(role)
    assert joined.ids("opening") == (NAMES[1], role.sealing_key.key_id)


# --- at rest -------------------------------------------------------------------------------------


def test_what_is_sealed_at_rest_opens_in_its_place_alone() -> None:
    secret, label = bytes(32), b"roster"
    sealed = seal_at_rest(secret, label, b"words")
    assert open_at_rest(secret, label, sealed) == b"words"
    assert seal_at_rest(secret, label, b"words") != sealed
    for other in (
        (secret, b"other", sealed),
        (bytes(31) + b"\1", label, sealed),
        (secret, label, sealed[:-1]),
        (secret, label, b""),
        (secret, label, sealed[:12]),
    ):
        with pytest.raises(KeystoreLocked):
            open_at_rest(*other)
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(KeystoreLocked):
            open_at_rest(secret, label, bytes(changed))
