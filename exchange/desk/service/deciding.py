"""Requests, refusals, and decisions to share or not to.

Promises: a refusal tells the requester why and what would change the answer, and is recorded as a decision
with its reasons; a decision may be recorded also when nobody asked. Decisions stay at this desk: they are
signed like every step, sealed to their author and the agency's records, and never posted.
Never: a refusal ends the matter: what was refused may be asked again on new grounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from exchange.desk.service.pen import Composed, Heading
from exchange.desk.service.steps import (
    LIFE,
    Bonds,
    Plan,
    author_of,
    bonds_of,
    commit,
    readers,
    take,
    takes_part,
    write,
)
from exchange.desk.service.views import Posted
from exchange.desk.whom import why_not
from exchange.errors import ContentsRefused, ThreadUnknown
from exchange.share.clocks import due
from exchange.share.draft import check_request
from exchange.wire.contents import DecisionContents, RefuseContents, RequestContents
from exchange.wire.slip import thread_of
from keys.record import format_time, new_id

if TYPE_CHECKING:
    from exchange.desk.casefile import CaseFile
    from exchange.desk.people import Session
    from exchange.desk.service.drafts import DecisionDraft, RefuseDraft, RequestDraft
    from exchange.desk.service.once import Remember
    from exchange.desk.service.premises import Premises
    from exchange.share.draft import DecisionNote
    from exchange.store.casebook import Change
    from exchange.wire.contents import Subject
    from keys.errors import Problem


async def request(desk: Premises, session: Session, draft: RequestDraft, remember: Remember) -> Posted:
    """Ask another agency for something, with the authority that is asserted."""
    now = desk.now()
    problems: list[Problem] = [*check_request(draft, now, desk.catalogue)]
    if (unreachable := why_not(desk.trust, draft.recipient, now, "recipient")) is not None:
        problems.append(unreachable)
    if problems:
        raise ContentsRefused(problems)
    slots = readers(desk, session, [draft.recipient], now)
    if draft.answers is not None:
        await _refusal_of_ours(desk, session, draft.answers)
    step = new_id()
    heading = Heading(
        id=step,
        kind="request",
        thread=thread_of(desk.agency, session.person, step),
        leg=None,
        seq=0,
        prev=(),
        answers=draft.answers,
        author=author_of(desk, session, now),
        to=(draft.recipient,),
        created=format_time(now),
        expires=format_time(now + LIFE),
        log=desk.trust.log_head(),
        purpose=draft.purpose,
        basis=draft.basis,
        urgency=draft.urgency,
        due=draft.due or format_time(due(draft.urgency, now, desk.catalogue.holidays)),
    )
    contents = RequestContents(
        **bonds_of(heading),
        kind="request",
        purpose=draft.purpose_text or "",
        subjects=draft.subjects,
        asked=draft.asked,
        authority=draft.authority,
        new_grounds=draft.new_grounds,
    )
    composed, kept = await write(desk, session, heading, [(contents, slots, ())])
    posted = Posted(thread=heading.thread, digest=composed.step.digest)
    await commit(desk, {}, [composed], kept | await remember(posted))
    return posted


async def refuse(
    desk: Premises, session: Session, thread: str, draft: RefuseDraft, remember: Remember
) -> Posted:
    """Tell the requester no, and why; record the decision not to share beside it."""
    decided: list[str] = []

    async def beside(composed: Composed) -> Composed:
        decision = await compose_decision(
            desk, session, draft.decision, composed.step.digest, "do_not_share", requester_told=True
        )
        decided.append(decision.step.digest)
        return decision

    async def plan(file: CaseFile) -> Plan:
        opening = file.status.opening

        def say(bonds: Bonds) -> RefuseContents:
            return RefuseContents(
                **bonds,
                kind="refuse",
                reason=draft.reason,
                words=draft.words,
                would_change=draft.would_change,
            )

        return Plan("refuse", None, opening.digest if opening else None, say, beside=beside)

    def told(composed: Composed) -> Posted:
        return Posted(thread=thread, digest=composed.step.digest, decision=decided[-1])

    async def with_it(taken: tuple[Composed, ...]) -> Change:
        return await remember(told(taken[0]))

    return told(await take(desk, session, thread, plan, with_it))


async def decide(desk: Premises, session: Session, draft: DecisionDraft, remember: Remember) -> Posted:
    """Record a decision to share or not to, with its reasons; it stays at this desk."""
    if draft.answers is not None:
        asked = await desk.files.request_thread(draft.answers)
        if asked is None or not takes_part(desk, session, await desk.files.load(asked)):
            raise ThreadUnknown("answers")
    composed = await compose_decision(
        desk,
        session,
        draft,
        draft.answers,
        draft.outcome,
        about=draft.about,
        requester_told=draft.requester_told,
    )
    posted = Posted(thread=composed.step.slip.thread, digest=composed.step.digest)
    await commit(desk, {}, [composed], await remember(posted))
    return posted


async def compose_decision(  # noqa: PLR0913 - what a decision consists of
    desk: Premises,
    session: Session,
    note: DecisionNote,
    answers: str | None,
    outcome: Literal["share", "do_not_share"],
    *,
    about: tuple[Subject, ...] = (),
    requester_told: bool | None = None,
) -> Composed:
    """Sign a decision; `answers` is the step to which it led, or the request that it is about."""
    now, step = desk.now(), new_id()
    heading = Heading(
        id=step,
        kind="decision",
        thread=thread_of(desk.agency, session.person, step),
        leg=None,
        seq=0,
        prev=(),
        answers=answers,
        author=author_of(desk, session, now),
        to=(),
        created=format_time(now),
        expires=format_time(now + LIFE),
        log=desk.trust.log_head(),
    )
    contents = DecisionContents(
        **bonds_of(heading),
        kind="decision",
        outcome=outcome,
        reasons=note.reasons,
        about=about,
        advised_by=note.advised_by,
        advice=note.advice,
        requester_told=requester_told,
    )
    slots = readers(desk, session, (), now)
    return (await write(desk, session, heading, [(contents, slots, ())]))[0]


async def _refusal_of_ours(desk: Premises, session: Session, digest: str) -> None:
    """Demand that this is a refusal of a request that this person made; `ThreadUnknown` otherwise."""
    row = await desk.casebook.step(digest)
    if row is None or row.kind != "refuse":
        raise ThreadUnknown("answers")
    if not takes_part(desk, session, await desk.files.load(row.thread)):
        raise ThreadUnknown("answers")
