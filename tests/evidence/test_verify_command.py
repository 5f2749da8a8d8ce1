"""`readback verify`: offline, in plain English or JSON, and never friendly to a forgery."""

from __future__ import annotations

import json
import os
import socket
import stat
from typing import TYPE_CHECKING, Any

import pytest
from notary import signers
from two_agencies import COSIGNED, POLICY, WITNESSES, Agency, Table, a_policy, closed, resigned
from typer.testing import CliRunner

from exchange.cli import app
from exchange.desk.cli import proving
from exchange.desk.cli.proving_page import tell
from exchange.evidence.certify import certify
from exchange.evidence.verify import verify
from exchange.wire.keylog import write_export
from keys.event import Sponsor
from keys.record import digest
from keys.suite import fingerprint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def table() -> Table:
    return closed()


@pytest.fixture
def certificate(table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def no_network(*_: Any, **__: Any) -> None:
        raise AssertionError("verify opened a connection")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    path = tmp_path / "closed.json"
    path.write_bytes(certify(0, table.signed, table.shown(), table.rosters, table.spoken))
    return path


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "policy.json"
    path.write_bytes(POLICY.to_bytes())
    return str(path)


def _run(*arguments: str, status: int = 0) -> Any:
    result = CliRunner().invoke(app, ["verify", *arguments])
    assert result.exit_code == status, (result.output, result.stderr)
    return result


def test_it_says_what_is_shown_and_what_is_not(certificate: Path, policy: str) -> None:
    said = _run(str(certificate), "--policy", policy).stdout
    for part in (
        "VERIFIED",
        "Helen Marsh",
        "Addressed to the role: Duty",
        "a founder by your policy",
        "hub.test had them when it was 2 entries long",
        "the quorum by 12 Nov 2026, 10:00 GMT: one, three, two",
        POLICY.fingerprint[:30],
        "Offline it cannot be seen what the log said later",
        "not shown",
    ):
        assert part in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 80


def test_without_a_policy_it_refuses(certificate: Path) -> None:
    said = _run(str(certificate), status=2)
    assert said.stdout == ""
    assert "verifier_unpinned" in said.stderr


def test_unpinned_it_says_that_nobody_vouches_for_the_log(table: Table, certificate: Path) -> None:
    root = fingerprint(table.sender.root.verifying_key.to_bytes())
    said = _run(str(certificate), "--unpinned", "--pin", f"moorfield-primary={root}", status=4).stdout
    assert said.startswith("UNPINNED")
    assert "VERIFIED" not in said
    for part in ("can have made up the log", "as you pinned it", "compare it with them", "Helen Marsh"):
        assert part in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 80
    assert json.loads(_run(str(certificate), "--unpinned", "--json", status=4).stdout)["verified"] is False
    refused = _run(str(certificate), "--unpinned", "--pin", f"northshire-childrens={root}", status=2).stderr
    assert "root_differs" in refused


def test_a_policy_and_none_contradict_each_other(certificate: Path, policy: str) -> None:
    _run(str(certificate), "--unpinned", "--policy", policy, status=2)


def test_another_policy_is_another_judge(certificate: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(a_policy("somebody-else").to_bytes())
    assert "agency_unsponsored" in _run(str(certificate), "--policy", str(path), status=2).stderr
    path.write_bytes(b"{}")
    assert "policy_malformed" in _run(str(certificate), "--policy", str(path), status=2).stderr


def test_a_root_can_be_pinned_beside_the_policy(table: Table, certificate: Path, policy: str) -> None:
    root = fingerprint(table.sender.root.verifying_key.to_bytes())
    pin = ("--policy", policy, "--pin", f"moorfield-primary={root}")
    assert "as you pinned it" in _run(str(certificate), *pin).stdout
    _run(str(certificate), "--policy", policy, "--pin", "nonsense", status=2)


def test_it_answers_in_json(table: Table, certificate: Path, policy: str) -> None:
    said = json.loads(_run(str(certificate), "--policy", policy, "--json").stdout)
    assert said["verified"] is True
    assert said["hear_back"] == table.steps[-1].digest
    assert len(said["chronology"]) == len(table.steps)
    assert len(said["words"]) == len(table.steps)
    assert said["log"]["size"] == 2
    assert [one["name"] for one in said["log"]["witnesses"]] == ["one", "three", "two"]
    assert said["log"]["policy"] == POLICY.fingerprint


def test_it_names_the_steps_whose_words_were_left_out(table: Table, tmp_path: Path, policy: str) -> None:
    whole = len(table.spoken)
    path = tmp_path / "fewer.json"
    heard = next(one for one in table.spoken if one.step == table.steps[-1].digest)
    fewer = [one for one in table.spoken if one is not heard]
    path.write_bytes(certify(0, table.signed, table.shown(), table.rosters, fewer))
    said = " ".join(_run(str(path), "--policy", policy).stdout.split())
    assert f"The words of {whole - 1} of {whole} steps are inside" in said
    assert "Without the words of: the hear-back of 12 Nov 2026" in said
    (lacking,) = json.loads(_run(str(path), "--policy", policy, "--json").stdout)["without_words"]
    assert (lacking["step"], lacking["kind"]) == (table.steps[-1].digest, "hear_back")


def test_a_forgery_is_refused(certificate: Path, policy: str) -> None:
    data = bytearray(certificate.read_bytes())
    data[len(data) // 2] ^= 1
    certificate.write_bytes(data)
    said = _run(str(certificate), "--policy", policy, status=2)
    assert said.stdout == ""
    assert "Refused:" in said.stderr


def test_it_names_the_sponsors_and_counts_the_signatures_of_strangers(
    tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table, police = closed(), Agency("ashby-police", "Ashby Police", {})
    enrolment = digest(table.sender.event.payload)
    table.log.add([police.event, police.change(Sponsor, newcomer="moorfield-primary", enrolment=enrolment)])
    by_police = a_policy("northshire-childrens", "ashby-police")
    made = certify(0, table.signed, table.shown(policy=by_police), table.rosters)
    fewer = [one.verifier.vkey for one in (*WITNESSES[:2], *signers("four"))]
    tell(verify(made, by_police.model_copy(update={"witnesses": tuple(fewer)})))
    said = " ".join(capsys.readouterr().out.split())
    assert "Moorfield Primary School (vouched for by ashby-police)" in said
    assert "whom the policy names, which say nothing: 1." in said


def test_a_fork_is_told_and_a_step_without_effect_says_why(tmp_path: Path, policy: str) -> None:
    table = closed()
    again = resigned(table.signed[1], table.recipient.hands["s"], id="z" * 26)
    path = tmp_path / "forked.json"
    path.write_bytes(certify(0, [*table.signed, again], table.shown(), table.rosters))
    said = " ".join(_run(str(path), "--policy", policy).stdout.split())
    assert "without effect" in said
    assert "two different steps at one place" in said


def test_the_whole_log_shows_that_nothing_was_left_out(
    table: Table, certificate: Path, policy: str, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(write_export(table.log.entries, table.log.note(COSIGNED).decode())))
    with_log = (str(certificate), "--policy", policy, "--log", str(log))
    said = " ".join(_run(*with_log).stdout.split())
    assert "no event of these agencies was left out" in said
    assert json.loads(_run(*with_log, "--json").stdout)["log"]["whole"] == 2
    _run(str(certificate), "--unpinned", "--log", str(log), status=2)
    log.write_bytes(b"".join(write_export(table.log.entries, table.log.note(COSIGNED, by=()).decode())))
    assert "quorum_missing" in _run(*with_log, status=2).stderr
    log.write_bytes(b"".join(write_export(table.log.entries[:1], table.log.note(COSIGNED).decode())))
    assert "entry_dropped" in _run(*with_log, status=2).stderr
    log.unlink()
    assert "file_missing" in _run(*with_log, status=2).stderr


class _Desk:
    """A desk that gives out this certificate."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def thread(self, name: str) -> str:
        return name * 26

    def leg(self, thread: str, given: int | None) -> int:
        assert (thread, given) == ("t" * 26, None)
        return 0

    def certificate(self, thread: str, leg: int, *, words: bool) -> bytes:
        assert (thread, leg, words) == ("t" * 26, 0, False)
        return self.data


def test_what_a_desk_gives_is_checked_before_it_is_written(
    certificate: Path,
    policy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    desk = _Desk(certificate.read_bytes())
    monkeypatch.setattr(proving, "at_desk", lambda _: desk)

    before = os.umask(0o022)
    request.addfinalizer(lambda: os.umask(before))

    def fetched(name: str, *options: str, status: int = 0) -> Any:
        out = str(tmp_path / name)
        result = CliRunner().invoke(app, ["certificate", "t", "--out", out, *options])
        assert result.exit_code == status, (result.output, result.stderr)
        return result

    assert "found to hang together" in " ".join(fetched("one.json").stdout.split())
    said = " ".join(fetched("two.json", "--policy", policy).stdout.split())
    assert "verified by your policy" in said
    assert (tmp_path / "two.json").read_bytes() == desk.data
    assert stat.S_IMODE((tmp_path / "two.json").stat().st_mode) == 0o600
    assert "file_exists" in fetched("two.json", status=2).stderr
    assert json.loads(fetched("three.json", "--policy", policy, "--json").stdout)["verified"] is True
    desk.data = desk.data[:-1]
    assert "certificate_refused" in fetched("four.json", "--policy", policy, status=2).stderr
    assert not (tmp_path / "four.json").exists()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere.json")
    assert "file_missing" in _run(nowhere, "--unpinned", status=2).stderr
    assert "file_missing" in _run(str(tmp_path), "--policy", nowhere, status=2).stderr
