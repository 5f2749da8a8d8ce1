"""The log over HTTP: what is shown was signed, what is proved holds, and a witness's line is that witness's."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import witnessed
from hub_at_work import A, Agency, B, C, Running, running

from exchange.hub.keylog import signing
from exchange.wire import keylog
from keys.event import Anchor
from keys.notekey import WitnessKey
from keys.record import decode, digest, format_time
from keys.statement import Kind, Signed, dump, sign
from keys.transparency.checkpoint import Checkpoint, read_checkpoint
from keys.transparency.cosignature import cosign
from keys.transparency.merkle import EMPTY_ROOT, leaf_hash
from keys.transparency.note import Algorithm, Note, NoteSignature, NoteSigner, VerifierKey
from keys.transparency.proof import verify_consistency, verify_inclusion
from keys.transparency.tiles import read_entries, read_tile, tile_path

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_new_log_is_empty_and_signed(hub: Running) -> None:
    note = await witnessed.note(hub)
    assert read_checkpoint(note.text) == Checkpoint("hub.test", 0, EMPTY_ROOT)
    witnessed.signer(hub).verifier.verify(note.signatures[0], note.text)


async def test_every_entry_and_every_older_log_is_proved(hub: Running) -> None:
    agencies = [await hub.join(name) for name in (A, B, C)]
    entry = (await witnessed.page(agencies[0])).entries[0].signed
    for seq in range(1, 5):
        entry = witnessed.rotation(agencies[0], entry, seq)
        assert await witnessed.publish(hub, entry) == 201
    page = await witnessed.page(agencies[1])
    entries = [one.signed for one in page.entries]
    checkpoint = await witnessed.newest(hub)
    tree = witnessed.tree_of(entries)
    assert (checkpoint.size, checkpoint.root) == (7, tree.root_at(7))
    for index, signed in enumerate(entries):
        shown = await witnessed.proof(hub, keylog.inclusion_path(index, 7))
        leaf = leaf_hash(signed.payload + signed.signature)
        verify_inclusion(leaf, index, 7, shown, checkpoint.root)
        shown = await witnessed.proof(hub, keylog.consistency_path(index + 1, 7))
        verify_consistency(index + 1, tree.root_at(index + 1), 7, checkpoint.root, shown)
        after = await witnessed.page(agencies[1], index)
        assert [one.signed for one in after.entries] == entries[index:]
        if index:
            verify_consistency(
                index, tree.root_at(index), 7, checkpoint.root, tuple(map(decode, after.consistency))
            )


async def test_tiles_are_the_tree_and_stay_for_ever(hub: Running, a: Agency, b: Agency) -> None:
    entries = [one.signed for one in (await witnessed.page(a)).entries]
    tree = witnessed.tree_of(entries)
    status, headers, body = await witnessed.get(hub, f"{keylog.LOG}/{tile_path(0, 0, 2)}")
    assert (status, read_tile(body, 2)) == (200, (tree.nodes(0, 0), tree.nodes(0, 1)))
    assert "immutable" in headers["Cache-Control"]
    assert headers["Content-Type"] == "application/octet-stream"
    status, _, body = await witnessed.get(hub, f"{keylog.LOG}/{tile_path(None, 0, 2)}")
    assert (status, read_entries(body, 2)) == (200, tuple(one.payload + one.signature for one in entries))
    assert (await witnessed.get(hub, f"{keylog.LOG}/{tile_path(0, 0, 1)}"))[2] == tree.nodes(0, 0)
    assert b.name != a.name


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (tile_path(0, 0, 3), 404),
        (tile_path(0, 0), 404),
        (tile_path(None, 0, 3), 404),
        (tile_path(1, 0, 1), 404),
        (tile_path(0, 1234067, 1), 404),
        ("tile/0/000.p/0", 400),
        ("tile/0/000.p/257", 400),
        ("tile/00/000.p/1", 400),
        ("tile/64/000.p/1", 400),
        ("tile/0/x000/000.p/1", 400),
        ("tile/0/0.p/1", 400),
        ("tile/0/000.p/1/", 400),
        ("tile/0/000.p%2F1", 400),
        ("tile/entries/..%2f..%2fhub.toml", 400),
        ("tile/-1/000.p/1", 400),
        ("consistency?from=1&to=3", 404),
        ("consistency?from=2&to=1", 404),
        ("consistency?from=1&to=-1", 400),
        ("consistency?from=1&to=99999999999999999999", 400),
        ("inclusion?index=2&size=2", 404),
        ("inclusion?index=0&size=3", 404),
        ("inclusion?index=0&size=2&size=2", 400),
        ("inclusion?index=0&size=02", 400),
        ("nothing", 404),
    ],
)
async def test_what_no_checkpoint_covers_is_not_there(hub: Running, path: str, status: int) -> None:
    await hub.join(A)
    await hub.join(B)
    assert (await witnessed.get(hub, f"{keylog.LOG}/{path}"))[0] == status


async def test_nothing_to_prove_is_an_empty_proof(hub: Running, a: Agency) -> None:
    assert await witnessed.proof(hub, keylog.consistency_path(0, 1)) == ()
    assert await witnessed.proof(hub, keylog.consistency_path(1, 1)) == ()
    assert (await witnessed.page(a, 1)).entries == ()
    beyond = await witnessed.page(a, 5)
    assert (beyond.entries, beyond.consistency) == ((), ())


# --- witnesses -----------------------------------------------------------------------------------


async def test_a_cosignature_is_shown_and_the_newest_of_each_witness(
    hub: Running, a: Agency, b: Agency
) -> None:
    note = await witnessed.note(hub)
    now = int(time.time())
    for agency, at in ((a, now - 5), (b, now), (a, now - 1), (a, now - 3)):
        assert await witnessed.send_cosignature(agency, witnessed.cosigned(agency, note, at=at)) == (204, "")
    shown = await witnessed.note(hub)
    assert shown.text == note.text
    assert shown.signatures[0] == note.signatures[0]
    assert sorted(one.name for one in shown.signatures[1:]) == sorted((A, B))
    assert witnessed.cosigned(a, note, at=now - 1).signatures[0] in shown.signatures
    assert (await witnessed.page(a)).checkpoint == shown.to_bytes().decode()


async def test_what_is_no_witness_s_cosignature_is_refused_by_name(
    hub: Running, a: Agency, b: Agency
) -> None:
    note = await witnessed.note(hub)
    good = witnessed.cosigned(a, note)
    line = good.signatures[0]
    witness = VerifierKey(A, Algorithm.COSIGNATURE, a.witness.public)
    another = cosign(note.text, 5, NoteSigner(A, WitnessKey.generate()))
    as_a = NoteSignature(A, witness.key_id, another.signature)
    later = (int(time.time()) + 60).to_bytes(8)
    altered = NoteSignature(A, witness.key_id, later + line.signature[8:])
    short = NoteSignature(A, witness.key_id, line.signature[:-1])
    plain = NoteSignature(A, witness.key_id, a.witness.sign(note.text.encode()))
    for forged in (as_a, altered, short, plain):
        said = await witnessed.send_cosignature(a, Note(note.text, (forged,)))
        assert said == (422, "cosignature_forged")
    both = Note(note.text, (line, altered))
    assert await witnessed.send_cosignature(a, both) == (422, "cosignature_forged")
    unknown = (Note(note.text, (another,)), Note(note.text, (note.signatures[0],)))
    for said_by_nobody in (*unknown, witnessed.cosigned(a, note, name=f"{A}.test")):
        assert await witnessed.send_cosignature(a, said_by_nobody) == (422, "witness_unknown")
    assert await witnessed.send_cosignature(b, good) == (
        422,
        "witness_unknown",
    )  # by that agency's proof only
    assert await witnessed.note(hub) == note


async def test_only_the_newest_checkpoints_are_cosigned(hub: Running, a: Agency) -> None:
    old = await witnessed.note(hub)
    entry = (await witnessed.page(a)).entries[0].signed
    for seq in range(1, signing.RECENT):
        entry = witnessed.rotation(a, entry, seq)
        assert await witnessed.publish(hub, entry) == 201
    recent = await witnessed.send_cosignature(a, witnessed.cosigned(a, old))
    assert recent == (204, "")
    assert await witnessed.publish(hub, witnessed.rotation(a, entry, signing.RECENT)) == 201
    too_old = await witnessed.send_cosignature(a, witnessed.cosigned(a, old))
    assert too_old == (409, "checkpoint_unknown")
    own = Note("hub.test\n3\n" + old.text.split("\n")[2] + "\n", ())
    assert (await witnessed.send_cosignature(a, witnessed.cosigned(a, own)))[1] == "checkpoint_unknown"


@pytest.mark.parametrize(
    "text", ["", "x", "\n\n", "hub.test\n0\n\n— a AAAAAAA=\n", "a\nb\nc\n\n— a AAAAAAA=\n"]
)
async def test_what_is_no_note_is_malformed(hub: Running, a: Agency, text: str) -> None:
    body = dump(keylog.NoteDocument.model_construct(note=text))
    for path in (keylog.COSIGNATURES, keylog.EVIDENCE):
        status, _, _ = await a.ask("POST", path, body, content_type="application/json")
        assert status == 400


# --- when the next one is signed -----------------------------------------------------------------


async def grow(hub: Running, agency: Agency, count: int) -> None:
    """Add events of an agency that has only enrolled."""
    entry = (await hub.hub.room.log.entries(0, 1))[0]
    for seq in range(1, count + 1):
        entry = witnessed.rotation(agency, entry, seq)
        assert await witnessed.publish(hub, entry) == 201


async def until_size(hub: Running, size: int, seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while (await witnessed.newest(hub)).size != size:  # noqa: ASYNC110 - a client has no event
            await asyncio.sleep(0.05)


async def both_cosign(hub: Running) -> tuple[Agency, Agency]:
    """Two agencies join, and cosign the checkpoint of both."""
    a, b = await hub.join(A), await hub.join(B)
    note = await witnessed.note(hub)
    for agency in (a, b):
        assert await witnessed.send_cosignature(agency, witnessed.cosigned(agency, note)) == (204, "")
    return a, b


async def test_the_next_checkpoint_waits_for_the_witnesses_that_are_wanted(tmp_path: Path) -> None:
    async with running(tmp_path, witnesses_wanted=2) as hub:
        a, b = await both_cosign(hub)
        await hub.join(C)
        note = await witnessed.note(hub)
        await witnessed.send_cosignature(a, witnessed.cosigned(a, note))
        await grow(hub, a, 1)
        await asyncio.sleep(1.2)
        assert (await witnessed.newest(hub)).size == 3
        assert len((await witnessed.page(a)).entries) == 3
        await witnessed.send_cosignature(b, witnessed.cosigned(b, note))
        await until_size(hub, 4)


async def test_no_more_are_waited_for_than_are_there(tmp_path: Path) -> None:
    async with running(tmp_path, witnesses_wanted=3) as hub:
        a, b = await both_cosign(hub)  # and of these, neither waited for anybody
        await hub.join(C)
        note = await witnessed.note(hub)
        for agency in (a, b):
            await witnessed.send_cosignature(agency, witnessed.cosigned(agency, note))
        await grow(hub, a, 1)
        assert (await witnessed.newest(hub)).size == 4


async def test_it_waits_ten_seconds_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "SIGN_AFTER", 2)
    async with running(tmp_path, witnesses_wanted=250) as hub:
        a, _ = await both_cosign(hub)
        await hub.join(C)
        await grow(hub, a, 1)
        assert (await witnessed.newest(hub)).size == 3
        await until_size(hub, 4)


async def test_a_hub_that_comes_back_listens_before_it_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as hub:
        a = await hub.join(A)
    monkeypatch.setattr(signing, "LISTEN_FIRST", 2.5)
    async with running(tmp_path) as hub:
        a.base, a.http = hub.base, hub.http
        await grow(hub, a, 1)
        await asyncio.sleep(1)
        assert (await witnessed.newest(hub)).size == 1
        await until_size(hub, 2)


async def test_a_checkpoint_is_the_same_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        a = await hub.join(A)
        await witnessed.send_cosignature(a, witnessed.cosigned(a, await witnessed.note(hub)))
        before = await witnessed.note(hub)
    async with running(tmp_path) as hub:
        assert await witnessed.note(hub) == before


async def test_an_anchor_stands_in_the_log(hub: Running, a: Agency) -> None:
    now = datetime.now(UTC)

    def anchor(number: int, created: str = format_time(now)) -> Signed:
        said = Anchor(
            agency=A,
            key=a.signing.verifying_key.key_id,
            number=number,
            head=digest(b"%d" % number),
            created=created,
        )
        return sign(Kind.ANCHOR, dump(said), a.signing)

    assert await witnessed.publish(hub, anchor(5)) == 201
    assert await witnessed.publish(hub, anchor(5)) == 201
    assert (await witnessed.newest(hub)).size == 2
    assert await witnessed.publish(hub, anchor(4)) == 422
    assert await witnessed.publish(hub, witnessed.rotation(a, anchor(6), 1)) == 422
    tomorrow = now + timedelta(days=1, minutes=1)
    assert await witnessed.publish(hub, anchor(6, format_time(tomorrow))) == 422
    assert (await witnessed.newest(hub)).size == 2
