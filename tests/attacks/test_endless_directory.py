"""A hub whose directory never ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exchange.desk.courier import directory
from exchange.desk.courier.directory import DirectoryLoop
from exchange.desk.trust import Trust
from exchange.errors import DirectoryDiffers
from exchange.store.casebook import Casebook
from exchange.wire.api import DirectoryPage, IndexedEvent
from keys.errors import Malformed
from keys.event import EVENTS_OF_ONE_AGENCY, Revoke, read_event
from keys.record import encode
from keys.statement import Kind, dump, sign
from keys.suite import SigningKey

if TYPE_CHECKING:
    from pathlib import Path


class Endless:
    """It always has more, and says that it has."""

    def __init__(self, payload: bytes, signature: bytes) -> None:
        self.payload, self.signature = encode(payload), encode(signature)
        self.pages = 0

    async def directory(self, after: int) -> DirectoryPage:
        self.pages += 1
        assert self.pages < 50, "the desk goes on for ever"
        event = IndexedEvent(index=after, payload=self.payload, signature=self.signature)
        return DirectoryPage(events=(event,) * 5, size=2**40, root="0" * 64)


@pytest.mark.parametrize("size", [0, 30_000])
async def test_a_desk_does_not_read_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(directory, "AT_ONCE", 100_000)
    from doubles import START

    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    hub = Endless(bytes(size), bytes(min(size, 3373)))
    loop = DirectoryLoop(hub, Trust("a-b-c", "hub"), casebook, own_events=tuple, now=lambda: START)  # type: ignore[arg-type]
    with pytest.raises(DirectoryDiffers):
        await loop.follow()
    assert hub.pages < 40
    assert [alarm.name for alarm in await casebook.alarms()] == [DirectoryDiffers.code]
    await casebook.close()


def test_an_agency_cannot_fill_everybodys_directory() -> None:
    """Every desk keeps every event for ever, and folds it at each start."""
    root = SigningKey.generate()
    event = Revoke(
        agency="zz-agency", seq=0, prev=None, created="2026-11-23T09:00:00Z", key="a" * 32, from_index=0
    )
    late = event.model_copy(update={"seq": EVENTS_OF_ONE_AGENCY, "prev": "0" * 64})
    with pytest.raises(Malformed):
        read_event(sign(Kind.AGENCY_EVENT, dump(late), root).payload)
    last = late.model_copy(update={"seq": EVENTS_OF_ONE_AGENCY - 1})
    assert read_event(dump(last)).seq == EVENTS_OF_ONE_AGENCY - 1
