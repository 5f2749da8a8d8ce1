"""The routes of one's lists: what is asked in a query, as text, and the page that answers.

Promises: everything that a page of the desk can ask of a list can be asked here.
Never: a word or a name in an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from exchange.desk.service.asked import Asked, ListView, MarkText
from keys.record import Frozen

if TYPE_CHECKING:
    from exchange.desk.api.routes import Call
    from exchange.desk.service.searching import SearchView


class InboxQuery(Frozen):
    """Which list, what of it, and where to go on. `open` is `needs` and `others` together.

    `hands=me` leaves out what came to a role, `hands=roles` what did not. `thread` is how a thread's name
    begins. `after` and `before` are the marks of the page beside the one wanted.
    """

    list: Literal["needs", "others", "open", "over"] = "open"
    kind: Literal["all", "share", "request", "decision"] = "all"
    urgency: Literal["all", "immediate", "today", "routine"] = "all"
    side: Literal["all", "sender", "recipient"] = "all"
    hands: Literal["all", "me", "roles"] = "all"
    overdue: Literal["yes", "no"] = "no"
    thread: Annotated[str, StringConstraints(pattern=r"^[a-z2-7]{0,26}$")] = ""
    after: MarkText | None = None
    before: MarkText | None = None
    rows: Annotated[str, Field(pattern=r"^([1-9]|[1-9][0-9]|1[0-9]{2}|200)$")] = "50"


async def inbox(call: Call) -> ListView:
    """Give a page of what waits for the asker or for others on their account, or of what is over."""
    query: InboxQuery = call.query
    words = query.model_dump(exclude={"overdue", "rows"})
    asked = Asked(**words, overdue=query.overdue == "yes", rows=int(query.rows))
    return await call.desk.inbox(call.session, asked)


async def search(call: Call) -> SearchView:
    """Look for words in the asker's own lists, and in what they read in this session."""
    return await call.desk.search(call.session, call.body)
