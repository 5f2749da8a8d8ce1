"""What the sender does with a read-back: look where it differs, and say whether it is what was meant.

Promises: the comparison is shown to the author alone, while a read-back waits; the hear-back answers every
statement of the version, and reveals exactly the ranking that the version committed to. Nobody agrees to a
read-back whose words do not open, break a rule, or are not those that were signed for.
Never: the comparison decides, or a hear-back is given by somebody else than the author.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.desk.service.heard import heard_of
from exchange.desk.service.keeping import emphasis_in, kept_reveal
from exchange.desk.service.reading import is_author, leg_of, open_version, open_words, visible
from exchange.desk.service.steps import Bonds, Plan, take
from exchange.desk.service.views import Flag, StatementRow, UnderstandingView
from exchange.errors import ContentsRefused, NotYours, StepNotAllowed, Superseded
from exchange.share.lifecycle import STANDS, State
from exchange.share.rules import check_hear_back, check_read_back, open_emphasis
from exchange.wire.contents import Fact, HearBackContents, Opinion, ReadBackContents
from keys.errors import Problem

if TYPE_CHECKING:
    from exchange.desk.casefile import CaseFile, Opened
    from exchange.desk.people import Session
    from exchange.desk.service.drafts import HearBackDraft
    from exchange.desk.service.pen import Composed
    from exchange.desk.service.premises import Premises
    from exchange.desk.service.steps import Taken
    from exchange.store.casebook import Change
    from exchange.wire.contents import ShareContents


async def compare(desk: Premises, session: Session, thread: str, leg: int) -> UnderstandingView:
    """Lay a waiting read-back beside what was sent, and name each divergence."""
    file = await visible(desk, session, thread)
    at = leg_of(desk, session, file, leg)
    if not is_author(desk, session, file):
        raise NotYours
    if at.state is not State.READ_BACK or at.read_back is None:
        raise StepNotAllowed(STANDS[at.state])
    from exchange.share.understanding import compare as differences  # word lists: loaded when first needed

    share, _ = await open_version(desk, session, file, at)
    reveal = await kept_reveal(desk, session, at.version, leg)
    emphasis = emphasis_in(reveal)
    back = (await open_words(desk, session, file.opened[at.read_back], leg)).contents
    assert isinstance(back, ReadBackContents)
    flags = tuple(
        Flag(
            kind=one.kind.value,
            statement=one.statement,
            sent=one.sent,
            restated=one.restated,
            explanation=one.explanation,
        )
        for one in await asyncio.to_thread(differences, share, emphasis, back)
    )
    restated = {one.statement: one for one in back.restatements}
    statements: tuple[Fact | Opinion, ...] = (*share.facts, *share.opinions)
    rows = tuple(
        StatementRow(
            statement=one,
            weight=emphasis.weights[one.id],
            restatement=restated.get(one.id),
            flags=tuple(flag for flag in flags if flag.statement == one.id),
        )
        for one in statements
    )
    return UnderstandingView(
        version=at.version,
        read_back=at.read_back,
        key_point=emphasis.key_point,
        their_key_point=back.key_point,
        will_do=back.will_do,
        not_known=back.not_known,
        rows=rows,
        flags=flags,
    )


async def hear_back(  # noqa: PLR0913 - where it is taken, and what is recorded with it
    desk: Premises,
    session: Session,
    thread: str,
    leg: int,
    draft: HearBackDraft,
    *,
    remember: Taken | None = None,
) -> Composed:
    """Say whether the read-back is what was meant, statement by statement, and reveal the ranking.

    `remember` gives what is recorded with it.
    """

    async def plan(file: CaseFile) -> Plan:
        at = leg_of(desk, session, file, leg)
        if not is_author(desk, session, file):
            raise NotYours
        if at.read_back is None or at.state is not State.READ_BACK:
            raise StepNotAllowed
        if draft.read_back not in {None, at.read_back}:
            raise Superseded
        heard = at.read_back
        share, _ = await open_version(desk, session, file, at)
        reveal = await kept_reveal(desk, session, at.version, leg)
        open_emphasis(share, reveal)  # what we keep must be what we committed to, before we sign that it is
        back = await _said(desk, session, file.opened[heard], leg, share, agreed=draft.verdict == "agreed")

        def say(bonds: Bonds) -> HearBackContents:
            contents = HearBackContents(
                **bonds,
                kind="hear_back",
                read_back=heard,
                heard=draft.heard,
                words=draft.words,
                reveal=reveal,
            )
            problems = check_hear_back(contents, share)
            if problems:
                raise ContentsRefused(problems)
            return contents

        def keep(composed: Composed) -> Change:
            return heard_of(file, at, composed, (share, emphasis_in(reveal), back))

        return Plan("hear_back", leg, heard, say, verdict=draft.verdict, keep=keep)

    return await take(desk, session, thread, plan, remember)


async def _said(  # noqa: PLR0913 - what it is said of, and to whom
    desk: Premises, session: Session, one: Opened, leg: int, share: ShareContents, *, agreed: bool
) -> ReadBackContents | None:
    """Open a read-back; None where its words do not open, which nobody can agree to: the refusal is raised.

    The desk ring shows that words came, not which.
    """
    try:
        back = (await open_words(desk, session, one, leg)).contents
        assert isinstance(back, ReadBackContents)
        problems = check_read_back(back, share)
        if problems:
            raise ContentsRefused(problems)
    except Problem:
        if agreed:
            raise
        return None
    return back
