"""Looking at a thread.

Promises: a person sees the legs that they sent or received, each step with who signed it under which key, and
the words that their own key opens; a recipient sees a share's words after accepting, and both rankings after
the hear-back. Whatever is amiss is shown, never smoothed over: steps without effect, forks, missing causes,
words that break the rules, a ranking that is not the one committed to.
Never: looking changes where anything stands; that somebody looked at words is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.desk.service.attaching import described
from exchange.desk.service.keeping import emphasis_in, kept_reveal
from exchange.desk.service.naming import party_name, person_view
from exchange.desk.service.reading import (
    demand_accepted,
    is_author,
    leg_of,
    open_version,
    open_words,
    revealed,
    visible,
)
from exchange.desk.service.steps import is_for
from exchange.desk.service.views import (
    ForkView,
    LegView,
    StepView,
    ThreadView,
    WordsView,
)
from exchange.errors import EmphasisUnknown
from exchange.share.thread import whose_turn
from exchange.store.casebook import AuditEntry, Change
from keys.errors import Problem
from keys.record import format_time

if TYPE_CHECKING:
    from exchange.desk.casefile import CaseFile, Opened
    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises
    from exchange.share.thread import Leg
    from exchange.wire.contents import Contents, Emphasis


async def show(desk: Premises, session: Session, thread: str) -> ThreadView:
    """Show a whole thread, as far as it is this person's to see."""
    file = await visible(desk, session, thread)
    status = file.status
    author = is_author(desk, session, file)
    legs = [leg for leg in status.legs if author or is_for(desk, session, leg.party)]
    numbers = {None, *(leg.index for leg in legs)}
    placed = [step.digest for step in status.order]
    loose = sorted(file.opened.keys() - set(placed))
    steps = [file.opened[name] for name in (*placed, *loose) if file.opened[name].step.slip.leg in numbers]
    shown = tuple([await _step(desk, session, file, one) for one in steps])
    if any(step.words is not None for step in shown):
        trail = AuditEntry("shown", format_time(desk.now()), thread, None, desk.agency, session.person)
        await desk.casebook.record(Change(audit=(trail,)))
    return ThreadView(
        thread=thread,
        kind=status.kind,
        request=status.request.value if status.request else None,
        closed=desk.lists.is_closed(status),
        legs=tuple([await _leg(desk, session, file, leg) for leg in legs]),
        steps=shown,
        forks=tuple(
            ForkView(
                leg=fork.leg,
                who=person_view(desk, fork.agency, fork.person),
                seq=fork.seq,
                steps=fork.digests,
            )
            for fork in status.forks
            if fork.leg in numbers
        ),
        waiting=len(status.waiting),
        answered_by=tuple(sorted({file.citing[name].step.slip.thread for name in status.answered_by})),
    )


async def read(desk: Premises, session: Session, thread: str, leg: int) -> WordsView:
    """Read the version that stands on a leg; that it was read is recorded.

    `AcceptFirst` for a recipient before accepting; `ContentsRefused` for words that break the rules.
    """
    file = await visible(desk, session, thread)
    at = leg_of(desk, session, file, leg)
    demand_accepted(desk, session, file, at)
    share, _ = await open_version(desk, session, file, at)
    now = format_time(desk.now())
    trail = AuditEntry("read", now, thread, at.version, desk.agency, session.person)
    await desk.casebook.record(Change(audit=(trail,)))
    return WordsView(
        version=at.version,
        version_number=at.version_number,
        words=share,
        attachments=await described(desk, share, file.opened[at.version].step.slip.attachments),
    )


async def _leg(desk: Premises, session: Session, file: CaseFile, leg: Leg) -> LegView:
    emphasis, refused = await _ranking(desk, session, file, leg)
    accepted = leg.accepted_by
    return LegView(
        index=leg.index,
        party=leg.party,
        name=party_name(desk, leg.party),
        state=leg.state.value,
        turn=whose_turn(file.status, leg.index),
        version=leg.version,
        version_number=leg.version_number,
        read_back=leg.read_back,
        hear_back=leg.hear_back,
        accepted_by=person_view(desk, leg.party.agency, accepted) if accepted else None,
        due=desk.lists.due(file.status, leg),
        sender_emphasis=emphasis,
        emphasis_refused=refused,
    )


async def _ranking(
    desk: Premises, session: Session, file: CaseFile, leg: Leg
) -> tuple[Emphasis | None, str | None]:
    try:
        if is_author(desk, session, file):
            return emphasis_in(await kept_reveal(desk, session, leg.version, leg.index)), None
        return await revealed(desk, session, file, leg), None
    except EmphasisUnknown:
        return None, None
    except Problem as problem:
        return None, problem.code


async def _step(desk: Premises, session: Session, file: CaseFile, one: Opened) -> StepView:
    slip = one.step.slip
    words, refused = await _words(desk, session, file, one)
    why = file.status.without_effect.get(one.step.digest)
    return StepView(
        digest=one.step.digest,
        kind=slip.kind,
        leg=slip.leg,
        who=person_view(desk, slip.author.agency, slip.author.person),
        key=slip.author.key,
        when=slip.created,
        received=one.received,
        log_size=one.received_at,
        answers=slip.answers,
        verdict=slip.verdict,
        purpose=slip.purpose,
        basis=slip.basis,
        urgency=slip.urgency,
        due=slip.due,
        without_effect=why.value if why else None,
        words=words,
        words_refused=refused,
        attachments=len(slip.attachments),
    )


async def _words(
    desk: Premises, session: Session, file: CaseFile, one: Opened
) -> tuple[Contents | None, str | None]:
    slip = one.step.slip
    leg = slip.leg
    if slip.kind == "share":
        mine = [at for at in file.status.legs if _may_read(desk, session, file, at)]
        if not mine:
            return None, None
        leg = mine[0].index
    elif slip.kind == "amend" and not (
        leg is not None
        and leg < len(file.status.legs)
        and _may_read(desk, session, file, file.status.legs[leg])
    ):
        return None, None
    try:
        return (await open_words(desk, session, one, leg)).contents, None
    except Problem as problem:
        return None, problem.code


def _may_read(desk: Premises, session: Session, file: CaseFile, leg: Leg) -> bool:
    if is_author(desk, session, file):
        return True
    return leg.accepted_by is not None and is_for(desk, session, leg.party)
