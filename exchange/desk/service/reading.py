"""Opening words with the reader's own key, and judging them again before anybody relies on them.

Promises: what is read is what the signed slip pins, bound to its step, and within the rules; words that
break them are refused by code, recorded, and change nothing. A share's words are shown after accepting; the
sender's ranking only once a hear-back revealed it and it is the one the share committed to.
Never: opened words are logged, or kept beyond the session in which their reader may search them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.desk.service.steps import is_for, takes_part
from exchange.errors import (
    AcceptFirst,
    ContentsDisagree,
    ContentsRefused,
    EmphasisDisagrees,
    NotForMe,
    StepNotAllowed,
    ThreadUnknown,
)
from exchange.sealing import check_part, open_part
from exchange.share.lifecycle import STANDS, State
from exchange.share.rules import open_emphasis, read_contents
from exchange.store.casebook import AuditEntry, Change
from exchange.wire import limits
from exchange.wire.contents import HearBackContents, ShareContents
from exchange.wire.envelope import parse_part
from keys.errors import KeyUnknown, Problem
from keys.record import format_time

if TYPE_CHECKING:
    from exchange.desk.casefile import CaseFile, Opened
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from exchange.sealing import OpenedPart
    from exchange.share.thread import Leg
    from exchange.wire.contents import Contents, Emphasis


SMALL = 32 * limits.KIB  # what opens in the time that it takes to change to a thread and back


@dataclass(frozen=True, slots=True)
class Read:
    """One step's words as one reader opened them, with the keys of the files that they speak of."""

    contents: Contents
    attachment_keys: tuple[bytes, ...]
    opened: OpenedPart


async def visible(desk: Premises, session: Session, thread: str) -> CaseFile:
    """Load a thread that this person takes part in; `ThreadUnknown` otherwise, whatever the reason."""
    async with desk.files.holding([thread]):
        file = await desk.files.load(thread)
    if not takes_part(desk, session, file):
        raise ThreadUnknown
    return file


def leg_of(desk: Premises, session: Session, file: CaseFile, number: int) -> Leg:
    """One leg of a share that this person sent or received; `ThreadUnknown` otherwise."""
    opening = file.status.opening
    if opening is None or not 0 <= number < len(file.status.legs):
        raise ThreadUnknown
    leg = file.status.legs[number]
    if not is_author(desk, session, file) and not is_for(desk, session, leg.party):
        raise ThreadUnknown
    return leg


def is_author(desk: Premises, session: Session, file: CaseFile) -> bool:
    """Whether this person opened the thread."""
    opening = file.status.opening
    if opening is None:
        return False
    return (opening.slip.author.agency, opening.slip.author.person) == (desk.agency, session.person)


def demand_accepted(desk: Premises, session: Session, file: CaseFile, leg: Leg) -> None:
    """Refuse a recipient the words of a share that nobody accepted: `AcceptFirst`, or it is over."""
    if is_author(desk, session, file) or leg.accepted_by is not None:
        return
    raise AcceptFirst if leg.state is State.SENT else StepNotAllowed(STANDS[leg.state])


async def open_words(desk: Premises, session: Session, one: Opened, leg: int | None) -> Read:
    """Open one step's words for `leg`; refusals of their contents are recorded before they are raised."""
    try:
        if sum(map(len, one.letter.parts)) <= SMALL:
            await asyncio.sleep(0)  # a long thread is many of them: others' pages come in between
            read = _open(desk, session, one, leg)
        else:
            read = await asyncio.to_thread(_open, desk, session, one, leg)
    except Problem as problem:
        if not isinstance(problem, NotForMe | KeyUnknown):
            await _record_refusal(desk, session, one, problem)
        raise
    session.read.keep(one.step.slip.thread, one.step.digest, read.contents)
    return read


async def open_version(
    desk: Premises, session: Session, file: CaseFile, leg: Leg
) -> tuple[ShareContents, Read]:
    """Open the version of a share that stands on this leg."""
    read = await open_words(desk, session, file.opened[leg.version], leg.index)
    assert isinstance(read.contents, ShareContents)
    return read.contents, read


async def revealed(desk: Premises, session: Session, file: CaseFile, leg: Leg) -> Emphasis | None:
    """Check the sender's ranking of the version that stands, if a hear-back revealed it.

    `EmphasisDisagrees` if it is not the one that the version committed to.
    """
    if leg.hear_back is None or leg.restated != leg.version:
        return None
    if file.opened[leg.hear_back].step.slip.answers != leg.read_back:
        return None  # a newer read-back waits
    share, _ = await open_version(desk, session, file, leg)
    heard = (await open_words(desk, session, file.opened[leg.hear_back], leg.index)).contents
    assert isinstance(heard, HearBackContents)
    try:
        return open_emphasis(share, heard.reveal)
    except ContentsDisagree:
        refusal = EmphasisDisagrees("reveal")
        await _record_refusal(desk, session, file.opened[leg.hear_back], refusal)
        raise refusal from None


def _open(desk: Premises, session: Session, one: Opened, leg: int | None) -> Read:
    slip = one.step.slip
    number = _part_for(desk, one, leg)
    ring = one.letter.parts[number]
    opened = open_part(ring, session.keyring.opening)
    check_part(opened, slip.contents[number], ring)
    contents = read_contents(slip.kind, opened.contents, slip, desk.catalogue)
    files = contents.attachments if isinstance(contents, ShareContents) else ()
    if len(files) != len(opened.attachment_keys):
        raise ContentsDisagree("attachments")
    return Read(contents, opened.attachment_keys, opened)


def _part_for(desk: Premises, one: Opened, leg: int | None) -> int:
    """Which part is that leg's: the one with a slot for its recipient."""
    parts = one.letter.parts
    if len(parts) == 1 or leg is None:
        return 0
    party = one.step.slip.to[leg]
    roster = desk.trust.roster(party.agency)
    holder = party.person or party.role
    theirs = [
        number
        for number, part in enumerate(parts)
        if roster is not None
        and any(roster.holder_of(slot.key) == holder for slot in parse_part(part).header.slots)
    ]
    if len(theirs) != 1:
        raise NotForMe
    return theirs[0]


async def _record_refusal(desk: Premises, session: Session, one: Opened, problem: Problem) -> None:
    slip, now = one.step.slip, format_time(desk.now())
    problems = problem.problems if isinstance(problem, ContentsRefused) else (problem,)
    trail = tuple(
        AuditEntry(
            "words_refused", now, slip.thread, one.step.digest, slip.author.agency, session.person, one_.code
        )
        for one_ in problems
    )
    await desk.casebook.record(Change(audit=trail))
