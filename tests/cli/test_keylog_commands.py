"""The key log on the command line: anybody's eyes on it, and what only people can decide."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from city import City, city
from doubles import PASSPHRASE, furnish
from hostile_hub import hostile_city
from typer.testing import CliRunner, Result

from exchange.cli import app
from exchange.desk.cli import keylog
from exchange.desk.log_reader import LogReader
from exchange.errors import EntryDropped, HubUnreachable, LogForked, LogRolledBack
from exchange.hub.app import HUB
from exchange.store.casebook import AlarmRow, Casebook, Change, ContradictionRow
from exchange.store.mailroom.log import Trouble
from exchange.wire.keylog import read_export
from keys.ceremony.home import load_home
from keys.ceremony.leaving import change_administrators
from keys.errors import CheckpointForged
from keys.files import write_private

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from exchange.desk.keylog import KeyLog
    from keys.statement import Signed

SCHOOL = "moorfield-primary"
AT = "2026-11-23T10:00:00Z"


async def run(*words: object) -> Result:
    """Run a command beside the hub that it asks."""
    return await asyncio.to_thread(CliRunner().invoke, app, [str(word) for word in words])


def printed(result: Result) -> Any:
    """What a command printed as JSON; the desks of this very process log beside it."""
    return json.loads("\n".join(line for line in result.stdout.splitlines() if not line.startswith("20")))


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[City]:
    async with city(tmp_path) as made:
        desk = await made.open(SCHOOL, {"Helen Marsh": "designated safeguarding lead"})
        async with asyncio.timeout(20):
            while desk.desk.trust.size < 2:  # noqa: ASYNC110 - enrolled, and anchored
                await asyncio.sleep(0.05)
        yield made


async def test_the_log_is_shown_verified(town: City) -> None:
    home = town.folder / SCHOOL
    shown = await run("keys", "log", "show", town.hub, "--policy", home)
    assert shown.exit_code == 0, shown.output
    assert "moorfield-primary  enrol" in shown.output
    assert "moorfield-primary  anchor" in shown.output
    assert "They are a quorum." in shown.output
    told = printed(await run("keys", "log", "show", town.hub, "--policy", home, "--json"))
    assert [entry["kind"] for entry in told["entries"]] == ["enrol", "anchor"]
    assert told["quorum"] is True


async def test_an_audit_looks_at_tiles_and_proofs_and_what_was_remembered(town: City) -> None:
    home, remembered = town.folder / SCHOOL, town.folder / "checkpoint"
    first = await run(
        "keys", "log", "audit", town.hub, "--policy", home / "policy.json", "--remember", remembered
    )
    assert first.exit_code == 0, first.output
    assert "2 entries, 5 tiles and proofs" in first.output
    again = await run("keys", "log", "audit", town.hub, "--policy", home, "--remember", remembered, "--json")
    assert printed(again)["entries"] == 2


async def test_an_export_comes_from_the_hub_or_from_a_desk(town: City) -> None:
    home = town.folder / SCHOOL
    (home / "desk.toml").write_text(f'hub = "{town.hub}"\n')
    written = []
    for number, source in enumerate((town.hub, home)):
        out = town.folder / f"export-{number}"
        done = await run("keys", "log", "export", source, "--policy", home, "--out", out)
        assert done.exit_code == 0, done.output
        with out.open("rb") as file:
            *entries, note = read_export(file)
        assert str(note).startswith(town.config.origin)
        written.append(entries)
    assert written[0] == written[1]
    assert len(written[0]) == 2
    refused = await run("keys", "log", "export", home, "--out", town.folder / "export-0")
    assert "file_refused" in refused.stderr


async def test_a_monitor_that_sees_nothing_wrong_says_nothing(town: City) -> None:
    done = await run("keys", "monitor", town.hub, "--policy", town.folder / SCHOOL, "--once")
    assert (done.exit_code, "ALARM" in done.output) == (0, False)
    told = printed(
        await run("keys", "monitor", town.hub, "--policy", town.folder / SCHOOL, "--once", "--json")
    )
    assert told["alarm"] is None
    assert told["size"] > 0
    (town.folder / "empty").mkdir()
    nobody = await run("keys", "monitor", town.hub, "--policy", town.folder / "empty", "--once")
    assert (nobody.exit_code, "ALARM" in nobody.stdout) == (2, False)
    assert "policy_missing" in nobody.stderr
    away = await run("keys", "monitor", "http://127.0.0.1:1", "--policy", town.folder / SCHOOL, "--once")
    assert away.exit_code == 3


async def test_a_monitor_names_what_is_wrong(
    town: City, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home, remembered = town.folder / SCHOOL, town.folder / "checkpoint"
    look = ("keys", "monitor", town.hub, "--policy", home, "--remember", remembered, "--once")
    assert (await run(*look)).exit_code == 0
    with monkeypatch.context() as patch:
        patch.setattr(keylog, "STALE", -1)
        frozen = await run(*look)
        assert (frozen.exit_code, "ALARM: log_frozen" in frozen.output) == (1, True)
    kept = remembered.read_bytes()
    for damaged in (b"", kept[:-9], b"\xff" + kept):
        remembered.write_bytes(damaged)
        wrong = await run(*look)
        assert (wrong.exit_code, "ALARM" in wrong.output) == (2, False)
        assert "remembered_damaged" in wrong.stderr
        assert remembered.read_bytes() == damaged
    async with hostile_city(tmp_path / "other") as other:
        await other.open(SCHOOL, {"Helen Marsh": "lead"})
        stranger = await run("keys", "monitor", other.hub, "--policy", home, "--once", "--json")
        assert stranger.exit_code == 1
        assert printed(stranger)["alarm"] == "checkpoint_forged"


async def test_a_monitor_names_what_the_hub_says_of_its_own_log(town: City) -> None:
    assert town.runner is not None
    checkpoints = town.runner.app[HUB].keylog.checkpoints
    for name, code in (("behind", "hub_behind"), ("forked", "log_forked")):
        checkpoints.trouble = Trouble(name, 9, b"", b"")
        said = await run("keys", "monitor", town.hub, "--policy", town.folder / SCHOOL, "--once", "--json")
        assert (said.exit_code, printed(said)["alarm"]) == (1, code)


async def test_a_log_that_is_empty_for_ever_is_frozen(town: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy names founders: a hub that shows no entry at all hides them."""

    async def nothing(_reader: LogReader, _log: KeyLog) -> tuple[Signed, ...]:
        await asyncio.sleep(0)
        return ()

    monkeypatch.setattr(LogReader, "follow", nothing)
    shown = await run("keys", "monitor", town.hub, "--policy", town.folder / SCHOOL, "--once", "--json")
    assert (shown.exit_code, printed(shown)["alarm"]) == (1, "log_frozen")


