"""Agreement with something that the sender cannot have read, and words that nobody can vouch for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import spoken
from hostile import HostileDesk

from exchange.store.casebook import Change
from exchange.wire.contents import ReadBackContents, Restatement
from exchange.wire.slip import Party
from keys.errors import Problem
from keys.suite import OpeningKey

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

    def read_back(self, words: dict[str, Any] | None = None, **sealing: Any) -> Composed:
        heading = self.ruth.heading(
            kind="read_back",
            thread=self.thread,
            leg=0,
            seq=1,
            prev=(self.accepted,),
            answers=self.version,
            to=(Party(agency=SCHOOL, person=self.helen.person),),
        )
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


@pytest.fixture
async def waiting(town: Town) -> Waiting:
    school, duty = town[SCHOOL], town[DUTY]
    helen, ruth = await school.sign_in("Helen Marsh"), await duty.sign_in("Ruth Okafor")
    posted = await school.desk.share(helen, spoken.share(duty.person("Ruth Okafor")))
    await town.settle()
    accepted = await duty.desk.accept(ruth, posted.thread, 0, spoken.ACCEPTED)
    await town.settle()
    sent = await school.desk.read(helen, posted.thread, 0)
    hostile = HostileDesk(duty, ruth)
    return Waiting(town, school, helen, hostile, posted.thread, posted.digest, accepted.digest, sent)


async def _not_agreed(waiting: Waiting) -> None:
    assert await waiting.state() == "read_back"
    with pytest.raises(Problem):
        await waiting.school.desk.hear_back(waiting.helen, waiting.thread, 0, spoken.agreed(waiting.sent))
    assert await waiting.state() == "read_back"


async def test_a_read_back_that_its_sender_cannot_open_is_not_agreed_to(waiting: Waiting) -> None:
    """There is a slot under her key's name, but what stands in it is for another key: her desk cannot tell."""
    desk, now = waiting.ruth.agency.desk, waiting.ruth.agency.desk.now()
    helen = Party(agency=SCHOOL, person=waiting.helen.person)
    false = OpeningKey.generate().sealing_key
    false.key_id = desk.trust.sealing_key(helen, now).key_id
    records = desk.trust.records_key(SCHOOL, now)
    await waiting.arrives(waiting.read_back(slots=[false, records]))
    await _not_agreed(waiting)


async def test_a_read_back_whose_words_break_the_rules_is_not_agreed_to(waiting: Waiting) -> None:
    await waiting.arrives(waiting.read_back({"version": "0" * 64}))
    await _not_agreed(waiting)


async def test_a_read_back_of_what_was_never_said_is_not_agreed_to(waiting: Waiting) -> None:
    await waiting.arrives(waiting.read_back({"key_point": "F9"}))
    await _not_agreed(waiting)


async def test_an_honest_one_is(waiting: Waiting) -> None:
    await waiting.arrives(waiting.read_back())
    await waiting.school.desk.hear_back(waiting.helen, waiting.thread, 0, spoken.agreed(waiting.sent))
    assert await waiting.state() == "closed"
