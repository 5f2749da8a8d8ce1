"""What is done with the hub's own key: rehearsed without a trace, on record, and signed by that key."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from soft_token import PIN, SoftToken, soft_token, softhsm
from typer.testing import CliRunner, Result

from exchange.cli import app
from exchange.errors import LogKeyMissing
from exchange.hub.ceremonies import FIRST_LINE, FOLDER, HubTranscript, name_of, read_all
from exchange.hub.config import HubConfig
from exchange.hub.keylog import key
from exchange.hub.service import change_opener
from keys.errors import (
    CheckpointMalformed,
    HomeBusy,
    KeystoreLocked,
    Malformed,
    PinFileMissing,
    PinRefused,
    TranscriptForged,
    TranscriptMissing,
    TranscriptNotChained,
)
from keys.files import write_private
from keys.keystore import FileCredential, Keystore
from keys.notekey import LogKey
from keys.statement import dump
from keys.transparency.checkpoint import read_checkpoint
from keys.transparency.note import Note, NoteSigner, read_note

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["soft_token", "softhsm"]  # fixtures


def run(*arguments: object, status: int = 0) -> Result:
    result = CliRunner().invoke(app, ["hub", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


@pytest.fixture
def home(tmp_path: Path) -> Path:
    run("init", tmp_path / "hub", "--address", "https://hub.example")
    return tmp_path / "hub"


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    write_private(tmp_path / "pin", PIN.encode())
    return tmp_path / "pin"


def signer(home: Path) -> NoteSigner:
    return key.read(home, HubConfig.read(home).origin)


def kept(home: Path) -> tuple[HubTranscript, ...]:
    return read_all(home, signer(home).verifier)


def tree(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_the_founding_is_signed_by_the_key_that_it_drew(home: Path) -> None:
    (found,) = kept(home)
    assert (found.ceremony, found.opened_by, found.log) == ("found", "credential", signer(home).verifier.vkey)
    said = run("ceremonies", home).stdout
    assert "--- Record of the founding of a hub ---" in said
    assert f"  at      {found.at}" in said
    assert "ceremonies/0001.note" in said


def test_a_rehearsed_founding_leaves_nothing(tmp_path: Path) -> None:
    said = run("init", tmp_path / "new", "--rehearse").stdout
    assert "--- Rehearsal of the founding of a hub ---" in said
    assert "kept" not in said
    assert list(tmp_path.iterdir()) == []


def test_another_credential_opens_the_same_key(home: Path, tmp_path: Path) -> None:
    before, vkey = tree(home), signer(home).verifier.vkey
    shutil.copy2(home / key.CREDENTIAL, tmp_path / "old")
    assert run("secret", home, "--to", "credential", "--rehearse").stdout.startswith("REHEARSAL. ")
    assert tree(home) == before, "a rehearsal leaves the folder byte for byte as it was"
    said = run("secret", home, "--to", "credential").stdout
    assert "--- Record of the change of what opens a hub's key ---" in said
    assert signer(home).verifier.vkey == vkey
    assert [one.ceremony for one in kept(home)] == ["found", "secret"]
    assert sorted(path.name for path in home.glob("log.*")) == [key.CREDENTIAL, key.KEYSTORE]
    with pytest.raises(KeystoreLocked):
        Keystore.open(home / key.KEYSTORE).unlock(FileCredential(tmp_path / "old"))


def test_a_token_opens_it_without_a_person_and_the_way_back(
    home: Path, soft_token: SoftToken, pin_file: Path
) -> None:
    before, vkey = tree(home), signer(home).verifier.vkey
    soft_token.initialise("second")
    move = (
        "secret",
        home,
        "--to",
        "pkcs11",
        "--module",
        soft_token.module,
        "--pin-file",
        pin_file,
        "--token",
    )
    run(*move, "desk", "--rehearse")
    assert tree(home) == before
    for label in ("desk", "second"):  # and from one token to another
        assert "opened  by a token" in run(*move, label).stdout
        assert Keystore.open(home / key.KEYSTORE).token is not None
        assert sorted(path.name for path in home.glob("log.*")) == [key.KEYSTORE, key.TOKEN]
        assert signer(home).verifier.vkey == vkey
        assert PIN.encode() not in b"".join(tree(home).values())
    pin_file.unlink()
    with pytest.raises(PinFileMissing):
        signer(home)
    write_private(pin_file, PIN.encode())
    run("secret", home, "--to", "credential")
    assert sorted(path.name for path in home.glob("log.*")) == [key.CREDENTIAL, key.KEYSTORE]
    assert signer(home).verifier.vkey == vkey
    opened = [one.opened_by for one in kept(home)]
    assert opened == ["credential", "pkcs11", "pkcs11", "credential"]


def test_what_cannot_be_done_changes_nothing(home: Path, soft_token: SoftToken, pin_file: Path) -> None:
    before = tree(home)
    with pytest.raises(PinFileMissing):
        change_opener(home, module=soft_token.module, label="desk", pin_file=home / "none", rehearse=False)
    pin_file.write_text("0000000000")
    with pytest.raises(PinRefused):
        change_opener(home, module=soft_token.module, label="desk", pin_file=pin_file, rehearse=False)
    run("secret", home, "--to", "pkcs11", "--token", "desk", status=2)
    run("secret", home, "--to", "passphrase", status=2)
    assert tree(home) == before


def test_a_token_whose_place_is_not_said_is_refused(
    home: Path, soft_token: SoftToken, pin_file: Path
) -> None:
    change_opener(home, module=soft_token.module, label="desk", pin_file=pin_file, rehearse=False)
    (home / key.TOKEN).unlink()
    with pytest.raises(LogKeyMissing):
        signer(home)
    (home / key.TOKEN).touch(mode=0o600)
    with pytest.raises(Malformed):
        signer(home)


def test_a_change_that_was_cut_short_opens_with_the_old_or_the_new(home: Path) -> None:
    vkey = signer(home).verifier.vkey
    FileCredential.create(home / key.NEXT_CREDENTIAL)  # it was drawn, and no more
    assert signer(home).verifier.vkey == vkey
    coming = FileCredential(home / key.NEXT_CREDENTIAL)
    Keystore.open(home / key.KEYSTORE).change_secret(FileCredential(home / key.CREDENTIAL), coming)
    assert signer(home).verifier.vkey == vkey  # the keystore was written, and no more
    run("secret", home, "--to", "credential")
    assert signer(home).verifier.vkey == vkey
    assert sorted(path.name for path in home.glob("log.*")) == [key.CREDENTIAL, key.KEYSTORE]


def test_two_changes_at_once_cannot_lose_the_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second would take away the credential that the first has just drawn, and is about to lock with."""
    renew = key.renew_credential

    def meanwhile(place: Path) -> None:
        monkeypatch.setattr(key, "renew_credential", renew)
        with pytest.raises(HomeBusy):
            change_opener(home, rehearse=False)
        renew(place)

    monkeypatch.setattr(key, "renew_credential", meanwhile)
    change_opener(home, rehearse=False)
    assert len(kept(home)) == 2


