"""A desk that follows a hub in memory; its own witness is one of three."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from courier_world import NOW, HubDouble, pinned
from notary import Notary, signers

from exchange.desk.behind import Memory
from exchange.desk.courier.anchor import AnchorLoop
from exchange.desk.courier.directory import DirectoryLoop
from exchange.desk.own import Own
from exchange.desk.recall import recall
from exchange.desk.trust import Trust
from keys.ceremony.policy import read_policy
from keys.transparency.note import NoteSigner

if TYPE_CHECKING:
    from exchange.store.casebook import Casebook
    from keys.ceremony.home import AgencyHome
    from keys.errors import Problem


class Following:
    """A desk that follows a hub in memory; its own witness is one of three."""

    def __init__(self, home: AgencyHome, casebook: Casebook, *others: AgencyHome) -> None:
        mine = NoteSigner(home.agency, home.witness_key)
        self.now = NOW
        self.hub = HubDouble(notary=Notary(witnesses=(*signers("one", "two"), mine)), now=lambda: self.now)
        self.hub.by = self.hub.notary.witnesses[:2]
        self.casebook = casebook
        pinned(self.hub.notary, home, *others)
        self.home = home
        self.grown = 0
        self.start()

    def start(self) -> None:
        """Begin anew, as after a restart; `recall` gives back what was known."""
        self.trust = Trust(self.home.agency, read_policy(self.home.path))
        self.own = Own(self.home, self.trust, now=lambda: self.now)
        self.memory = Memory(self.home.agency, self.casebook)
        self.loop = DirectoryLoop(
            self.hub,  # type: ignore[arg-type]
            self.trust,
            self.casebook,
            self.memory,
            home=lambda: self.own.home,
            grown=self.grow,
            now=lambda: self.now,
        )
        self.anchors = AnchorLoop(
            self.hub,  # type: ignore[arg-type]
            self.trust,
            self.casebook,
            home=lambda: self.own.home,
            may_send=self.loop.may_send,
            now=lambda: self.now,
        )

    async def restart(self) -> None:
        self.start()
        await self.memory.recall()
        await recall(self.trust, self.casebook, {}, self.now)

    def grow(self) -> None:
        self.grown += 1

    async def alarms(self) -> set[str]:
        return {alarm.name for alarm in await self.casebook.alarms()}

    async def refused(self, problem: type[Problem]) -> None:
        before = self.trust.log_head(), await self.casebook.log_entries(), await self.casebook.checkpoint()
        cosigned = len(self.hub.cosigned)
        with pytest.raises(problem):
            await self.loop.follow()
        assert not self.loop.may_send.is_set()
        assert before == (
            self.trust.log_head(),
            await self.casebook.log_entries(),
            await self.casebook.checkpoint(),
        )
        assert len(self.hub.cosigned) == cosigned, "no witness stands by it"
