"""What is counted when a read-back is heard, so that the agency's lead can see how its loops go.

Promises: counted once, in the transaction that records the hear-back; by the author's own desk, whose clock
took both times and whose author may read both sides. What is kept is a step's digest, a person's id, two
spans of time, and how many times the comparison named each kind of divergence.
Never: a word, which statement it was, or what the author decided about it; what is counted decides nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from exchange.store.casebook import Change, DivergenceRow, HeardRow
from exchange.wire.contents import ReadBackContents
from keys.record import parse_time

if TYPE_CHECKING:
    from exchange.desk.casefile import CaseFile
    from exchange.desk.service.pen import Composed
    from exchange.share.thread import Leg
    from exchange.wire.contents import Contents, Emphasis, ShareContents


def heard_of(
    file: CaseFile,
    leg: Leg,
    composed: Composed,
    sides: tuple[ShareContents, Emphasis, Contents | None],
) -> Change:
    """Count a hear-back as it is given; `sides` are the share, its ranking, and the read-back if it opened.

    Milliseconds of processor time for the comparison: call it in a thread.
    """
    from exchange.share.understanding import compare  # word lists: loaded when first needed

    share, emphasis, back = sides
    slip, digest = composed.step.slip, composed.step.digest
    assert leg.read_back is not None
    kinds: Counter[str] = Counter()
    if isinstance(back, ReadBackContents):
        kinds.update(one.kind.value for one in compare(share, emphasis, back))
    agreed = slip.verdict == "agreed"
    row = HeardRow(
        hear_back=digest,
        person=slip.author.person,
        at=slip.created,
        agreed=agreed,
        compared=back is not None,
        pause=_seconds(file.opened[leg.read_back].received, slip.created),
        took=_seconds(began(file, leg.index), slip.created) if agreed else None,
    )
    return Change(
        heard=(row,),
        divergences=tuple(DivergenceRow(digest, kind, times) for kind, times in sorted(kinds.items())),
    )


def began(file: CaseFile, leg: int) -> str:
    """When the loop that is open on this leg began: with the share, or the amendment after it had closed."""
    status = file.status
    assert status.opening is not None
    since, closed = status.opening.slip.created, False
    for step in status.order:
        slip = step.slip
        if slip.leg != leg or step.digest in status.without_effect:
            continue
        if slip.kind == "hear_back":
            closed = slip.verdict == "agreed"
        elif slip.kind == "amend" and closed:
            since, closed = slip.created, False
    return since


def _seconds(since: str, until: str) -> int:
    return max(0, round((parse_time(until) - parse_time(since)).total_seconds()))
