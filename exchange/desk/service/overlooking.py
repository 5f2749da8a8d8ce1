"""Looking over a draft before it is sent: what keeps it here, and what its writer may want to see again.

Promises: everything is named together, by its place, with how to mend it; the gentle questions warn and
never block: sending knows nothing of them.
Never: looking changes anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.desk.service.draft_views import Hindrance, LookedOver, Query
from exchange.desk.service.naming import party_name
from exchange.desk.service.showing import show
from exchange.desk.whom import why_not
from exchange.errors import ThreadUnknown
from exchange.share.draft import check_share
from exchange.share.gentle import Gentle, bears_name, gentle_questions
from exchange.wire.contents import RequestContents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.desk.people import Session
    from exchange.desk.service.draft_views import Unfinished
    from exchange.desk.service.premises import Premises
    from exchange.share.draft import ShareDraft
    from keys.errors import Problem


async def look_over(desk: Premises, session: Session, said: Unfinished) -> LookedOver:
    """Look over a draft."""
    draft, now = said.draft, desk.now()
    unreachable = (
        why_not(desk.trust, party, now, f"recipients[{at}]") for at, party in enumerate(draft.recipients)
    )
    problems = [*check_share(draft, now, desk.catalogue), *(one for one in unreachable if one is not None)]
    asked = await _asked(desk, session, said.request)
    questions = (*gentle_questions(draft, asked), *_never_told(desk, draft))
    return LookedOver(
        problems=tuple(hindrance(one) for one in problems),
        questions=tuple(Query(kind=one.kind, where=one.where, words=one.words) for one in questions),
    )


def hindrance(one: Problem) -> Hindrance:
    """Describe what keeps a draft from being sent."""
    message = one.message.removesuffix(f" ({one.where})")
    return Hindrance(code=one.code, message=message, hint=one.hint, where=one.where)


async def _asked(desk: Premises, session: Session, request: str | None) -> tuple[str, ...]:
    if request is None:
        return ()
    try:
        view = await show(desk, session, request)
    except ThreadUnknown:
        return ()  # it is not this person's any more; sending will say so
    words = next((step.words for step in view.steps if step.kind == "request"), None)
    return words.asked if isinstance(words, RequestContents) else ()


def _never_told(desk: Premises, draft: ShareDraft) -> Iterator[Gentle]:
    for at, party in enumerate(draft.recipients):
        name = party_name(desk, party)
        if any(bears_name(name, other) for other in draft.never_tell):
            yield Gentle("never_told", f"recipients[{at}]", name)
