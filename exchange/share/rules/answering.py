"""Read-back and hear-back against the version that they answer.

Promises: a read-back names only statements that its version has; a hear-back answers each of them once; the
emphasis that it reveals is the very one to which the share committed, and ranks exactly those statements.
Never: it says whether a restatement is right. The sender does; `understanding` helps.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from exchange.errors import ContentsDisagree, EmphasisIncomplete, HeardIncomplete, RestatementUnknown
from exchange.wire.contents import Emphasis, EmphasisReveal, read_emphasis, write
from keys.errors import Malformed
from keys.record import decode, encode

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from exchange.wire.contents import HearBackContents, ReadBackContents, ShareContents
    from keys.errors import Problem

SALT_SIZE = 32


def commit(emphasis: Emphasis, salt: bytes) -> str:
    """Give what the share carries: SHA-256(salt ‖ the emphasis as written). `salt` is 32 random bytes."""
    if len(salt) != SALT_SIZE:
        raise ValueError("a salt of 32 bytes")
    return sha256(salt + write(emphasis)).hexdigest()


def reveal(emphasis: Emphasis, salt: bytes) -> EmphasisReveal:
    """Give what the hear-back carries, so that anyone can check it against the share."""
    return EmphasisReveal(salt=encode(salt), emphasis=encode(write(emphasis)))


def open_emphasis(share: ShareContents, revealed: EmphasisReveal) -> Emphasis:
    """Check a reveal against its share; `ContentsDisagree` if it is not what was committed to."""
    salt, written = decode(revealed.salt), decode(revealed.emphasis)
    if len(salt) != SALT_SIZE or sha256(salt + written).hexdigest() != share.emphasis:
        raise ContentsDisagree("reveal")
    try:
        emphasis = read_emphasis(written)
    except Malformed:
        raise ContentsDisagree("reveal") from None
    if check_emphasis(emphasis, statement_ids(share)):
        raise ContentsDisagree("reveal")
    return emphasis


def statement_ids(share: ShareContents) -> frozenset[str]:
    """Name every statement that this audience received."""
    return frozenset([*(fact.id for fact in share.facts), *(opinion.id for opinion in share.opinions)])


def check_emphasis(emphasis: Emphasis, ids: AbstractSet[str]) -> list[Problem]:
    """Refuse an emphasis that does not rank each of `ids`, or whose key point is not among them."""
    problems: list[Problem] = []
    if emphasis.weights.keys() != ids:
        problems.append(EmphasisIncomplete("emphasis.weights"))
    if emphasis.key_point not in ids:
        problems.append(EmphasisIncomplete("emphasis.key_point"))
    return problems


def check_read_back(read_back: ReadBackContents, share: ShareContents) -> list[Problem]:
    """Refuse restatements of what the share does not say. What it leaves out is a divergence."""
    ids = statement_ids(share)
    problems: list[Problem] = [
        RestatementUnknown(f"restatements[{index}].statement")
        for index, item in enumerate(read_back.restatements)
        if item.statement not in ids
    ]
    if read_back.key_point not in ids:
        problems.append(RestatementUnknown("key_point"))
    return problems


def check_hear_back(hear_back: HearBackContents, share: ShareContents) -> list[Problem]:
    """Refuse a hear-back that leaves a statement of the share unanswered, or answers another."""
    heard = {item.statement for item in hear_back.heard}
    return [] if heard == statement_ids(share) else [HeardIncomplete("heard")]
