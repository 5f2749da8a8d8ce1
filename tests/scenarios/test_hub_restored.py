"""A hub is restored from a copy that is older than an agency's enrolment: that agency's desk alone says so."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from city import City, city, until

from exchange.hub.keylog import signing
from exchange.hub.service import mend
from exchange.store.mailroom import Mailroom
from exchange.wire import keylog
from keys.statement import Signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from city import Client

    from exchange.desk.app import RunningDesk

SCHOOL, DUTY, POLICE = "moorfield-primary", "northshire-childrens", "eastvale-police"


@pytest.fixture
async def wired(tmp_path: Path) -> AsyncIterator[City]:
    async with city(tmp_path) as made:
        await made.open(SCHOOL, {"Helen Marsh": "designated safeguarding lead"})
        await made.open(DUTY, {"Ruth Okafor": "social worker"})
        yield made


async def sends(sender: Client, to: str) -> str:
    """Share with whoever is found by that word; the thread."""
    found = await sender.until("/whom", lambda answer: answer["parties"], body={"q": to})
    draft = spoken.share().model_dump(mode="json") | {"recipients": [found["parties"][0]["party"]]}
    return str((await sender.post("/shares", draft))["thread"])


async def has(who: Client, *threads: str) -> None:
    def there(answer: Any) -> bool:
        return set(threads) <= {row["thread"] for row in answer["rows"]}

    await who.until("/inbox", there)


async def sent(desk: RunningDesk) -> None:
    """Wait until nothing of it waits for the hub."""
    await until(lambda: _idle(desk))


async def _idle(desk: RunningDesk) -> bool:
    return (await desk.desk.casebook.outbox_state()).waiting == 0


async def alarmed(desk: RunningDesk, name: str) -> None:
    await until(lambda: _alarmed(desk, name))


async def _alarmed(desk: RunningDesk, name: str) -> bool:
    return name in {alarm.name for alarm in await desk.desk.casebook.alarms()}


async def _refuses(wired: City) -> bool:
    async with wired.http.get(wired.hub + keylog.CHECKPOINT) as answer:
        return answer.status == 503 and (await answer.json(content_type=None))["code"] == "hub_behind"


async def test_the_newcomer_s_desk_alone_brings_the_evidence_and_no_mail_is_lost(
    wired: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "LISTEN_FIRST", 1.0)
    helen, ruth = await wired.client(SCHOOL, "Helen Marsh"), await wired.client(DUTY, "Ruth Okafor")
    first = await sends(helen, "Ruth")
    await has(ruth, first)
    await wired.desks.pop(DUTY).stop()  # the social worker's desk is off, and mail waits for it
    waiting = await sends(helen, "Ruth")
    await sent(wired.desks[SCHOOL])

    await wired.stop_hub()
    copy = wired.folder / "copy"
    shutil.copytree(wired.config.home, copy)
    await wired.start_hub()

    await wired.open(POLICE, {"Eve Stone": "detective"})
    eve = await wired.client(POLICE, "Eve Stone")
    lost_at_the_hub = await sends(helen, "Eve")  # which the desk of the police has in time
    await has(eve, lost_at_the_hub)

    await wired.desks.pop(SCHOOL).stop()  # nobody but the newcomer is there to say anything
    await wired.stop_hub()
    shutil.rmtree(wired.config.home)
    shutil.copytree(copy, wired.config.home)
    await wired.start_hub()
    await alarmed(wired.desks[POLICE], "log_rolled_back")
    await until(lambda: _refuses(wired))

    await wired.stop_hub()
    rows = await wired.desks[POLICE].desk.casebook.log_entries()
    newest = wired.desks[POLICE].desk.trust.log.newest
    assert newest is not None
    export = wired.folder / "export.jsonl"
    export.write_bytes(
        b"".join(
            keylog.write_export((Signed(row.payload, row.signature) for row in rows), newest.note.decode())
        )
    )
    done = await mend(wired.config, export)
    assert done.added > 0
    room = await Mailroom.open(wired.config.database_url)
    assert min(mail.cursor for mail in await room.read(DUTY, 0, count=9, size=2**24)) > 2**40
    await room.close()

    await wired.start_hub()
    await wired.reopen(SCHOOL)
    await wired.reopen(DUTY)
    helen, ruth = await wired.client(SCHOOL, "Helen Marsh"), await wired.client(DUTY, "Ruth Okafor")
    afterwards = await sends(helen, "Ruth")
    to_the_newcomer = await sends(helen, "Eve")
    await has(ruth, first, waiting, afterwards)
    await has(eve, lost_at_the_hub, to_the_newcomer)
    answered = await sends(eve, "Ruth")
    await has(ruth, answered)
    assert not await _alarmed(wired.desks[POLICE], "log_rolled_back")
