"""What somebody can do to the hub before, or although, it knows who they are."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exchange.hub.keylog.agencies import FOLLOW_EVERY, LoggedAgencies
from exchange.store.mailroom import Mailroom
from exchange.wire import api, limits
from keys.errors import KeysProblem, KeyUnknown
from keys.event import Revoke, Rotate
from keys.record import digest, encode
from keys.statement import Kind, dump, sign
from keys.suite import TransportKey

sys.path.append(str(Path(__file__).parent.parent / "hub"))

from hub_at_work import ADDRESS, CREATED, A, Agency, envelope, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub_at_work import Running


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path) as hub:
        yield hub


async def _answered(hub: Running, head: str) -> int:
    """Send a request's head, and nothing of its body; the status that comes all the same."""
    host, port = hub.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(head.encode())
        line = await asyncio.wait_for(reader.readline(), 3)
        return int(line.split()[1])
    finally:
        writer.close()


def _head(target: str, media_type: str, length: int, *more: str) -> str:
    lines = [f"Host: {ADDRESS}", f"Content-Type: {media_type}", f"Content-Length: {length}", *more]
    return "\r\n".join([target + " HTTP/1.1", *lines, "", ""])


async def test_a_stranger_makes_the_hub_hold_no_body(hub: Running) -> None:
    head = _head(f"POST {api.ENVELOPES}", api.ENVELOPES_TYPE, limits.BATCH)
    assert await _answered(hub, head) == 401


async def test_neither_does_an_old_or_foreign_proof(hub: Running) -> None:
    a = await hub.join(A)
    for changed in ({"now": 1_000_000_000}, {"audience": "http://elsewhere"}, {"method": "PUT"}):
        proof = a.proof(**({"method": "POST", "target": api.ENVELOPES, "body": b"x"} | changed))
        head = _head(f"POST {api.ENVELOPES}", api.ENVELOPES_TYPE, limits.BATCH, f"Authorization: {proof}")
        assert await _answered(hub, head) == 401


async def test_a_proof_of_another_body_posts_nothing_and_is_not_used_up(hub: Running) -> None:
    a = await hub.join(A)
    body = api.write_batch([envelope(A)])
    headers = {"Authorization": a.proof("POST", api.ENVELOPES, body), "Content-Type": api.ENVELOPES_TYPE}
    for sent, status in ((body[:-1] + b"!", 401), (body, 200), (body, 401)):
        async with hub.http.post(hub.base + api.ENVELOPES, data=sent, headers=headers) as answer:
            assert answer.status == status


async def test_an_old_backup_does_not_open_the_mailbox(tmp_path: Path) -> None:
    """A transport key that was replaced twice, and never revoked, is nobody's way in."""
    room = await Mailroom.open(f"sqlite+aiosqlite:///{tmp_path / 'hub.db'}")
    agencies, a = LoggedAgencies(room), Agency(A)
    await room.admit(A, a.fingerprint)
    last, keys = a.enrolment(), [a.transport.public]
    await agencies.take(last)
    for seq in (1, 2):
        keys.append(TransportKey.generate().public)
        event = Rotate(
            agency=A,
            seq=seq,
            prev=digest(last.payload),
            created=CREATED,
            signing=None,
            mailbox=None,
            transport=encode(keys[-1].to_bytes()),
            witness=None,
        )
        last = sign(Kind.AGENCY_EVENT, dump(event), a.root)
        await agencies.take(last)
        for key in keys[-2:]:
            assert agencies.transport_key(A, key.key_id) == key
    with pytest.raises(KeyUnknown):
        agencies.transport_key(A, keys[0].key_id)
    await room.close()


async def test_a_key_revoked_at_one_process_opens_nothing_at_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await Mailroom.open(f"sqlite+aiosqlite:///{tmp_path / 'hub.db'}")
    one, other = LoggedAgencies(room), LoggedAgencies(room)
    a = Agency(A)
    await room.admit(A, a.fingerprint)
    first = a.enrolment()
    await one.take(first)
    await one.start()
    await other.start()
    other.transport_key(A, a.transport.public.key_id)
    rotate = Rotate(
        agency=A,
        seq=1,
        prev=digest(first.payload),
        created=CREATED,
        signing=None,
        mailbox=None,
        transport=encode(TransportKey.generate().public.to_bytes()),
        witness=None,
    )
    rotated = sign(Kind.AGENCY_EVENT, dump(rotate), a.root)
    revoke = Revoke(
        agency=A,
        seq=2,
        prev=digest(rotated.payload),
        created=CREATED,
        key=a.transport.public.key_id,
        from_index=1,
    )
    await one.take(rotated)
    await one.take(sign(Kind.AGENCY_EVENT, dump(revoke), a.root))
    assert FOLLOW_EVERY <= 5  # seconds; here none
    monkeypatch.setattr("exchange.hub.keylog.agencies.FOLLOW_EVERY", 0.0)
    assert await other.look_again()
    assert other.directory.size == one.directory.size == 3
    with pytest.raises(KeysProblem):
        other.transport_key(A, a.transport.public.key_id)
    await room.close()
