"""A role that nobody acts for just now is refused by name, with what to do, and nothing is sent to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spoken
from doubles import Town

from exchange.desk.service.drafts import RequestDraft
from exchange.errors import ContentsRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.open("moorfield-primary", {"Helen Marsh": "lead"})
    await town.open("northshire-childrens", {"Ruth Okafor": "social worker"}, {"Night team": ()})
    await town.settle()
    yield town
    await town.close()


async def test_a_role_of_nobody_is_named_so(town: Town) -> None:
    school, night = town["moorfield-primary"], town["northshire-childrens"].role("Night team")
    ruth = town["northshire-childrens"].person("Ruth Okafor")
    helen = await school.sign_in("Helen Marsh")
    with pytest.raises(ContentsRefused) as refused:
        await school.desk.share(helen, spoken.share(ruth, night))
    assert [(one.code, one.where) for one in refused.value.problems] == [("role_unattended", "recipients[1]")]
    assert "on duty" in refused.value.hint
    draft = RequestDraft(
        recipient=night,
        purpose="significant-harm-enquiry",
        purpose_text="To decide.",
        basis=spoken.BASIS,
        subjects=(spoken.ELLIS,),
        asked=("Is he known?",),
        authority="My post.",
    )
    with pytest.raises(ContentsRefused) as refused:
        await school.desk.request(helen, draft)
    assert [(one.code, one.where) for one in refused.value.problems] == [("role_unattended", "recipient")]
    assert (await school.desk.casebook.outbox_state()).waiting == 0
