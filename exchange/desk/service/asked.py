"""What one can ask of one's lists, and the page that answers: the same for pages and programs.

Promises: a question is checked before it is asked; a mark says nothing but where a row stands.
Never: a word, or a name.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from exchange.desk.service.views import InboxRow
from keys.record import Frozen

MarkText = Annotated[
    str, StringConstraints(pattern=r"^([01] )?[0-9TZ:-]{4,20}\.[a-z2-7]{26}\.(-1|[0-9]{1,4})$")
]
"""Where a row stands in its list: its order, its thread, its leg."""


class Asked(Frozen):
    """Which list, what of it, and where to go on: `after` or `before` a mark that an earlier page gave.

    `open` is `needs` and `others` together. `rows` is how many a page has at most.
    """

    list: Literal["needs", "others", "open", "over"] = "open"
    kind: Literal["all", "share", "request", "decision"] = "all"
    urgency: Literal["all", "immediate", "today", "routine"] = "all"
    side: Literal["all", "sender", "recipient"] = "all"
    hands: Literal["all", "me", "roles"] = "all"
    overdue: bool = False
    thread: Annotated[str, StringConstraints(pattern=r"^[a-z2-7]{0,26}$")] = ""  # how its name begins
    after: MarkText | None = None
    before: MarkText | None = None
    rows: Annotated[int, Field(ge=1, le=200)] = 50

    @property
    def filtered(self) -> bool:
        """Whether it leaves anything of its list out."""
        bare = Asked(list=self.list, after=self.after, before=self.before, rows=self.rows)
        return self != bare


class ListView(Frozen):
    """A page of a list. Counts are exact up to a thousand; 1,001 stands for more.

    `before` and `after` are the marks of the pages next to it, null where there is none.
    """

    rows: tuple[InboxRow, ...]
    total: int  # of the list as asked for
    needs: int  # of everything that waits for the asker
    others: int  # of everything that waits for others
    before: MarkText | None
    after: MarkText | None


OPEN = Asked()
