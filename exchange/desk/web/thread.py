"""The thread page: everything that happened, where it stands, whose turn it is, and by when.

Promises: it shows what the use case gives this person and no more: every step with who, when, under which
key and how that was checked; whatever is amiss stands above the rest; once both rankings are known they
stand side by side.
Never: an offer to do what the thread does not allow this person now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from exchange.wire.contents import ReadBackContents, ShareContents

if TYPE_CHECKING:
    from aiohttp import web

    from exchange.desk.people import Session
    from exchange.desk.service.views import LegView, StepView, ThreadView
    from exchange.desk.web.visit import Visit
    from exchange.wire.contents import Fact, Opinion

_OVER: Final = frozenset({"declined", "withdrawn"})
_OPENS: Final = frozenset({"share", "request", "decision"})
DONE: Final = {
    "accepted": "You accepted it. You can read it now.",
    "declined": "You declined it. The sender is told.",
    "read-back": "Your read-back is on its way. The sender will say if it is what they meant.",
    "agreed": "You agreed. This is closed.",
    "corrected": "Your corrections are on their way.",
    "refused": "You refused. They are told why.",
    "withdrawn": "You took it back. They are told why.",
    "noted": "Your note is on its way.",
}


class Action(NamedTuple):
    """Something that this person can do now."""

    words: str
    address: str
    main: bool


class Ranked(NamedTuple):
    """One statement with both sides' weights; `theirs` is empty where the read-back left it out."""

    statement: Fact | Opinion
    sent: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """One leg as the page shows it."""

    leg: LegView
    yours: bool
    risk: str | None
    actions: tuple[Action, ...]
    ranked: tuple[Ranked, ...]
    key_points: tuple[str, str] | None  # the sender's and the recipient's


async def show(visit: Visit) -> web.StreamResponse:
    """Show the whole thread."""
    view = await visit.desk.show(visit.session, visit.thread)
    opening = opening_of(view)
    answers = await _theirs_to_see(visit, view.answered_by) if view.answered_by else []
    return visit.page(
        "thread.html",
        answers=answers,
        view=view,
        opening=opening,
        conversations=[conversation(visit, view, leg) for leg in view.legs],
        sender=opening is not None and is_own(opening, visit.session),
        done=DONE.get(visit.request.query.get("done", ""), ""),
        about=visit.about,
        prints=visit.desk.prints,
    )


async def _theirs_to_see(visit: Visit, threads: tuple[str, ...]) -> list[str]:
    """Keep those of `threads` that stand in this person's own lists: a link leads to nothing else."""
    theirs = await visit.desk.theirs(visit.session, threads)
    return [thread for thread in threads if thread in theirs]


def opening_of(view: ThreadView) -> StepView | None:
    """Give the step that opened the thread, if it is here."""
    return next((step for step in view.steps if step.kind in _OPENS), None)


def is_own(step: StepView, session: Session) -> bool:
    """Whether the person asking signed this step."""
    return (step.who.agency, step.who.person) == (session.agency, session.person)


def words_of(view: ThreadView, leg: LegView) -> ShareContents | None:
    """Give the words of the version that stands on a leg, where this person may read them."""
    found = next((step.words for step in view.steps if step.digest == leg.version), None)
    return found if isinstance(found, ShareContents) else None


def conversation(visit: Visit, view: ThreadView, leg: LegView) -> Conversation:
    """Put together what the page says of one leg."""
    opening = opening_of(view)
    sender = opening is not None and is_own(opening, visit.session)
    share = words_of(view, leg)
    ranked, key_points = _rankings(view, leg, share)
    return Conversation(
        leg=leg,
        yours=leg.turn == ("sender" if sender else "recipient"),
        risk=share.immediate_risk if share is not None else None,
        actions=tuple(_actions(f"{visit.about}/legs/{leg.index}", leg, sender=sender)),
        ranked=ranked,
        key_points=key_points,
    )


def _actions(base: str, leg: LegView, *, sender: bool) -> list[Action]:
    if leg.state == "sent" and not sender:
        return [Action("Accept or decline", f"{base}/accept", main=True)]
    found: list[Action] = []
    if sender and leg.state == "read_back":
        found.append(Action("Answer the read-back", f"{base}/hear-back", main=True))
    if not sender and leg.turn == "recipient":
        found.append(Action("Read it back", f"{base}/read-back", main=True))
    if sender or leg.accepted_by is not None:
        found.append(Action("Read what was sent", f"{base}/words", main=False))
    if leg.state not in _OVER and (sender or leg.accepted_by is not None):
        found.append(Action("Ask or say something", f"{base}/note", main=False))
    if sender and leg.state not in _OVER and leg.state != "closed":
        found.append(Action("Take it back", f"{base}/withdraw", main=False))
    if leg.state == "closed":
        found.append(Action("Download the certificate", f"{base}/certificate", main=False))
    return found


def _rankings(
    view: ThreadView, leg: LegView, share: ShareContents | None
) -> tuple[tuple[Ranked, ...], tuple[str, str] | None]:
    emphasis = leg.sender_emphasis
    back = next((step.words for step in view.steps if step.digest == leg.read_back), None)
    if emphasis is None or share is None or not isinstance(back, ReadBackContents):
        return (), None
    if back.version != leg.version:
        return (), None
    theirs = {one.statement: one.weight for one in back.restatements}
    statements: tuple[Fact | Opinion, ...] = (*share.facts, *share.opinions)
    ranked = tuple(Ranked(one, emphasis.weights[one.id], theirs.get(one.id, "")) for one in statements)
    return ranked, (emphasis.key_point, back.key_point)
