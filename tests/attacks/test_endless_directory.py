"""A hub whose directory never ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, US, make_home
from notary import Notary

from exchange.desk.behind import Memory
from exchange.desk.courier import directory
from exchange.desk.courier.directory import DirectoryLoop
from exchange.desk.trust import Trust
from exchange.errors import EntryDropped
from exchange.store.casebook import Casebook
from exchange.wire.keylog import DirectoryPage, SignedEvent
from keys.errors import Malformed
from keys.event import EVENTS_OF_ONE_AGENCY, Revoke, read_event
from keys.record import encode
from keys.statement import Kind, dump, sign
from keys.suite import SigningKey
from keys.transparency.checkpoint import Checkpoint, sign_checkpoint

if TYPE_CHECKING:
    from pathlib import Path


class Endless:
    """Its checkpoint speaks of a log without end, and it always has more."""

    def __init__(self, payload: bytes, signature: bytes, note: bytes) -> None:
        self.entry = SignedEvent(payload=encode(payload), signature=encode(signature))
        self.note = note.decode()
        self.pages = 0

    async def directory(self, after: int) -> DirectoryPage:
        self.pages += 1
        assert self.pages < 50, "the desk goes on for ever"
        return DirectoryPage(entries=(self.entry,) * 5, checkpoint=self.note, consistency=())


@pytest.mark.parametrize("size", [0, 30_000])
async def test_a_desk_does_not_read_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(directory, "AT_ONCE", 100_000)
    home = make_home(tmp_path, US)
    notary = Notary()
    trust = Trust(US, notary.policy(home))
    casebook = await Casebook.open(f"sqlite+aiosqlite:///{tmp_path / 'casebook.db'}")
    endless = Checkpoint(notary.origin, 10**14, bytes(32))
    hub = Endless(bytes(size), bytes(min(size, 3373)), sign_checkpoint(endless, notary.signer))
    loop = DirectoryLoop(
        hub,  # type: ignore[arg-type]
        trust,
        casebook,
        Memory(US, casebook),
        home=lambda: replace(home, events=()),
        grown=lambda: None,
        now=lambda: NOW,
    )
    with pytest.raises(EntryDropped):
        await loop.follow()
    assert hub.pages < 40
    assert [alarm.name for alarm in await casebook.alarms()] == [EntryDropped.code]
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
