"""Real slips for tests of threads: people, and a table to lay steps on."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from exchange.share.thread import Step, ThreadStatus, fold, heads, next_seq
from exchange.wire.slip import Author, Basis, LogHead, PartPin, Party, Slip, write
from keys.record import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

THREAD = "t" * 26
KEY = "k" * 32


def _id(letter: str) -> str:
    return letter * 26


def author(agency: str, letter: str) -> Author:
    return Author(agency=agency, person=_id(letter), key=KEY)


def person(agency: str, letter: str) -> Party:
    return Party(agency=agency, person=_id(letter))


def role(agency: str, letter: str) -> Party:
    return Party(agency=agency, role=_id(letter))


LEAD = author("moorfield-primary", "l")
COLLEAGUE = author("moorfield-primary", "c")
SOCIAL_WORKER = author("northshire-childrens", "s")
SECOND_WORKER = author("northshire-childrens", "w")
NURSE = author("northshire-nhs", "n")
MIDWIFE = author("northshire-nhs", "m")
STRANGER = author("elsewhere-trust", "x")
DUTY = role("northshire-childrens", "d")
PARTY_OF_NURSE = person("northshire-nhs", "n")
PARTY_OF_LEAD = person("moorfield-primary", "l")
EVERYBODY = (LEAD, COLLEAGUE, SOCIAL_WORKER, SECOND_WORKER, NURSE, MIDWIFE, STRANGER)

SAYS_LAW: dict[str, Any] = {
    "purpose": "significant-harm-enquiry",
    "basis": Basis(code="public-task"),
    "urgency": "today",
    "due": "2026-11-12T17:00:00Z",
}


def make(kind: str, who: Author, to: Iterable[Party], **fields: Any) -> Step:
    """A step whose digest is that of its real bytes; `salt` makes another of the same meaning."""
    salt = str(fields.pop("salt", ""))
    pin = PartPin(commitment=sha256(salt.encode()).hexdigest(), length=2, ring="0" * 64)
    whole: dict[str, Any] = {
        "id": _id("i"),
        "thread": THREAD,
        "leg": None,
        "seq": 0,
        "prev": (),
        "answers": None,
        "purpose": None,
        "basis": None,
        "urgency": None,
        "due": None,
        "verdict": None,
        "created": "2026-11-12T09:00:00Z",
        "expires": "2027-11-12T09:00:00Z",
        "log": LogHead(origin="hub", size=1, root="0" * 64),
        "contents": (pin,),
        "attachments": (),
    }
    if kind in {"share", "request", "amend"}:
        whole |= SAYS_LAW
    slip = Slip(kind=kind, author=who, to=tuple(to), **(whole | fields))
    return Step(digest(write(slip)), slip)


def other_side(opening: Step, leg: int, who: Author) -> Party:
    """To whom a step in this leg goes."""
    first = opening.slip
    if (who.agency, who.person) == (first.author.agency, first.author.person):
        return first.to[leg]
    return Party(agency=first.author.agency, person=first.author.person)


class Table:
    """Steps laid one upon the other, as honest desks lay them."""

    def __init__(self, *to: Party, sender: Author = LEAD, salt: str = "") -> None:
        self.opening = make("share", sender, to or (DUTY,), salt=salt)
        self.steps = [self.opening]

    @property
    def status(self) -> ThreadStatus:
        return fold(self.steps)

    def lay(self, kind: str, who: Author, leg: int = 0, **fields: Any) -> Step:
        """Take a step upon the leg's heads; it answers what stands unless told otherwise."""
        status = self.status
        at = status.legs[leg]
        answers = {"hear_back": at.read_back, "withdraw": self.opening.digest, "note": None}
        whole: dict[str, Any] = {
            "leg": leg,
            "seq": next_seq(self.steps, leg, who.agency, who.person),
            "prev": heads(status, leg),
            "answers": answers.get(kind, at.version),
            "to": (other_side(self.opening, leg, who),),
        } | fields
        step = make(kind, who, **whole)
        self.steps.append(step)
        return step
