"""A hostile school, and children's services who take what comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.store.casebook import Change
from keys.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doubles import Agency, Town
    from hostile import HostileDesk

    from exchange.desk.service.pen import Composed
    from exchange.wire.slip import Party


def demand_words(code: str, told: Problem | None = None) -> None:
    """Each class of this name has words of its own, and `told`, if given, says exactly those of its class."""
    classes = [kind for kind in _below(Problem) if kind.__dict__.get("code") == code]
    assert classes, code
    for kind in classes:
        assert (kind.__doc__ or "").strip().endswith((".", "?")), code
        assert kind.__dict__.get("hint", "").endswith("."), code
    if told is not None:
        assert type(told) in classes
        sentence = " ".join((type(told).__doc__ or "").split())
        assert told.message == (f"{sentence} ({told.where})" if told.where else sentence)
        assert told.hint == type(told).hint


def demand_told(refusal: Problem, code: str) -> None:
    """The refusal, or one of those that it gathers, has this code, and says the words of its class to people."""
    every: tuple[Problem, ...] = getattr(refusal, "problems", (refusal,))
    named = [problem for problem in every if problem.code == code]
    assert named, [problem.code for problem in every]
    for problem in named:
        demand_words(code, problem)
        assert problem.message in refusal.message
    assert refusal.hint == every[0].hint


def _below(kind: type[Problem]) -> Iterator[type[Problem]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


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
        demand_words(code)
        trail = [row.entry for row in (await book.audit())[before:]]
        assert code in [entry.code for entry in trail]
        assert {entry.event for entry in trail} == {"refused"}
        assert await book.steps(composed.step.slip.thread) == ()
        assert await book.thread(composed.step.slip.thread) is None
        assert await book.outbox(limit=10, size=2**20) == ()
        assert await book.broken_audit() is None
