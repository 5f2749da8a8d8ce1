"""A hostile school, and children's services who take what comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.store.casebook import Change

if TYPE_CHECKING:
    from doubles import Agency, Town
    from hostile import HostileDesk

    from exchange.desk.service.pen import Composed
    from exchange.wire.slip import Party


@dataclass
class Stage:
    """A hostile school, and children's services who take what comes."""

    town: Town
    school: HostileDesk
    duty: Agency

    @property
    def ruth(self) -> Party:
        return self.duty.person("Ruth Okafor")

    async def receive(self, *composed: Composed) -> None:
        envelopes = [one.envelope for one in composed if one.envelope]
        await self.duty.desk.receiver.receive(envelopes, Change())

    async def refusals(self) -> list[str]:
        return [row.code for row in await self.duty.desk.casebook.refused()]

    async def demand_refused(self, composed: Composed, code: str) -> None:
        """The desk refuses it by this name, tells nobody, and stands where it stood."""
        book = self.duty.desk.casebook
        before = len(await book.audit())
        await self.receive(composed)
        assert await self.refusals() == [code]
        trail = [row.entry for row in (await book.audit())[before:]]
        assert code in [entry.code for entry in trail]
        assert {entry.event for entry in trail} == {"refused"}
        assert await book.steps(composed.step.slip.thread) == ()
        assert await book.thread(composed.step.slip.thread) is None
        assert await book.outbox(limit=10, size=2**20) == ()
        assert await book.broken_audit() is None
