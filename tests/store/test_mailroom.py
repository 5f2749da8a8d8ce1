"""The mailroom: nothing lost, doubled or reordered, on both databases."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from exchange.errors import StoreUnavailable
from exchange.store.engine import open_engine
from exchange.store.mailroom import Issued, Mailroom, Post, Posting
from exchange.store.mailroom.tables import METADATA
from exchange.wire.api import MailKind
from keys.record import new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

LOTS = {"count": 1000, "size": 1 << 30}
DAY = 86_400
A, B, C = "northshire-childrens", "moorfield-primary", "eastvale-police"


@pytest.fixture
async def room(database_url: str) -> AsyncIterator[Mailroom]:
    room = await Mailroom.open(database_url)
    yield room
    await room.close()


def envelope(*mailboxes: str, data: bytes = b"sealed", name: str | None = None) -> Posting:
    return Posting(name or new_id(), mailboxes, data, hashlib.sha256(data).digest())


def post(*envelopes: Posting, agency: str = A, at: int = 1000) -> Post:
    return Post(agency, at, envelopes)


async def test_what_is_posted_waits_in_each_of_its_mailboxes(room: Mailroom) -> None:
    assert await room.post(post(envelope(B, C, data=b"both"), envelope(B, data=b"one"))) == ("accepted",) * 2
    in_b = await room.read(B, 0, **LOTS)
    assert [mail.data for mail in in_b] == [b"both", b"one"]
    assert [mail.data for mail in await room.read(C, 0, **LOTS)] == [b"both"]
    assert await room.read(A, 0, **LOTS) == []
    assert [mail.data for mail in await room.read(B, in_b[0].cursor, **LOTS)] == [b"one"]


async def test_a_repeated_post_is_a_duplicate_and_a_changed_one_is_refused(room: Mailroom) -> None:
    first = envelope(B, data=b"first")
    changed = envelope(B, data=b"changed", name=first.id)
    assert await room.post(post(first, first, changed)) == ("accepted", "duplicate", "differs")
    assert await room.post(post(first)) == ("duplicate",)
    assert await room.post(post(changed)) == ("differs",)
    assert await room.post(post(first, agency=C)) == ("differs",)
    mails = await room.read(B, 0, **LOTS)
    assert [mail.data for mail in mails] == [b"first"]
    await room.acknowledge([(B, mails[0].cursor)])
    assert await room.post(post(first)) == ("duplicate",)
    assert await room.read(B, 0, **LOTS) == []


async def test_bytes_leave_with_the_last_acknowledgement(room: Mailroom) -> None:
    await room.post(post(envelope(B, C, data=b"both")))
    (at_b,), (at_c,) = await room.read(B, 0, **LOTS), await room.read(C, 0, **LOTS)
    assert await room.acknowledge([(B, at_b.cursor)]) == 1
    assert await room.acknowledge([(B, at_b.cursor)]) == 0
    assert [mail.data for mail in await room.read(C, 0, **LOTS)] == [b"both"]
    assert await room.acknowledge([(C, at_c.cursor)]) == 1
    async with room._reader.connect() as connection:
        bodies = (await connection.exec_driver_sql("select body, waiting from envelope")).all()
    assert bodies == [(None, 0)]


async def test_a_read_is_bounded_in_count_and_bytes_but_never_empty(room: Mailroom) -> None:
    await room.post(post(*(envelope(B, data=bytes(1000)) for _ in range(5))))
    assert len(await room.read(B, 0, count=3, size=1 << 30)) == 3
    assert len(await room.read(B, 0, count=9, size=2100)) == 2
    await room.post(post(envelope(C, data=bytes(1 << 20))))
    assert len(await room.read(C, 0, count=9, size=(1 << 20) + 13)) == 1


async def test_what_expires_is_told_to_its_sender_once(room: Mailroom) -> None:
    old, new = envelope(B, C, data=b"old"), envelope(B, data=b"new")
    await room.post(post(old, at=1000))
    await room.post(post(new, at=1000 + DAY))
    (at_c,) = await room.read(C, 0, **LOTS)
    await room.acknowledge([(C, at_c.cursor)])
    heard: list[Issued] = []
    room.listen(heard.append)

    assert await room.expire(2 * DAY, 999 + 2 * DAY) == 0
    assert await room.expire(2 * DAY, 1000 + 2 * DAY) == 1
    assert await room.expire(2 * DAY, 1000 + 2 * DAY) == 0
    assert [mail.data for mail in await room.read(B, 0, **LOTS)] == [b"new"]
    (notice,) = await room.read(A, 0, **LOTS)
    assert notice.kind is MailKind.NOTICE
    told = {"notice": "expired", "envelope": old.id, "mailbox": B, "at": "1970-01-03T00:16:40Z"}
    assert json.loads(notice.data) == told
    assert [issued.mail for issued in heard] == [[(A, notice)]]
    assert await room.post(post(old)) == ("duplicate",)


async def test_what_left_long_ago_is_forgotten_but_never_what_waits(room: Mailroom) -> None:
    gone, waiting = envelope(B, data=b"gone"), envelope(C, data=b"waiting")
    await room.post(post(gone, waiting, at=1000))
    (mail,) = await room.read(B, 0, **LOTS)
    await room.acknowledge([(B, mail.cursor)])
    await room.forget(DAY, 1000 + DAY)
    assert await room.post(post(gone)) == ("duplicate",)  # not settled yet: the sweep has not passed it
    await room.expire(3 * DAY, 1000 + DAY)
    assert len(await room.read(C, 0, **LOTS)) == 1
    await room.expire(3 * DAY, 1000 + 3 * DAY)
    await room.forget(4 * DAY, 1000 + 4 * DAY)
    assert await room.post(post(gone, at=1000 + 5 * DAY)) == ("accepted",)


async def test_a_long_backlog_expires_and_is_forgotten_in_steps(room: Mailroom) -> None:
    for _ in range(6):
        await room.post(post(*(envelope(B) for _ in range(200))))
    assert await room.expire(DAY, 1000 + DAY) == 1200
    assert len(await room.read(A, 0, count=2000, size=1 << 30)) == 1200
    await room.forget(DAY, 1000 + DAY)
    async with room._reader.connect() as connection:
        assert (await connection.exec_driver_sql("select count(*) from envelope")).scalar_one() == 0


async def test_listeners_hear_of_mail_before_the_poster_is_answered(room: Mailroom) -> None:
    heard: list[Issued] = []
    room.listen(heard.append)
    first, second = envelope(B, data=b"1"), envelope(C, B, data=b"2")
    await asyncio.gather(room.post(post(first)), room.post(post(second)))
    flat = [(box, mail.data) for issued in heard for box, mail in issued.mail]
    assert flat == [(B, b"1"), (C, b"2"), (B, b"2")]
    assert [issued.before for issued in heard] == [0]
    assert heard[-1].last == await room.last_cursor()
    assert set(await room.mailboxes_since(1)) == {B, C}


async def test_admission_replaces_what_was_said_before(room: Mailroom) -> None:
    await room.admit(A, "1")
    await room.admit(A, "2")
    await room.admit(B, "3")
    assert await room.admitted() == {A: "2", B: "3"}


async def test_everything_is_there_after_opening_again(database_url: str) -> None:
    room = await Mailroom.open(database_url)
    mine = envelope(B, data=b"kept")
    await room.post(post(mine))
    await room.close()
    with pytest.raises(StoreUnavailable):
        await room.post(post(envelope(B)))
    room = await Mailroom.open(database_url)
    assert [mail.data for mail in await room.read(B, 0, **LOTS)] == [b"kept"]
    assert await room.post(post(mine)) == ("duplicate",)
    await room.close()


async def test_processes_may_start_together(database_url: str) -> None:
    rooms = await asyncio.gather(*(Mailroom.open(database_url) for _ in range(4)))
    await asyncio.gather(*(room.post(post(envelope(B))) for room in rooms))
    assert len(await rooms[0].read(B, 0, **LOTS)) == 4
    await asyncio.gather(*(room.close() for room in rooms))


async def test_the_migrated_schema_is_the_one_the_code_knows(room: Mailroom, database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"version_table": "mailroom_version"})
        return list(compare_metadata(context, METADATA))

    engine = open_engine(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_what_waits_is_numbered_anew_in_its_order_and_still_leaves_once(room: Mailroom) -> None:
    """After a database was set back, a desk that had read further must not count as having read this."""
    first, second = envelope(B, C, data=b"1"), envelope(B, data=b"2")
    await room.post(post(first, second))
    await room.acknowledge([(C, 9)])
    before = await room.read(B, 0, **LOTS)
    await room.renumber()
    after = await room.read(B, 10**9, **LOTS)
    assert [mail.data for mail in after] == [mail.data for mail in before] == [b"1", b"2"]
    assert await room.acknowledge([(B, before[-1].cursor)]) == 0
    assert await room.post(post(first)) == ("duplicate",)
    await room.post(post(envelope(B, data=b"3")))
    assert [mail.data for mail in await room.read(B, after[-1].cursor, **LOTS)] == [b"3"]
    assert await room.expire(DAY, 1000 + 2 * DAY) == 3
    assert {mail.kind for mail in await room.read(A, 0, **LOTS)} == {MailKind.NOTICE}
    assert await room.read(B, 0, **LOTS) == []
