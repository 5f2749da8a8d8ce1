"""The chronology: who did what, when, and whether it was unread, read back, or understood.

Promises: one row for each step in the canonical order, in plain English, computed from the steps alone.
Never: it tells a time that no signer wrote, or a name that its caller did not look up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from exchange.share.thread import Step, ThreadStatus
    from exchange.wire.slip import Slip

_DID: Final = {
    "share": "shared it",
    "request": "asked for it",
    "decision": "recorded a decision",
    "accept": "accepted it as theirs to read",
    "decline": "declined it as not theirs to have",
    "read_back": "read back what they understood",
    "amend": "amended it: what was read back before no longer counts",
    "withdraw": "withdrew it",
    "refuse": "refused the request",
    "note": "added a note",
}
_HEARD: Final = {
    "agreed": "heard the read-back and agreed: it is what they meant",
    "corrected": "heard the read-back and corrected it",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One step: when by its signer's clock, who, what they did, and why it changed nothing if it did not."""

    when: str
    who: str
    did: str
    step: str
    leg: int | None
    without_effect: str | None


def chronology(
    status: ThreadStatus, steps: Iterable[Step], name_of: Callable[[str, str], str]
) -> tuple[Row, ...]:
    """Tell `steps`, in the order given; `name_of(agency, person)` says who somebody is."""
    return tuple(
        Row(
            when=step.slip.created,
            who=name_of(step.slip.author.agency, step.slip.author.person),
            did=_deed(step.slip),
            step=step.digest,
            leg=step.slip.leg,
            without_effect=status.without_effect[step.digest].words
            if step.digest in status.without_effect
            else None,
        )
        for step in steps
    )


def _deed(slip: Slip) -> str:
    return _HEARD[slip.verdict] if slip.verdict is not None else _DID[slip.kind]
