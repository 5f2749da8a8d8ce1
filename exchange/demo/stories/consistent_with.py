"""Case 1: "could be consistent with" comes back as "confirmed"; the second read-back is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.demo import telling
from exchange.demo.stage import CASES, form

if TYPE_CHECKING:
    from exchange.demo.stage import Stage

CASE: Final = "1-consistent-with"
TITLE: Final = 'Case 1. "Could be consistent with"'


def play(stage: Stage) -> None:
    """Play it."""
    lead = stage.player("moorfield-primary", "Helen Marsh")
    duty = stage.player("northshire-childrens", "Priya Nair")
    telling.title(TITLE)
    telling.tells(
        f"{lead} ({lead.post}, {lead.agency}) tells the duty social worker of {duty.agency} what was seen "
        "and said about Ellis, aged 6. It goes to the role: whoever is on duty."
    )
    thread = lead.at.share(form(CASE, "share"), CASES / CASE)["thread"]
    stage.arrives(duty, thread)
    duty.at.accept(thread, 0, "I am on duty today and decide what happens next.")
    share = duty.at.words(thread, 0)["words"]
    for name in ("F4", "O1"):
        telling.statement(share, name)
    telling.meant(stage.leg(lead, thread, 0, "accepted"))
    telling.tells(
        f"{duty} accepts, reads, and says what it means in her own words. She cannot see that ranking yet."
    )
    duty.reads_back(thread, 0, form(CASE, "read-back-1"))
    stage.leg(lead, thread, 0, "read_back")
    telling.compared(lead, stage.flags(CASE, lead, thread, 0, "F4", "F5", "O1"))
    telling.tells(f"{lead} does not agree:")
    lead.at.hear_back(thread, 0, form(CASE, "hear-back-1"))
    telling.corrected(form(CASE, "hear-back-1"), lead)
    stage.leg(duty, thread, 0, "corrected")
    telling.tells(f"{duty} reads it back again:")
    duty.reads_back(thread, 0, form(CASE, "read-back-2"))
    stage.leg(lead, thread, 0, "read_back")
    telling.compared(lead, stage.flags(CASE, lead, thread, 0))
    lead.at.hear_back(thread, 0, form(CASE, "hear-back-2"))
    telling.says(lead, form(CASE, "hear-back-2")["words"])
    stage.ends(CASE, thread, 0, "closed", lead, duty)
    telling.closed()
