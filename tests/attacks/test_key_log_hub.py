"""The hub's key log, used against itself: more than one anchor a day, evidence that it does not take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import witnessed
from hub_at_work import A, B, running

from exchange.hub.keylog import signing
from exchange.hub.keylog.key import NEWEST
from exchange.hub.service import mend
from exchange.wire import api, keylog
from keys.event import Anchor
from keys.record import digest, format_time
from keys.statement import Kind, Signed, dump, sign
from keys.transparency.checkpoint import read_checkpoint
from keys.transparency.note import read_note

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from hub_at_work import Agency, Running


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait after a start."""
    monkeypatch.setattr(signing, "LISTEN_FIRST", 0.0)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path) as hub:
        yield hub


def anchor(agency: Agency, number: int, moment: datetime) -> Signed:
    said = Anchor(
        agency=agency.name,
        key=agency.signing.verifying_key.key_id,
        number=number,
        head=digest(b"%d" % number),
        created=format_time(moment),
    )
    return sign(Kind.ANCHOR, dump(said), agency.signing)


async def test_nobody_anchors_all_the_days_that_were(hub: Running) -> None:
    """A hundred thousand days, four kilobytes each, that every desk would have to keep, for ever."""
    a = await hub.join(A)
    now = datetime.now(UTC)
    for number, days in enumerate((40_000, 39_999, 2), 1):
        assert await witnessed.publish(hub, anchor(a, number, now - timedelta(days=days))) == 422
    assert await witnessed.publish(hub, anchor(a, 1, now)) == 201
    assert (await witnessed.newest(hub)).size == 2


async def test_the_hubs_memory_never_goes_back_to_an_older_checkpoint(hub: Running) -> None:
    """Of two processes the slower one may be the last to write what it signed."""
    checkpoints = hub.hub.keylog.checkpoints
    await hub.join(A)
    older = await checkpoints.newest()
    await hub.join(B)
    memory = hub.config.home / NEWEST
    assert read_checkpoint(read_note(memory.read_bytes()).text).size == 2
    checkpoints._remember(memory, older)
    assert read_checkpoint(read_note(memory.read_bytes()).text).size == 2


def doubled(note: bytes) -> bytes:
    """Write the log's signature twice: it is none the less the log's."""
    *above, last = read_note(note).to_bytes().decode().splitlines(keepends=True)
    return "".join((*above, last, last)).encode()


async def test_a_hub_that_lied_cannot_give_out_notes_that_are_no_evidence_later(tmp_path: Path) -> None:
    """What desks believe, the hub that was put right must hear: else it signs a second log."""
    async with running(tmp_path) as hub:
        a = await hub.join(A)
        entry = a.enrolment()
        longer = [(await witnessed.page(a)).entries[0].signed, witnessed.rotation(a, entry, 1)]
        note = doubled(witnessed.signed_note(witnessed.signer(hub), longer))
        document = keylog.NoteDocument(note=note.decode())
        assert await witnessed.post(hub, keylog.EVIDENCE, document) == (204, "")
        assert (await a.ask("GET", api.MAILBOX + "?after=0&wait=0&limit=1"))[0] == 503
        config = hub.config
    export = tmp_path / "export.jsonl"
    export.write_bytes(b"".join(keylog.write_export(longer, note.decode())))
    mended = await mend(config, export)
    assert (mended.added, mended.size) == (1, 2)
    async with running(tmp_path) as hub:
        assert (await witnessed.newest(hub)).size == 2
        b = await hub.join(B)
        assert (await witnessed.page(b)).entries


async def test_a_second_signature_that_is_not_the_logs_is_no_evidence(hub: Running) -> None:
    a = await hub.join(A)
    longer = [(await witnessed.page(a)).entries[0].signed, witnessed.rotation(a, a.enrolment(), 1)]
    text = doubled(witnessed.signed_note(witnessed.signer(hub), longer)).decode()
    first, _, line = text.removesuffix("\n").rpartition("\n")
    spoilt = line[:-8] + ("A" if line[-8] != "A" else "B") + line[-7:]
    document = keylog.NoteDocument(note=f"{first}\n{spoilt}\n")
    status, code = await witnessed.post(hub, keylog.EVIDENCE, document)
    assert (status, code) == (422, "checkpoint_forged")