async def test_two_histories_are_shown_and_a_desk_that_was_set_back_resumes(town: City) -> None:
    home = town.folder / SCHOOL
    await town.desks.pop(SCHOOL).stop()
    (home / "desk.toml").write_text(f'hub = "{town.hub}"\n')
    assert (await run("desk", "forks", home)).exit_code == 0
    secret = town.folder / "secret"
    write_private(secret, PASSPHRASE.encode())
    decide = ("desk", "resume", home, "--reasons", "The disk broke.", "--by-passphrase-file", secret, "--by")
    early = await run(*decide, "Helen Marsh")
    assert "nothing_to_resume" in early.stderr
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{home / 'casebook.db'}")
    row = ContradictionRow("d" * 64, "log_forked", None, b"shown\n1\n", b"known\n2\n", AT)
    alarm = AlarmRow("desk_behind", "", AT)
    await casebook.record(Change(contradictions=(row,), alarms=(alarm,)))
    await casebook.close()
    shown = await run("desk", "forks", home)
    assert shown.exit_code == 1
    assert "    shown" in shown.output
    assert "    known" in shown.output
    waved_away = await run("desk", "alarms", home, "--over", "desk_behind")
    assert "desk_behind" in waved_away.stderr
    assert (await run(*decide, "Nobody Here")).exit_code == 2
    rehearsed = await run(*decide, "Helen Marsh", "--rehearse")
    assert "--- Rehearsal of the ceremony resume, number 1 ---" in rehearsed.output
    assert "desk_resumed" not in (await run("desk", "audit", home)).output
    done = await run(*decide, "Helen Marsh")
    assert done.exit_code == 0, done.output
    assert "--- Record of the ceremony resume, number 2 ---" in done.output
    assert "desk_resumed" in (await run("desk", "audit", home)).output
    assert "The disk broke." in (await run("keys", "ceremonies", home)).output
    *_, last = load_home(home, datetime.now(UTC)).ceremonies
    assert [act.act for act in last.transcript.acts] == ["desk_resumed"]
    assert "nothing_to_resume" in (await run(*decide, "Helen Marsh")).stderr
    assert len(load_home(home, datetime.now(UTC)).ceremonies) == 2


