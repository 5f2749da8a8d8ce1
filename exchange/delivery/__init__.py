"""The hub's own small machine: what becomes of one envelope in one mailbox.

Promises: an envelope enters a mailbox once, however often it is posted, and leaves it once: acknowledged by
its desk, or expired, which its sender is told. Whatever is not in the table changes nothing.
Never: it reads a clock, or knows what is inside an envelope.

    event         from        to
    post          NOWHERE     WAITING
    acknowledge   WAITING     ACKNOWLEDGED
    expire        WAITING     EXPIRED
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Literal

from exchange.wire.api import Notice
from keys.record import format_time
from keys.statement import dump

if TYPE_CHECKING:
    from datetime import datetime


class Place(Enum):
    """Where an envelope is, as one mailbox sees it."""

    NOWHERE = "nowhere"
    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    EXPIRED = "expired"


class Event(Enum):
    """What can happen to it there."""

    POST = "post"
    ACKNOWLEDGE = "acknowledge"
    EXPIRE = "expire"


TABLE: dict[tuple[Place, Event], Place] = {
    (Place.NOWHERE, Event.POST): Place.WAITING,
    (Place.WAITING, Event.ACKNOWLEDGE): Place.ACKNOWLEDGED,
    (Place.WAITING, Event.EXPIRE): Place.EXPIRED,
}


def after(place: Place, event: Event) -> Place:
    """Give the place after `event`: the table's answer, or where it was."""
    return TABLE.get((place, event), place)


Verdict = Literal["accepted", "duplicate", "differs"]


def judge(known: tuple[bytes, str] | None, digest: bytes, agency: str) -> Verdict:
    """Say what a post is, given the digest and poster of the envelope known under its id, if any.

    An id belongs to the agency that first posted it, with exactly those bytes.
    """
    if known is None:
        return "accepted"
    return "duplicate" if known == (digest, agency) else "differs"


def has_expired(posted: int, keep: int, now: int) -> bool:
    """Whether an envelope posted at `posted` has waited `keep` seconds by `now` (seconds since 1970)."""
    return posted + keep <= now


def expiry_notice(envelope: str, mailbox: str, at: datetime) -> bytes:
    """Write what the sender's mailbox is told, as exact bytes."""
    return dump(Notice(notice="expired", envelope=envelope, mailbox=mailbox, at=format_time(at)))
