"""Case 4: everything is asked for and refused with reasons; one question is asked, and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.demo import telling
from exchange.demo.stage import CASES, form
from exchange.desk.cli.writing import opening_of, refusal_of

if TYPE_CHECKING:
    from exchange.demo.stage import Stage

CASE: Final = "4-refused-then-shared"
TITLE: Final = "Case 4. Refused, then shared"


def play(stage: Stage) -> None:
    """Play it."""
    school = stage.player("moorfield-primary", "Carol Finch")
    doctor = stage.player("rao-practice", "Dr Anita Rao")
    telling.title(TITLE)
    asked = form(CASE, "request-1")
    telling.tells(
        f"{school} ({school.post}, {school.agency}) wants to understand Ellis's absences, names no power to "
        f"ask, and asks {doctor} ({doctor.post}):"
    )
    telling.says(school, asked["asked"][0])
    first = school.at.request(asked)["thread"]
    stage.arrives(doctor, first)
    answer = form(CASE, "refuse")
    doctor.at.refuse(first, answer)
    telling.tells(
        f"{doctor} asks her Caldicott guardian, on a copy without names, and decides not to share. Her "
        "reasons and who advised stay recorded at the practice; the school is told:"
    )
    stage.request_ends(CASE, first, "refused", school, doctor)
    telling.says(doctor, answer["words"])
    telling.says(doctor, answer["would_change"])
    _asked_again(stage, first)


def _asked_again(stage: Stage, first: str) -> None:
    school = stage.player("moorfield-primary", "Carol Finch")
    doctor = stage.player("rao-practice", "Dr Anita Rao")
    asked = form(CASE, "request-2")
    telling.tells(f"A week later, after case 1, {school} asks again, now to protect Ellis (section 47):")
    telling.says(school, asked["asked"][0])
    second = school.at.request(asked, refusal_of(school.at, first))["thread"]
    stage.arrives(doctor, second)
    thread = doctor.at.share(form(CASE, "share"), CASES / CASE, opening_of(doctor.at, second))["thread"]
    stage.arrives(school, thread)
    school.at.accept(thread, 0, "I asked, and pass it to the social worker who makes the enquiries.")
    share = school.at.words(thread, 0)["words"]
    telling.tells(f"{doctor} shares one fact and one opinion, and nothing about the mother:")
    for name in ("F1", "O1"):
        telling.statement(share, name)
    telling.tells(f"{school} reads back:")
    school.reads_back(thread, 0, form(CASE, "read-back"))
    stage.leg(doctor, thread, 0, "read_back")
    telling.compared(doctor, stage.flags(CASE, doctor, thread, 0))
    doctor.at.hear_back(thread, 0, form(CASE, "hear-back"))
    stage.ends(CASE, thread, 0, "closed", school, doctor)
    stage.request_ends(CASE, second, "answered", school, doctor)
    telling.closed()
