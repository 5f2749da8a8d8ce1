"""Backups: what comes back, what is refused by name, and what a drill finds and leaves."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from soft_token import PIN, SoftToken, soft_token, softhsm
from typer.testing import CliRunner, Result

from keys.ceremony import drill as drilling
from keys.ceremony.agency import found
from keys.ceremony.backup import back_up, restore
from keys.ceremony.custody import entrust
from keys.ceremony.drill import Report, drill
from keys.ceremony.home import changing, load_home, person_keystore
from keys.ceremony.people import create_role, enrol_person, suspend
from keys.ceremony.secret import move_to_token
from keys.ceremony.unlocking import desk_secret
from keys.cli import app
from keys.errors import (
    BackupExists,
    BackupLocked,
    BackupMalformed,
    BackupMissing,
    BackupPathRefused,
    BackupTooLarge,
    FileExposed,
    FolderTaken,
    HomeBusy,
    HomeMissing,
    KeysProblem,
    TokenUnknown,
)
from keys.files import write_private
from keys.keystore import Cost, Passphrase
from keys.keystore import backup as backups
from keys.keystore.backup import pack, read_backup, seal_backup, unpack

__all__ = ["soft_token", "softhsm"]  # fixtures

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
WORDS, SEAL = Passphrase("correct horse battery"), Passphrase("nine kites over leeds")
NOW = datetime.now(UTC)
PATHS = st.from_regex(r"[a-z]{1,8}(/[a-z.]{1,8}){0,2}", fullmatch=True)


@dataclass(frozen=True)
class Agency:
    home: Path
    file: Path
    ann: str
    ben: str
    role: str

    def back_up(self, file: Path | None = None) -> Path:
        back_up(self.home, file or self.file, passphrase=SEAL, now=NOW, cost=CHEAP)
        return file or self.file


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    home = tmp_path / "home"
    found(home, agency="northshire", name="Northshire", passphrase=WORDS, now=NOW, cost=CHEAP)
    ann, ben = (
        enrol_person(home, name=name, post="DSL", passphrase=WORDS, now=NOW, cost=CHEAP).id
        for name in ("Ann Lee", "Ben Okafor")
    )
    role = create_role(home, name="Duty", members=[ann, ben], now=NOW)
    (home / "desk.toml").write_text('hub = "https://hub.example.org"\n')
    return Agency(home, tmp_path / "northshire.backup", ann, ben, role.id)


def restored(file: Path, home: Path, passphrase: Passphrase = SEAL, **places: Path | None) -> Any:
    return restore(file, home, passphrase=passphrase, now=NOW, places=places)


def tried(file: Path, *, at: datetime = NOW, secrets: dict[str, Passphrase] | None = None) -> Report:
    return drill(file, passphrase=SEAL, now=at, secrets=secrets or {}, places={})


def resealed(file: Path, change: Any) -> None:
    """What somebody can make who knows the backup's passphrase."""
    files = read_backup(file.read_bytes()).open(SEAL)
    change(files)
    file.write_bytes(
        seal_backup(files, SEAL, agency="northshire", created="2026-01-01T00:00:00Z", cost=CHEAP)
    )


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


# --- what comes back -----------------------------------------------------------------------------


def test_a_restored_home_is_the_home(agency: Agency, tmp_path: Path) -> None:
    agency.back_up()
    again = restored(agency.file, tmp_path / "again")
    assert everything(tmp_path / "again") == everything(agency.home)
    before = load_home(agency.home)
    assert again.keyring.ids() == before.keyring.ids()
    assert again.roster_document == before.roster_document
    assert again.unlock_person(agency.ann, WORDS).ids() == before.unlock_person(agency.ann, WORDS).ids()
    for path in (tmp_path / "again").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_the_casebook_is_not_in_it_and_all_else_is(agency: Agency) -> None:
    for name in ("casebook.db", "casebook.db-wal", "tokens.json", "notes.txt"):
        (agency.home / name).write_bytes(b"x")
    (agency.home / "blobs").mkdir()
    (agency.home / "blobs" / "one").write_bytes(b"x")
    (agency.home / "ceremonies").mkdir()
    (agency.home / "ceremonies" / "0001.reasons").write_bytes(b"{}")
    files = read_backup(agency.back_up().read_bytes()).open(SEAL)
    assert {"notes.txt", "ceremonies/0001.reasons", "desk.toml", "desk.credential"} <= set(files)
    assert not [name for name in files if name.startswith(("casebook", "blobs", "tokens", "."))]


