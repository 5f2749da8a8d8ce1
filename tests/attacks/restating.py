"""A share that was accepted and waits, at an honest school, for a recipient who reads back what they like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import spoken
from hostile import HostileDesk

from exchange.store.casebook import Change
from exchange.wire.contents import ReadBackContents, Restatement
from exchange.wire.slip import Party

if TYPE_CHECKING:
    from doubles import Agency, Town

    from exchange.desk.people import Session
    from exchange.desk.service.pen import Composed
    from exchange.desk.service.views import WordsView

SCHOOL, DUTY = "moorfield-primary", "northshire-childrens"


@dataclass
class Waiting:
    """A share that was accepted, and a recipient who reads back whatever they like."""

    town: Town
    school: Agency
    helen: Session
    ruth: HostileDesk
    thread: str
    version: str
    accepted: str
    sent: WordsView

    def read_back(
        self, words: dict[str, Any] | None = None, slip: dict[str, Any] | None = None, **sealing: Any
    ) -> Composed:
        """A read-back that an honest desk would write, but for what is changed in its words and its slip."""
        fields: dict[str, Any] = {
            "kind": "read_back",
            "thread": self.thread,
            "leg": 0,
            "seq": 1,
            "prev": (self.accepted,),
            "answers": self.version,
            "to": (Party(agency=SCHOOL, person=self.helen.person),),
        }
        heading = self.ruth.heading(**(fields | (slip or {})))
        honest: dict[str, Any] = {
            "step": heading.id,
            "thread": self.thread,
            "agency": heading.author.agency,
            "person": heading.author.person,
            "kind": "read_back",
            "version": self.version,
            "restatements": (
                Restatement(statement="F1", meaning="A bruise.", taken_as="fact", weight="critical"),
            ),
            "key_point": "F1",
            "will_do": "See him.",
        }
        return self.ruth.compose(heading, ReadBackContents(**(honest | (words or {}))), **sealing)

    async def arrives(self, composed: Composed) -> None:
        assert composed.envelope is not None
        await self.school.desk.receiver.receive([composed.envelope], Change())

    async def state(self) -> str:
        return (await self.school.desk.files.load(self.thread)).status.legs[0].state.value


async def accepted_by_ruth(town: Town) -> Waiting:
    school, duty = town[SCHOOL], town[DUTY]
    helen, ruth = await school.sign_in("Helen Marsh"), await duty.sign_in("Ruth Okafor")
    posted = await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))
    await town.settle()
    accepted = await duty.desk.accept(ruth, posted.thread, 0, spoken.ACCEPTED)
    await town.settle()
    sent = await school.desk.read(helen, posted.thread, 0)
    hostile = HostileDesk(duty, ruth)
    return Waiting(town, school, helen, hostile, posted.thread, posted.digest, accepted.digest, sent)
