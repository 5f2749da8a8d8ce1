"""A whole desk put back from a copy, after it went on: it serves nobody until two administrators decided."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from city import city, until
from doubles import PASSPHRASE
from typer.testing import CliRunner

from exchange.cli import app
from keys.ceremony.home import load_home
from keys.ceremony.leaving import change_administrators
from keys.files import write_private

if TYPE_CHECKING:
    from pathlib import Path

    from exchange.desk.app import RunningDesk

SCHOOL, POLICE = "moorfield-primary", "eastvale-police"
PEOPLE = {"Helen Marsh": "designated safeguarding lead", "Tom Reed": "deputy"}


async def test_a_desk_put_back_from_a_copy_resumes_when_two_administrators_say_so(tmp_path: Path) -> None:
    async with city(tmp_path) as town:
        home, copy, secret = town.folder / SCHOOL, tmp_path / "copy", tmp_path / "secret"
        write_private(secret, PASSPHRASE.encode())
        desk = await town.open(SCHOOL, PEOPLE)
        await until(lambda: cosigned(desk, 2))
        people = [person.id for person in load_home(home, datetime.now(UTC)).roster.people]
        change_administrators(home, named=people, relieved=(), now=datetime.now(UTC))
        (home / "desk.toml").write_text(f'hub = "{town.hub}"\n')
        await desk.stop()
        shutil.copytree(home, copy)
        desk = await town.reopen(SCHOOL)
        await town.open(POLICE, {"Ruth Okafor": "officer"})
        await until(lambda: cosigned(desk, 3))
        await town.desks.pop(SCHOOL).stop()
        shutil.rmtree(home)
        shutil.copytree(copy, home)

        desk = await town.reopen(SCHOOL)

        async def behind() -> bool:
            await asyncio.sleep(0)
            return desk.desk.memory.behind

        await until(behind)
        async with town.http.post(
            f"{desk.address}/api/v1/session", json={"person": "Helen Marsh", "passphrase": PASSPHRASE}
        ) as answer:
            assert answer.status == 503
        await town.desks.pop(SCHOOL).stop()
        alarms = await asyncio.to_thread(CliRunner().invoke, app, ["desk", "alarms", str(home)])
        assert "readback desk resume" in " ".join(alarms.output.split())
        assert "--over desk_behind" not in alarms.output
        files = ("--by-passphrase-file", str(secret)) * 2
        decide = ["desk", "resume", str(home), "--reasons", "The disk broke.", *files]
        one = await asyncio.to_thread(CliRunner().invoke, app, [*decide, "--by", "Helen Marsh"])
        assert "two_people_needed" in one.stderr
        both = [*decide, "--by", "Helen Marsh", "--by", "Tom Reed"]
        done = await asyncio.to_thread(CliRunner().invoke, app, both)
        assert done.exit_code == 0, done.output

        desk = await town.reopen(SCHOOL)
        await until(lambda: cosigned(desk, 3))
        helen = await town.client(SCHOOL, "Helen Marsh")
        assert (await helen.call("GET", "/inbox"))[0] == 200
        assert "desk_behind" not in {alarm.name for alarm in await desk.desk.casebook.alarms()}


async def cosigned(desk: RunningDesk, size: int) -> bool:
    """Whether the hub shows this desk's own cosignature under a log of so many entries, or more."""
    relied = desk.desk.trust.log.relied
    await asyncio.sleep(0)
    return relied is not None and relied.size >= size
