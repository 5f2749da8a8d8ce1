"""Mailboxes that can be watched: long poll, one notifier a process, and a tail of what was just committed.

Promises: a reader that waits is answered by the commit itself, without asking the database; whoever reads on
from a cursor acknowledges what came before it; nothing visible later is ever skipped, also where other
processes put mail into the same database.
Never: mail is answered before it is durable.

Theory of operation. For each mailbox that somebody reads, a tail holds all mail of cursors beyond `since`
that this process committed. That is *all* mail beyond `since` as long as nobody else issued a cursor, which
every `Issued` tells: it begins where the last one ended, or another process was in between. In that case the
tails count only from there on (`_floor`), and whoever stands further back is served from the database. The
notifier behind it looks for other processes' mail, one question for all waiting readers together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from exchange.errors import CursorAhead, StoreUnavailable
from exchange.hub.log import Said, say
from exchange.wire.api import MAIL, mail_size

if TYPE_CHECKING:
    from exchange.store.mailroom import Issued, Mailroom
    from exchange.wire.api import Mail

TAIL = 32 * 1024 * 1024  # bytes of all tails together; then they begin anew
ACKNOWLEDGE_EVERY = 0.05  # seconds for which acknowledgements by reading on are gathered
LOOK_EVERY = 0.25  # seconds between two looks for other processes' mail, while somebody waits


class _Tail:
    """One mailbox's newest mail: complete beyond `since`, apart from what other processes put there."""

    __slots__ = ("acknowledged", "mail", "since", "waiting")

    def __init__(self, since: int) -> None:
        self.since = since
        self.mail: deque[Mail] = deque()
        self.waiting: set[asyncio.Future[bool]] = set()
        self.acknowledged = 0

    def wake(self) -> None:
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(True)

    def beyond(self, cursor: int, count: int) -> list[Mail]:
        """Give what comes after `cursor`, and let go of what came before it."""
        while self.mail and self.mail[0].cursor <= cursor:
            self.mail.popleft()
        self.since = max(self.since, cursor)
        found: list[Mail] = []
        size = 0
        for mail in self.mail:
            size += mail_size(mail.data)
            if size > MAIL or len(found) == count:
                break
            found.append(mail)
        return found


class Mailboxes:
    """All mailboxes, as one process serves them."""

    def __init__(self, room: Mailroom) -> None:
        self._room = room
        self._tails: dict[str, _Tail] = {}
        self._size = 0  # bytes put into tails since they last began anew
        self._last = 0  # the last cursor that this process knows to be issued
        self._floor = 0  # up to here, other processes issued cursors too
        self._read: dict[str, int] = {}  # acknowledged by reading on, not yet written down
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to listen to the store."""
        self._last = self._floor = await self._room.last_cursor()
        self._room.listen(self._heard)
        self._tasks = [
            asyncio.create_task(self._keep_acknowledging(), name="acknowledging"),
        ]
        if self._room.shared:
            self._tasks.append(asyncio.create_task(self._keep_looking(), name="looking"))

    @property
    def draining(self) -> bool:
        """Whether nobody is to wait any longer."""
        return self._closing

    @property
    def readers(self) -> int:
        """How many wait for mail."""
        return sum(len(tail.waiting) for tail in self._tails.values())

    def drain(self) -> None:
        """Answer everybody who waits, now and from now on at once."""
        self._closing = True
        for tail in self._tails.values():
            tail.wake()

    async def close(self) -> None:
        """Write down what was acknowledged, and stop."""
        self.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._write_down()

    async def read(self, mailbox: str, after: int, *, wait: float, count: int) -> list[Mail]:
        """Give what comes after the cursor `after`, waiting up to `wait` seconds for something to come.

        It acknowledges everything up to `after`. `CursorAhead` if that was never issued.
        """
        if after > self._last and after > await self._room.last_cursor():
            raise CursorAhead
        tail = self._tails.get(mailbox) or self._tails.setdefault(mailbox, _Tail(self._last))
        if after > tail.acknowledged:
            tail.acknowledged = self._read[mailbox] = after
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        while True:
            woken: asyncio.Future[bool] = loop.create_future()
            tail.waiting.add(woken)  # before looking, so that nothing can come in between unnoticed
            try:
                found = await self._look(tail, mailbox, after, count)
                if found or self._closing or loop.time() >= deadline or not await _woken(woken, deadline):
                    return found
            finally:
                tail.waiting.discard(woken)

    async def acknowledge(self, mailbox: str, through: int) -> None:
        """Let go of everything up to the cursor `through`; durable when it returns. `CursorAhead`."""
        if through > self._last and through > await self._room.last_cursor():
            raise CursorAhead
        await self._room.acknowledge([(mailbox, through)])

    async def _look(self, tail: _Tail, mailbox: str, after: int, count: int) -> list[Mail]:
        if after >= tail.since and after >= self._floor:
            return tail.beyond(after, count)
        known = self._last
        found = await self._room.read(mailbox, after, count=count, size=MAIL)
        if not found and tail.since <= known:  # nothing up to `known`, and what came later is in the tail
            tail.since = min(tail.since, after)
        return found

    def _heard(self, issued: Issued) -> None:
        if issued.before != self._last:
            self._floor = max(self._floor, issued.before)
        self._last = max(self._last, issued.last)
        for mailbox, mail in issued.mail:
            tail = self._tails.get(mailbox)
            if tail is not None:
                tail.mail.append(mail)
                tail.wake()
                self._size += len(mail.data)
        if self._size > TAIL:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._size = 0
        self._tails = {mailbox: tail for mailbox, tail in self._tails.items() if tail.waiting}
        for tail in self._tails.values():
            tail.mail.clear()
            tail.since = self._last

    async def _keep_looking(self) -> None:
        """Notice what other processes put into mailboxes, and wake whoever waits for it."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                seen = self._last
                last = await self._room.last_cursor()
                if last > self._last:
                    self._last = last
                    self._floor = max(self._floor, last)
                    for mailbox in await self._room.mailboxes_since(seen):
                        if mailbox in self._tails:
                            self._tails[mailbox].wake()
            except StoreUnavailable:
                say(Said.STORE_AWAY)

    async def _keep_acknowledging(self) -> None:
        while True:
            await asyncio.sleep(ACKNOWLEDGE_EVERY)
            await self._write_down()

    async def _write_down(self) -> None:
        """Acknowledge what was read on from. Lost in a crash, it is said again by the desk's next read."""
        read, self._read = self._read, {}
        if not read:
            return
        try:
            await self._room.acknowledge(sorted(read.items()))
        except StoreUnavailable:
            say(Said.STORE_AWAY)
            for mailbox, through in read.items():
                self._read[mailbox] = max(through, self._read.get(mailbox, 0))


async def _woken(woken: asyncio.Future[bool], deadline: float) -> bool:
    """Wait until somebody wakes us (true) or the time is over (false)."""

    def time_is_over() -> None:
        if not woken.done():
            woken.set_result(False)

    timer = woken.get_loop().call_at(deadline, time_is_over)
    try:
        return await woken
    finally:
        timer.cancel()
