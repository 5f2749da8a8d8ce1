"""A home is lost and only an old backup is left: what refuses, what mends it, and a share that closes again."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import api_loop
import pytest
from city import City, city, until
from doubles import CHEAP, PASSPHRASE
from typer.testing import CliRunner

from exchange.cli import app
from keys import keystore
from keys.ceremony.home import load_home
from keys.ceremony.leaving import change_administrators
from keys.files import write_private

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from exchange.desk.app import RunningDesk

PATIENCE = 60  # seconds, on a machine that does much else
SCHOOL, POLICE = "moorfield-primary", "eastvale-police"
HELEN, TOM = "Helen Marsh", "Tom Reed"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretching is measured elsewhere."""
    lock = keystore.Passphrase.lock
    monkeypatch.setattr(keystore.Passphrase, "lock", lambda self, _cost: lock(self, CHEAP))


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[City]:
    """Two desks; the police's is the witness. The school was backed up, and went on with other keys."""
    async with city(tmp_path) as made:
        home = made.folder / SCHOOL
        write_private(tmp_path / "secret", PASSPHRASE.encode())
        await made.open(POLICE, {"Ruth Okafor": "officer"})
        await made.open(SCHOOL, {HELEN: "designated safeguarding lead", TOM: "deputy"})
        people = [person.id for person in load_home(home, datetime.now(UTC)).roster.people]
        change_administrators(home, named=people, relieved=(), now=datetime.now(UTC))
        (home / "desk.toml").write_text(f'hub = "{made.hub}"\n')
        await ran(made, "keys", "backup", home, tmp_path / "old", "--passphrase-file", tmp_path / "secret")
        for times in (1, 2):
            await ran(made, "keys", "rotate", home, *root(made), *by(made, HELEN))
            await until(partial(listed, made.desks[SCHOOL], 1 + times), PATIENCE)
        await made.desks.pop(SCHOOL).stop()
        yield made


def secret(town: City) -> Path:
    return town.folder / "secret"


def root(town: City) -> tuple[object, ...]:
    return ("--passphrase-file", secret(town))


def by(town: City, *names: str) -> tuple[object, ...]:
    return tuple(word for name in names for word in ("--by", name, "--by-passphrase-file", secret(town)))


async def ran(town: City, *words: object, status: int = 0) -> Any:
    done = await asyncio.to_thread(CliRunner().invoke, app, [str(word) for word in words])
    assert done.exit_code == status, done.output
    return done


async def refused(town: City, code: str, *words: object) -> str:
    done = await ran(town, *words, status=2)
    assert code in done.stderr, done.output
    return " ".join(done.stderr.split())


async def listed(desk: RunningDesk, events: int) -> bool:
    await asyncio.sleep(0)
    return desk.desk.trust.own_events_vouched() >= events


async def put_back(town: City, *, casebook: bool) -> Path:
    """Lose the home, all of it or all but the casebook, and restore the old backup."""
    home, lost = town.folder / SCHOOL, town.folder / "lost"
    home.rename(lost)
    await ran(town, "keys", "restore-home", town.folder / "old", home, *root(town))
    for file in lost.glob("casebook.*") if casebook else ():
        shutil.copy(file, home)
    return home


async def alarms(desk: RunningDesk) -> set[str]:
    return {alarm.name for alarm in await desk.desk.casebook.alarms()}


async def noticed(desk: RunningDesk) -> bool:
    """Whether it found out: by its events, or first by what it signed without the casebook."""
    return not {"home_set_back", "desk_behind"}.isdisjoint(await alarms(desk))


async def test_from_an_old_backup_alone_to_a_confirmed_share(town: City) -> None:
    home = await put_back(town, casebook=False)
    desk = await town.reopen(SCHOOL)

    await until(lambda: noticed(desk), PATIENCE)
    async with town.http.post(
        f"{desk.address}/api/v1/session", json={"person": HELEN, "passphrase": PASSPHRASE}
    ) as answer:
        assert answer.status == 503
    await town.desks.pop(SCHOOL).stop()

    export = town.folder / "log.jsonl"
    await ran(town, "keys", "log", "export", town.hub, "--policy", home, "--out", export)
    catch_up = ("keys", "catch-up", home, "--log", export)
    await refused(town, "two_people_needed", *catch_up, *by(town, HELEN))
    rehearsed = await ran(town, *catch_up, *by(town, HELEN, TOM), "--rehearse")
    assert rehearsed.stdout.startswith("REHEARSAL")
    record = (await ran(town, *catch_up, *by(town, HELEN, TOM))).stdout
    said = " ".join(record.split())
    assert "Took over 2 events of moorfield-primary from the key log." in said
    for lost in ("signing", "mailbox", "transport"):
        assert f"The private half is not here of the {lost} key" in said
    assert f"readback keys rotate {home}" in said
    assert "done event taken over 2" in said
    with pytest.raises(Exception, match="no private half"):
        await town.reopen(SCHOOL)
    await ran(town, "keys", "rotate", home, *root(town), *by(town, HELEN))

    # The casebook is new too, and the desk had signed before: two administrators let it go on.
    await ran(town, "desk", "resume", home, "--reasons", "The disk broke.", *by(town, HELEN, TOM))
    desk = await town.reopen(SCHOOL)
    await until(lambda: listed(desk, 4), PATIENCE)
    helen, ruth = await town.client(SCHOOL, HELEN), await town.client(POLICE, "Ruth Okafor")
    await api_loop.closes(helen, ruth, "Ruth")
    await api_loop.closes(ruth, helen, "Helen")
    assert {"home_set_back", "desk_behind"}.isdisjoint(await alarms(desk))


