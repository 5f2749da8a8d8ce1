"""The log as anybody reads it from a hub, and agencies that cosign it: what the log's tests play with."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from hub_at_work import CREATED, JSON, Agency, signed_event

from exchange.hub.keylog import key
from exchange.wire import api, keylog
from keys.event import Mailbox, Rotate
from keys.record import decode, digest, encode
from keys.statement import Kind, Signed, dump, sign
from keys.suite import OpeningKey
from keys.transparency.checkpoint import Checkpoint, read_checkpoint, sign_checkpoint
from keys.transparency.cosignature import cosign
from keys.transparency.merkle import Tree, leaf_hash
from keys.transparency.note import Note, NoteSigner, read_note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub_at_work import Running


async def get(hub: Running, path: str) -> tuple[int, Any, bytes]:
    """Ask for something public."""
    async with hub.http.get(hub.base + path) as answer:
        return answer.status, answer.headers, await answer.read()


async def post(hub: Running, path: str, document: Any) -> tuple[int, str]:
    """Bring something without a proof; status and code."""
    async with hub.http.post(hub.base + path, data=dump(document), headers=JSON) as answer:
        return answer.status, _code(await answer.read())


async def note(hub: Running) -> Note:
    """Read the newest checkpoint's note."""
    status, headers, body = await get(hub, keylog.CHECKPOINT)
    assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8"), body
    return read_note(body)


async def newest(hub: Running) -> Checkpoint:
    """Read the newest checkpoint."""
    return read_checkpoint((await note(hub)).text)


async def page(agency: Agency, after: int = 0) -> keylog.DirectoryPage:
    """Read entries with an agency's proof."""
    status, _, body = await agency.ask("GET", f"{keylog.DIRECTORY}?after={after}")
    assert status == 200, body
    return keylog.DirectoryPage.model_validate_json(body)


async def proof(hub: Running, path: str) -> tuple[bytes, ...]:
    """Have something proved."""
    status, _, body = await get(hub, path)
    assert status == 200, body
    return tuple(map(decode, keylog.ProofDocument.model_validate_json(body).proof))


async def send_cosignature(agency: Agency, said: Note) -> tuple[int, str]:
    """Bring a cosigned note with the agency's proof; status and code."""
    body = dump(keylog.NoteDocument(note=said.to_bytes().decode()))
    status, _, answer = await agency.ask("POST", keylog.COSIGNATURES, body, content_type=api.JSON_TYPE)
    return status, _code(answer)


def cosigned(agency: Agency, said: Note, *, at: int | None = None, name: str | None = None) -> Note:
    """Cosign as that agency's desk does, under nobody else's line."""
    signer = NoteSigner(name or agency.name, agency.witness)
    return Note(said.text, (cosign(said.text, int(time.time()) if at is None else at, signer),))


def signer(hub: Running) -> NoteSigner:
    """Take the hub's own log key, as a thief or an older copy of the hub would have it."""
    return key.read(hub.config.home, hub.config.origin)


def signed_note(signed_by: NoteSigner, entries: Iterable[Signed]) -> bytes:
    """Sign the checkpoint of some entries."""
    tree = tree_of(entries)
    return sign_checkpoint(Checkpoint(signed_by.name, tree.size, tree.root_at(tree.size)), signed_by)


def tree_of(entries: Iterable[Signed]) -> Tree:
    tree = Tree()
    for signed in entries:
        tree.append(leaf_hash(signed.payload + signed.signature))
    return tree


def rotation(agency: Agency, before: Signed, seq: int) -> Signed:
    """Sign an event that changes the agency's mailbox key, after the event `before`, which did so too."""
    fresh = OpeningKey.generate().sealing_key
    event = Rotate(
        agency=agency.name,
        seq=seq,
        prev=digest(before.payload),
        created=CREATED,
        signing=None,
        mailbox=Mailbox(epoch=seq + 1, key=encode(fresh.to_bytes())),
        transport=None,
        witness=None,
    )
    return sign(Kind.AGENCY_EVENT, dump(event), agency.root)


async def publish(hub: Running, signed: Signed) -> int:
    """Bring an event."""
    async with hub.http.post(hub.base + keylog.EVENTS, data=signed_event(signed), headers=JSON) as answer:
        return answer.status


def _code(body: bytes) -> str:
    return str(json.loads(body)["code"]) if body else ""
