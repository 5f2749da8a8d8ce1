"""Taking a step: from "may I?" through signing to one transaction.

Promises: a step is judged against the thread as it stands, under a lock that nobody else writes through,
before it is signed; it is recorded together with its envelope, the status it leads to, and what is kept of
it, or not at all. Should the thread have moved all the same, it is planned, judged and signed anew.
Never: it signs what would change nothing, or seals words to a key that is not in force.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from exchange.desk.casefile import CaseFile, Opened
from exchange.desk.rows import step_row
from exchange.desk.service.pen import Composed, Heading, Words, compose
from exchange.errors import ContentsRefused, StepNotAllowed, ThreadMoved, ThreadUnknown
from exchange.share.leg import Move, addressee, hand_of
from exchange.share.rules import check_contents, check_slip
from exchange.share.thread import heads, next_seq, permit
from exchange.store.casebook import AuditEntry, BlobRow, Change, Outgoing
from exchange.wire import contents as wording
from exchange.wire.slip import Author, Party
from keys.record import format_time, new_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from exchange.store.casebook import LegRow
    from exchange.wire.contents import Contents
    from exchange.wire.slip import AttachmentPin, Basis, Slip, StepKind, Urgency, Verdict
    from keys.errors import Problem
    from keys.suite import SealingKey

    Taken: TypeAlias = Callable[[tuple[Composed, ...]], Awaitable[Change]]
    """What is to be recorded together with steps that were just signed."""

LIFE = timedelta(days=120)  # for which a step may be on its way: longer than a hub usually keeps it
ATTEMPTS = 5


class Bonds(TypedDict):
    """What ties words to their step: the fields of `contents.Bound`."""

    step: str
    thread: str
    agency: str
    person: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One step that a person means to take: what it answers, and what it says once it has a name.

    `keep` says, once the step is composed, what its author keeps of it (processor time, in a thread);
    `beside` composes a step that stays at this desk, a decision.
    """

    kind: StepKind
    leg: int | None
    answers: str | None
    say: Callable[[Bonds], Contents]
    verdict: Verdict | None = None
    purpose: str | None = None
    basis: Basis | None = None
    urgency: Urgency | None = None
    due: str | None = None
    attachments: tuple[AttachmentPin, ...] = ()
    attachment_keys: tuple[bytes, ...] = ()
    keep: Callable[[Composed], Change] | None = None
    beside: Callable[[Composed], Awaitable[Composed]] | None = None


def bonds_of(heading: Heading) -> Bonds:
    """Say what the words of this step are bound to."""
    return Bonds(
        step=heading.id,
        thread=heading.thread,
        agency=heading.author.agency,
        person=heading.author.person,
    )


def author_of(desk: Premises, session: Session, now: datetime) -> Author:
    """Name who signs, under the key that their roster vouches for; `SignerKeyRevoked` and its like.

    Everything that is signed in somebody's name comes through here: `ProofNeeded` if they proved who they are
    too long ago.
    """
    desk.demand_proof(session)
    key = desk.trust.own_signing_key_id(session.person, now)
    return Author(agency=desk.agency, person=session.person, key=key)


def readers(
    desk: Premises, session: Session, parties: Iterable[Party], now: datetime
) -> tuple[SealingKey, ...]:
    """Every key that may open what goes to `parties`: theirs, the author's, and both sides' records keys."""
    everybody = (*parties, Party(agency=desk.agency, person=session.person))
    agencies = dict.fromkeys(party.agency for party in everybody)
    return (
        *(desk.trust.sealing_key(party, now) for party in everybody),
        *(desk.trust.records_key(agency, now) for agency in agencies),
    )


async def write(
    desk: Premises,
    session: Session,
    heading: Heading,
    said: Sequence[tuple[Contents, tuple[SealingKey, ...], tuple[bytes, ...]]],
    keep: Callable[[Composed], Change] | None = None,
) -> tuple[Composed, Change]:
    """Compose a step; `said` gives each audience's words, their readers, and their files' keys.

    Also what `keep` makes of it. `ContentsRefused`, before anything is signed, if a rule is broken.
    """
    agencies = dict.fromkeys(party.agency for party in heading.to)
    away = any(agency != desk.agency for agency in agencies)
    key = session.keyring.signing(heading.author.key)
    postal = [desk.trust.postal_slot(agency) for agency in agencies] if away else ()
    own = desk.trust.postal_slot(desk.agency)

    def check(slip: Slip) -> None:
        problems: list[Problem] = [*check_slip(slip, desk.catalogue)]
        for contents, _, _ in said:
            problems += check_contents(contents, slip, desk.catalogue)
        if problems:
            raise ContentsRefused(problems)

    def work() -> tuple[Composed, Change]:
        words = [Words(wording.write(contents), slots, keys) for contents, slots, keys in said]
        composed = compose(heading, words, key, postal=postal, own=own, check=check)
        return composed, Change() if keep is None else keep(composed)

    return await asyncio.to_thread(work)


async def take(
    desk: Premises,
    session: Session,
    thread: str,
    plan: Callable[[CaseFile], Awaitable[Plan]],
    remember: Taken | None = None,
) -> Composed:
    """Take one step in a thread that is here; `plan` is asked again should the thread move meanwhile."""

    async def plans(file: CaseFile) -> Sequence[Plan]:
        return (await plan(file),)

    return (await take_all(desk, session, thread, plans, remember))[0]


