"""What needs you: the first page. One list, most urgent first; then what waits for others; then what is over.

Promises: what waits for the person asking, or for a role of theirs, stands before everything else, danger
first, then what is late, then what is due soonest; each row says in words what is to be done.
Never: a word of a share, or somebody else's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

from exchange.desk.web.render import HOME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp import web

    from exchange.desk.service.views import InboxRow
    from exchange.desk.web.visit import Visit

ROWS: Final = 25  # of one page
_LISTS: Final = ("needs", "others", "over")
_KINDS: Final = ("all", "share", "request", "decision")
_LATEST: Final = "9999"  # after every deadline
_ANSWERS: Final = frozenset({"answered", "refused"})


class Paging(NamedTuple):
    """Where one stands in a long list; an address is empty where there is no such page."""

    first: int
    last: int
    total: int
    before: str
    after: str


async def needs(visit: Visit) -> web.StreamResponse:
    """List what needs the person asking, what waits for others, or what is over."""
    query = visit.request.query
    chosen, kind = _one_of(query.get("list"), _LISTS), _one_of(query.get("kind"), _KINDS)
    desk, session = visit.desk, visit.session
    open_rows = await desk.inbox(session)
    mine = sorted((row for row in open_rows if row.yours), key=_urgency)
    others = sorted((row for row in open_rows if not row.yours), key=_urgency)
    over = await desk.inbox(session, finished=True) if chosen != "others" else ()
    answers = [row for row in over if row.side == "sender" and row.state in _ANSWERS]
    shown: Sequence[InboxRow] = {"needs": mine, "others": others, "over": over}[chosen]
    shown = [row for row in shown if kind in {"all", row.kind}]

    def address(page: int) -> str:
        return f"{HOME}?{urlencode({'list': chosen, 'kind': kind, 'page': page})}"

    rows, paging = _page(shown, query.get("page", "1"), address)
    return visit.page(
        "needs.html",
        chosen=chosen,
        kind=kind,
        rows=rows,
        paging=paging,
        counts={"needs": len(mine), "others": len(others)},
        answers=answers[:5] if chosen == "needs" else [],
        alarms=await desk.alarms(session) if chosen == "needs" else (),
    )


def _urgency(row: InboxRow) -> tuple[bool, bool, str, str]:
    """Danger first, then what is late, then by deadline; the thread's name keeps the order."""
    return row.urgency != "immediate", not row.overdue, row.due or _LATEST, row.thread


def _one_of(given: str | None, among: tuple[str, ...]) -> str:
    return given if given in among else among[0]


def _page(
    rows: Sequence[InboxRow], given: str, address: Callable[[int], str]
) -> tuple[Sequence[InboxRow], Paging]:
    last = max(1, -(-len(rows) // ROWS))
    number = min(int(given), last) if given.isascii() and given.isdigit() and len(given) < 6 else 1  # noqa: PLR2004 - five digits name any page
    number = max(number, 1)
    part = rows[(number - 1) * ROWS : number * ROWS]
    first = (number - 1) * ROWS + 1
    return part, Paging(
        first=first,
        last=first + len(part) - 1,
        total=len(rows),
        before=address(number - 1) if number > 1 else "",
        after=address(number + 1) if number < last else "",
    )
