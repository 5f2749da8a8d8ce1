"""The agencies' events at the hub: taken once, kept in order, served to everybody.

Promises: an event is served only after it was checked as every desk will check it and is durable; an
enrolment is taken only under the root that the operator admitted; several processes agree on one order, and a
key revoked at one of them opens nothing at another after `FOLLOW_EVERY`.
Never: the hub vouches for a key. Desks fold the same events themselves and compare the running digest.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from exchange.errors import AgencyNotAdmitted, StoreUnavailable
from exchange.hub.log import Said, say
from exchange.wire.api import DIRECTORY_PAGE, DirectoryPage, IndexedEvent
from keys.directory import Directory, Enrol, read_event
from keys.errors import EventReplayed, KeysProblem
from keys.record import decode, encode
from keys.suite import fingerprint

if TYPE_CHECKING:
    from exchange.store.mailroom import Mailroom
    from keys.statement import Signed
    from keys.suite import TransportPublic

FOLLOW_EVERY = 2.0  # seconds between two looks for other processes' events, or because of an unknown key
_ATTEMPTS = 5  # to be first with the next index


class HubDirectory:
    """The directory as this process knows it, and the store behind it."""

    def __init__(self, room: Mailroom) -> None:
        self._room = room
        self._served = Directory()  # durable events only
        self._trial = Directory()  # where a new event is tried before it is kept; at least as long
        self._lock = asyncio.Lock()
        self._looked = 0.0

    async def start(self) -> None:
        """Fold every event that the store holds."""
        async with self._lock:
            await self._catch_up(self._served)

    def transport_key(self, agency: str, key_id: str) -> TransportPublic:
        """Give a transport key in force; a `KeysProblem` where there is none."""
        return self._served.agency(agency).transport_key(key_id)

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
            return await self._catch_up(self._served)

    async def take(self, signed: Signed) -> int:
        """Take an agency's event; the directory's size afterwards. Taking it again is no change.

        `AgencyNotAdmitted`, or whatever `keys.directory.Directory.apply` raises.
        """
        event = read_event(signed.payload)
        if isinstance(event, Enrol):
            await self._check_admitted(event)
        async with self._lock:
            for _ in range(_ATTEMPTS):
                await self._catch_up(self._trial)
                index = self._trial.size
                try:
                    self._trial.apply(signed)
                except EventReplayed:
                    await self._catch_up(self._served)
                    return index
                if await self._kept(index, signed):
                    await self._catch_up(self._served)
                    said = Said.ENROLLED if isinstance(event, Enrol) else Said.CHANGED
                    say(said, agency=event.agency, size=index + 1)
                    return index + 1
        raise StoreUnavailable

    async def page(self, start: int) -> DirectoryPage:
        """Give the events from index `start` on, with the whole directory's size and running digest.

        Whichever process is asked shows what any of them took: a desk must never see it shrink.
        """
        async with self._lock:
            await self._catch_up(self._served)
        size, root = self._served.size, self._served.root
        signed = await self._room.log.entries(start, min(DIRECTORY_PAGE, max(0, size - start)))
        events = tuple(
            IndexedEvent(index=index, payload=encode(event.payload), signature=encode(event.signature))
            for index, event in enumerate(signed, start)
        )
        return DirectoryPage(events=events, size=size, root=root)

    async def _kept(self, index: int, signed: Signed) -> bool:
        kept = False
        try:
            kept = await self._room.log.append(index, [signed])
        finally:
            if not kept:
                self._trial = Directory()
        return kept

    async def _check_admitted(self, event: Enrol) -> None:
        admitted = (await self._room.admitted()).get(event.agency)
        root = fingerprint(decode(event.root))
        if admitted is None or admitted.split() != root.split():
            raise AgencyNotAdmitted

    async def _catch_up(self, directory: Directory) -> bool:
        before = directory.size
        while events := await self._room.log.entries(directory.size, DIRECTORY_PAGE):
            for signed in events:
                directory.apply(signed)
        return directory.size > before
