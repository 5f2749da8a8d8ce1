"""Our own roster, sent to every agency before anything that relies on it.

Promises: every agency in the directory gets each version once, and again if it expired unfetched, if the hub
was set back and may have lost it, or if the agency has a new mailbox key and may have lost the old one; it is
queued before any step to that agency is posted, and rosters leave the outbox first.
Never: the hub can read it: it is sealed to the agencies' mailbox keys like any letter.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from exchange.errors import LogForked, RecipientUnknown
from exchange.sealing import Letter, LetterKind, seal_envelope
from exchange.store.casebook import AuditEntry, Change, Outgoing, RosterSent
from exchange.wire import limits
from keys.errors import KeysProblem
from keys.record import format_time, new_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from exchange.desk.trust import Trust
    from exchange.sealing import PostalSlot
    from exchange.store.casebook import Casebook, Expiry
    from keys.agency import AgencyKeys
    from keys.roster import RosterDocument

AGENCIES_AT_ONCE = limits.RECIPIENTS  # of one envelope: its body is shared, each has a slot of its own


def roster_letter(document: RosterDocument) -> Letter:
    """Make the letter that carries a roster to other desks."""
    return Letter(LetterKind.ROSTER, document.payload, document.signature, document.entries)


async def all_owed(casebook: Casebook) -> Change:
    """Say that nobody has it: a hub that was set back may have lost what it had not yet delivered."""
    return Change(rosters_sent=tuple(replace(row, version=0) for row in await casebook.rosters_sent()))


class RosterRound:
    """Who has which version of our roster, and whose turn it is."""

    def __init__(self, trust: Trust, casebook: Casebook, *, now: Callable[[], datetime]) -> None:
        self._trust = trust
        self._casebook = casebook
        self._now = now
        self._sent: dict[str, tuple[int, str]] | None = None  # version, and the mailbox key it was sealed to

    def unfetched(self, expiries: tuple[Expiry, ...]) -> None:
        """Forget what is known of agencies in whose mailboxes something of ours expired."""
        if expiries:
            self._sent = None

    def recall(self) -> None:
        """Look again who has it: others recorded something of that."""
        self._sent = None

    async def distribute(self) -> None:
        """Queue our roster for every agency that was not sent this version under its present key.

        Costs nothing if none is left.
        """
        own = self._trust.roster(self._trust.agency)
        document = self._trust.document(self._trust.agency)
        if own is None or document is None:
            raise RecipientUnknown("own roster")
        if self._sent is None:
            rows = await self._casebook.rosters_sent()
            self._sent = {row.agency: (row.version, row.key) for row in rows}
        sent = self._sent
        owed = [
            keys.agency
            for keys in self._trust.directory.agencies()
            if keys.agency != own.agency and _is_owed(sent.get(keys.agency), own.version, keys)
        ]
        for start in range(0, len(owed), AGENCIES_AT_ONCE):
            slots = [
                slot for agency in owed[start : start + AGENCIES_AT_ONCE] if (slot := self._slot(agency))
            ]
            if slots:
                await self._queue(document, own.version, slots)

    def _slot(self, agency: str) -> PostalSlot | None:
        try:
            return self._trust.postal_slot(agency)
        except (KeysProblem, LogForked):  # its mailbox key is revoked, or nobody here may write to it now
            return None

    async def _queue(self, document: RosterDocument, version: int, slots: list[PostalSlot]) -> None:
        envelope_id, at = new_id(), format_time(self._now())
        sealed = await asyncio.to_thread(seal_envelope, envelope_id, roster_letter(document), slots)
        mailboxes = tuple(slot.mailbox for slot in slots)
        await self._casebook.record(
            Change(
                outgoing=(Outgoing(envelope_id, None, None, mailboxes, (), at, sealed),),
                rosters_sent=tuple(
                    RosterSent(slot.mailbox, version, envelope_id, slot.key.key_id) for slot in slots
                ),
                audit=tuple(AuditEntry("roster_sent", at, agency=a, code=str(version)) for a in mailboxes),
            )
        )
        if self._sent is not None:
            self._sent.update({slot.mailbox: (version, slot.key.key_id) for slot in slots})


def _is_owed(sent: tuple[int, str] | None, version: int, keys: AgencyKeys) -> bool:
    return sent is None or sent[0] < version or sent[1] != keys.current["mailbox"]
