"""What tests of the rules judge: case 1 as its recipient opens it, and slips of any kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cases import consistent_with
from thread_steps import DUTY, LEAD, make

from exchange.share.belonging import OPENINGS
from exchange.share.catalogue import Catalogue
from exchange.share.draft import audiences
from exchange.wire.contents import Bound
from exchange.wire.slip import Basis, Slip, thread_of

if TYPE_CHECKING:
    from keys.errors import Problem

CATALOGUE = Catalogue.load()
NOW = datetime(2026, 11, 12, 14, tzinfo=UTC)
CREATED = "2026-11-12T14:00:00Z"
SALT = bytes(32)
BASIS = Basis(code="public-task.sensitive", gateway="ca1989-s47", no_consent="would-prejudice-protection")


def told(problems: list[Problem]) -> set[tuple[str, str]]:
    return {(problem.code, problem.where) for problem in problems}


def slip_of(kind: str = "share", **fields: Any) -> Slip:
    whole: dict[str, Any] = {"created": CREATED, "due": None, "basis": None}
    if kind in {"share", "request", "amend"}:
        whole |= {"basis": BASIS, "due": "2026-11-13T17:00:00Z"}
    if kind in OPENINGS:
        whole["thread"] = thread_of(LEAD.agency, LEAD.person, "i" * 26)
    return make(kind, LEAD, fields.pop("to", (DUTY,)), **(whole | fields)).slip


def bound_to(slip: Slip) -> dict[str, str]:
    return {
        "step": slip.id,
        "thread": slip.thread,
        "agency": slip.author.agency,
        "person": slip.author.person,
    }


SLIP = slip_of()
SHARE = audiences(consistent_with())[0].contents(Bound(**bound_to(SLIP)), "0" * 64)