async def take_all(
    desk: Premises,
    session: Session,
    thread: str,
    plans: Callable[[CaseFile], Awaitable[Sequence[Plan]]],
    remember: Taken | None = None,
) -> tuple[Composed, ...]:
    """Take several steps in one thread at once, on legs of their own, all or none.

    `remember` gives what is recorded with them.
    """
    for _ in range(ATTEMPTS):
        async with desk.files.holding([thread]):
            file = await desk.files.load(thread)
            if not takes_part(desk, session, file):
                raise ThreadUnknown
            taken: list[Composed] = []
            beside: list[Composed] = []
            more = Change()
            for plan in await plans(file):
                composed, kept = await _compose(desk, session, file, plan)
                taken.append(composed)
                more |= kept
                if plan.beside is not None:
                    beside.append(await plan.beside(composed))
            if remember is not None:
                more |= await remember(tuple(taken))
            with suppress(ThreadMoved):
                await commit(desk, {thread: file}, [*taken, *beside], more)
                return tuple(taken)
    raise ThreadMoved


async def _compose(desk: Premises, session: Session, file: CaseFile, plan: Plan) -> tuple[Composed, Change]:
    now = desk.now()
    author = author_of(desk, session, now)
    file.demand_room(desk.agency)
    permit(
        file.status,
        plan.kind,
        plan.leg,
        author,
        answers=plan.answers,
        verdict=plan.verdict,
        is_member=desk.trust.is_own_member,
    )
    party, to = _sides(file, plan, author)
    heading = Heading(
        id=new_id(),
        kind=plan.kind,
        thread=file.thread,
        leg=plan.leg,
        seq=next_seq(file.steps, plan.leg, author.agency, author.person),
        prev=heads(file.status, plan.leg),
        answers=plan.answers,
        author=author,
        to=(to,),
        created=format_time(now),
        expires=format_time(now + LIFE),
        log=desk.trust.log_head(),
        purpose=plan.purpose,
        basis=plan.basis,
        urgency=plan.urgency,
        due=plan.due,
        verdict=plan.verdict,
        attachments=plan.attachments,
    )
    # The others of a role of ours read along with whoever of them takes the step.
    team = (party,) if party.role is not None and party.agency == desk.agency else ()
    slots = readers(desk, session, (to, *team), now)
    said = [(plan.say(bonds_of(heading)), slots, plan.attachment_keys)]
    return await write(desk, session, heading, said, plan.keep)


def _sides(file: CaseFile, plan: Plan, author: Author) -> tuple[Party, Party]:
    """Name the recipient of the leg (or of the request), and to whom this step of it must be addressed."""
    opening = file.status.opening
    if opening is None or not opening.slip.to:
        raise StepNotAllowed
    party = opening.slip.to[plan.leg or 0]
    move = Move(plan.kind, plan.verdict, author.agency, author.person, plan.answers)
    return party, addressee(opening.slip, party, hand_of(opening.slip, party, move) or "sender")


def takes_part(desk: Premises, session: Session, file: CaseFile) -> bool:
    """Whether a thread is this person's to see: they opened it, or it came to them or to a role of theirs."""
    opening = file.status.opening
    if opening is None:
        return False
    author = opening.slip.author
    if (author.agency, author.person) == (desk.agency, session.person):
        return True
    return any(is_for(desk, session, party) for party in opening.slip.to)


def is_for(desk: Premises, session: Session, party: Party) -> bool:
    """Whether a party is this person, or a role of theirs."""
    if party.agency != desk.agency:
        return False
    if party.role is not None:
        return desk.trust.is_own_member(party.role, session.person)
    return party.person == session.person


async def commit(
    desk: Premises,
    files: Mapping[str, CaseFile],
    steps: Iterable[Composed],
    more: Change,
    *,
    cited: str | None = None,
) -> None:
    """Record composed steps in one transaction. `cited` is the thread of a request that they answer.

    `files` are the threads as loaded under the lock; a step of a thread that is not among them opens it.
    """
    now = format_time(desk.now())
    after, change = dict(files), more
    legs: tuple[LegRow, ...] = ()
    for composed in steps:
        opened = Opened(composed.step, composed.letter, now, composed.step.slip.log.size)
        change |= _change(composed, now)
        slip = composed.step.slip
        threads = (slip.thread, cited) if cited is not None and slip.kind == "share" else (slip.thread,)
        for thread in threads:
            file = (after.get(thread) or desk.files.new(thread)).with_step(opened, desk.lists, now)
            after[thread], legs = file, legs + file.news
    rows = tuple(file.row for file in after.values() if file.row is not None)
    for thread in after:
        desk.files.forget(thread)  # until it is known what became of it
    await desk.casebook.record(change | Change(threads=rows, legs=legs))
    for file in after.values():
        desk.files.remember(file)


def _change(composed: Composed, now: str) -> Change:
    slip, digest = composed.step.slip, composed.step.digest
    outgoing: tuple[Outgoing, ...] = ()
    if composed.envelope is not None:
        boxes = tuple(dict.fromkeys(party.agency for party in slip.to))
        names = tuple(pin.digest for pin in slip.attachments)
        outgoing = (Outgoing(slip.id, slip.thread, digest, boxes, names, now, composed.envelope),)
    author = slip.author
    return Change(
        steps=(step_row(composed.step, now, slip.log.size, composed.own_copy, mine=True),),
        outgoing=outgoing,
        blobs=tuple(BlobRow(pin.digest, pin.size, "upload", slip.thread) for pin in slip.attachments),
        audit=(AuditEntry("signed", now, slip.thread, digest, author.agency, author.person, slip.kind),),
    )
