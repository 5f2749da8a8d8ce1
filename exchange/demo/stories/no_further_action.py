"""Case 2: two recipients; one understands, the other takes "no further action" for "cleared"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.demo import telling
from exchange.demo.stage import CASES, StoryWentWrong, form

if TYPE_CHECKING:
    from exchange.demo.stage import Stage

CASE: Final = "2-no-further-action"
TITLE: Final = 'Case 2. "No further action"'
VISITOR, NURSERY = 0, 1


def play(stage: Stage) -> None:
    """Play it."""
    officer = stage.player("northshire-police", "Sam Whitlock")
    visitor = stage.player("northshire-nhs", "Grace Adeyemi")
    nursery = stage.player("little-oaks", "Joanne Pike")
    telling.title(TITLE)
    telling.tells(
        f"{officer} ({officer.post}, {officer.agency}) tells two people about Amira, aged 2, each of whom "
        f"must understand: {visitor} ({visitor.post}) and {nursery} ({nursery.post})."
    )
    thread = officer.at.share(form(CASE, "share"), CASES / CASE)["thread"]
    for who, leg, part in (
        (visitor, VISITOR, "I am Amira's health visitor."),
        (nursery, NURSERY, "Amira comes to us on four days a week."),
    ):
        stage.arrives(who, thread)
        who.at.accept(thread, leg, part)
    seen = visitor.at.words(thread, VISITOR)["words"]
    for name in ("F2", "F3", "O1"):
        telling.statement(seen, name)
    telling.meant(stage.leg(officer, thread, VISITOR, "accepted"))
    if any(fact["id"] == "F5" for fact in nursery.at.words(thread, NURSERY)["words"]["facts"]):
        raise StoryWentWrong("The nursery can read what is for the health visitor alone.")
    telling.tells("The mother's new number is for the health visitor alone: the nursery's part lacks it.")
    _visitor_understands(stage, thread)
    _nursery_does_not(stage, thread)


def _visitor_understands(stage: Stage, thread: str) -> None:
    officer = stage.player("northshire-police", "Sam Whitlock")
    visitor = stage.player("northshire-nhs", "Grace Adeyemi")
    telling.tells(f"{visitor} reads back:")
    visitor.reads_back(thread, VISITOR, form(CASE, "read-back-health-visitor"))
    stage.leg(officer, thread, VISITOR, "read_back")
    telling.compared(officer, stage.flags(CASE, officer, thread, VISITOR))
    officer.at.hear_back(thread, VISITOR, form(CASE, "hear-back-health-visitor"))
    stage.ends(CASE, thread, VISITOR, "closed", officer, visitor)
    telling.closed(f" with {visitor}")


def _nursery_does_not(stage: Stage, thread: str) -> None:
    officer = stage.player("northshire-police", "Sam Whitlock")
    nursery = stage.player("little-oaks", "Joanne Pike")
    telling.tells(f"{nursery} reads back:")
    nursery.reads_back(thread, NURSERY, form(CASE, "read-back-nursery"))
    stage.leg(officer, thread, NURSERY, "read_back")
    telling.compared(officer, stage.flags(CASE, officer, thread, NURSERY, "F2", "F3", "O1"))
    telling.tells(f"{officer} does not agree:")
    officer.at.hear_back(thread, NURSERY, form(CASE, "hear-back-nursery"))
    telling.corrected(form(CASE, "hear-back-nursery"), officer)
    stage.ends(CASE, thread, NURSERY, "corrected", officer, nursery)
    stage.stays_open(CASE, thread, officer)
    telling.tells(
        f"So the leg with {nursery} STAYS OPEN, and with it the share, until she has read it back again. "
        "It waits in her inbox, and she is reminded."
    )