def test_a_backup_shows_nothing_without_its_passphrase(agency: Agency) -> None:
    data = agency.back_up().read_bytes()
    credential = (agency.home / "desk.credential").read_bytes()
    for words in (b"Ann Lee", b"Okafor", b"Northshire", agency.ann.encode(), credential, b"desk.keystore"):
        assert words not in data
    assert agency.file.stat().st_mode & 0o777 == 0o600


def test_nothing_is_restored_over_anything(agency: Agency, tmp_path: Path) -> None:
    agency.back_up()
    before = everything(agency.home)
    with pytest.raises(FolderTaken):
        restored(agency.file, agency.home)
    assert everything(agency.home) == before
    link, file = tmp_path / "link", tmp_path / "file"
    link.symlink_to(tmp_path / "nowhere")
    file.touch()
    for there in (link, file):
        with pytest.raises(FolderTaken):
            restored(agency.file, there)
    (tmp_path / "empty").mkdir()
    restored(agency.file, tmp_path / "empty")
    with pytest.raises(BackupExists):
        agency.back_up()


def test_no_backup_is_made_during_a_ceremony_or_of_a_home_that_does_not_load(agency: Agency) -> None:
    with changing(agency.home), pytest.raises(HomeBusy):
        agency.back_up()
    (agency.home / "roster.sealed").unlink()
    with pytest.raises(HomeMissing):
        agency.back_up()
    assert not agency.file.exists()


def test_a_link_in_a_home_is_not_followed(agency: Agency, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("not the agency's")
    (agency.home / "people" / "x.keystore").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExposed):
        agency.back_up()
    (agency.home / "people" / "x.keystore").unlink()
    (agency.home / "folder").symlink_to(tmp_path)
    with pytest.raises(FileExposed):
        agency.back_up()


