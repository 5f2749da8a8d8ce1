"""The routes of being told, each a call of the one use case that it names.

Promises: as `handlers`.
Never: somebody else's address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.desk.api.routes import BASE, Route
from exchange.desk.notifying.wishes import Wishes
from exchange.desk.service.notifying import NoticesView

if TYPE_CHECKING:
    from exchange.desk.api.routes import Call

_PATH: Final = f"{BASE}/notifications"


async def notifications(call: Call) -> NoticesView:
    """Say where the asker is told that something waits, of what, and when not."""
    return await call.desk.notices(call.session)


async def wish(call: Call) -> NoticesView:
    """Say where one wants to be told from now on."""
    return await call.desk.wish(call.session, call.body)


NOTIFICATIONS: Final[tuple[Route, ...]] = (
    Route("GET", _PATH, "notifications", notifications, answer=NoticesView),
    Route("POST", _PATH, "setNotifications", wish, body=Wishes, answer=NoticesView),
)
