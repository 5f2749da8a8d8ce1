"""Agreement with something that the sender cannot have read, and words that nobody can vouch for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spoken
from restating import SCHOOL

from exchange.wire.slip import Party
from keys.errors import Problem
from keys.suite import OpeningKey

if TYPE_CHECKING:
    from restating import Waiting


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
