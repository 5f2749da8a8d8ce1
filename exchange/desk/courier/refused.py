"""What a desk does while the hub refuses its proofs: it looks at the log as anybody may.

Promises: refusals that last are an alarm; meanwhile the public log is looked at now and then, since our keys
may have gone on without this home, which was set back then.
Never: what is fetched here counts before it is verified (see `courier.directory`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.desk.known import demand_events
from exchange.errors import ProofRefused
from keys.errors import HomeSetBack
from keys.event import Anchor, read_logged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from exchange.desk.behind import Memory
    from exchange.desk.courier.alarming import Bells
    from exchange.desk.hub_client import HubClient
    from exchange.desk.keylog import Shown
    from keys.ceremony.home import AgencyHome
    from keys.directory import Directory
    from keys.statement import Signed

LASTING: Final = 60  # seconds for which our proofs are refused until that is an alarm
LOOK: Final = 15  # seconds between two looks at the public log meanwhile


class Refusals:
    """The refusals of one desk's proofs, since the last that was not refused."""

    def __init__(self, hub: HubClient, bells: Bells, now: Callable[[], datetime]) -> None:
        self._hub = hub
        self._bells = bells
        self._now = now
        self._since: float | None = None
        self._looked: float | None = None

    async def look(self, start: int) -> Shown | None:
        """Note one more, and fetch the public log from index `start` on; None if that was done lately."""
        now = self._now().timestamp()
        self._since = now if self._since is None else self._since
        if now - self._since >= LASTING:
            await self._bells.ring(ProofRefused.code)
        if self._looked is not None and now - self._looked < LOOK:
            return None
        self._looked = now
        return await self._hub.public_log(start)

    def over(self) -> None:
        """Note that a proof counted."""
        self._since = self._looked = None


def foreign(home: AgencyHome, entries: Iterable[Signed]) -> bool:
    """Whether there are events of ours that our ceremonies did not make; of anchors, `desk.behind` knows."""
    ours = {(event.payload, event.signature) for event in home.events}
    for signed in entries:
        logged = read_logged(signed.payload)
        theirs = logged.agency != home.agency or (signed.payload, signed.signature) in ours
        if not theirs and not isinstance(logged, Anchor):
            return True
    return False


async def look_at_home(home: AgencyHome, directory: Directory, memory: Memory, bells: Bells) -> None:
    """Raise `HomeSetBack`, and the alarm, while the log has events of ours after all that the home has.

    `memory` knows it then, so that nobody is served, until the home has them.
    """
    try:
        demand_events(home, directory)
    except HomeSetBack:
        memory.home_behind = True
        await bells.ring(HomeSetBack.code)
        raise
    memory.home_behind = False
    await bells.clear(HomeSetBack.code)
