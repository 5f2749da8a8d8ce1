"""Times that their author made up, so that something seems to have been done in time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import START
from two_agencies import Table, childrens, school
from two_agencies import proven as verify

from exchange.errors import CertificateRefused
from exchange.evidence.certify import certify
from keys.record import format_time

if TYPE_CHECKING:
    from restating import Waiting


async def test_nobody_reads_back_what_had_not_been_said_yet(waiting: Waiting) -> None:
    """To seem quick, or to have acted for a role that they have left since."""
    await waiting.arrives(waiting.read_back(slip={"created": format_time(START - timedelta(days=2))}))
    assert await waiting.state() == "accepted"
    refused = await waiting.school.desk.casebook.refused()
    assert [row.code for row in refused] == ["slip_out_of_time"]


async def test_clocks_may_differ_a_little(waiting: Waiting) -> None:
    await waiting.arrives(waiting.read_back(slip={"created": format_time(START - timedelta(minutes=50))}))
    assert await waiting.state() == "read_back"


def test_a_certificate_in_which_an_answer_came_before_its_question_proves_nothing() -> None:
    """Whoever holds a leaver's key can sign what they like, but not for a day before the share."""
    sender, recipient = school(), childrens()
    table = Table(sender, recipient, (recipient.party("s"),))
    share = table.lay("share", sender, "l", leg=None)
    table.lay("accept", recipient, "s", answers=share, created="2026-11-02T09:00:00Z")
    read_back = table.lay("read_back", recipient, "s", answers=share, created="2026-11-02T09:00:00Z")
    table.lay("hear_back", sender, "l", answers=read_back, verdict="agreed")
    with pytest.raises(CertificateRefused):
        verify(certify(0, table.signed, table.shown(), table.rosters))
