"""The mailbox: fetched, judged, recorded with its cursor in one transaction, and only then acknowledged.

Promises: the cursor moves in the transaction that records what it covers, and the hub is told of it by the
next fetch; so nothing is lost at any point of failure, and what comes twice is recognised. A batch that
cannot be recorded whole is recorded one envelope at a time, so that a bad one holds up nobody else's.
Never: an expiry notice changes a thread's status; it is delivery information.

A hub that was set back knows fewer cursors than it gave out (`cursor_ahead`): that is an alarm, and the
mailbox is read again from its beginning, which is harmless here and loses nothing that the hub still has. One
that was mended has moved on by `CURSOR_LEAP`: that is the same alarm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import structlog

from exchange.desk.courier.rosters import all_owed
from exchange.errors import CursorAhead, HubRefused, StoreUnavailable
from exchange.store.casebook import AlarmRow, AuditEntry, Change, Expiry, RefusedRow
from exchange.wire import api, limits
from exchange.wire.api import MailKind, Notice
from keys.errors import Malformed
from keys.record import digest, format_time
from keys.statement import load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from exchange.desk.hub_client import HubClient
    from exchange.desk.line import Line
    from exchange.store.casebook import Casebook
    from exchange.wire.api import Mail

WAIT = 25  # seconds that one fetch waits for mail
CURSOR = "mailbox"
ROLLED_BACK = "mailbox_rolled_back"
REPLAYED = "mailbox_replayed"
UNREADABLE = "envelope_unreadable"
NOTHING = Change()
TRIES = 3  # of one envelope that trips this desk up, before it is set aside

_log = structlog.get_logger("desk.courier")


class Receives(Protocol):
    """Whoever judges what comes in: see `desk.receive`."""

    async def receive(self, envelopes: Sequence[bytes], also: Change) -> None:
        """Judge `envelopes` and record what follows together with `also`, in one transaction."""


class MailboxLoop:
    """The loop."""

    name = "mailbox"

    def __init__(
        self,
        hub: HubClient,
        casebook: Casebook,
        receiver: Receives,
        *,
        line: Line,
        now: Callable[[], datetime],
    ) -> None:
        self._hub = hub
        self._casebook = casebook
        self._receiver = receiver
        self._line = line
        self._now = now
        self._after: int | None = None
        self._tries = 0  # of the mail that comes next

    async def round(self) -> None:
        """Fetch once, and record what came."""
        if self._after is None:
            self._after = await self._casebook.cursor(CURSOR)
        # The first fetch after an outage does not wait: its answer is what sets the other loops going.
        wait = WAIT if self._line.state.up else 0
        try:
            mails = await self._hub.mailbox(self._after, wait=wait)
        except HubRefused as problem:
            if problem.where != CursorAhead.code:
                raise
            await self._start_over()
            return
        fresh = [mail for mail in mails if mail.cursor > self._after]
        if fresh and self._after and fresh[0].cursor - self._after >= api.CURSOR_LEAP:
            await self._set_back()
        if len(fresh) != len(mails):
            await self._alarm(REPLAYED)
        if fresh:
            await self._take(fresh)

    async def _take(self, mails: Sequence[Mail]) -> None:
        try:
            await self._record(mails)
        except StoreUnavailable:
            raise
        except Exception as error:
            _log.error("mail.failed", kind=type(error).__name__, count=len(mails))
            if len(mails) > 1:
                for mail in mails:
                    await self._take([mail])
                return
            self._tries += 1
            if self._tries < TRIES:
                raise  # it may have been the moment, not the envelope
            await self._set_aside(mails[0])

    async def _record(self, mails: Sequence[Mail]) -> None:
        envelopes = [mail.data for mail in mails if mail.kind is MailKind.ENVELOPE]
        notices = [mail.data for mail in mails if mail.kind is MailKind.NOTICE]
        also = await self._noticed(notices) | Change(cursors=((CURSOR, mails[-1].cursor),))
        if envelopes:
            await self._receiver.receive(envelopes, also)
        else:
            await self._casebook.record(also)
        self._after, self._tries = mails[-1].cursor, 0

    async def _set_aside(self, mail: Mail) -> None:
        at = format_time(self._now())
        name = digest(mail.data)
        await self._casebook.record(
            Change(
                refused=(RefusedRow(name, mail.data, UNREADABLE, at),),
                alarms=(AlarmRow(UNREADABLE, name, at),),
                audit=(AuditEntry("envelope_refused", at, code=UNREADABLE),),
                cursors=((CURSOR, mail.cursor),),
            )
        )
        self._after, self._tries = mail.cursor, 0

    async def _noticed(self, notices: Sequence[bytes]) -> Change:
        """Read the hub's notices: those of envelopes that this desk sent to that mailbox."""
        change, at = Change(), format_time(self._now())
        for data in notices:
            try:
                notice = load(data, Notice, limit=limits.KIB)
            except Malformed:
                change |= Change(audit=(AuditEntry("notice_refused", at, code=Malformed.code),))
                continue
            sent = await self._casebook.sent(notice.envelope)
            if sent is None or notice.mailbox not in sent.mailboxes:
                change |= Change(audit=(AuditEntry("notice_refused", at, code="envelope_unknown"),))
                continue
            expiry = Expiry(notice.envelope, notice.mailbox, notice.at)
            audit = AuditEntry("envelope_expired", at, sent.thread, sent.step, notice.mailbox)
            change |= Change(expiries=(expiry,), audit=(audit,))
        return change

    async def _start_over(self) -> None:
        await self._set_back(Change(cursors=((CURSOR, 0),)))
        self._after = 0

    async def _set_back(self, also: Change = NOTHING) -> None:
        """Raise the alarm, and send our roster to everybody anew: it may have been among what was lost."""
        at = format_time(self._now())
        alarm, audit = AlarmRow(ROLLED_BACK, "", at), AuditEntry("alarm", at, code=ROLLED_BACK)
        again = await all_owed(self._casebook)
        await self._casebook.record(Change(alarms=(alarm,), audit=(audit,)) | again | also)

    async def _alarm(self, name: str) -> None:
        at = format_time(self._now())
        await self._casebook.record(Change(alarms=(AlarmRow(name, "", at),)))