async def test_beside_the_newest_casebook_nothing_old_is_served_or_signed(town: City) -> None:
    home = await put_back(town, casebook=True)
    with pytest.raises(Exception, match="older than what its desk"):
        await town.reopen(SCHOOL)
    for ceremony in (("rotate", home, *root(town)), ("lead", home, HELEN), ("suspend", home, TOM)):
        told = await refused(town, "home_set_back", "keys", *ceremony, *by(town, HELEN))
        assert "readback keys catch-up HOME --log FILE" in told
    export = town.folder / "log.jsonl"
    await ran(town, "keys", "log", "export", home, "--out", export)
    await ran(town, "keys", "catch-up", home, "--log", export, *by(town, HELEN, TOM))
    await refused(town, "nothing_changed", "keys", "catch-up", home, "--log", export, *by(town, HELEN, TOM))
    await ran(town, "keys", "rotate", home, *root(town), *by(town, HELEN))
    desk = await town.reopen(SCHOOL)
    await until(lambda: listed(desk, 4), PATIENCE)
    assert "ceremonies_altered" in await alarms(desk), "those of the time in between are gone"
    trail = [row.entry.code or "" for row in await desk.desk.casebook.audit(limit=1000)]
    assert {code.split(":")[0] for code in trail} >= {"catch-up"}
    helen, ruth = await town.client(SCHOOL, HELEN), await town.client(POLICE, "Ruth Okafor")
    await api_loop.closes(helen, ruth, "Ruth")


async def test_a_log_that_contradicts_the_home_is_an_alarm_and_writes_nothing(town: City) -> None:
    home = await put_back(town, casebook=False)
    await ran(town, "keys", "rotate", home, *root(town), *by(town, HELEN))  # nobody knew better
    desk = await town.reopen(SCHOOL)
    await until(lambda: _refuses(desk), PATIENCE)
    await town.desks.pop(SCHOOL).stop()
    export = town.folder / "log.jsonl"
    await ran(town, "keys", "log", "export", town.hub, "--policy", home, "--out", export)
    before = sorted((one.name, one.read_bytes()) for one in (home / "events").iterdir())
    said = await refused(
        town, "home_contradicted", "keys", "catch-up", home, "--log", export, *by(town, HELEN, TOM)
    )
    assert "(event 1)" in said
    assert before == sorted((one.name, one.read_bytes()) for one in (home / "events").iterdir())
    shown = await ran(town, "desk", "alarms", home, status=1)
    assert "directory_event_not_ours" in shown.stdout


async def _refuses(desk: RunningDesk) -> bool:
    return bool(await alarms(desk))


async def test_an_export_that_is_none_is_refused(town: City, tmp_path: Path) -> None:
    home = await put_back(town, casebook=False)
    export, cut = town.folder / "log.jsonl", town.folder / "cut.jsonl"
    await ran(town, "keys", "log", "export", town.hub, "--policy", home, "--out", export)
    lines = export.read_bytes().splitlines(keepends=True)

    async def told(data: bytes, code: str) -> None:
        cut.write_bytes(data)
        await refused(town, code, "keys", "catch-up", home, "--log", cut, *by(town, HELEN, TOM))

    await refused(
        town, "file_missing", "keys", "catch-up", home, "--log", tmp_path / "none", *by(town, HELEN, TOM)
    )
    await told(b"".join(lines[:-1]), "export_differs")
    await told(b"".join(lines[1:]), "entry_dropped")
    await told(b"".join((*lines[:-2], lines[-1])), "entry_dropped")
    await told(b"not a log\n", "export_differs")
    note = lines[-1]
    origin, signatures = note.split(b"\\n\\n")
    first = signatures.split(b"\\n")[0] + b'\\n"}\n'
    await told(b"".join(lines[:-1]) + origin + b"\\n\\n" + first, "quorum_missing")
    assert load_home(home, datetime.now(UTC)).keys.seq == 0
