"""The desk takes each ceremony's transcript up into its audit trail, and exports the trail as JSON lines."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from doubles import PASSPHRASE, START, furnish
from notary import Notary
from typer.testing import CliRunner

from exchange.cli import app
from exchange.desk.ceremonies import ALTERED, EVENT, Ceremonies
from exchange.desk.cli import exporting
from exchange.desk.config import DeskConfig
from exchange.desk.service.desk import Desk
from exchange.store.casebook import AuditEntry, Casebook, Change
from keys.ceremony.hands import unlock_hand
from keys.ceremony.holding import hold
from keys.ceremony.home import AgencyHome, changing, load_home
from keys.ceremony.people import name_lead
from keys.ceremony.policy import write_policy
from keys.ceremony.transcript import Kept
from keys.keystore import Passphrase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PEOPLE = ("Ann One", "Ben Two")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    found = tmp_path / "moorfield-primary"
    furnish(found, dict.fromkeys(PEOPLE, "Teacher"), {}, START)
    return found


@pytest.fixture
async def casebook(home: Path) -> AsyncIterator[Casebook]:
    book = await Casebook.open(f"sqlite+aiosqlite:///{home / 'casebook.db'}")
    yield book
    await book.close()


def held(home: Path, lead: str, *, rehearse: bool = False) -> AgencyHome:
    loaded = load_home(home, START)
    person = loaded.roster.find(lead)[0].id
    hand = unlock_hand(loaded, loaded.roster.find(PEOPLE[0])[0].id, Passphrase(PASSPHRASE))
    with hold(home, "lead", [hand], now=START, rehearse=rehearse) as ceremony:
        name_lead(ceremony.path, person=person, now=START)
    return load_home(home, START)


async def taken(casebook: Casebook) -> list[str | None]:
    return [row.entry.code for row in await casebook.audit() if row.entry.event == EVENT]


async def test_each_is_taken_up_once_and_in_order(home: Path, casebook: Casebook) -> None:
    ceremonies = Ceremonies(casebook, lambda: START)
    await ceremonies.take_up(load_home(home, START))
    assert await taken(casebook) == []
    await ceremonies.take_up(held(home, PEOPLE[0]))
    held(home, PEOPLE[1], rehearse=True)
    now = held(home, PEOPLE[1])
    for _ in range(3):
        await ceremonies.take_up(now)
        await Ceremonies(casebook, lambda: START).take_up(now)
    assert await taken(casebook) == ["lead:1", "lead:2:rehearsal", "lead:3"]
    rows = [row.entry for row in await casebook.audit() if row.entry.event == EVENT]
    assert [row.step for row in rows] == [kept.digest for kept in now.ceremonies]
    assert {row.person for row in rows} == {now.roster.find(PEOPLE[0])[0].id}


async def test_other_transcripts_in_their_place_are_an_alarm(
    home: Path, casebook: Casebook, tmp_path: Path
) -> None:
    ceremonies = Ceremonies(casebook, lambda: START)
    shutil.copytree(home, tmp_path / "old")
    await ceremonies.take_up(held(home, PEOPLE[0]))
    for other in (load_home(tmp_path / "old", START), held(tmp_path / "old", PEOPLE[1])):
        await ceremonies.take_up(other)
        assert [alarm.name for alarm in await casebook.alarms()] == [ALTERED]
    assert await taken(casebook) == ["lead:1"]
    assert [row.entry.code for row in await casebook.audit()].count(ALTERED) == 1


async def test_every_digit_of_what_was_taken_up_counts(home: Path, casebook: Casebook) -> None:
    """Else another transcript would be found whose digest begins alike."""
    ceremonies = Ceremonies(casebook, lambda: START)
    taken_up = held(home, PEOPLE[0])
    await ceremonies.take_up(taken_up)
    (kept,) = taken_up.ceremonies
    marks = [await casebook.cursor(f"ceremonies_mark_{part}") for part in range(5)]
    assert kept.digest == "".join(f"{mark:013x}" for mark in marks[:4]) + f"{marks[4]:012x}"
    last = "0" if kept.digest[-1] != "0" else "1"
    other = Kept(kept.transcript, kept.digest[:-1] + last)
    await ceremonies.take_up(replace(taken_up, ceremonies=(other,)))
    assert [alarm.name for alarm in await casebook.alarms()] == [ALTERED]


async def test_a_running_desk_takes_them_up(home: Path) -> None:
    write_policy(home, Notary().policy(load_home(home, START)))
    desk = await Desk.open(home, DeskConfig(home, "http://127.0.0.1:1", port=0), now=lambda: START)
    try:
        held(home, PEOPLE[0])
        held(home, PEOPLE[1], rehearse=True)
        assert await desk.own.refresh()
        assert await taken(desk.casebook) == ["lead:1", "lead:2:rehearsal"]
    finally:
        await desk.close()


async def test_a_home_that_is_just_being_changed_is_looked_at_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_policy(home, Notary().policy(load_home(home, START)))
    desk = await Desk.open(home, DeskConfig(home, "http://127.0.0.1:1", port=0), now=lambda: START)
    try:
        held(home, PEOPLE[0])
        with changing(home):
            monkeypatch.setattr("keys.ceremony.home.unsettled", lambda _: True)
            assert not await desk.own.refresh()
            monkeypatch.undo()
        assert await desk.own.refresh()
        assert await taken(desk.casebook) == ["lead:1"]
    finally:
        await desk.close()


def exported(home: Path, *more: object, status: int = 0) -> Any:
    (home / "desk.toml").write_text('hub = "http://127.0.0.1:1"\n')
    result = CliRunner().invoke(app, ["desk", "audit", str(home), *map(str, more)])
    assert result.exit_code == status, (result.output, result.exception)
    return result


async def wrote(home: Path, count: int) -> None:
    book = await Casebook.open(f"sqlite+aiosqlite:///{home / 'casebook.db'}")
    trail = tuple(AuditEntry("signed_in", "2026-11-22T12:00:00Z", person="a" * 26) for _ in range(count))
    await book.record(Change(audit=trail))
    await book.close()


def test_the_trail_is_exported_as_json_lines(home: Path) -> None:
    asyncio.run(wrote(home, 5))
    lines = [json.loads(line) for line in exported(home, "--after", 0).stdout.splitlines()]
    assert [line["number"] for line in lines] == [1, 2, 3, 4, 5]
    assert lines[0]["person"] == "a" * 26
    rest = [json.loads(line) for line in exported(home, "--after", 3).stdout.splitlines()]
    assert rest == lines[3:]
    assert exported(home, "--after", 5).stdout == ""


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET person = 'b' WHERE number = 3",
        "DELETE FROM audit WHERE number = 3",
        "UPDATE audit SET chain = '0' WHERE number = 3",
    ],
)
def test_a_broken_chain_is_named_and_ends_the_export(home: Path, change: str) -> None:
    asyncio.run(wrote(home, 5))
    with sqlite3.connect(home / "casebook.db") as book:
        for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            book.execute(f"DROP TRIGGER {name}")  # whoever can write the file can do that too
        book.execute(change)
    book.close()
    result = exported(home, "--after", 0, status=2)
    assert len(result.stdout.splitlines()) == 2
    assert "audit_broken" in result.stderr
    assert "entry 3" in result.stderr


def test_it_goes_on_as_the_trail_grows(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(wrote(home, 2))
    pauses = 0

    async def pause(_: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 2:
            raise KeyboardInterrupt
        await wrote(home, 1)

    monkeypatch.setattr(exporting, "_pause", pause)
    (home / "desk.toml").write_text('hub = "http://127.0.0.1:1"\n')
    with pytest.raises(KeyboardInterrupt):
        exporting.export(home, 1, follow=True)
    assert [json.loads(line)["number"] for line in capsys.readouterr().out.splitlines()] == [2, 3]


def test_a_trail_that_was_cut_short_is_noticed_by_who_has_more(home: Path) -> None:
    asyncio.run(wrote(home, 3))
    assert "audit_broken" in exported(home, "--after", 4, status=2).stderr
