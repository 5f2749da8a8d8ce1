"""A keystore locked by a PKCS#11 token: what opens it, what does not, and what leaves neither token nor process."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pkcs11
import pytest
from soft_token import PIN, SoftToken, reload, soft_token, softhsm

from keys.errors import (
    KeystoreDamaged,
    KeystoreLocked,
    PinBlocked,
    PinRefused,
    Problem,
    TokenMissing,
    TokenUnusable,
)
from keys.keyring import Secret
from keys.keystore import Cost, FileCredential, Keystore, Passphrase, Token
from keys.record import encode
from keys.suite import OpeningKey, SigningKey

__all__ = ["soft_token", "softhsm"]  # fixtures

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
WORDS = Passphrase("correct horse battery")
KEYS = (SigningKey.generate(), OpeningKey.generate(), Secret("storage", bytes(range(32))))


@pytest.fixture
def token(soft_token: SoftToken) -> Token:
    return Token(soft_token.module, PIN, label="desk")


@pytest.fixture
def path(token: Token, tmp_path: Path) -> Path:
    path = tmp_path / "desk.keystore"
    Keystore.create(path, token, holder="desk", keys=KEYS)
    return path


def seeds(path: Path, secret: Token | Passphrase | FileCredential) -> list[bytes]:
    with Keystore.open(path).unlock(secret) as keyring:
        signing, opening = keyring.ids("signing"), keyring.ids("opening")
        return [
            *(keyring.signing(key).seed for key in signing),
            *(keyring.opening(key).seed for key in opening),
            keyring.secret("storage"),
        ]


def wrapping_keys(soft: SoftToken) -> list[tuple[bytes, bool, bool]]:
    with pkcs11.lib(str(soft.module)).get_token(token_label="desk").open(user_pin=PIN) as session:
        return [
            (bytes(key.id), key[pkcs11.Attribute.SENSITIVE], key[pkcs11.Attribute.NEVER_EXTRACTABLE])
            for key in session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY})
        ]


# --- what it keeps -------------------------------------------------------------------------------


def test_what_a_token_locks_it_opens(path: Path, token: Token) -> None:
    assert seeds(path, token) == [key.seed for key in KEYS]
    opened = Keystore.open(path)
    assert (opened.kind, opened.token is not None and opened.token[0]) == ("pkcs11", "desk")


def test_the_wrapping_key_never_leaves_and_nothing_else_stays(
    path: Path, token: Token, soft_token: SoftToken
) -> None:
    for _ in range(3):
        Keystore.open(path).add(token)
    (key,) = wrapping_keys(soft_token)
    assert key[1:] == (True, True)
    assert json.loads(path.read_bytes())["header"]["lock"]["key"] == key[0].hex()


def test_every_writing_draws_a_key_encryption_key_anew(path: Path, token: Token) -> None:
    seen = set()
    for _ in range(3):
        data = json.loads(path.read_bytes())
        seen |= {data["header"]["lock"]["wrapped"], data["nonce"]}
        Keystore.open(path).add(token)
    assert len(seen) == 6


def test_the_same_keys_under_every_kind_of_secret_in_turn(path: Path, token: Token, tmp_path: Path) -> None:
    credential = FileCredential.create(tmp_path / "credential")
    present: Token | Passphrase | FileCredential = token
    for new in (credential, WORDS, token, WORDS, credential, token):
        Keystore.open(path).change_secret(present, new, cost=CHEAP)
        assert seeds(path, new) == [key.seed for key in KEYS]
        if type(new) is not type(present):
            with pytest.raises(KeystoreLocked):
                Keystore.open(path).unlock(present)
        present = new


# --- what does not open it -----------------------------------------------------------------------


def test_a_wrong_pin_opens_nothing_also_just_after_the_right_one(
    path: Path, token: Token, soft_token: SoftToken
) -> None:
    wrong = Token(soft_token.module, "0000000000", label="desk")
    for _ in range(3):
        Keystore.open(path).unlock(token).close()
        with pytest.raises(PinRefused):
            Keystore.open(path).unlock(wrong)


def test_another_token_of_the_same_label_opens_nothing(
    path: Path, token: Token, soft_token: SoftToken, tmp_path: Path
) -> None:
    soft_token.initialise()  # now two have that label: the serial number tells them apart
    Keystore.open(path).unlock(token).close()
    with pytest.raises(TokenMissing, match="several"):
        Keystore.create(tmp_path / "new", token, holder="desk")
    for folder in (soft_token.folder / "objects").iterdir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    soft_token.initialise()
    with pytest.raises(TokenMissing):
        Keystore.open(path).unlock(token)


def test_without_its_wrapping_key_a_token_opens_nothing(
    path: Path, token: Token, soft_token: SoftToken
) -> None:
    with (
        pkcs11.lib(str(soft_token.module))
        .get_token(token_label="desk")
        .open(rw=True, user_pin=PIN) as session
    ):
        for key in session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY}):
            key.destroy()
    with pytest.raises(KeystoreLocked):
        Keystore.open(path).unlock(token)


def test_a_wrapping_key_that_could_leave_is_refused(
    token: Token, soft_token: SoftToken, tmp_path: Path
) -> None:
    with (
        pkcs11.lib(str(soft_token.module))
        .get_token(token_label="desk")
        .open(rw=True, user_pin=PIN) as session
    ):
        session.generate_key(
            pkcs11.KeyType.AES,
            256,
            label="readback",
            store=True,
            capabilities=pkcs11.MechanismFlag.WRAP | pkcs11.MechanismFlag.UNWRAP,
            template={pkcs11.Attribute.EXTRACTABLE: True, pkcs11.Attribute.SENSITIVE: False},
        )
    with pytest.raises(TokenUnusable, match="can leave the token"):
        Keystore.create(tmp_path / "new", token, holder="desk")


def test_a_wrapping_key_that_needs_no_pin_is_refused(
    token: Token, soft_token: SoftToken, tmp_path: Path
) -> None:
    with (
        pkcs11.lib(str(soft_token.module))
        .get_token(token_label="desk")
        .open(rw=True, user_pin=PIN) as session
    ):
        session.generate_key(
            pkcs11.KeyType.AES,
            256,
            label="readback",
            store=True,
            capabilities=pkcs11.MechanismFlag.WRAP | pkcs11.MechanismFlag.UNWRAP,
            template={
                pkcs11.Attribute.PRIVATE: False,
                pkcs11.Attribute.EXTRACTABLE: False,
                pkcs11.Attribute.SENSITIVE: True,
            },
        )
    with pytest.raises(TokenUnusable, match="without the PIN"):
        Keystore.create(tmp_path / "new", token, holder="desk")


def test_no_pin_is_no_pin(path: Path, soft_token: SoftToken) -> None:
    with pytest.raises(PinRefused):
        Keystore.open(path).unlock(Token(soft_token.module, "", label="desk"))


def test_a_token_with_a_strange_label_is_refused_by_name(soft_token: SoftToken) -> None:
    soft_token.initialise("bürö")
    with pytest.raises(TokenUnusable, match="plain"):
        Token(soft_token.module, PIN, label="bürö").lock(CHEAP)


@pytest.mark.parametrize("field", ["wrapped", "key", "serial", "token"])
def test_an_altered_lock_opens_nothing(path: Path, token: Token, field: str) -> None:
    data = json.loads(path.read_bytes())
    altered = {"wrapped": encode(bytes(40)), "key": "00" * 16, "serial": "1", "token": "other"}
    data["header"]["lock"][field] = altered[field]
    path.write_bytes(json.dumps(data, separators=(",", ":")).encode())
    with pytest.raises((KeystoreLocked, TokenMissing)):
        Keystore.open(path).unlock(token)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 16, 24, 39, 41, 48, 4096])
def test_a_wrapped_key_of_another_size_opens_nothing(path: Path, token: Token, size: int) -> None:
    data = json.loads(path.read_bytes())
    data["header"]["lock"]["wrapped"] = encode(bytes(size))
    path.write_bytes(json.dumps(data, separators=(",", ":")).encode())
    with pytest.raises((KeystoreLocked, KeystoreDamaged)):
        Keystore.open(path).unlock(token)


def test_a_lock_with_control_characters_is_no_lock(path: Path) -> None:
    data = json.loads(path.read_bytes())
    data["header"]["lock"]["token"] = "desk\n"
    path.write_bytes(json.dumps(data, separators=(",", ":")).encode())
    with pytest.raises(KeystoreDamaged):
        Keystore.open(path)


def test_a_blocked_token_says_so(path: Path, token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    """SoftHSM does not block itself; what a token answers that does is said in our words."""

    def blocked(_: object) -> None:
        raise pkcs11.PinLocked

    monkeypatch.setattr("keys.keystore.token._library", blocked)
    with pytest.raises(PinBlocked):
        Keystore.open(path).unlock(token)


# --- the module is code --------------------------------------------------------------------------


def test_a_module_that_others_may_write_is_not_loaded(soft_token: SoftToken, tmp_path: Path) -> None:
    planted = tmp_path / "module.so"
    planted.write_bytes(soft_token.module.read_bytes())
    planted.chmod(0o666)
    relative = Path(os.path.relpath(soft_token.module))
    for module in (planted, relative, tmp_path, tmp_path / "nothing.so"):
        with pytest.raises(TokenUnusable):
            Token(module, PIN, label="desk").lock(CHEAP)


def test_a_module_that_others_may_replace_is_not_loaded(soft_token: SoftToken, tmp_path: Path) -> None:
    """Who may write to a folder on its way may put another file there, whoever owns the file."""
    folder = tmp_path / "lib" / "pkcs11"
    folder.mkdir(parents=True)
    planted, link = folder / "module.so", tmp_path / "link.so"
    planted.write_bytes(soft_token.module.read_bytes())
    planted.chmod(0o600)
    link.symlink_to(planted)
    for shared in (folder, folder.parent):
        shared.chmod(0o777)
        for module in (planted, link):
            with pytest.raises(TokenUnusable, match="others"):
                Token(module, PIN, label="desk").lock(CHEAP)
        shared.chmod(0o700)


def test_a_file_that_is_no_module_is_named(softhsm: Path, tmp_path: Path) -> None:
    text = tmp_path / "module.so"
    text.write_text("no library")
    text.chmod(0o600)
    with pytest.raises(TokenUnusable):
        Token(text, PIN, label="desk").lock(CHEAP)


def test_without_python_pkcs11_the_extra_is_named(softhsm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(TokenUnusable, match=r"readback\[pkcs11\]"):
        Token(softhsm, PIN, label="desk").lock(CHEAP)


# --- many at once, and what must not get out -----------------------------------------------------


def test_many_threads_take_turns(path: Path, token: Token, soft_token: SoftToken) -> None:
    """Logins race in the library: right and wrong PINs from many threads each get their own answer."""
    wrong = Token(soft_token.module, "0000000000", label="desk")

    def attempt(number: int) -> str:
        try:
            Keystore.open(path).unlock(wrong if number % 3 == 0 else token).close()
        except Problem as problem:
            return problem.code
        return "opened"

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(60)))
    assert answers == ["pin_refused" if number % 3 == 0 else "opened" for number in range(60)]


def test_nothing_shows_the_pin(path: Path, token: Token) -> None:
    assert PIN not in f"{token!r} {token} {[token]}"
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither pickled nor copied"):
            leave(token)
    assert PIN.encode() not in path.read_bytes()
    for key in KEYS:
        assert encode(key.seed).encode()[:-4] not in path.read_bytes()


def test_another_process_opens_it_too(path: Path, soft_token: SoftToken) -> None:
    ask = (
        "import sys, pathlib; from keys.keystore import Keystore, Token\n"
        "token = Token(pathlib.Path(sys.argv[2]), sys.stdin.read(), label='desk')\n"
        "print(len(Keystore.open(pathlib.Path(sys.argv[1])).unlock(token).ids()))"
    )
    said = subprocess.run(
        [sys.executable, "-c", ask, str(path), str(soft_token.module)],
        input=PIN,
        text=True,
        capture_output=True,
        check=True,
    )
    assert said.stdout == "3\n"


def test_a_library_that_was_loaded_before_sees_the_tests_own_token(soft_token: SoftToken) -> None:
    reload(soft_token.module)
    labels = [token.label for token in pkcs11.lib(str(soft_token.module)).get_tokens()]
    assert labels.count("desk") == 1
