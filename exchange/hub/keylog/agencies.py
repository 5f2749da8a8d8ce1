"""The agencies, as this process folded them from the log.

Promises: an entry is taken only after it was checked as every desk will check it, and an enrolment only under
the root that the operator admitted; several processes agree on one order, and a key revoked at one of them
opens nothing at another after `FOLLOW_EVERY`.
Never: the hub vouches for a key. Desks fold the same entries themselves.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from exchange.errors import AgencyNotAdmitted, StoreUnavailable
from keys.directory import Directory
from keys.errors import AnchorTooSoon, EventReplayed, KeysProblem, KeyUnknown
from keys.event import Anchor, Enrol, read_logged
from keys.record import decode, parse_time
from keys.suite import fingerprint

if TYPE_CHECKING:
    from exchange.store.mailroom import Mailroom
    from keys.agency import AgencyKeys
    from keys.event import Logged
    from keys.statement import Signed
    from keys.suite import TransportPublic

FOLLOW_EVERY: Final = 2.0  # seconds between two looks for other processes' entries, or for an unknown key
_PORTION: Final = 500  # entries read at once
_OFF: Final = timedelta(days=1)  # by which an agency's clock may differ from ours
_DOORS: Final = 2  # transport keys of an agency that open its mailbox, the newest
_ATTEMPTS: Final = 50  # to be first with the next index


class LoggedAgencies:
    """The agencies of all durable entries, and the store behind them."""

    def __init__(self, room: Mailroom) -> None:
        self._room = room
        self._served = Directory()  # durable entries only
        self._lock = asyncio.Lock()
        self._looked = 0.0

    async def start(self, known: int = 0) -> None:
        """Fold every entry that the store holds; whatever `Directory.apply` raises.

        The first `known` are believed without their signatures: the caller holds their root against one that
        was signed, before anybody is served.
        """
        async with self._lock:
            await self._catch_up(known)

    @property
    def directory(self) -> Directory:
        """What the durable entries say."""
        return self._served

    def agency(self, agency: str) -> AgencyKeys:
        """Give one agency's keys; `AgencyUnknown`."""
        return self._served.agency(agency)

    def transport_key(self, agency: str, key_id: str) -> TransportPublic:
        """Give a transport key with which a desk may come; a `KeysProblem` where there is none.

        The present one, or the one before it, under which requests may be under way when a rotation is taken.
        Older ones may be in anybody's old backup.
        """
        keys = self._served.agency(agency)
        if key_id not in tuple(keys.transport_keys)[-_DOORS:]:
            raise KeyUnknown
        return keys.transport_key(key_id)

    def knows(self, agency: str) -> bool:
        """Whether the agency has a mailbox here."""
        try:
            self._served.agency(agency)
        except KeysProblem:
            return False
        return True

    async def look_again(self) -> bool:
        """Take over what other processes took, unless that was done just now; whether it was news."""
        if time.monotonic() - self._looked < FOLLOW_EVERY:
            return False
        async with self._lock:
            self._looked = time.monotonic()
            return await self._catch_up()

    async def take(self, signed: Signed) -> Logged | None:
        """Take an agency's event or anchor; durable when it returns. Taking it again is no change: None.

        `AgencyNotAdmitted`, or whatever `keys.directory.Directory.apply` raises.
        """
        event = read_logged(signed.payload)
        if isinstance(event, Enrol):
            await self._check_admitted(event)
        if isinstance(event, Anchor) and abs(parse_time(event.created) - datetime.now(UTC)) > _OFF:
            raise AnchorTooSoon  # one a day, and nobody has all days that were, or will be, at once
        async with self._lock:
            for _ in range(_ATTEMPTS):
                await self._catch_up()
                index = self._served.size
                try:
                    self._served.check(signed)
                except EventReplayed:
                    return None
                if await self._room.log.append(index, [signed]):
                    await self._catch_up()
                    return event
        raise StoreUnavailable

    async def _check_admitted(self, event: Enrol) -> None:
        admitted = (await self._room.admitted()).get(event.agency)
        root = fingerprint(decode(event.root))
        if admitted is None or admitted.split() != root.split():
            raise AgencyNotAdmitted

    async def _catch_up(self, known: int = 0) -> bool:
        before = self._served.size
        while entries := await self._room.log.entries(self._served.size, _PORTION):
            for signed in entries:
                if self._served.size < known:
                    self._served.take_known(signed)
                else:
                    self._served.apply(signed)
            await asyncio.sleep(0)
        return self._served.size > before
