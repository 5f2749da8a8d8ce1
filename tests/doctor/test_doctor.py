"""The doctor: what is well, what to look at soon, what is wrong; by code, and naming nobody."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import Town
from typer.testing import CliRunner

from exchange.cli import app
from exchange.doctor import desk, hub, machine
from exchange.doctor.address import has_tls, is_here
from exchange.hub.config import HubConfig
from exchange.hub.keylog.key import CREDENTIAL, KEYSTORE
from exchange.hub.service import found
from exchange.store.casebook import AlarmRow, Change

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from exchange.doctor.finding import Finding


@pytest.fixture
def hub_home(tmp_path: Path) -> Path:
    home = tmp_path / "hub"
    found(home, address="https://hub.example.org", port=1)
    return home


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[tuple[Town, Path]]:
    town = Town(tmp_path)
    agency = await town.open("moorfield-primary", {"Helen Marsh": "lead", "Tom Reed": "attendance officer"})
    (agency.home / "desk.toml").write_text('hub = "http://127.0.0.1:1"\n')
    yield town, agency.home
    await town.close()


def states(findings: Iterable[Finding]) -> dict[str, str]:
    return {one.about: one.state for one in findings}


async def test_a_hub_that_was_just_set_up_is_well(hub_home: Path) -> None:
    seen = states(await hub.examine(hub_home))
    assert seen["address"] == seen["log key"] == seen["mailroom"] == seen["files"] == "well"
    assert seen["running"] == "soon"
    assert "folder" not in seen


async def test_a_hub_without_its_key_is_wrong_and_the_rest_is_still_looked_at(hub_home: Path) -> None:
    (hub_home / KEYSTORE).unlink()
    findings = await hub.examine(hub_home)
    (key,) = [one for one in findings if one.about == "log key"]
    assert (key.state, key.code) == ("wrong", "log_key_missing")
    assert states(findings)["mailroom"] == "well"


async def test_an_address_without_tls_is_wrong(hub_home: Path) -> None:
    settings = hub_home / "hub.toml"
    settings.write_text(settings.read_text().replace("https://", "http://"))
    assert states(await hub.examine(hub_home))["address"] == "wrong"


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://127.0.0.1:8440", True),
        ("http://localhost:1", True),
        ("http://[::1]:1", True),
        ("http://127.evil.example", False),
        ("http://localhost.evil", False),
        ("http://10.0.0.1", False),
    ],
)
def test_only_this_machines_own_addresses_need_no_tls(address: str, here: bool) -> None:
    assert is_here(address) is here
    assert not has_tls(address)


@pytest.mark.parametrize("name", [CREDENTIAL, KEYSTORE])
async def test_a_private_file_that_others_can_read_is_wrong(hub_home: Path, name: str) -> None:
    (hub_home / name).chmod(0o640)
    assert states(await hub.examine(hub_home))["files"] == "wrong"


async def test_a_folder_that_others_can_enter_is_wrong(hub_home: Path) -> None:
    hub_home.chmod(0o755)  # noqa: ASYNC240 - one call, in a test
    assert states(await hub.examine(hub_home))["folder"] == "wrong"


async def test_a_store_that_does_not_answer_is_wrong(hub_home: Path) -> None:
    settings = hub_home / "hub.toml"
    settings.write_text(settings.read_text() + 'database = "postgresql+asyncpg://nobody@127.0.0.1:1/none"\n')
    (store,) = [one for one in await hub.examine(hub_home) if one.about == "mailroom"]
    assert (store.state, store.code) == ("wrong", "store_unavailable")


async def test_a_damaged_store_is_wrong_by_its_own_code(hub_home: Path) -> None:
    assert states(await hub.examine(hub_home))["mailroom"] == "well"
    (hub_home / "mailroom.db").write_bytes(b"x" * 4096)
    (store,) = [one for one in await hub.examine(hub_home) if one.about == "mailroom"]
    assert (store.state, store.code) == ("wrong", "store_damaged")


async def test_a_store_of_another_release_is_wrong_by_its_own_code(hub_home: Path) -> None:
    await hub.examine(hub_home)
    with sqlite3.connect(hub_home / "mailroom.db") as database:
        database.execute("update mailroom_version set version_num = '9999'")
    (store,) = [one for one in await hub.examine(hub_home) if one.about == "mailroom"]
    assert (store.state, store.code) == ("wrong", "store_damaged")


def test_a_disk_that_is_almost_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    for free, state in ((machine.NONE - 1, "wrong"), (machine.LITTLE - 1, "soon"), (machine.LITTLE, "well")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        assert states(machine.machine(tmp_path))["disk"] == state


async def test_a_desk_says_what_ends_and_what_waits(school: tuple[Town, Path]) -> None:
    _, home = school
    seen = states(await desk.examine(home))
    assert seen["keys"] == seen["casebook"] == "well"
    assert seen["hub"] == "soon"  # nobody answers at that port
    assert seen["custody"] == "soon"


async def test_an_alarm_that_stands_is_told_with_what_to_do(school: tuple[Town, Path]) -> None:
    town, home = school
    at = "2026-11-23T10:00:00.000000Z"
    await town["moorfield-primary"].desk.casebook.record(Change(alarms=(AlarmRow("log_forked", "", at),)))
    settings = desk.DeskConfig.read(home)
    assert settings.database_url == town["moorfield-primary"].desk.config.database_url
    (alarm,) = [one for one in await desk.examine(home) if one.about == "alarm log_forked"]
    assert alarm.state == "wrong"
    assert alarm.do


async def test_a_home_that_cannot_be_read_is_wrong_by_its_code(school: tuple[Town, Path]) -> None:
    _, home = school
    (home / "desk.credential").chmod(0o644)
    (keys,) = [one for one in await desk.examine(home) if one.about == "keys"]
    assert (keys.state, keys.code) == ("wrong", "file_exposed")


def test_clocks_that_are_apart_are_told() -> None:
    now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    header = "Mon, 23 Nov 2026 10:00:20 GMT"
    assert states(desk._clocks(header, now)) == {"clocks": "well"}
    assert states(desk._clocks(header, now - timedelta(seconds=40))) == {"clocks": "wrong"}
    assert states(desk._clocks("no date", now)) == {}
    for edge in ("Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359", "\x00", ""):
        assert states(desk._clocks(edge, now)).keys() <= {"clocks"}


async def test_nobody_is_named(school: tuple[Town, Path]) -> None:
    town, home = school
    told = json.dumps([asdict(one) for one in await desk.examine(home)])
    people = town["moorfield-primary"].desk.own.home.roster.people
    assert not any(one.name in told or one.id in told for one in people)


def test_the_command_ends_with_one_if_something_is_wrong(hub_home: Path) -> None:
    ran = CliRunner().invoke(app, ["doctor", str(hub_home), "--json"])
    wrong = [one for one in json.loads(ran.output) if one["state"] == "wrong" and one["about"] != "clock"]
    assert wrong == []
    (hub_home / KEYSTORE).chmod(0o644)
    ran = CliRunner().invoke(app, ["doctor", str(hub_home)])
    assert ran.exit_code == 1
    assert "WRONG" in ran.output
    assert "What to do: chmod 600" in ran.output


def test_a_folder_of_nobody_is_refused_by_name(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["doctor", str(tmp_path)])
    assert ran.exit_code == 2
    assert "nothing_to_examine" in ran.output


def test_looking_changes_no_setting(hub_home: Path) -> None:
    before = {path.name: path.read_bytes() for path in hub_home.rglob("*") if path.is_file()}
    CliRunner().invoke(app, ["doctor", str(hub_home)])
    after = {path.name: path.read_bytes() for path in hub_home.rglob("*") if path.is_file()}
    assert before == {name: data for name, data in after.items() if not name.startswith("mailroom")}
    assert HubConfig.read(hub_home).port == 1
