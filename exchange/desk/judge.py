"""Judging one envelope: bytes in, a believed step or a precise reason out.

Promises: a step is believed only if its slip is exactly what its signer signed, with a key that their roster
vouches for now, in the envelope it was signed for, relying on the directory that this desk knows, for people
of this agency under one key in force each and for its records, and within every rule that the desk ring can
see.
Never: it opens a person's part, writes, or reads a clock. What the words break is found when they are opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from exchange.desk.casefile import Opened
from exchange.errors import (
    ContentsRefused,
    DirectoryBehind,
    NotForMe,
    RecipientKeyExpired,
    RecipientKeyRevoked,
    RecipientUnknown,
    SignerUnknown,
    SlipOutOfTime,
)
from exchange.sealing import OpenedEnvelope, check_slip_matches, open_envelope
from exchange.share.rules import check_slip
from exchange.share.thread import Step
from exchange.wire import slip as slips
from keys.errors import KeyExpired, KeyRevoked, KeyUnknown, Problem
from keys.record import digest, format_time, parse_time
from keys.statement import Kind, Signed, verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from exchange.desk.trust import Trust
    from exchange.sealing import OpeningKeys
    from exchange.share.catalogue import Catalogue
    from exchange.store.casebook.rows import Awaits
    from exchange.wire.envelope import PartHeader, Ring
    from exchange.wire.slip import Party, Slip

SKEW = timedelta(minutes=10)  # by which another desk's clock may run ahead


@dataclass(frozen=True, slots=True)
class Believed:
    """A step in order as far as the desk can see, and the envelope that brought it."""

    opened: Opened
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Rejected:
    """An envelope that changes nothing: refused for good, or (`awaits`) held until something explains it.

    `received_at` is the size of the key log when it first came; `of` the agency whose roster it says it is,
    which nobody may have checked.
    """

    envelope: bytes
    problem: Problem
    received_at: int
    slip: Slip | None = None
    awaits: Awaits | None = None
    of: str | None = None

    @property
    def agency(self) -> str | None:
        """The slip's author's agency, or whose roster it is said to be."""
        return self.slip.author.agency if self.slip is not None else self.of


class Judge:
    """What one desk believes."""

    def __init__(self, agency: str, keys: OpeningKeys, trust: Trust, catalogue: Catalogue) -> None:
        """`keys` gives the agency's own mailbox keys."""
        self._agency = agency
        self._keys = keys
        self._trust = trust
        self._catalogue = catalogue

    def open(self, envelope: bytes, received_at: int) -> OpenedEnvelope | Rejected:
        """Open the postal ring; `received_at` is the size of the key log when it first came."""
        try:
            return open_envelope(envelope, self._agency, self._keys)
        except Problem as problem:
            return Rejected(envelope, problem, received_at)

    def judge(
        self, envelope: bytes, opened: OpenedEnvelope, now: datetime, received_at: int
    ) -> Believed | Rejected:
        """Believe a slip's letter, or say precisely why not.

        Keys are judged by the log as it was when this desk first had it, or as its author says they knew it,
        whichever is later: a clock can be set back, this cannot.
        """
        slip: Slip | None = None
        try:
            slip = slips.read(opened.letter.payload)
            rings = check_slip_matches(slip, opened)
            self._check_signature(slip, opened, now, max(received_at, slip.log.size))
            self._trust.log.compare(slip.log)
            self._check_time(slip, now)
            self._check_addressees(slip, rings, now)
            problems = check_slip(slip, self._catalogue)
            if problems:
                raise ContentsRefused(problems)
        except SignerUnknown as problem:
            return Rejected(envelope, problem, received_at, slip, awaits="roster")
        except DirectoryBehind as problem:
            return Rejected(envelope, problem, received_at, slip, awaits="directory")
        except Problem as problem:
            return Rejected(envelope, problem, received_at, slip)
        step = Step(digest(opened.letter.payload), slip)
        at = max(received_at, slip.log.size)
        return Believed(Opened(step, opened.letter, format_time(now), at), envelope)

    def _check_signature(self, slip: Slip, opened: OpenedEnvelope, now: datetime, index: int) -> None:
        key = self._trust.signer(slip.author, now, index)
        verify(Kind.SLIP, Signed(opened.letter.payload, opened.letter.signature), key)

    @staticmethod
    def _check_time(slip: Slip, now: datetime) -> None:
        if parse_time(slip.created) > now + SKEW:
            raise SlipOutOfTime("created")
        if parse_time(slip.expires) <= now:
            raise SlipOutOfTime("expires")

    def _check_addressees(self, slip: Slip, rings: Sequence[Ring[PartHeader]], now: datetime) -> None:
        for number, party in enumerate(slip.to):
            if party.agency != self._agency:
                continue
            try:
                self._check_addressee(party, rings, now)
            except KeyRevoked:
                raise RecipientKeyRevoked(f"to[{number}]") from None
            except KeyExpired:
                raise RecipientKeyExpired(f"to[{number}]") from None
            except KeyUnknown:
                raise RecipientUnknown(f"to[{number}]") from None

    def _check_addressee(self, party: Party, rings: Sequence[Ring[PartHeader]], now: datetime) -> None:
        """Demand that we have such a person or role, and exactly one slot for them, under a key in force.

        Beside it there must be one for our records: what a leaver was sent must not leave with them.
        """
        roster = self._trust.roster(self._agency)
        if roster is None:
            raise KeyUnknown
        if party.person is not None:
            holder = roster.person(party.person).id
        else:
            assert party.role is not None
            holder = roster.role(party.role).id
        theirs = []
        for ring in rings:
            readers = {slot.key: roster.holder_of(slot.key) for slot in ring.header.slots}
            mine = [key for key, reader in readers.items() if reader == holder]
            for key in mine:
                roster.sealing_key_named(holder, key, now)
            if mine and roster.records is not None and roster.records.id not in readers.values():
                raise NotForMe("records")
            theirs += mine
        if len(theirs) != 1:
            raise NotForMe
