"""A hub that was restored from an old copy, or whose log was forked or damaged: noticed, and mended or not."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import witnessed
from hub_at_work import A, Agency, B, C, Running, envelope, running
from structlog.testing import capture_logs

from exchange.errors import ExportDiffers, HubBehind, LogDamaged, LogForked, LogKeyMissing
from exchange.hub.keylog import mending, signing
from exchange.hub.keylog.key import CREDENTIAL, KEYSTORE, NEWEST
from exchange.hub.service import admit, mend
from exchange.store.mailroom.logbook import LogBook
from exchange.wire import api, keylog
from keys.errors import CheckpointForged
from keys.notekey import LogKey
from keys.statement import Signed
from keys.transparency.note import Algorithm, NoteSignature, NoteSigner, VerifierKey, read_note

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait after a start."""
    monkeypatch.setattr(signing, "LISTEN_FIRST", 0.0)


class Region:
    """Two agencies at a hub with eight entries, a copy of it from when it had four, and what a desk has."""

    def __init__(self, folder: Path, kept: list[Signed], note: bytes, agencies: tuple[Agency, ...]) -> None:
        self.folder = folder
        self.entries = kept
        self.note = note
        self.agencies = agencies

    def export(self, *, entries: list[Signed] | None = None, note: bytes | None = None) -> Path:
        path = self.folder / "export.jsonl"
        lines = keylog.write_export(entries or self.entries, (note or self.note).decode())
        path.write_bytes(b"".join(lines))
        return path

    @asynccontextmanager
    async def hub(self, name: str = "old", database: str | None = None) -> AsyncIterator[Running]:
        async with running(self.folder / name, database) as hub:
            for agency in self.agencies:
                agency.base, agency.http = hub.base, hub.http
            yield hub


@pytest.fixture
async def region(tmp_path: Path) -> Region:
    (tmp_path / "hub").mkdir()
    async with running(tmp_path / "hub") as hub:
        a, b = await hub.join(A), await hub.join(B)
        entry = (await witnessed.page(a)).entries[0].signed
        for seq in (1, 2):
            entry = witnessed.rotation(a, entry, seq)
            assert await witnessed.publish(hub, entry) == 201
    shutil.copytree(tmp_path / "hub", tmp_path / "old")
    async with running(tmp_path / "hub") as hub:
        a.base, a.http = hub.base, hub.http
        for seq in (3, 4, 5, 6):
            entry = witnessed.rotation(a, entry, seq)
            assert await witnessed.publish(hub, entry) == 201
        note = await witnessed.note(hub)
        assert (await witnessed.send_cosignature(a, witnessed.cosigned(a, note)))[0] == 204
        note = await witnessed.note(hub)
        entries = await hub.hub.room.log.entries(0, 100)
    return Region(tmp_path, entries, note.to_bytes(), (a, b))


def shown(note: bytes) -> keylog.NoteDocument:
    return keylog.NoteDocument(note=note.decode())


async def refused_everywhere(hub: Running, agency: Agency, code: str) -> None:
    """Every route but the evidence answers 503, with that code."""
    for path in (keylog.CHECKPOINT, keylog.consistency_path(0, 1), api.OPENAPI):
        status, _, body = await witnessed.get(hub, path)
        assert (status, api.ProblemDocument.model_validate_json(body).code) == (503, code)
    for path in (f"{keylog.DIRECTORY}?after=0", f"{api.MAILBOX}?after=0"):
        status, _, body = await agency.ask("GET", path)
        assert (status, api.ProblemDocument.model_validate_json(body).code) == (503, code)


async def test_an_old_copy_refuses_to_serve_once_a_desk_has_shown_what_it_holds(region: Region) -> None:
    async with region.hub() as hub:
        assert (await witnessed.newest(hub)).size == 4
        assert (await witnessed.post(hub, keylog.EVIDENCE, shown(region.note)))[0] == 204
        await refused_everywhere(hub, region.agencies[0], "hub_behind")
        assert (await witnessed.post(hub, keylog.EVIDENCE, shown(region.note)))[0] == 204
    async with region.hub() as hub:  # also across a restart
        await refused_everywhere(hub, region.agencies[0], "hub_behind")
        body = (await witnessed.get(hub, keylog.CHECKPOINT))[2]
        assert "readback hub mend HOME --from FILE" in api.ProblemDocument.model_validate_json(body).hint


