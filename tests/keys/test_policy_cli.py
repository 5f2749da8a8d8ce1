"""The policy on the command line: made once, compared aloud, pinned; replaced only for who knows the old one."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from council import OWN, Council, council
from typer.testing import CliRunner, Result

from keys.ceremony.home import load_home
from keys.ceremony.policy import read_policy, write_policy
from keys.cli import app, policy
from keys.errors import FileExposed, HomeMissing, PolicyDiffers, PolicyMissing
from keys.files import write_private
from keys.notekey import LogKey, WitnessKey
from keys.suite import fingerprint
from keys.transparency.note import NoteSigner
from keys.transparency.policy import read_policy as parse

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "hub.example"
LOG = NoteSigner(ORIGIN, LogKey.from_seed(bytes(32))).verifier.vkey
WITNESSES = [
    NoteSigner(name, WitnessKey.from_seed(bytes([number] * 32))).verifier.vkey
    for number, name in enumerate(("ashby-police", "moorfield-primary", "northshire-childrens"), 1)
]
ROOT = fingerprint(b"a root")


def run(*arguments: object, typed: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["policy", *map(str, arguments)], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refused(code: str, *arguments: object, typed: str | None = None) -> None:
    result = run(*arguments, typed=typed)
    assert result.exit_code == 2, result.output
    assert result.stderr.splitlines()[-1] == f"  Code: {code}"
    assert "Traceback" not in result.output


def options(path: Path, *, quorum: int = 2, founder: str = f"moorfield-primary={ROOT}") -> list[object]:
    witnesses = [word for vkey in WITNESSES for word in ("--witness", vkey)]
    numbers = ["--quorum", quorum, "--faults", 0, "--sponsors", 1]
    return ["make", "--origin", ORIGIN, "--log", LOG, *witnesses, *numbers, "--founder", founder, "-o", path]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "policy.json"
    assert run(*options(path)).exit_code == 0
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.json"
    assert run(*options(path, quorum=3)).exit_code == 0
    return path


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Council:
    return council(tmp_path_factory.mktemp("agency") / "home")


@pytest.fixture
def home(first: Council, tmp_path: Path) -> Path:
    shutil.copytree(first.path, tmp_path / "home")
    return tmp_path / "home"


def pinned(home: Path, *arguments: object, typed: str | None = None) -> Result:
    """Ann pins it."""
    return run("pin", home, *arguments, *by_ann(home), typed=typed)


def by_ann(home: Path) -> tuple[object, ...]:
    words = home.parent / "ann"
    if not words.exists():
        write_private(words, OWN.text.encode())
    return ("--by", "Ann", "--by-passphrase-file", words)


def compared(path: Path) -> str:
    return parse(path.read_bytes()).fingerprint


def test_what_is_made_is_shown_with_its_fingerprint(made: Path) -> None:
    shown = run("show", made)
    assert shown.exit_code == 0
    words = " ".join(shown.stdout.split())
    assert f"Its fingerprint: {compared(made)}" in words
    assert "2 of 3 must stand by a checkpoint, and 0 may lie" in words
    for told in (LOG, *WITNESSES, ROOT, "moorfield-primary", "needs 1 to vouch"):
        assert told in words
    data: dict[str, Any] = json.loads(run("show", made, "--json").stdout)
    assert data["fingerprint"] == compared(made)
    assert data["witnesses"] == sorted(WITNESSES)


def test_an_agencys_home_says_by_which_key_it_is_a_witness(tmp_path: Path) -> None:
    home, words = tmp_path / "moorfield", tmp_path / "words"
    words.touch(mode=0o600)
    words.write_text("three random words\n")
    found = [
        "found",
        home,
        "--agency",
        "moorfield-primary",
        "--name",
        "Moorfield",
        "--passphrase-file",
        words,
    ]
    assert CliRunner().invoke(app, list(map(str, found))).exit_code == 0
    vkey = run("witness", home).stdout.strip()
    assert vkey == NoteSigner("moorfield-primary", load_home(home).witness_key).verifier.vkey
    assert json.loads(run("witness", home, "--json").stdout)["witness"] == vkey
    path = tmp_path / "policy.json"
    shorter = [word if word != WITNESSES[1] else vkey for word in options(path)]
    assert run(*shorter).exit_code == 0
    assert vkey in parse(path.read_bytes()).witnesses


def test_the_fingerprint_of_a_founder_may_be_typed_without_spaces(tmp_path: Path, made: Path) -> None:
    path = tmp_path / "plain.json"
    assert run(*options(path, founder=f"moorfield-primary={ROOT.replace(' ', '')}")).exit_code == 0
    assert path.read_bytes() == made.read_bytes()


def test_what_is_unsafe_or_mistyped_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    refused("policy_unsafe", *options(path, quorum=1))
    refused("pin_malformed", *options(path, founder="moorfield-primary=12345"))
    refused("pin_malformed", *options(path, founder="moorfield-primary"))
    refused("policy_unmakeable", *options(path, founder=f"Moorfield Primary={ROOT}"))
    twice = [*options(path), "--founder", f"moorfield-primary={ROOT}"]
    refused("policy_unmakeable", *twice)
    refused("note_key_malformed", *[word if word != LOG else LOG[:-4] for word in options(path)])
    said = run(*[word if word != WITNESSES[1] else "x" for word in options(path)]).stderr
    assert "(--witness 2)" in " ".join(said.split()), "the option is named, and where among several"
    refused("policy_unmakeable", *[word if word != ORIGIN else "other.example" for word in options(path)])
    refused("policy_not_written", *options(tmp_path / "nowhere" / "policy.json"))
    assert not path.exists()


def test_a_file_that_is_there_is_not_overwritten(made: Path) -> None:
    before = made.read_bytes()
    refused("policy_not_written", *options(made, quorum=3))
    assert made.read_bytes() == before


def test_a_first_policy_is_pinned_privately_and_again_without_harm(home: Path, made: Path) -> None:
    done = pinned(home, made)
    assert done.exit_code == 0
    assert compared(made) in " ".join(done.stdout.split())
    assert done.stdout.count("policy pinned") == 1, "the record says so"
    refused("nothing_changed", "pin", home, made, *by_ann(home))
    refused("administrator_needed", "pin", home, made)
    assert read_policy(home).fingerprint == compared(made)
    assert (home / "policy.json").stat().st_mode & 0o077 == 0
    assert run("show", home).stdout == run("show", made).stdout


def test_another_takes_its_place_only_for_who_knows_the_one_that_stands(
    home: Path, made: Path, other: Path
) -> None:
    ann = by_ann(home)
    pinned(home, made)
    refused("policy_differs", "pin", home, other, *ann)
    refused("policy_differs", "pin", home, other, "--replacing", compared(other), *ann)
    refused("policy_differs", "pin", home, other, "--replacing", "", *ann)
    assert read_policy(home).fingerprint == compared(made)
    assert pinned(home, other, "--replacing", compared(made).replace(" ", "")).exit_code == 0
    assert read_policy(home).fingerprint == compared(other)


def test_at_a_terminal_the_old_fingerprint_is_asked_for(
    home: Path, made: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned(home, made)
    monkeypatch.setattr(policy, "_at_a_terminal", lambda: True)
    refused("policy_differs", "pin", home, other, *by_ann(home), typed=f"{compared(other)}\n")
    assert pinned(home, other, typed=f"{compared(made)}\n").exit_code == 0
    assert read_policy(home).fingerprint == compared(other)


def test_where_no_policy_or_no_home_is_it_says_so(home: Path, tmp_path: Path, made: Path) -> None:
    refused("policy_missing", "show", home)
    refused("policy_file_missing", "show", tmp_path / "nothing.json")
    refused("policy_file_missing", "pin", home, tmp_path / "nothing.json")
    refused("home_missing", "pin", tmp_path / "nowhere", made)
    with pytest.raises(PolicyMissing):
        read_policy(home)
    with pytest.raises(HomeMissing):
        write_policy(tmp_path / "nowhere", parse(made.read_bytes()))


def test_a_policy_that_others_may_write_is_not_believed(home: Path, made: Path, other: Path) -> None:
    pinned(home, made)
    (home / "policy.json").chmod(0o666)
    with pytest.raises(FileExposed):
        read_policy(home)
    with pytest.raises(FileExposed):
        write_policy(home, parse(other.read_bytes()), replacing=compared(made))


def test_pinning_through_the_rooms_own_door_refuses_alike(home: Path, made: Path, other: Path) -> None:
    write_policy(home, parse(made.read_bytes()))
    with pytest.raises(PolicyDiffers):
        write_policy(home, parse(other.read_bytes()))
