"""The commands of custody, as people type them: what they ask, what they print, and what they refuse."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from doubles import PASSPHRASE, START, furnish
from typer.testing import CliRunner

from exchange.cli import app
from exchange.store.casebook import Casebook
from keys.ceremony.home import load_home, offline_keystore
from keys.ceremony.publish import publish

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = ("Asha One", "Ben Two", "Cara Three")
ADMINISTRATORS = ("Mara Bell", "Noor Haddad")


def told(*words: object, status: int = 0) -> Any:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == status, (result.output, result.exception)
    return result


@pytest.fixture
def home(tmp_path: Path) -> Path:
    found = tmp_path / "moorfield-primary"
    furnish(found, dict.fromkeys((*PEOPLE, *ADMINISTRATORS), "Staff"), {}, START)
    loaded = load_home(found)
    named = tuple(loaded.roster.find(name)[0].id for name in ADMINISTRATORS)
    publish(loaded, datetime.now(UTC), administrators=named)
    return found


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE)
    file.chmod(0o600)
    return file


def give(home: Path, secret: Path, *more: object, people: tuple[str, ...] = PEOPLE, status: int = 0) -> Any:
    named = [word for name in people for word in ("--name", name)]
    here = [word for name in people[:2] for word in ("--with", name)]
    files = ["--passphrase-file", secret] * 3
    by = [word for name in ADMINISTRATORS for word in ("--by", name, "--by-passphrase-file", secret)]
    return told("keys", "custodians", home, *named, *here, *files, *by, *more, status=status)


def test_custody_is_given_shown_and_rehearsed(home: Path, secret: Path) -> None:
    before = json.loads(told("keys", "custodians", home, "--json").stdout)
    assert before == {"undivided": True, "keys": []}
    record = give(home, secret).stdout
    assert "2 of 3 custodians are needed together" in record
    assert "Now destroy every copy" in record
    assert not offline_keystore(home, "records").exists()
    after = json.loads(told("keys", "custodians", home, "--json").stdout)
    roster = load_home(home).roster
    assert after["undivided"] is False
    assert [(one["key"], one["need"]) for one in after["keys"]] == [(roster.records_key.key_id, 2)]
    assert set(after["keys"][0]["people"]) == {one.id for one in roster.people if one.name in PEOPLE}
    files = ["--passphrase-file", secret] * 2
    rehearsed = told("keys", "rehearse-records", home, "--with", PEOPLE[1], "--with", PEOPLE[2], *files)
    assert rehearsed.stdout.startswith("REHEARSAL:")
    alone = told("keys", "rehearse-records", home, "--with", PEOPLE[1], *files, status=2)
    assert "Code: custodians_absent" in alone.stderr


def test_one_custodian_is_refused_and_nothing_is_destroyed(home: Path, secret: Path) -> None:
    assert "Code: too_few_custodians" in give(home, secret, people=PEOPLE[:1], status=2).stderr
    assert "Code: too_few_custodians" in give(home, secret, "--need", 1, status=2).stderr
    assert offline_keystore(home, "records").exists()


def test_without_a_terminal_a_missing_passphrase_is_refused(home: Path) -> None:
    by = ("--by", ADMINISTRATORS[0], "--by", ADMINISTRATORS[1])
    result = told("keys", "custodians", home, "--name", PEOPLE[0], "--name", PEOPLE[1], *by, status=2)
    assert "Code: passphrase_missing" in result.stderr


def test_one_administrator_is_not_enough(home: Path, secret: Path) -> None:
    named = ("--name", PEOPLE[0], "--name", PEOPLE[1])
    by = ("--by", ADMINISTRATORS[0], "--by-passphrase-file", secret)
    assert "Code: two_people_needed" in told("keys", "custodians", home, *named, *by, status=2).stderr
    assert "Code: administrator_needed" in told("keys", "custodians", home, *named, status=2).stderr


def test_a_rehearsal_gives_nothing_away_and_destroys_nothing(home: Path, secret: Path) -> None:
    rehearsed = give(home, secret, "--rehearse").stdout
    assert rehearsed.startswith("REHEARSAL.")
    assert "Destroyed" not in rehearsed
    assert "destroy every copy" not in rehearsed
    assert "Keep every copy" in rehearsed
    assert json.loads(give(home, secret, "--rehearse", "--json").stdout)["destroyed"] is False
    assert offline_keystore(home, "records").exists()
    assert not list((home / "custody").glob("*"))
    assert load_home(home).roster.custodians is None


def test_administrators_who_can_read_alone_are_warned_of(home: Path, secret: Path) -> None:
    one = (PEOPLE[0], ADMINISTRATORS[0], PEOPLE[1])
    assert "WARNING" not in give(home, secret, "--rehearse", people=one).stdout
    both = (*ADMINISTRATORS, PEOPLE[0])
    assert "WARNING: administrators alone" in give(home, secret, "--rehearse", people=both).stdout
    told_so = json.loads(give(home, secret, "--json", people=both).stdout)
    assert told_so["administrators_alone"] is True


def test_a_name_that_is_not_here_is_refused(home: Path, secret: Path) -> None:
    assert "Code: person_unclear" in give(home, secret, people=("Nobody", "Asha One"), status=2).stderr


async def empty_casebook(home: Path) -> None:
    await (await Casebook.open(f"sqlite+aiosqlite:///{home / 'casebook.db'}")).close()


def lead(home: Path) -> None:
    """Name the lead, under whose eyes custodians open a thread."""
    publish(load_home(home), datetime.now(UTC), lead=load_home(home).roster.find(PEOPLE[2])[0].id)


def test_nothing_is_opened_where_no_lead_would_hear_of_it(home: Path) -> None:
    alone = ("desk", "break-glass", home, "--thread", "a" * 26, "--by", PEOPLE[0], "--with", PEOPLE[1])
    refused = told(*alone, "--reasons", "The court asks.", status=2)
    assert "Code: lead_missing" in refused.stderr, "before a passphrase is asked for"


def broken(home: Path, secret: Path, *more: object, status: int = 2) -> Any:
    files = ["--passphrase-file", secret] * 2
    words = ("--by", PEOPLE[0], "--with", PEOPLE[1], "--reasons", "The court asks.")
    return told("desk", "break-glass", home, "--thread", "a" * 26, *words, *files, *more, status=status)


def test_a_casebook_that_is_not_there_is_not_made(home: Path, secret: Path, tmp_path: Path) -> None:
    give(home, secret)
    lead(home)
    told("desk", "init", home, "--hub", "http://127.0.0.1:1")
    assert "Code: file_missing" in broken(home, secret).stderr
    assert "Code: file_missing" in broken(home, secret, "--casebook", tmp_path / "none.db").stderr
    assert not (home / "casebook.db").exists()


def test_what_cannot_be_written_is_refused_before_anything_is_opened(
    home: Path, secret: Path, tmp_path: Path
) -> None:
    lead(home)
    asyncio.run(empty_casebook(home))
    there = tmp_path / "there.json"
    there.write_text("mine")
    assert "Code: file_refused" in broken(home, secret, "--out", there).stderr
    assert there.read_text() == "mine"


def test_a_thread_that_is_not_here_is_said_so(home: Path, secret: Path) -> None:
    give(home, secret)
    lead(home)
    asyncio.run(empty_casebook(home))
    assert "Code: thread_unknown" in broken(home, secret, "--casebook", home / "casebook.db").stderr


def test_somebody_without_threads_has_none(home: Path) -> None:
    asyncio.run(empty_casebook(home))
    words = ("desk", "threads-of", home, "--casebook", home / "casebook.db", "--person")
    assert told(*words, PEOPLE[0]).stdout.startswith("None:")
    assert json.loads(told(*words, PEOPLE[0], "--json").stdout) == []
    assert "Code: key_unknown" in told(*words, "Nobody At All", status=2).stderr
