"""Register, post, read, acknowledge: as desks do it, over HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from hub_at_work import CREATED, JSON, A, Agency, B, C, Running, envelope, running, signed_event

from exchange.wire import api, keylog
from keys.directory import Directory
from keys.event import Rotate, read_event
from keys.record import digest, encode, new_id
from keys.statement import Kind, dump, sign
from keys.suite import TransportKey
from keys.transparency.checkpoint import read_checkpoint
from keys.transparency.note import read_note

if TYPE_CHECKING:
    from pathlib import Path


async def test_an_envelope_goes_from_one_agency_to_another(a: Agency, b: Agency) -> None:
    sent = envelope(B)
    (result,) = await a.post(sent)
    assert result.status == "accepted"
    (mail,) = await b.read()
    assert (mail.kind, mail.data) == (api.MailKind.ENVELOPE, sent)
    assert await b.read() == []
    assert await a.read() == []


async def test_a_batch_is_judged_one_by_one(a: Agency, b: Agency, c: Agency) -> None:
    twice, changed_id = envelope(B, C), new_id()
    first, changed = envelope(B, name=changed_id), envelope(C, name=changed_id)
    results = await a.post(twice, b"RBE1 nonsense", envelope("nobody-at-all"), twice, first, changed)
    assert [(result.status, result.code) for result in results] == [
        ("accepted", None),
        ("refused", "envelope_refused"),
        ("refused", "mailbox_unknown"),
        ("duplicate", None),
        ("accepted", None),
        ("refused", "envelope_differs"),
    ]
    assert [mail.data for mail in await b.read()] == [twice, first]
    assert [mail.data for mail in await c.read()] == [twice]


async def test_reading_on_acknowledges(a: Agency, b: Agency, hub: Running) -> None:
    await a.post(*(envelope(B) for _ in range(3)))
    _first, second, third = await b.read()
    assert await b.read(after=second.cursor) == [third]
    await hub.hub.mailboxes._write_down()
    await hub.hub.room.acknowledge([])  # whatever was being written down already stands before it
    hub.hub.mailboxes._begin_anew()
    assert await b.read(after=0) == [third]


async def test_explicit_acknowledgement_is_durable_at_once(a: Agency, b: Agency, hub: Running) -> None:
    await a.post(envelope(B), envelope(B))
    first, second = await b.read()
    body = dump(api.Acknowledgement(through=first.cursor))
    status, _, _ = await b.ask("POST", api.ACKNOWLEDGE, body, content_type=api.JSON_TYPE)
    assert status == 204
    assert await hub.hub.room.read(B, 0, count=9, size=1 << 30) == [second]


async def test_a_waiting_reader_is_answered_by_the_commit_without_a_query(
    a: Agency, b: Agency, hub: Running
) -> None:
    await b.read()
    waiting = asyncio.ensure_future(b.read(wait=20))
    await asyncio.sleep(0.1)

    async def no_query(*_: object, **__: object) -> list[api.Mail]:
        raise AssertionError("asked the database")

    hub.hub.room.read = no_query  # type: ignore[method-assign]  # that is the test
    sent = envelope(B)
    began = time.monotonic()
    await a.post(sent)
    assert [mail.data for mail in await waiting] == [sent]
    assert time.monotonic() - began < 2
    later = envelope(B)
    await a.post(later)
    assert [mail.data for mail in await b.read()] == [later]


async def test_a_reader_that_waits_in_vain_gets_nothing(b: Agency) -> None:
    began = time.monotonic()
    assert await b.read(wait=1) == []
    assert 0.9 < time.monotonic() - began < 5


async def test_the_directory_tells_the_same_events_to_everybody(a: Agency, b: Agency) -> None:
    status, _, body = await b.ask("GET", f"{keylog.DIRECTORY}?after=0")
    assert status == 200
    page = keylog.DirectoryPage.model_validate_json(body)
    folded = Directory({A: a.fingerprint, B: b.fingerprint})
    for entry in page.entries:
        folded.apply(entry.signed)
    checkpoint = read_checkpoint(read_note(page.checkpoint.encode()).text)
    assert (folded.size, folded.root) == (checkpoint.size, checkpoint.root.hex()) == (2, folded.root)
    _, _, body = await b.ask("GET", f"{keylog.DIRECTORY}?after=1")
    assert keylog.DirectoryPage.model_validate_json(body).entries == page.entries[1:]


async def test_registering_again_is_no_change_and_a_rotated_key_counts_at_once(
    a: Agency, hub: Running
) -> None:
    another = read_event(a.enrolment().payload).model_copy(update={"created": "2026-11-22T15:04:06Z"})
    enrolled = sign(Kind.AGENCY_EVENT, dump(another), a.root)
    assert hub.hub.keylog.agencies.directory.size == 1
    kept = (await hub.hub.room.log.entries(0, 1))[0]
    async with hub.http.post(hub.base + keylog.AGENCIES, data=signed_event(kept), headers=JSON) as answer:
        assert answer.status == 201
    async with hub.http.post(hub.base + keylog.AGENCIES, data=signed_event(enrolled), headers=JSON) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (422, "event_forked")
    fresh = TransportKey.generate()
    rotation = Rotate(
        agency=A,
        seq=1,
        prev=digest(kept.payload),
        created=CREATED,
        signing=None,
        mailbox=None,
        transport=encode(fresh.public.to_bytes()),
        witness=None,
    )
    signed = sign(Kind.AGENCY_EVENT, dump(rotation), a.root)
    async with hub.http.post(hub.base + keylog.EVENTS, data=signed_event(signed), headers=JSON) as answer:
        assert answer.status == 201, await answer.text()
    a.transport = fresh
    assert await a.read() == []


async def test_only_admitted_agencies_with_the_admitted_root_may_register(hub: Running) -> None:
    stranger = Agency(A, hub.base, hub.http)
    assert await stranger.register() == 403
    await hub.join(A)
    assert await stranger.register() == 403


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    sent = envelope(B)
    async with running(tmp_path) as hub:
        a, b = await hub.join(A), await hub.join(B)
        await a.post(sent)
    async with running(tmp_path) as hub:
        for agency in (a, b):
            agency.base, agency.http = hub.base, hub.http
        assert [result.status for result in await a.post(sent)] == ["duplicate"]
        (mail,) = await b.read()
        assert mail.data == sent


async def test_what_expires_is_told_to_the_sender(a: Agency, b: Agency, hub: Running) -> None:
    name = new_id()
    await a.post(envelope(B, name=name))
    await hub.hub.sweep(int(time.time()) + hub.config.keep + 1)
    assert await b.read() == []
    (mail,) = await a.read()
    assert mail.kind is api.MailKind.NOTICE
    notice = json.loads(mail.data)
    assert (notice["notice"], notice["envelope"], notice["mailbox"]) == ("expired", name, B)


async def test_draining_answers_whoever_waits(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        b = await hub.join(B)
        waiting = asyncio.ensure_future(b.read(wait=60))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        hub.hub.drain()
        assert await waiting == []
        assert time.monotonic() - began < 2


async def test_a_cursor_that_was_never_issued_is_refused(a: Agency, b: Agency) -> None:
    await a.post(envelope(B))
    for after in (2, api.CURSOR_MAX):
        status, _, body = await b.ask("GET", f"{api.MAILBOX}?after={after}")
        assert (status, json.loads(body)["code"]) == (409, "cursor_ahead")
    body = dump(api.Acknowledgement(through=2))
    status, _, _ = await b.ask("POST", api.ACKNOWLEDGE, body, content_type=api.JSON_TYPE)
    assert status == 409
    assert len(await b.read(after=0)) == 1