def test_what_a_killed_change_left_lying_is_cleared_away(home: Path) -> None:
    left = home / ".ceremony.abc"
    left.mkdir(mode=0o700)
    shutil.copy2(home / key.CREDENTIAL, left)
    run("secret", home, "--to", "credential", "--rehearse")
    assert not left.exists()


@pytest.fixture
def three(home: Path) -> Path:
    for _ in range(2):
        run("secret", home, "--to", "credential")
    return home


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_altered_one_is_refused_by_name(three: Path, number: int) -> None:
    path = three / FOLDER / name_of(number)
    data = path.read_bytes()
    for at in range(0, len(data), 17):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(TranscriptForged) as refused:
            kept(three)
        assert refused.value.where == name_of(number)
        assert "transcript_forged" in run("ceremonies", three, status=2).stderr
        run("secret", three, "--to", "credential", status=2)


def test_dropped_and_reordered_ones_are_refused(three: Path) -> None:
    one, two, three_ = (three / FOLDER / name_of(at) for at in (1, 2, 3))
    second, third = two.read_bytes(), three_.read_bytes()
    two.write_bytes(third)
    three_.write_bytes(second)
    with pytest.raises(TranscriptNotChained):
        kept(three)
    two.unlink()
    with pytest.raises(TranscriptMissing) as refused:
        kept(three)
    assert refused.value.where == name_of(2)
    one.unlink()
    three_.unlink()
    with pytest.raises(TranscriptMissing):
        change_opener(three, rehearse=False)


def test_one_that_another_key_signed_or_of_another_kind_is_refused(home: Path) -> None:
    mine, path = signer(home), home / FOLDER / name_of(1)
    text = read_note(path.read_bytes()).text
    stranger = NoteSigner(mine.name, LogKey.generate())
    line = dump(kept(home)[0].model_copy(update={"log": stranger.verifier.vkey})).decode()
    for forged in (
        Note(text, (stranger.sign(text),)),
        Note(text, (mine.sign(text), stranger.sign(text))),
        signed(mine, text.replace(FIRST_LINE, "readback hub ceremony v2")),
        signed(mine, text + "\n"),
        signed(mine, f"{FIRST_LINE}\n{line}\n"),
    ):
        path.write_bytes(forged.to_bytes())
        with pytest.raises(TranscriptForged):
            kept(home)


def signed(by: NoteSigner, text: str) -> Note:
    return Note(text, (by.sign(text),))


def test_no_transcript_is_a_checkpoint(home: Path) -> None:
    """The key signs both: neither may be taken for the other."""
    text = read_note((home / FOLDER / name_of(1)).read_bytes()).text
    with pytest.raises(CheckpointMalformed):
        read_checkpoint(text)