async def test_a_desk_that_was_set_back_serves_nobody(town: City) -> None:
    client = await town.client(SCHOOL, "Helen Marsh")
    town.desks[SCHOOL].desk.memory.behind = True
    status, problem = await client.call("GET", "/inbox")
    assert (status, problem["code"]) == (503, "desk_behind")
    assert "readback desk resume" in problem["hint"]


async def test_two_administrators_decide_where_two_can(tmp_path: Path) -> None:
    home, secret = tmp_path / SCHOOL, tmp_path / "secret"
    now = datetime.now(UTC)
    people = {"Helen Marsh": "lead", "Tom Reed": "deputy", "Ann Lee": "attendance officer"}
    await asyncio.to_thread(furnish, home, people, {}, now)
    roster = load_home(home, now).roster
    ids = {person.name: person.id for person in roster.people}
    change_administrators(home, named=[ids["Helen Marsh"], ids["Tom Reed"]], relieved=(), now=now)
    (home / "desk.toml").write_text('hub = "http://127.0.0.1:1"\n')
    write_private(secret, PASSPHRASE.encode())
    files = ("--by-passphrase-file", secret, "--by-passphrase-file", secret)
    decide = ("desk", "resume", home, "--reasons", "The disk broke.", *files)
    for by, code in (
        (("Helen Marsh",), "two_people_needed"),
        (("Helen Marsh", "Helen Marsh"), "two_people_needed"),
        (("Helen Marsh", "Ann Lee"), "not_an_administrator"),
        (("Helen Marsh", "Tom Reed"), "nothing_to_resume"),
    ):
        words = [word for name in by for word in ("--by", name)]
        assert code in (await run(*decide, *words)).stderr, by


@pytest.mark.parametrize("command", [("monitor", "--once"), ("log", "show")])
async def test_a_watcher_without_a_desk_is_told_what_a_watcher_can_do(
    town: City, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    name, *more = command
    rest = (*((more[0], town.hub) if name == "log" else (town.hub, *more)), "--policy", town.folder / SCHOOL)
    for problem in (HubUnreachable, LogForked, LogRolledBack, EntryDropped, CheckpointForged):

        async def wrong(*_: Any, raised: Any = problem) -> None:
            await asyncio.sleep(0)
            raise raised

        monkeypatch.setattr(LogReader, "follow", wrong)
        done = await run("keys", name, *rest)
        said = " ".join(done.output.split())
        assert problem.code in said
        assert "What to do:" in said
        for foreign in ("your desk", "What you sent", "HOME", "Nothing is sent", "your administrator"):
            assert foreign not in said
        assert done.exit_code == (3 if problem is HubUnreachable else 1 if name == "monitor" else 2)
