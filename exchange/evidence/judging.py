"""By what a step is judged: which other steps, which rosters, and how long the log was.

Promises: whoever makes a certificate and whoever verifies it ask the same questions in the same words.
Never: it believes a clock where the log says more. See docs/spec/certificate.md for the reasons.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from exchange.errors import NotClosed
from exchange.share.belonging import causes
from exchange.share.lifecycle import State
from keys.errors import KeyRevoked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from exchange.share.thread import Leg, Step, ThreadStatus
    from keys.entry import Person

SKEW: Final = timedelta(hours=1)

_Side = tuple[str, str]
_Named = tuple[int, _Side]  # a size of the log, and by which side's step


def closed_leg(status: ThreadStatus, leg: int) -> Leg:
    """Give the leg, if it is closed; `NotClosed` otherwise."""
    if leg >= len(status.legs) or status.legs[leg].state is not State.CLOSED:
        raise NotClosed
    return status.legs[leg]


def steps_of(status: ThreadStatus, leg: int) -> tuple[Step, ...]:
    """Give the opening and the leg's own steps, in canonical order, but for notes that nothing follows.

    Such a note changes nothing, and one written long after would move the index by which others are judged.
    """
    opening = status.opening
    own = [step for step in status.order if step is opening or step.slip.leg == leg]
    followed: set[str] = set()
    kept = []
    for step in reversed(own):
        if step.slip.kind != "note" or step.digest in followed:
            assert opening is not None
            followed |= causes(step, opening)
            kept.append(step)
    return tuple(reversed(kept))


def entries_needed(steps: Iterable[Step], leg: Leg) -> dict[str, frozenset[str]]:
    """Name, for each agency, the roster entries without which the steps cannot be judged.

    Those of the people who signed, and that of the role which the leg is addressed to.
    """
    needed: dict[str, frozenset[str]] = {}
    for author in (step.slip.author for step in steps):
        needed[author.agency] = needed.get(author.agency, frozenset()) | {author.person}
    if leg.party.role is not None:
        needed[leg.party.agency] = needed.get(leg.party.agency, frozenset()) | {leg.party.role}
    return needed


def received(order: Sequence[Step], size: int) -> dict[str, int]:
    """Say for each step by which size of the log its keys are judged: an upper bound of when it was received.

    `order` holds a leg's opening first, and causes before effects; `size` is the checkpoint's. A step counts
    as received once a step of the other side follows it; one that none follows, only with the checkpoint. No
    step is older than the log that it, or a step before it, names: so no clock, and no modest claim, helps.

    The other side is the other agency, or in a leg within one agency another person.
    """
    opening = order[0]
    within = len({step.slip.author.agency for step in order}) == 1
    names: dict[str, int] = {}
    for step in order:
        before = [names[cause] for cause in causes(step, opening) if cause in names]
        names[step.digest] = max(step.slip.log.size, *before) if before else step.slip.log.size
    later: dict[str, tuple[_Named, ...]] = {}
    found: dict[str, int] = {}
    for step in reversed(order):
        author = step.slip.author
        side = (author.agency, author.person if within else "")
        after = later.pop(step.digest, ())
        seen = min((at for at, by in after if by != side), default=size)
        found[step.digest] = max(seen, names[step.digest])
        for cause in causes(step, opening):
            later[cause] = _earliest((*later.get(cause, ()), *after, (names[step.digest], side)))
    return found


def _earliest(named: Iterable[_Named]) -> tuple[_Named, ...]:
    """Keep the smallest size, and the smallest of another side: nobody asks for more."""
    ordered = sorted(set(named))
    others = [one for one in ordered if one[1] != ordered[0][1]]
    return (ordered[0], *others[:1])


def judging(made: Sequence[datetime], moment: datetime) -> list[int]:
    """Say which of an agency's rosters judge a step of that moment; `made` is when, oldest first.

    The one in force then (or else the oldest there is), and after it those made within `SKEW`, since the
    clock of whoever signed may have been behind that of whoever enrolled them.
    """
    before = [place for place, when in enumerate(made) if when <= moment]
    soon = [place for place, when in enumerate(made) if moment < when <= moment + SKEW]
    in_force = before[-1:] or list(range(len(made)))[:1]
    return list(dict.fromkeys([*in_force, *soon]))


def check_not_taken_back(person: Person, key_id: str, index: int) -> None:
    """Raise `KeyRevoked` if this entry says that the key did not count any more at that size of the log."""
    for key in person.keys:
        taken_back = key.revoked_from is not None and key.revoked_from <= index
        if taken_back and key.verifying_key.key_id == key_id:
            raise KeyRevoked
