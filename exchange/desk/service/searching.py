"""Searching one's own lists: by what the casebook has in clear, and in the words opened in this session.

Promises: whatever is found stands in the asker's own lists at that moment, so that a search shows nobody more
than the lists would; every word asked for must be found, each anywhere. Words of a share are searched only as
far as the asker opened them since they signed in (see `readwords`): nothing at rest holds them in clear.
Never: what somebody searches for is kept, logged, or put into an address.

A word is a name of a person, a role or another agency, a kind or a state, `overdue` or an urgency, a day
(`2026-11-22` or `22/11/2026`) on which something last happened or is due, or how a thread's name begins.
"""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import StringConstraints
from sqlalchemy import and_, or_

from exchange.desk.service.listing import asker_of, rows_of
from exchange.desk.service.views import InboxRow
from exchange.store.casebook.tables import WHOLE, leg
from keys.record import Frozen, format_time

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from exchange.desk.people import Session
    from exchange.desk.service.premises import Premises

LENGTH: Final = 200  # letters of a search
FOUND: Final = 25  # rows that one search answers with
_WORDS: Final = 8
_NAMED: Final = 500  # agencies, people and roles whom one word may mean
_LONDON: Final = ZoneInfo("Europe/London")
_THREAD: Final = re.compile("[a-z2-7]{4,26}")
_DAYS: Final = ("%Y-%m-%d", "%d/%m/%Y")
_LEG: Final = leg.c
_SAID: Final[dict[str, ColumnElement[bool]]] = {
    "share": _LEG.leg != WHOLE,
    "request": and_(_LEG.leg == WHOLE, _LEG.recipient_agency.is_not(None)),
    "decision": and_(_LEG.leg == WHOLE, _LEG.recipient_agency.is_(None)),
    "sent": _LEG.state == "sent",
    "accepted": _LEG.state == "accepted",
    "corrected": _LEG.state == "corrected",
    "closed": _LEG.state == "closed",
    "declined": _LEG.state == "declined",
    "withdrawn": _LEG.state == "withdrawn",
    "asked": _LEG.state == "requested",
    "answered": _LEG.state == "answered",
    "refused": _LEG.state == "refused",
    "immediate": _LEG.urgency == "immediate",
    "today": _LEG.urgency == "today",
    "routine": _LEG.urgency == "routine",
}


class Search(Frozen):
    """What to look for. It is a body, since a name has no place in an address."""

    q: Annotated[str, StringConstraints(max_length=LENGTH)] = ""


class SearchView(Frozen):
    """What was found: what is open first, then what is over; `more` where there is more than this."""

    rows: tuple[InboxRow, ...]
    more: bool
    read: int  # in how many threads' words it was searched


async def search(desk: Premises, session: Session, asked: Search) -> SearchView:
    """Look for every word of a search in the asker's own lists, and in what they read in this session."""
    words = list(dict.fromkeys(asked.q.casefold().split()))[:_WORDS]
    if not words:
        return SearchView(rows=(), more=False, read=len(session.read))
    named = await asyncio.to_thread(lambda: {word: _named(desk, word) for word in words})
    where = and_(*(_means(desk, session, word, named[word]) for word in words))
    asker, limit = asker_of(desk, session), FOUND + 1
    found = list(await desk.casebook.sought(asker, "open", where, limit=limit))
    if len(found) < limit:
        found += await desk.casebook.sought(asker, "over", where, limit=limit - len(found))
    rows = rows_of(desk, session, found[:FOUND])
    return SearchView(rows=rows, more=len(found) > FOUND, read=len(session.read))


class Named(NamedTuple):
    """The ids of those of whom a word is part of the name."""

    agencies: list[str]
    people: list[str]
    roles: list[str]


def _means(desk: Premises, session: Session, word: str, named: Named) -> ColumnElement[bool]:
    """Say of which rows a word speaks. A few terms, however many it names: a database bounds their depth."""
    found: list[ColumnElement[bool]] = [
        _LEG.sender_agency.in_(named.agencies),
        _LEG.recipient_agency.in_(named.agencies),
        _LEG.sender_person.in_(named.people),
        _LEG.recipient_person.in_(named.people),
        _LEG.recipient_role.in_(named.roles),
    ]
    found += [_SAID[one] for one in {word, word.removesuffix("s")} & _SAID.keys()]
    if word == "overdue":
        found.append(and_(_LEG.open, _LEG.due <= format_time(desk.now())))
    if day := _day(word):
        found += [_LEG.updated.between(*day), _LEG.due.between(*day)]
    if _THREAD.fullmatch(word):
        found.append(_LEG.thread.startswith(word))
    if threads := session.read.holding(word):
        found.append(_LEG.thread.in_(sorted(threads)))
    return or_(*found)


def _named(desk: Premises, word: str) -> Named:
    """Find whose names hold a word, some hundreds of each at most. Our own agency takes part in every row."""
    named = Named([], [], [])
    for keys in desk.trust.directory.agencies():
        agency, roster = keys.agency, desk.trust.roster(keys.agency)
        if agency != desk.agency and word in f"{agency} {keys.name.casefold()}":
            named.agencies.append(agency)
        elif roster is not None:
            named.people.extend(one.id for one in roster.people if word in one.name.casefold())
            named.roles.extend(one.id for one in roster.roles if word in one.name.casefold())
    return Named(*(found[:_NAMED] for found in named))


def _day(word: str) -> tuple[str, str] | None:
    """Give the first and last second of a day of London's calendar; None for what is no day."""
    for shape in _DAYS:
        try:
            begins = datetime.strptime(word, shape).replace(tzinfo=_LONDON)
            ends = begins + timedelta(days=1) - timedelta(seconds=1)
            return format_time(begins), format_time(ends)
        except (ValueError, OverflowError):
            continue
    return None
