"""What may close a leg, said a second time and differently, to judge the fold by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.share.thread import Step, ThreadStatus
    from exchange.wire.slip import Party


def _by_author(step: Step, opening: Step) -> bool:
    author, first = step.slip.author, opening.slip.author
    return (author.agency, author.person) == (first.agency, first.person)


def _by_right_hand(step: Step, party: Party) -> bool:
    author = step.slip.author
    return author.agency == party.agency and party.person in {None, author.person}


def _corrects(step: Step, read_back: Step, opening: Step) -> bool:
    slip = step.slip
    of = (slip.kind, slip.verdict, slip.answers)
    return of == ("hear_back", "corrected", read_back.digest) and _by_author(step, opening)


def may_be_closed(status: ThreadStatus, index: int) -> bool:
    """There is a read-back of the version that stood, agreed by the sender, and no amendment after it.

    A read-back that the sender corrected is spent: no later hear-back can agree to it.
    """
    opening = status.opening
    assert opening is not None
    party = opening.slip.to[index]
    steps = [step for step in status.order if step.slip.leg == index]
    version = opening.digest
    found = False
    for place, step in enumerate(steps):
        slip = step.slip
        if slip.kind == "amend" and _by_author(step, opening) and slip.answers == version:
            version, found = step.digest, False
        if slip.kind != "read_back" or slip.answers != version or not _by_right_hand(step, party):
            continue
        between: list[Step] = []
        for later in steps[place + 1 :]:
            between.append(later)
            if _corrects(later, step, opening):
                break
            if later.slip.kind == "hear_back" and later.slip.answers == step.digest:
                amended = any(
                    one.slip.kind == "amend" and one.slip.answers == version and _by_author(one, opening)
                    for one in between
                )
                found |= (
                    later.slip.verdict == "agreed"
                    and _by_author(later, opening)
                    and later.slip.author.person != slip.author.person
                    and not amended
                )
    return found
