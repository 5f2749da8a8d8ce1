"""What an administrator sees of a desk: alarms with their words, and the audit trail."""

from __future__ import annotations

import ast
import asyncio
import importlib
import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

import exchange.desk
from exchange.cli import app
from exchange.desk.alarms import MEANINGS
from exchange.desk.config import FILE, DeskConfig
from exchange.desk.courier.directory import NAMED, UNBELIEVABLE
from exchange.errors import DeskBehind, HubRefused, LogDisagrees, LogForked, LogFrozen, ProofRefused
from exchange.store.casebook import AlarmRow, AuditEntry, Casebook, Change
from keys.errors import HomeSetBack

if TYPE_CHECKING:
    from collections.abc import Iterator

DESK = Path(exchange.desk.__file__).parent
AT = "2026-11-22T15:04:05Z"
THREAD = "q7xk2mzpq7xk2mzpq7xk2mzpqa"


def told(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["desk", *map(str, arguments)])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / FILE).write_text('hub = "http://127.0.0.1:8440"\n')
    return tmp_path


def record(home: Path, change: Change) -> None:
    async def write() -> None:
        casebook = await Casebook.open(DeskConfig.read(home).database_url)
        await casebook.record(change)
        await casebook.close()

    asyncio.run(write())


def test_a_quiet_desk_says_so(home: Path) -> None:
    result = told("alarms", home)
    assert (result.exit_code, result.stdout) == (0, "No alarm stands.\n")
    assert json.loads(told("alarms", home, "--json").stdout) == []


def test_an_alarm_is_told_with_what_to_do_until_it_is_dealt_with(home: Path) -> None:
    record(home, Change(alarms=(AlarmRow("envelope_unpostable", THREAD, AT),)))
    result = told("alarms", home)
    assert result.exit_code == 1
    assert "envelope_unpostable (today), since 2026-11-22T15:04:05Z" in result.stdout
    assert THREAD in result.stdout
    assert "What to do:" in result.stdout
    (row,) = json.loads(told("alarms", home, "--json").stdout)
    assert (row["name"], row["subject"], row["ends_by_itself"]) == ("envelope_unpostable", THREAD, False)
    wrong = told("alarms", home, "--over", "directory_shorter")
    assert (wrong.exit_code, "Code: alarm_absent" in wrong.stderr) == (2, True)
    assert told("alarms", home, "--over", "envelope_unpostable").exit_code == 0
    assert told("alarms", home).exit_code == 0
    assert "alarm_dealt_with  envelope_unpostable" in told("audit", home).stdout


def test_the_trail_is_shown_and_a_change_in_it_is_found(home: Path) -> None:
    for number in range(4):
        entry = AuditEntry("refused", AT, THREAD, None, "moorfield-primary", None, f"code_{number}")
        record(home, Change(audit=(entry,)))
    result = told("audit", home, "--last", 2)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"     3  {AT}  refused  code_2  moorfield-primary  thread {THREAD}",
        f"     4  {AT}  refused  code_3  moorfield-primary  thread {THREAD}",
        "The trail is whole: every entry follows from the one before it.",
    ]
    with sqlite3.connect(home / "casebook.db") as database:
        triggers = database.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f"drop trigger {name}")
        database.execute("update audit set code = 'nothing' where number = 2")
    database.close()
    result = told("audit", home)
    assert (result.exit_code, "!! Entry 2 does not follow" in result.stdout) == (1, True)
    assert json.loads(told("audit", home, "--json").stdout)["broken_at"] == 2


def test_a_desk_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    for command in ("alarms", "audit"):
        result = told(command, tmp_path)
        assert (result.exit_code, "Code: desk_missing" in result.stderr) == (2, True)


def named_constants() -> Iterator[str]:
    """Every constant that the desk's code gives to an alarm."""
    for path in DESK.rglob("*.py"):
        module = importlib.import_module(".".join(path.relative_to(DESK.parent.parent).with_suffix("").parts))
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node.func) in {"AlarmRow", "_alarm", "ring", "_settle"}:
                whole = node.args[0] if _called(node.func) == "AlarmRow" and node.args else node
                names = [name.id for name in ast.walk(whole) if isinstance(name, ast.Name)]
                known = vars(module) | _imported_late(tree)
                yield from (known[name] for name in names if name.isupper())


def _imported_late(tree: ast.Module) -> dict[str, str]:
    """What a command imports only when it runs, of constants."""
    return {
        alias.name: getattr(importlib.import_module(node.module), alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if alias.name.isupper()
    }


def _called(function: ast.expr) -> str:
    return getattr(function, "attr", None) or getattr(function, "id", "")


def test_every_alarm_that_can_be_raised_has_words_and_no_other_has() -> None:
    named = (*NAMED, DeskBehind, HomeSetBack, HubRefused, LogDisagrees, LogForked, LogFrozen, ProofRefused)
    codes = {one.code for one in named}
    assert {*named_constants(), *codes, UNBELIEVABLE} == set(MEANINGS)
    for meaning in MEANINGS.values():
        assert meaning.says.endswith(".")
        assert meaning.do.endswith(".")