def test_a_backup_of_a_desk_under_a_token_needs_the_token(
    agency: Agency, soft_token: SoftToken, tmp_path: Path
) -> None:
    pin_file = tmp_path / "pin"
    write_private(pin_file, PIN.encode())
    move_to_token(
        agency.home,
        "desk",
        desk_secret(agency.home),
        module=soft_token.module,
        label="desk",
        pin=PIN,
        pin_file=pin_file,
    )
    agency.back_up()
    assert "desk.credential" not in read_backup(agency.file.read_bytes()).open(SEAL)
    with pytest.raises(TokenUnknown):
        restored(agency.file, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    again = restored(agency.file, tmp_path / "again", module=soft_token.module, pin_file=pin_file)
    assert again.keyring.ids() == load_home(agency.home).keyring.ids()


# --- hostile files -------------------------------------------------------------------------------


def test_every_cut_is_refused(agency: Agency, tmp_path: Path) -> None:
    data = agency.back_up().read_bytes()
    for end in (0, 3, 4, 7, 8, 9, 100, len(data) // 2, len(data) - 17, len(data) - 1):
        agency.file.write_bytes(data[:end])
        with pytest.raises((BackupMalformed, BackupLocked)):
            restored(agency.file, tmp_path / "again")
    agency.file.write_bytes(data + b"\0")
    with pytest.raises(BackupLocked):
        restored(agency.file, tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "northshire.backup"]


def test_no_flipped_bit_opens(agency: Agency) -> None:
    data = seal_backup({"a": b"words"}, SEAL, agency="northshire", created="2026-01-01T00:00:00Z", cost=CHEAP)
    for at in range(8 * len(data)):
        changed = bytearray(data)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises((BackupMalformed, BackupLocked)):
            read_backup(bytes(changed)).open(SEAL)


def test_another_passphrase_opens_nothing(agency: Agency, tmp_path: Path) -> None:
    agency.back_up()
    with pytest.raises(BackupLocked):
        restored(agency.file, tmp_path / "again", WORDS)
    with pytest.raises(BackupLocked):
        drill(agency.file, passphrase=WORDS, now=NOW, secrets={}, places={})


@pytest.mark.parametrize(
    "path",
    [
        "../evil",
        "people/../../evil",
        "/etc/evil",
        "people//evil",
        "people/./evil",
        "..",
        ".",
        ".ssh/evil",
        "people/.evil",
        "people\\..\\evil",
        "a\nb",
        "a\0b",
        "é",
        "",
        "a/",
        "/",
        "a/b/c/d/e",
        "x" * 101,
        "C:evil",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(agency: Agency, tmp_path: Path, path: str) -> None:
    """Also from who knows the passphrase: the framing is written by hand, since ours refuses to."""
    with pytest.raises(BackupPathRefused):
        pack({path: b"x"})
    name = path.encode()
    inside = struct.pack(">H", len(name)) + name + struct.pack(">I", 1) + b"x"
    with pytest.raises(BackupPathRefused):
        unpack(inside)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("name", ["tokens.json", "casebook.db", "blobs/one"])
def test_what_no_backup_holds_is_not_taken_from_one(agency: Agency, tmp_path: Path, name: str) -> None:
    """Above all not the name of a library to load."""
    agency.back_up()
    resealed(agency.file, lambda files: files.update({name: b"{}"}))
    with pytest.raises(BackupPathRefused):
        restored(agency.file, tmp_path / "again")
    with pytest.raises(BackupPathRefused):
        tried(agency.file)


def test_a_missing_backup_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackupMissing):
        restored(tmp_path / "nothing", tmp_path / "again")


def test_a_file_in_a_folders_place_is_refused() -> None:
    with pytest.raises(BackupPathRefused):
        unpack(pack({"people": b"x", "people/ann": b"y"}))


def test_files_twice_or_out_of_order_are_refused() -> None:
    one, two = pack({"a": b"1"}), pack({"b": b"2"})
    for inside in (two + one, one + one):
        with pytest.raises(BackupMalformed, match="out of order"):
            unpack(inside)


def test_a_giant_is_refused_before_it_is_read(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with agency.file.open("wb") as stream:
        stream.truncate(10 * 1024**3)  # a hole: it takes no room on the disk
    with pytest.raises(BackupTooLarge):
        restored(agency.file, tmp_path / "again")
    agency.file.unlink()
    monkeypatch.setattr(backups, "BACKUP_LIMIT", 20_000)
    with pytest.raises(BackupTooLarge):
        agency.back_up()
    monkeypatch.setattr(backups, "FILES", 3)
    with pytest.raises(BackupTooLarge):
        unpack(b"".join(pack({name: b""}) for name in "abcd"))


def test_a_length_that_lies_costs_nothing() -> None:
    with pytest.raises(BackupMalformed):
        unpack(b"\0\1a" + b"\xff\xff\xff\xff")
    with pytest.raises(BackupMalformed):
        read_backup(b"RBB1" + b"\xff\xff\xff\xff" + bytes(100))


@pytest.mark.parametrize("field", ["memory_kib", "passes", "lanes"])
def test_a_file_that_wants_more_than_ours_is_refused(agency: Agency, field: str) -> None:
    data = agency.back_up().read_bytes()
    length = int.from_bytes(data[4:8])
    header = json.loads(data[8 : 8 + length])
    header["lock"][field] = {"memory_kib": 1024 * 1024, "passes": 16, "lanes": 16}[field]
    text = json.dumps(header, separators=(",", ":")).encode()
    with pytest.raises(BackupMalformed, match="more memory or time"):
        read_backup(data[:4] + struct.pack(">I", len(text)) + text + data[8 + length :])


@given(data=st.binary(max_size=300))
@settings(max_examples=200)
def test_any_bytes_are_refused_or_read_exactly(data: bytes) -> None:
    for start in (b"", b"RBB1"):
        with suppress(KeysProblem):
            assert read_backup(start + data).to_bytes() == start + data
    with suppress(KeysProblem):
        assert pack(unpack(data)) == data


@given(files=st.dictionaries(PATHS, st.binary(max_size=50), max_size=6))
@settings(max_examples=40)
def test_what_is_packed_is_unpacked(files: dict[str, bytes]) -> None:
    try:
        inside = pack(files)
        assert unpack(inside) == files
    except BackupPathRefused:
        names = set(files)
        dotted = any(part.startswith(".") for name in names for part in name.split("/"))
        assert dotted or any(f"{one}/" in other for one in names for other in names)


def test_a_backup_that_is_no_whole_home_leaves_nothing(agency: Agency, tmp_path: Path) -> None:
    agency.back_up()
    resealed(agency.file, lambda files: files.pop("events/000000.json"))
    with pytest.raises(KeysProblem):
        restored(agency.file, tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "northshire.backup"]


# --- the drill -----------------------------------------------------------------------------------


def states(report: Report) -> dict[str, str]:
    return {finding.what.partition(":")[0]: finding.state for finding in report.findings}


def test_a_drill_tries_all_that_can_be_tried(agency: Agency) -> None:
    agency.back_up()
    report = tried(agency.file, at=NOW + timedelta(days=3), secrets={agency.ann: WORDS, "root": WORDS})
    assert report.passed
    assert (report.agency, report.age.days) == ("northshire", 3 if report.age >= timedelta(days=3) else 2)
    found = states(report)
    assert found[f"person {agency.ann}"] == "good"
    assert found[f"person {agency.ben}"] == "sealed"
    assert found["offline key root"] == "good"
    assert found["offline key records"] == "sealed"
    assert found["the casebook and the attachments"] == "missing"
    assert found[f"role {agency.role}"] == "good"


def test_a_drill_says_what_is_elsewhere_and_what_has_expired(agency: Agency) -> None:
    for path in (agency.home / "offline").iterdir():
        path.unlink()
    suspend(agency.home, person=agency.ben, now=NOW)
    agency.back_up()
    report = tried(agency.file, at=NOW + timedelta(days=400))
    assert report.passed
    assert states(report)["offline key root"] == "missing"
    assert any(
        finding.state == "missing" and "its time has passed" in finding.why for finding in report.findings
    )


def test_a_drill_finds_what_would_not_come_back(agency: Agency) -> None:
    agency.back_up()
    ann, ben = (f"people/{person}.keystore" for person in (agency.ann, agency.ben))
    faults: dict[str, Any] = {
        "keystore_missing": lambda files: files.pop(ann),
        "keystore_damaged": lambda files: files.update({ann: files[ben]}),
        "keystore_locked": None,
    }
    for code, change in faults.items():
        agency.file.unlink()
        agency.back_up()
        if change is not None:
            resealed(agency.file, change)
        report = tried(agency.file, secrets={agency.ann: SEAL})
        assert not report.passed
        assert [finding.why for finding in report.findings if finding.state == "fault"] == [code]
    resealed(
        agency.file, lambda files: [files.pop(name) for name in list(files) if name.startswith("roles/")]
    )
    assert states(tried(agency.file))[f"role {agency.role}"] == "fault"


def test_a_drill_tries_the_custodians_too(agency: Agency) -> None:
    home = load_home(agency.home)
    present = {who: home.unlock_person(who, WORDS) for who in (agency.ann, agency.ben)}
    entrust(agency.home, people=[agency.ann, agency.ben], need=2, present=present, now=NOW, passphrase=WORDS)
    agency.back_up()
    told = {
        number: [
            (finding.state, finding.why)
            for finding in tried(
                agency.file, secrets=dict.fromkeys((agency.ann, agency.ben)[:number], WORDS)
            ).findings
            if finding.what.startswith("records key")
        ]
        for number in (1, 2)
    }
    assert told == {1: [("sealed", "too few of their secrets were at hand")], 2: [("good", "")]}
    resealed(
        agency.file, lambda files: [files.pop(name) for name in list(files) if name.startswith("custody/")]
    )
    assert [one.what for one in tried(agency.file).findings if one.state == "fault"] == ["custody"]


def test_a_drill_leaves_nothing_behind(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency.back_up()
    before = everything(tmp_path)
    place = tmp_path / "memory"
    place.mkdir()
    monkeypatch.setattr(drilling, "_MEMORY", place)
    tried(agency.file)
    resealed(agency.file, lambda files: files.pop("roster.sealed"))
    with pytest.raises(KeysProblem):
        tried(agency.file)
    assert list(place.iterdir()) == []
    assert {name for name in everything(tmp_path) if not name.endswith(".backup")} == {
        name for name in before if not name.endswith(".backup")
    }


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_drill_that_is_stopped_leaves_nothing_either(agency: Agency, tmp_path: Path, stop: int) -> None:
    """It is stopped while it waits in the restored home, at the moment that would leave most."""
    agency.back_up()
    words = tmp_path / "words"
    write_private(words, b"nine kites over leeds\n")
    place = tmp_path / "memory"
    place.mkdir()
    code = (
        "import sys, time, pathlib\n"
        "from keys.ceremony import drill\n"
        f"drill._MEMORY = pathlib.Path({str(place)!r})\n"
        "drill.load_home = lambda *_: time.sleep(60)\n"
        "from keys.cli import app\n"
        "app(sys.argv[1:])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "drill", str(agency.file), "--passphrase-file", str(words)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not list(place.glob("*/home/roster.sealed")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(stop)
    assert process.wait(30) != 0
    assert list(place.iterdir()) == []


# --- the commands --------------------------------------------------------------------------------


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_commands(agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = Passphrase.lock
    monkeypatch.setattr(Passphrase, "lock", lambda self, _cost: lock(self, CHEAP))
    seal, words = tmp_path / "seal", tmp_path / "words"
    write_private(seal, b"nine kites over leeds\n")
    write_private(words, b"correct horse battery\n")
    given = ("--passphrase-file", seal)
    made = run("backup", agency.home, agency.file, *given)
    assert "has the desk's own keys" in made.stdout
    shown = run("drill", agency.file, *given, "--secret-of", f"{agency.ann}={words}")
    assert shown.exit_code == 0, shown.output
    assert f"person {agency.ann}: opens, keys in it: 3" in shown.stdout
    assert "Ann" not in shown.stdout
    again = run("restore-home", agency.file, tmp_path / "again", *given)
    assert "Never let two copies" in again.stdout
    assert run("roster", tmp_path / "again").exit_code == 0
    person_keystore(tmp_path / "again", agency.ann).unlink()
    bad = tmp_path / "bad"
    assert run("backup", tmp_path / "again", bad, *given, "--nightly").exit_code == 0
    failed = run("drill", bad, *given, "--json")
    assert failed.exit_code == 2
    assert failed.stderr.splitlines()[-1] == "  Code: drill_failed"
    assert json.loads(failed.stdout)["passed"] is False
    refusal = run("drill", words, *given)
    assert refusal.stderr.splitlines()[-1] == "  Code: backup_malformed"
    assert run("drill", agency.file, *given, "--secret-of", "nonsense").exit_code == 2


def test_the_temporary_folder_is_private(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.back_up()
    modes = []
    make = tempfile.mkdtemp

    def watched(**options: Any) -> str:
        folder = make(**options)
        modes.append(Path(folder).stat().st_mode & 0o777)
        return folder

    monkeypatch.setattr(tempfile, "mkdtemp", watched)
    tried(agency.file)
    assert modes == [0o700]