async def test_a_hub_whose_database_alone_was_set_back_says_so_when_it_starts(region: Region) -> None:
    for path in (region.folder / "hub").glob("mailroom.db*"):
        path.unlink()
    for path in (region.folder / "old").glob("mailroom.db*"):
        shutil.copy(path, region.folder / "hub")
    with capture_logs() as said:
        async with region.hub("hub") as hub:
            await refused_everywhere(hub, region.agencies[0], "hub_behind")
    assert [line["size"] for line in said if line["event"] == "log.behind"] == [8]


async def test_it_is_mended_from_any_desk_s_export_to_exactly_that_checkpoint(region: Region) -> None:
    async with region.hub() as hub:
        await witnessed.post(hub, keylog.EVIDENCE, shown(region.note))
        config = hub.config
    assert await mend(config, region.export()) == (4, 8, 0)
    assert await mend(config, region.export()) == (0, 8, 0)
    async with region.hub() as hub:
        assert (await witnessed.note(hub)).to_bytes() == region.note  # with the witness's line
        assert [one.signed for one in (await witnessed.page(region.agencies[0])).entries] == region.entries
        await hub.join(C)
        assert (await witnessed.newest(hub)).size == 9


async def test_a_hub_whose_database_is_lost_gets_its_whole_log_back(region: Region) -> None:
    async with region.hub() as hub:
        config = hub.config
    for path in (region.folder / "old").glob("mailroom.db*"):
        path.unlink()
    assert await mend(config, region.export()) == (8, 8, 0)
    async with region.hub() as hub:
        assert (await witnessed.note(hub)).to_bytes() == region.note


async def test_a_line_that_no_witness_wrote_is_left_out(region: Region) -> None:
    async with region.hub() as hub:
        config = hub.config
    note = read_note(region.note)
    forged = [NoteSignature(name, bytes(4), bytes(72)) for name in (A, "nobody")]
    witness = VerifierKey(B, Algorithm.COSIGNATURE, region.agencies[1].witness.public)
    forged.append(NoteSignature(B, witness.key_id, bytes(72)))
    assert await mend(config, region.export(note=note.joined(*forged).to_bytes())) == (4, 8, 0)
    async with region.hub() as hub:
        assert (await witnessed.note(hub)).to_bytes() == region.note


@pytest.mark.parametrize("lost", [False, True])
async def test_a_database_that_was_set_back_or_lost_alone_is_noticed_without_a_desk(
    region: Region, lost: bool
) -> None:
    for path in (region.folder / "hub").glob("mailroom.db*"):
        path.unlink()
    if not lost:
        for path in (region.folder / "old").glob("mailroom.db*"):
            shutil.copy(path, region.folder / "hub")
    async with region.hub("hub") as hub:
        status, _, body = await witnessed.get(hub, keylog.CHECKPOINT)
        assert (status, api.ProblemDocument.model_validate_json(body).code) == (503, "hub_behind")
        config = hub.config
    assert await mend(config, region.export()) == (8 if lost else 4, 8, 0)
    async with region.hub("hub") as hub:
        assert (await witnessed.note(hub)).to_bytes() == region.note


async def test_mail_of_a_copy_that_lacks_no_entry_is_numbered_anew_too(region: Region) -> None:
    a, b = region.agencies
    async with region.hub("hub") as hub:
        config = hub.config
        await a.post(envelope(B, text=b"waits"))
    assert await mend(config, region.export()) == (0, 8, 0)
    async with region.hub("hub"):
        (mail,) = await b.read(after=7)  # of which this copy knows nothing
        assert mail.cursor > api.CURSOR_LEAP


async def test_it_may_be_mended_before_anybody_noticed(region: Region) -> None:
    async with region.hub() as hub:
        config = hub.config
    assert await mend(config, region.export()) == (4, 8, 0)


async def test_entries_that_it_took_in_the_meantime_are_taken_again(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "LISTEN_FIRST", 60.0)  # as it is: nothing is signed in the first moments
    async with region.hub() as hub:
        await hub.join(C)
        clash = witnessed.rotation(region.agencies[0], region.entries[3], 3)
        assert await witnessed.publish(hub, clash) == 201
        assert (await witnessed.newest(hub)).size == 4
        assert (await witnessed.post(hub, keylog.EVIDENCE, shown(region.note)))[0] == 204
        await refused_everywhere(hub, region.agencies[0], "hub_behind")
        config = hub.config
    assert await mend(config, region.export()) == (4, 9, 1)  # the newcomer is in, the clash is not
    monkeypatch.setattr(signing, "LISTEN_FIRST", 0.0)
    async with region.hub() as hub:
        entries = [one.signed for one in (await witnessed.page(region.agencies[0])).entries]
        assert entries[:8] == region.entries
        assert hub.hub.keylog.agencies.knows(C)


