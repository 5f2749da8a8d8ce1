"""What the sender does: share, amend, withdraw.

Promises: everything that keeps a draft from being sent is named together, before anything is signed; each
audience's words are sealed to that audience alone; the ranking stays here, committed to; a decision with its
reasons is recorded beside the share, at this desk alone.
Never: an amendment hides that there was another version, or a withdrawal pretends that nobody read.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from exchange.desk.service.deciding import compose_decision
from exchange.desk.service.keeping import keep_emphasis, kept_file
from exchange.desk.service.pen import Composed, Heading
from exchange.desk.service.reading import is_author, leg_of
from exchange.desk.service.steps import (
    ATTEMPTS,
    LIFE,
    Bonds,
    Plan,
    author_of,
    bonds_of,
    commit,
    readers,
    take_all,
    takes_part,
    write,
)
from exchange.desk.service.views import Posted
from exchange.desk.whom import why_not
from exchange.errors import ContentsRefused, NotYours, StepNotAllowed, Superseded, ThreadMoved, ThreadUnknown
from exchange.sealing import new_salt
from exchange.share.clocks import due
from exchange.share.draft import DecisionNote, audiences, check_amend, check_share, reveal
from exchange.share.draft import commit as committed
from exchange.share.lifecycle import FINISHED
from exchange.share.thread import permit
from exchange.wire.contents import Bound, WithdrawContents
from exchange.wire.slip import thread_of
from keys.record import decode, format_time, new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from exchange.desk.casefile import CaseFile
    from exchange.desk.people import Session
    from exchange.desk.service.drafts import WithdrawDraft
    from exchange.desk.service.keeping import KeptFile
    from exchange.desk.service.once import Remember
    from exchange.desk.service.premises import Premises
    from exchange.desk.service.steps import Taken
    from exchange.share.draft import AmendDraft, Audience, ShareDraft
    from exchange.share.draft.models import WordsDraft
    from exchange.store.casebook import Change
    from exchange.wire.contents import EmphasisReveal, ShareContents
    from exchange.wire.slip import Party
    from keys.errors import Problem


@dataclass(frozen=True, slots=True)
class _Files:
    """The attachments of a draft, by handle, in the order in which the slip lists them."""

    kept: dict[str, KeptFile]

    @property
    def places(self) -> dict[str, tuple[int, int]]:
        """Each handle's size in bytes and place in the slip."""
        return {handle: (file.size, place) for place, (handle, file) in enumerate(self.kept.items())}

    def keys(self, audience: Audience) -> tuple[bytes, ...]:
        """List the keys of the files that an audience receives, in its order."""
        return tuple(decode(self.kept[item.handle].key) for item in audience.attachments)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """One audience, with the salt that hides its ranking."""

    audience: Audience
    salt: bytes

    def say(self, bonds: Bonds, files: _Files) -> ShareContents:
        """Write this audience's words."""
        commitment = committed(self.audience.emphasis, self.salt)
        return self.audience.contents(Bound(**bonds), commitment, files.places)

    @property
    def reveal(self) -> EmphasisReveal:
        """What the hear-back will reveal."""
        return reveal(self.audience.emphasis, self.salt)


async def share(desk: Premises, session: Session, draft: ShareDraft, remember: Remember) -> Posted:
    """Seal and post a share, and record the decision to share beside it."""
    now = desk.now()
    _refuse_if([*check_share(draft, now, desk.catalogue), *_unreachable(desk, draft.recipients, now)])
    files = await _files(desk, session, draft)
    cited = await desk.files.request_thread(draft.answers)
    if draft.answers is not None and cited is None:
        raise ThreadUnknown("answers")
    step = new_id()
    thread = thread_of(desk.agency, session.person, step)
    for _ in range(ATTEMPTS):
        async with desk.files.holding([thread, *([cited] if cited else [])]):
            request = await desk.files.load(cited) if cited else None
            if request is not None:
                _may_answer(desk, session, request, draft)
            composed, more = await _compose(desk, session, step, draft, files)
            decision = await compose_decision(
                desk, session, draft.decision or _reasons(draft), composed.step.digest, "share"
            )
            known = {request.thread: request} if request is not None else {}
            posted = Posted(thread=thread, digest=composed.step.digest, decision=decision.step.digest)
            more |= await remember(posted)
            with suppress(ThreadMoved):
                await commit(desk, known, [composed, decision], more, cited=cited)
                return posted
    raise ThreadMoved


async def amend(
    desk: Premises,
    session: Session,
    thread: str,
    draft: AmendDraft,
    remember: Taken | None = None,
) -> tuple[Composed, ...]:
    """Send a new version to one or more legs: each of them is open again until it was restated and heard.

    `Superseded` if it names another version of a leg than the one that stands. `remember` gives what is
    recorded with it.
    """
    now = desk.now()
    _refuse_if(check_amend(draft, now, desk.catalogue))
    files = await _files(desk, session, draft)
    ranked = [_Ranked(audience, new_salt()) for audience in audiences(draft)]

    async def plans(file: CaseFile) -> Sequence[Plan]:
        if not is_author(desk, session, file):
            raise NotYours
        standing = tuple(leg_of(desk, session, file, leg).version for leg in draft.legs)
        if draft.replaces and draft.replaces != standing:
            raise Superseded
        return [
            _amendment(desk, session, leg_of(desk, session, file, leg).version, leg, one, draft, files)
            for one in ranked
            for leg in one.audience.recipients
        ]

    return await take_all(desk, session, thread, plans, remember)


