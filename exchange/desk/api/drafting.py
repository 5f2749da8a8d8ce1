"""The routes of what somebody has not finished writing, each a call of the one use case that it names.

Promises: as `handlers`.
Never: a draft is judged here; sending does that.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from exchange.desk.api.routes import BASE, Route
from exchange.desk.service.draft_views import DraftRow, DraftView, LookedOver, Unfinished
from exchange.desk.service.views import AgencyView, Posted
from keys.record import Digest, Frozen, Id

if TYPE_CHECKING:
    from exchange.desk.api.routes import Call

_ALL: Final = f"{BASE}/drafts"
_ONE: Final = f"{_ALL}/{{draft}}"


class DraftPath(Frozen):
    """Which draft."""

    draft: Id


class Drafts(Frozen):
    """What the asker has not finished writing, newest first."""

    rows: tuple[DraftRow, ...]


class Revision(Frozen):
    """Which revision of a draft its writer saw."""

    revision: Digest


class Agencies(Frozen):
    """The agencies that one may write to."""

    agencies: tuple[AgencyView, ...]


class SavedDraft(Frozen):
    """A draft as it is to stand now, and the revision that its writer saw before."""

    revision: Digest
    said: Unfinished


async def drafts(call: Call) -> Drafts:
    """List what the asker has not finished writing."""
    return Drafts(rows=await call.desk.unfinished(call.session))


async def begin(call: Call) -> DraftView:
    """Keep a new draft, sealed to the asker alone."""
    return await call.desk.begin(call.session, call.body, call.once)


async def resume(call: Call) -> DraftView:
    """Open a draft."""
    return await call.desk.resume(call.session, call.path.draft)


async def keep(call: Call) -> DraftView:
    """Save a draft in place of the revision that was seen."""
    return await call.desk.keep(call.session, call.path.draft, call.body.revision, call.body.said)


async def look_over(call: Call) -> LookedOver:
    """Say what keeps a draft from being sent, and what its writer may want to look at again."""
    return await call.desk.look_over(call.session, call.body)


async def agencies(call: Call) -> Agencies:
    """List the agencies that one may write to."""
    return Agencies(agencies=call.desk.agencies())


async def throw_away(call: Call) -> None:
    """Throw a draft away."""
    await call.desk.throw_away(call.session, call.path.draft)


async def send(call: Call) -> Posted:
    """Seal and post what a draft says, once, and forget the draft."""
    return await call.desk.send(call.session, call.path.draft, call.body.revision)


DRAFTS: Final[tuple[Route, ...]] = (
    Route("GET", f"{BASE}/agencies", "agencies", agencies, answer=Agencies),
    Route("POST", f"{BASE}/shares/check", "lookOver", look_over, body=Unfinished, answer=LookedOver),
    Route("GET", _ALL, "drafts", drafts, answer=Drafts),
    Route(
        "POST",
        _ALL,
        "begin",
        begin,
        body=Unfinished,
        answer=DraftView,
        status=HTTPStatus.CREATED,
        takes_key=True,
    ),
    Route("GET", _ONE, "resume", resume, path_model=DraftPath, answer=DraftView),
    Route("PUT", _ONE, "keep", keep, path_model=DraftPath, body=SavedDraft, answer=DraftView),
    Route(
        "DELETE",
        _ONE,
        "throwAway",
        throw_away,
        path_model=DraftPath,
        status=HTTPStatus.NO_CONTENT,
    ),
    Route(
        "POST",
        f"{_ONE}/send",
        "send",
        send,
        path_model=DraftPath,
        body=Revision,
        answer=Posted,
        status=HTTPStatus.CREATED,
    ),
)