async def test_a_repair_that_was_interrupted_is_begun_again(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with region.hub() as hub:
        config = hub.config
    whole = LogBook.append
    monkeypatch.setattr(mending, "_PORTION", 1)
    for portions in (0, 1, 3):
        left = iter(range(portions))

        async def appended(book: LogBook, start: int, entries: Any, left: Any = left) -> bool:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return await whole(book, start, entries)

        monkeypatch.setattr(LogBook, "append", appended)
        with pytest.raises(KeyboardInterrupt):
            await mend(config, region.export())
        async with region.hub() as hub:
            await refused_everywhere(hub, region.agencies[0], "hub_behind")
    monkeypatch.setattr(LogBook, "append", whole)
    assert await mend(config, region.export()) == (4, 8, 0)
    async with region.hub() as hub:
        assert (await witnessed.note(hub)).to_bytes() == region.note


async def test_on_postgresql_every_process_waits_to_be_started_again(
    region: Region, postgresql_url: str
) -> None:
    (region.folder / "old" / NEWEST).unlink()
    async with region.hub("old", postgresql_url) as hub:  # with the same key, and half the entries
        for agency in region.agencies:
            await admit(hub.config, agency.name, agency.fingerprint)
        for signed in region.entries[:4]:
            assert await witnessed.publish(hub, signed) == 201
        assert (await witnessed.newest(hub)).size == 4
        assert (await witnessed.post(hub, keylog.EVIDENCE, shown(region.note)))[0] == 204
        assert await mend(hub.config, region.export()) == (4, 8, 0)
        await hub.hub.keylog.checkpoints.look()
        await refused_everywhere(hub, region.agencies[0], "hub_behind")
    async with region.hub("old", postgresql_url) as hub:
        assert (await witnessed.note(hub)).to_bytes() == region.note


async def test_a_fork_is_said_and_cannot_be_mended(region: Region) -> None:
    async with region.hub() as hub:
        await hub.join(C)  # and the old copy signs on: five entries, as it has, and eight elsewhere
        assert (await witnessed.newest(hub)).size == 5
        for _ in range(2):
            assert (await witnessed.post(hub, keylog.EVIDENCE, shown(region.note)))[0] == 204
            await refused_everywhere(hub, region.agencies[0], "hub_behind")  # for all that this note shows
        config = hub.config
    with pytest.raises(LogForked):
        await mend(config, region.export())
    async with region.hub() as hub:
        await refused_everywhere(hub, region.agencies[0], "log_forked")


async def test_another_root_of_a_size_that_it_signed_is_a_fork(region: Region) -> None:
    async with region.hub("hub") as hub:
        forked = witnessed.signed_note(witnessed.signer(hub), region.entries[:2][::-1])
        assert (await witnessed.post(hub, keylog.EVIDENCE, shown(forked)))[0] == 204
        await refused_everywhere(hub, region.agencies[0], "log_forked")
        config = hub.config
    with pytest.raises(LogForked):
        await mend(config, region.export())
    async with region.hub("hub") as hub:
        await refused_everywhere(hub, region.agencies[0], "log_forked")


async def test_evidence_that_is_no_news_or_no_evidence_changes_nothing(region: Region) -> None:
    async with region.hub("hub") as hub:
        log = witnessed.signer(hub)
        old = witnessed.signed_note(log, region.entries[:3])
        assert (await witnessed.post(hub, keylog.EVIDENCE, shown(old)))[0] == 204
        assert (await witnessed.post(hub, keylog.EVIDENCE, shown(region.note)))[0] == 204
        longer = [*region.entries, *region.entries]
        thief = NoteSigner(log.name, LogKey.generate())
        elsewhere = NoteSigner("elsewhere.test", log.key)
        for forged in (witnessed.signed_note(thief, longer), witnessed.signed_note(elsewhere, longer)):
            said = await witnessed.post(hub, keylog.EVIDENCE, shown(forged))
            assert said == (422, "checkpoint_forged")
        real = read_note(witnessed.signed_note(log, longer))
        of_another_text = type(real)(read_note(old).text, real.signatures)
        said = await witnessed.post(hub, keylog.EVIDENCE, shown(of_another_text.to_bytes()))
        assert said == (422, "checkpoint_forged")
        assert (await witnessed.note(hub)).to_bytes() == region.note


def spoilt(region: Region, how: str) -> Path:
    """Write an export that is not what its checkpoint says, and one that is not an export."""
    entries = region.entries
    match how:
        case "entry missing":
            return region.export(entries=entries[:-1])
        case "entry too many":
            return region.export(entries=[*entries, entries[0]])
        case "entries in another order":
            return region.export(entries=[*entries[:6], entries[7], entries[6]])
        case "entry altered":
            return region.export(
                entries=[*entries[:7], Signed(entries[7].payload + b" ", entries[7].signature)]
            )
        case "cut off":
            path = region.export()
            path.write_bytes(path.read_bytes()[:-20])
        case _:
            path = region.folder / "export.jsonl"
            path.write_bytes(b"PK\x03\x04")
    return path


@pytest.mark.parametrize(
    "how",
    [
        "entry missing",
        "entry too many",
        "entries in another order",
        "entry altered",
        "cut off",
        "something else",
    ],
)
async def test_an_export_that_does_not_hold_together_changes_nothing(region: Region, how: str) -> None:
    async with region.hub() as hub:
        await witnessed.post(hub, keylog.EVIDENCE, shown(region.note))
        config = hub.config
    with pytest.raises(ExportDiffers):
        await mend(config, spoilt(region, how))
    async with region.hub() as hub:
        await refused_everywhere(hub, region.agencies[0], "hub_behind")
        assert await hub.hub.room.log.size() == 4


async def test_a_stranger_s_export_and_an_older_one_do_not_mend(region: Region) -> None:
    async with region.hub() as hub:
        log = witnessed.signer(hub)
        await witnessed.post(hub, keylog.EVIDENCE, shown(region.note))
        config = hub.config
    thief = NoteSigner(log.name, LogKey.generate())
    with pytest.raises(CheckpointForged):
        await mend(config, region.export(note=witnessed.signed_note(thief, region.entries)))
    six = region.entries[:6]
    with pytest.raises(HubBehind):  # it is six further now, and eight are known to exist
        await mend(config, region.export(entries=six, note=witnessed.signed_note(log, six)))
    assert await mend(config, region.export()) == (2, 8, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "update log_node set hash = zeroblob(32) where place = 3",
        "update log_node set hash = zeroblob(32) where place >> 48 = 2",
        "delete from log_node where place >> 48 = 1",
        "update log_checkpoint set root = zeroblob(32) where size = 8",
        'delete from log_entry where "index" = 7',
        'delete from log_entry where "index" = 2',
        'update log_entry set signature = zeroblob(3373) where "index" = 1',
        "update counter set last = 9 where name = 'logged'",
        "insert into log_checkpoint select 9, root, note, at from log_checkpoint where size = 8",
    ],
)
async def test_a_log_that_was_altered_is_not_served(region: Region, statement: str) -> None:
    with sqlite3.connect(region.folder / "hub" / "mailroom.db") as database:
        database.execute(statement)
    database.close()
    with pytest.raises(LogDamaged):
        async with region.hub("hub"):
            pass


async def test_a_log_of_another_name_or_key_is_not_served(region: Region) -> None:
    with pytest.raises(LogDamaged) as refusal:
        async with running(region.folder / "hub", origin="another.test"):
            pass
    assert refusal.value.where == "checkpoint_forged"
    for name in (KEYSTORE, CREDENTIAL):
        (region.folder / "hub" / name).unlink()
    with pytest.raises(LogDamaged):  # the tests' hub draws a new key where there is none
        async with region.hub("hub"):
            pass


@pytest.mark.parametrize("name", [KEYSTORE, CREDENTIAL])
async def test_without_its_key_a_hub_does_not_start(region: Region, name: str) -> None:
    from exchange.hub.app import create_runner
    from exchange.hub.config import HubConfig

    (region.folder / "hub" / name).unlink()
    runner: Any = create_runner(HubConfig(region.folder / "hub", "http://hub.test", port=0))
    with pytest.raises(LogKeyMissing):
        await runner.setup()
    await runner.cleanup()