async def withdraw(  # noqa: PLR0913 - where it is taken, and what is recorded with it
    desk: Premises,
    session: Session,
    thread: str,
    leg: int | None,
    draft: WithdrawDraft,
    *,
    remember: Taken | None = None,
) -> tuple[Composed, ...]:
    """Take back a request, one leg of a share, or (`leg` None) every leg of it that is still open."""

    async def plans(file: CaseFile) -> Sequence[Plan]:
        opening = file.status.opening
        if not is_author(desk, session, file) or opening is None:
            raise NotYours
        legs: Iterable[int | None] = [leg]
        if leg is None and file.status.kind == "share":
            legs = [one.index for one in file.status.legs if one.state not in FINISHED]
        plans = [
            Plan(
                "withdraw",
                one,
                opening.digest,
                lambda b: WithdrawContents(**b, kind="withdraw", reason=draft.reason),
            )
            for one in legs
        ]
        if not plans:
            raise StepNotAllowed
        return plans

    return await take_all(desk, session, thread, plans, remember)


def _refuse_if(problems: Sequence[Problem]) -> None:
    if problems:
        raise ContentsRefused(problems)


def _unreachable(desk: Premises, parties: Sequence[Party], now: datetime) -> list[Problem]:
    """Name each recipient to whom nothing can be sealed now, and why."""
    found = [why_not(desk.trust, party, now, f"recipients[{at}]") for at, party in enumerate(parties)]
    return [problem for problem in found if problem is not None]


async def _files(desk: Premises, session: Session, draft: WordsDraft) -> _Files:
    handles = dict.fromkeys(item.handle for item in draft.attachments)
    return _Files({handle: await kept_file(desk, session, handle) for handle in handles})


def _reasons(draft: ShareDraft) -> DecisionNote:
    """Why it was decided to share, where the sender says no more than what it is for."""
    return DecisionNote(reasons=(draft.purpose_text or "",))


def _may_answer(desk: Premises, session: Session, request: CaseFile, draft: ShareDraft) -> None:
    if not takes_part(desk, session, request):
        raise ThreadUnknown("answers")
    opening = request.status.opening
    if opening is None or all(party.agency != opening.slip.author.agency for party in draft.recipients):
        raise StepNotAllowed("recipients")  # it would answer nobody who asked
    permit(
        request.status,
        "share",
        None,
        author_of(desk, session, desk.now()),
        answers=draft.answers,
        is_member=desk.trust.is_own_member,
    )


async def _compose(
    desk: Premises, session: Session, step: str, draft: ShareDraft, files: _Files
) -> tuple[Composed, Change]:
    now = desk.now()
    heading = Heading(
        id=step,
        kind="share",
        thread=thread_of(desk.agency, session.person, step),
        leg=None,
        seq=0,
        prev=(),
        answers=draft.answers,
        author=author_of(desk, session, now),
        to=draft.recipients,
        created=format_time(now),
        expires=format_time(now + LIFE),
        log=desk.trust.log_head(),
        purpose=draft.purpose,
        basis=draft.basis,
        urgency=draft.urgency,
        due=_due(desk, draft, now),
        attachments=tuple(file.pin for file in files.kept.values()),
    )
    ranked = [_Ranked(audience, new_salt()) for audience in audiences(draft)]
    said = []
    for one in ranked:
        slots = readers(desk, session, [draft.recipients[place] for place in one.audience.recipients], now)
        said.append((one.say(bonds_of(heading), files), slots, files.keys(one.audience)))
    rankings = [(leg, one.reveal) for one in ranked for leg in one.audience.recipients]
    keep = partial(keep_emphasis, desk, session, rankings)
    return await write(desk, session, heading, said, keep)


def _amendment(  # noqa: PLR0913, PLR0917 - what one leg's new version is made of
    desk: Premises, session: Session, version: str, leg: int, one: _Ranked, draft: AmendDraft, files: _Files
) -> Plan:
    return Plan(
        "amend",
        leg,
        version,
        lambda bonds: one.say(bonds, files),
        purpose=draft.purpose,
        basis=draft.basis,
        urgency=draft.urgency,
        due=_due(desk, draft, desk.now()),
        attachments=tuple(file.pin for file in files.kept.values()),
        attachment_keys=files.keys(one.audience),
        keep=partial(keep_emphasis, desk, session, [(leg, one.reveal)]),
    )


def _due(desk: Premises, draft: WordsDraft, now: datetime) -> str:
    return draft.due or format_time(due(draft.urgency, now, desk.catalogue.holidays))
