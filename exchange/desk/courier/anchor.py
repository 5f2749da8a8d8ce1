"""Anchoring the audit trail: once a day, its head is signed into the key log, where nobody can take it back.

Promises: at the start, and then every day, the agency's signing key signs the number and the chain of the
trail's newest entry; whoever cuts the trail short afterwards, or puts an old one in its place, is found out
by the log (see `desk.behind`).
Never: a word, an id or a name of the trail leaves this desk: the anchor is a number and a digest.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from exchange.desk.behind import ANCHOR_BASE
from exchange.errors import HubRefused
from exchange.store.casebook import AuditEntry, Change
from keys.errors import AnchorTooSoon, AuditRolledBack, EventReplayed
from keys.event import Anchor
from keys.record import format_time, parse_time
from keys.statement import Kind, dump, sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from exchange.desk.hub_client import HubClient
    from exchange.desk.trust import Trust
    from exchange.store.casebook import Casebook
    from keys.ceremony.home import AgencyHome
    from keys.statement import Signed

DAILY = timedelta(hours=24)
LOOK_EVERY = 600.0  # seconds between two looks whether a day has passed
ANCHORED = "anchored"


class AnchorLoop:
    """The loop; it waits for `may_send` like everything else that goes out."""

    name = "anchor"

    def __init__(  # noqa: PLR0913 - the loop stands between all of them
        self,
        hub: HubClient,
        trust: Trust,
        casebook: Casebook,
        *,
        home: Callable[[], AgencyHome],
        may_send: asyncio.Event,
        now: Callable[[], datetime],
    ) -> None:
        self._hub = hub
        self._trust = trust
        self._casebook = casebook
        self._home = home
        self._may_send = may_send
        self._now = now

    async def round(self) -> None:
        """Anchor if a day has passed, then wait."""
        await self._may_send.wait()
        await self.anchor()
        await asyncio.sleep(LOOK_EVERY)

    async def anchor(self) -> None:
        """Sign and send the trail's head, unless one of the last day stands in the log."""
        now, home = self._now(), self._home()
        last = self._trust.log.ahead.anchor(home.agency)
        if last is not None and now - parse_time(last.created) < DAILY:
            return
        row = await self._casebook.last_audit()
        if row is None:
            return
        number = row.number + await self._casebook.cursor(ANCHOR_BASE)
        anchor = Anchor(
            agency=home.agency,
            key=home.keys.signing.key_id,
            number=number,
            head=row.chain,
            created=format_time(now),
        )
        await self._send(sign(Kind.ANCHOR, dump(anchor), home.signing_key), number)

    async def _send(self, anchor: Signed, number: int) -> None:
        try:
            await self._hub.publish(anchor, enrol=False)
        except HubRefused as problem:
            # The log has a newer one, which this desk will see and judge when it follows.
            if problem.where not in {EventReplayed.code, AuditRolledBack.code, AnchorTooSoon.code}:
                raise
            return
        trail = (AuditEntry(ANCHORED, format_time(self._now()), code=str(number)),)
        await self._casebook.record(Change(audit=trail))
