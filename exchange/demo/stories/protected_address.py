"""Case 3: first to the wrong person, then misread in what matters most, then amended after it had closed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from exchange.demo import telling
from exchange.demo.stage import CASES, StoryWentWrong, form
from exchange.desk.cli.client import DeskRefused

if TYPE_CHECKING:
    from exchange.demo.stage import Player, Stage

CASE: Final = "3-protected-address"
TITLE: Final = "Case 3. The protected address"


def play(stage: Stage) -> None:
    """Play it."""
    worker = stage.player("harbour-house", "Leah Stone")
    officer = stage.player("castle-hill-academy", "Miriam Hughes")
    telling.title(TITLE)
    telling.tells(
        f"{worker} ({worker.post}, {worker.agency}) writes to {officer.agency} about Jodie, aged 11, who "
        "has fled with her mother. Her first message goes to the wrong Hughes."
    )
    _to_the_wrong_person(stage, worker)
    thread = worker.at.share(form(CASE, "share"), CASES / CASE)["thread"]
    stage.arrives(officer, thread)
    officer.at.accept(thread, 0, "I admit the pupils, and I alone will keep this.")
    seen = officer.at.words(thread, 0)["words"]
    telling.tells(f"Then to {officer} ({officer.post}), with the order itself, and in plain view:")
    telling.says(worker, seen["immediate_risk"])
    for name in ("F2", "F4"):
        telling.statement(seen, name)
    telling.meant(stage.leg(worker, thread, 0, "accepted"))
    _file_arrives(stage, officer, thread)
    telling.tells(f"{officer} reads back:")
    officer.reads_back(thread, 0, form(CASE, "read-back-1"))
    stage.leg(worker, thread, 0, "read_back")
    telling.compared(worker, stage.flags(CASE, worker, thread, 0, "F2", "F4"))
    telling.tells(f"{worker} does not agree:")
    worker.at.hear_back(thread, 0, form(CASE, "hear-back-1"))
    telling.corrected(form(CASE, "hear-back-1"), worker)
    stage.leg(officer, thread, 0, "corrected")
    telling.tells(f"{officer} reads it back again:")
    _restated_and_heard(stage, thread, worker, officer)
    telling.closed()
    _amended(stage, thread, worker, officer)


def _to_the_wrong_person(stage: Stage, worker: Player) -> None:
    teacher = stage.player("castle-hill-academy", "Martin Hughes")
    astray = form(CASE, "share") | {"to": ["castle-hill-academy/Martin Hughes"]}
    thread = worker.at.share(astray, CASES / CASE)["thread"]
    stage.arrives(teacher, thread)
    try:
        teacher.at.words(thread, 0)
    except DeskRefused:
        pass  # as it should be: the words wait for whoever accepts
    else:
        raise StoryWentWrong("The teacher could read what he had not accepted.")
    teacher.at.decline(thread, 0, "wrong-person", "I teach geography. You want our admissions officer.")
    stage.ends(CASE, thread, 0, "declined", worker, teacher)
    telling.says(teacher, "Not mine to have: I teach geography. You want our admissions officer.")
    telling.tells("Declined, unread: nothing can be read here before it is accepted.")


def _file_arrives(stage: Stage, officer: Player, thread: str) -> None:
    sent = hashlib.sha256((CASES / CASE / "order.pdf").read_bytes()).digest()
    attached = stage.until(
        "the attached order arrives",
        lambda: next((one for one in officer.at.words(thread, 0)["attachments"] if one["here"]), None),
    )
    came = hashlib.sha256(b"".join(officer.at.attachment(thread, 0, attached["index"]))).digest()
    if came != sent:
        raise StoryWentWrong("The attached file is not the one that was sent.")
    telling.tells(
        f"“{attached['name']}” ({attached['size']} bytes) came with it, sealed, and is as it was sent."
    )


def _restated_and_heard(stage: Stage, thread: str, worker: Player, officer: Player) -> None:
    officer.reads_back(thread, 0, form(CASE, "read-back-2"))
    stage.leg(worker, thread, 0, "read_back")
    telling.compared(worker, stage.flags(CASE, worker, thread, 0))
    worker.at.hear_back(thread, 0, form(CASE, "hear-back-2"))
    for side in (worker, officer):
        stage.leg(side, thread, 0, "closed")


def _amended(stage: Stage, thread: str, worker: Player, officer: Player) -> None:
    change: dict[str, Any] = form(CASE, "amend")
    worker.at.amend(thread, change, CASES / CASE)
    reopened = stage.leg(officer, thread, 0, "corrected")
    if reopened["version_number"] != 2:  # noqa: PLR2004 - the second version, which the amendment made
        raise StoryWentWrong("The amendment did not make a second version.")
    telling.tells(f"Two weeks later {worker} learns that one thing was wrong, and amends:")
    telling.says(worker, change["change"])
    telling.tells("That REOPENS it: what was understood was the old version. Read back once more:")
    _restated_and_heard(stage, thread, worker, officer)
    stage.ends(CASE, thread, 0, "closed", worker, officer)
    telling.closed()
