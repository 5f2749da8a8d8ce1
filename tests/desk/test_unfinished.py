"""What nobody finished writing: kept, sealed to its writer, resumed, sent once, thrown away, forgotten."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest
import spoken
from aiohttp import web
from city import Client
from doubles import PASSPHRASE, Town

from exchange.desk.api.app import create_app
from exchange.desk.service import unfinished
from exchange.desk.service.draft_views import Unfinished
from exchange.desk.service.keeping import kept_file
from exchange.desk.unsent import LIFE, PREFIX, forget_old
from exchange.errors import (
    AttachmentUnknown,
    ContentsRefused,
    DraftMoved,
    DraftsTooMany,
    DraftUnknown,
    TooLarge,
)
from exchange.sealing import open_kept
from exchange.share.draft import DraftAttachment
from exchange.wire.envelope import parse_kept
from keys.errors import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from doubles import Agency

    from exchange.desk.people import Session

CANARY = "KanarieUnfinishedZq"
EMPTY = Unfinished()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", {"Helen Marsh": "lead", "Tom Reed": "attendance officer"})
    await town.open("northshire-childrens", {"Ruth Okafor": "social worker"})
    await town.settle()
    yield town
    await town.close()


@pytest.fixture
def school(town: Town) -> Agency:
    return town["moorfield-primary"]


@pytest.fixture
async def helen(school: Agency) -> Session:
    return await school.sign_in("Helen Marsh")


def whole(town: Town) -> Unfinished:
    ruth = town["northshire-childrens"].person("Ruth Okafor")
    return Unfinished(draft=spoken.share(ruth, purpose_text=f"To decide. {CANARY}"), answered=("purpose",))


def at_rest(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_draft_is_there_again_as_it_was(town: Town, school: Agency, helen: Session) -> None:
    begun = await school.desk.begin(helen, EMPTY)
    kept = await school.desk.keep(helen, begun.draft, begun.revision, whole(town))
    found = await school.desk.resume(helen, begun.draft)
    assert found == kept
    assert found.said == whole(town)
    (row,) = await school.desk.unfinished(helen)
    assert (row.draft, row.kind, row.to, row.saved) == (begun.draft, "share", ("person",), kept.saved)
    assert "KanarieUnfinishedZq" not in row.model_dump_json()


async def test_at_rest_there_is_no_word_of_it(town: Town, school: Agency, helen: Session) -> None:
    begun = await school.desk.begin(helen, whole(town))
    row = await school.desk.casebook.kept(PREFIX + begun.draft)
    assert row is not None
    stored = at_rest(school.home)
    assert row.sealed in stored  # the search sees what is kept
    for word in (CANARY, "scooter", "Ellis"):
        for spelt in (word.encode(), word.lower().encode(), word.encode("utf-16-le")):
            assert spelt not in stored


async def test_nobody_else_opens_it(town: Town, school: Agency, helen: Session) -> None:
    begun = await school.desk.begin(helen, whole(town))
    tom = await school.sign_in("Tom Reed")
    assert await school.desk.unfinished(tom) == ()
    for attempt in (
        school.desk.resume(tom, begun.draft),
        school.desk.keep(tom, begun.draft, begun.revision, EMPTY),
        school.desk.throw_away(tom, begun.draft),
        school.desk.send(tom, begun.draft, begun.revision),
    ):
        with pytest.raises(DraftUnknown):
            await attempt
    assert (await school.desk.resume(helen, begun.draft)).said == whole(town)


async def test_its_writers_key_alone_opens_it(town: Town, school: Agency, helen: Session) -> None:
    begun = await school.desk.begin(helen, whole(town))
    row = await school.desk.casebook.kept(PREFIX + begun.draft)
    assert row is not None
    tom = await school.sign_in("Tom Reed")
    for keys in (tom.keyring.opening, school.desk.own.home.keyring.opening):
        with pytest.raises(Problem):
            open_kept(row.name.encode(), row.sealed, keys)
    assert CANARY.encode() in open_kept(row.name.encode(), row.sealed, helen.keyring.opening)


async def test_two_windows_do_not_overwrite_each_other(town: Town, school: Agency, helen: Session) -> None:
    begun = await school.desk.begin(helen, EMPTY)
    await school.desk.keep(helen, begun.draft, begun.revision, whole(town))
    with pytest.raises(DraftMoved):
        await school.desk.keep(helen, begun.draft, begun.revision, EMPTY)
    assert (await school.desk.resume(helen, begun.draft)).said == whole(town)


async def test_sent_it_is_gone_and_sent_once(town: Town, school: Agency, helen: Session) -> None:
    begun = await school.desk.begin(helen, whole(town))
    answers = await asyncio.gather(*(school.desk.send(helen, begun.draft, begun.revision) for _ in range(3)))
    assert len({one.digest for one in answers}) == 1
    assert (await school.desk.casebook.outbox_state()).waiting == 1
    assert await school.desk.unfinished(helen) == ()
    with pytest.raises(DraftUnknown):
        await school.desk.resume(helen, begun.draft)
    assert await school.desk.send(helen, begun.draft, begun.revision) == answers[0]


async def test_what_is_not_whole_is_not_sent_and_stays(school: Agency, helen: Session) -> None:
    begun = await school.desk.begin(helen, EMPTY)
    with pytest.raises(ContentsRefused):
        await school.desk.send(helen, begun.draft, begun.revision)
    assert (await school.desk.resume(helen, begun.draft)).said == EMPTY


async def test_its_writer_throws_it_away_with_its_files(school: Agency, helen: Session) -> None:
    async def blocks() -> AsyncIterator[bytes]:
        yield b"a" * 5000

    attached = await school.desk.attach(helen, blocks())
    files = list(school.desk.config.blobs.iterdir())
    note = DraftAttachment(
        handle=attached.handle, name="a.txt", media_type="text/plain", why_needed="To see it."
    )
    begun = await school.desk.begin(helen, Unfinished(draft=spoken.share(attachments=(note,))))
    await school.desk.throw_away(helen, begun.draft)
    assert len(files) == 1
    assert not files[0].exists()
    assert await school.desk.casebook.kept(f"file/{attached.handle}") is None
    assert await school.desk.unfinished(helen) == ()
    with pytest.raises(DraftUnknown):
        await school.desk.throw_away(helen, begun.draft)


async def test_after_its_time_it_is_gone(town: Town, school: Agency, helen: Session) -> None:
    begun = await school.desk.begin(helen, whole(town))
    town.clock.forward(seconds=LIFE.total_seconds() - 1)
    helen = await school.sign_in("Helen Marsh")
    assert await forget_old(school.desk.casebook, town.clock()) == 0
    assert (await school.desk.resume(helen, begun.draft)).until > begun.saved
    town.clock.forward(seconds=1)
    with pytest.raises(DraftUnknown):
        await school.desk.resume(helen, begun.draft)
    assert await school.desk.unfinished(helen) == ()
    assert await forget_old(school.desk.casebook, town.clock()) == 1
    assert await school.desk.casebook.kept(PREFIX + begun.draft) is None


async def test_number_and_size_are_bounded(
    school: Agency, helen: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfinished, "AT_MOST", 3)
    begun = await asyncio.gather(*(school.desk.begin(helen, EMPTY) for _ in range(3)))
    with pytest.raises(DraftsTooMany):
        await school.desk.begin(helen, EMPTY)
    facts = tuple(spoken.fact(f"F{n}", "x" * 4000, why_needed="y" * 2000) for n in range(1, 120))
    with pytest.raises(TooLarge):
        await school.desk.keep(
            helen, begun[0].draft, begun[0].revision, Unfinished(draft=spoken.share(facts=facts))
        )
    assert (await school.desk.resume(helen, begun[0].draft)).said == EMPTY


async def test_a_program_does_the_same(town: Town, school: Agency) -> None:
    runner = web.AppRunner(create_app(school.desk), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        client = Client(http, f"http://127.0.0.1:{runner.addresses[0][1]}")
        who = {"person": "Helen Marsh", "passphrase": PASSPHRASE}
        client.token = (await client.post("/session", who))["token"]
        begun = await client.post("/drafts", {})
        said = json.loads(whole(town).model_dump_json())
        _, kept = await client.call(
            "PUT", f"/drafts/{begun['draft']}", {"revision": begun["revision"], "said": said}
        )
        assert (await client.get(f"/drafts/{begun['draft']}")) == kept
        assert [row["draft"] for row in (await client.get("/drafts"))["rows"]] == [begun["draft"]]
        posted = await client.post(f"/drafts/{begun['draft']}/send", {"revision": kept["revision"]})
        assert (await client.get(f"/threads/{posted['thread']}"))["kind"] == "share"
        other = await client.post("/drafts", {})
        await client.call("DELETE", f"/drafts/{other['draft']}")
        assert (await client.get("/drafts"))["rows"] == []
    await runner.cleanup()


async def test_a_file_that_was_not_sent_is_its_writers_alone_and_its_key_is_forgotten(town: Town) -> None:
    school = town["moorfield-primary"]
    helen = await school.sign_in("Helen Marsh")

    async def file() -> AsyncIterator[bytes]:
        yield b"a letter"

    handle = (await school.desk.attach(helen, file())).handle
    row = await school.desk.casebook.kept(f"file/{handle}")
    assert row is not None
    assert len(parse_kept(row.sealed).header.slots) == 1  # the writer's; the agency's records are in none
    assert await forget_old(school.desk.casebook, school.desk.now() + LIFE + timedelta(seconds=1)) == 1
    assert await school.desk.casebook.kept(f"file/{handle}") is None
    with pytest.raises(AttachmentUnknown):
        await kept_file(school.desk, helen, handle)
