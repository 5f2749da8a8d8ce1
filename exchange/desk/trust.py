"""Whom this desk believes: the key log as far as witnesses vouch for it, and each agency's newest roster.

Promises: bytes in, trust out. A key of another agency is given out only from the part of the log that a
quorum of witnesses vouched for, and only for an agency that the policy's founders vouch for; a roster counts
only if it is newer and signed by its agency with the key in use, and ends with that key's revocation. Whose
key a key is comes from here and nowhere else; every refusal has a name of its own, and leaves what was
believed as it was.
Never: it fetches, stores, or reads a clock (`now` is always given); what it says is gone with the process and
comes back from the casebook, verified again.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from exchange.desk.keylog import KeyLog
from exchange.desk.pins import Pins
from exchange.errors import (
    LogForked,
    RecipientKeyExpired,
    RecipientKeyRevoked,
    RecipientUnknown,
    SignerKeyExpired,
    SignerKeyRevoked,
    SignerRosterExpired,
    SignerUnknown,
)
from exchange.sealing import PostalSlot
from keys.errors import (
    AgencyUnknown,
    KeyExpired,
    KeyRevoked,
    KeysProblem,
    KeyUnknown,
    RosterExpired,
    RosterForged,
    RosterRolledBack,
)
from keys.record import digest
from keys.roster import open_roster

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from exchange.desk.keylog import Continuation
    from exchange.wire.slip import Author, LogHead, Party
    from keys.agency import AgencyKeys
    from keys.directory import Directory
    from keys.roster import Person, Role, Roster, RosterDocument
    from keys.suite import SealingKey, VerifyingKey
    from keys.transparency.policy import Policy


@dataclass(frozen=True, slots=True)
class _Known:
    roster: Roster
    document: RosterDocument
    digest: str
    key: str  # with which the agency signed it
    received_at: int  # the size of the log when it first came


class Trust:
    """One desk's view of everybody's keys; see the module.

    `agency` is this desk's own, `policy` the one that was pinned, `pins` the root fingerprints that people
    compared beside it (agency id to `keys.suite.fingerprint`). Of its own agency a desk believes what its own
    ceremonies made (`use_own_keys`), not what a hub shows.
    """

    def __init__(self, agency: str, policy: Policy, pins: Mapping[str, str] | None = None) -> None:
        self.agency = agency
        self.policy = policy
        self.log = KeyLog(policy)
        self._own: AgencyKeys | None = None
        self.pins = Pins(pins or {})  # may be replaced at any time
        self.disputed: frozenset[str] = frozenset()  # agencies that were shown another log than this desk
        self._rosters: dict[str, _Known] = {}
        self._lock = Lock()

    # --- the key log -----------------------------------------------------------------------------

    def use_own_keys(self, keys: AgencyKeys) -> None:
        """Take over this agency's keys as its home has them."""
        self._own = keys

    def use_policy(self, policy: Policy) -> None:
        """Go on under another policy of the same log; as `open_checkpoint`, if it does not name this log.

        What its quorum did not vouch for is relied on no more, from now on.
        """
        self.log.use_policy(policy)
        self.policy = policy

    @property
    def directory(self) -> Directory:
        """The agencies' keys, as far as a quorum of witnesses vouches for the log."""
        return self.log.directory

    @property
    def size(self) -> int:
        """How much of the log is relied on: by this size is judged what comes in now."""
        return self.log.directory.size

    def take_log(self, continuation: Continuation) -> bool:
        """Go on to what was checked and stored; whether more keys can be relied on than before."""
        if not self.log.take(continuation):
            return False
        with self._lock:
            for agency, known in list(self._rosters.items()):
                if agency != self.agency and not self._still_signed(agency, known):
                    del self._rosters[agency]  # its version holds back none of the next key's
        return True

    def _still_signed(self, agency: str, known: _Known) -> bool:
        """Whether a roster's key counted when it came, by what is known now."""
        try:
            self.directory.agency(agency).signing_key(known.key, known.received_at)
        except KeysProblem:
            return False
        return True

    def log_head(self) -> LogHead:
        """Give what this desk's slips say of the log they rely on."""
        return self.log.head()

    def agency_keys(self, agency: str) -> AgencyKeys:
        """One agency's keys; `AgencyUnknown`, `AgencyUnsponsored`, `RootDiffers` from what was compared."""
        if agency == self.agency and self._own is not None:
            return self._own
        return self.pins.checked(self.directory.standing_agency(agency, self.policy))

    def own_events_listed(self) -> int:
        """How many events of this agency the hub's log has."""
        return events_of(self.agency, self.log.ahead)

    def own_events_vouched(self) -> int:
        """How many events of this agency a quorum of witnesses vouched for."""
        return events_of(self.agency, self.directory)

    def postal_slot(self, agency: str) -> PostalSlot:
        """Say where an envelope for `agency` goes, and under which key.

        `AgencyUnknown`, `AgencyUnsponsored`, `KeyRevoked`; `LogForked` while people have not decided which of
        two logs that were shown to us and to that agency is the true one.
        """
        if agency in self.disputed:
            raise LogForked
        return PostalSlot(agency, self.agency_keys(agency).mailbox)

    # --- rosters ---------------------------------------------------------------------------------

    def take_roster(
        self,
        document: RosterDocument,
        now: datetime,
        *,
        received_at: int | None = None,
        expired_too: bool = False,
    ) -> Roster:
        """Believe a roster that its agency signed, and use it from now on if it is the newest.

        `received_at` is the size of the log when it first came, the present one unless told otherwise: its
        key must not be revoked from an index up to there.

        The same one again is no error, so that whoever is unsure whether it was stored stores it again.
        `expired_too` is for what this desk made or stored itself. What comes by post is not believed of this
        desk's own agency, nor under a key that the directory has since replaced.
        Raises `Malformed`, `RosterForged`, `RosterRolledBack`, `RosterExpired` (unless `expired_too`);
        `KeyUnknown` (`AgencyUnknown`) while the directory does not know who signed. Up to seconds for the
        largest: call it in a thread.
        """
        listed = document.list()
        name = digest(document.to_bytes())
        known = self._rosters.get(listed.agency)
        if known is not None and known.digest == name:
            return known.roster
        newest = None if known is None else known.roster.version
        keys = self.agency_keys(listed.agency)
        at = self.size if received_at is None else received_at
        # A home's own events do not say where in the log they stand: there, every revocation counts.
        index = None if listed.agency == self.agency else at
        roster = open_roster(document, keys, now, newer_than=newest, expired_too=expired_too, index=index)
        if not expired_too and (listed.agency == self.agency or listed.key != keys.signing.key_id):
            raise RosterForged("key")
        with self._lock:
            rival = self._rosters.get(roster.agency)
            if rival is not None and rival.roster.version >= roster.version:
                raise RosterRolledBack
            self._rosters[roster.agency] = _Known(roster, document, name, listed.key, at)
        return roster

    def roster(self, agency: str) -> Roster | None:
        """Give the newest roster of `agency`, current or not; None if it sent none."""
        known = self._rosters.get(agency)
        return None if known is None else known.roster

    def document(self, agency: str) -> RosterDocument | None:
        """Give the same as its exact bytes: to send on (our own), or to excerpt for a certificate."""
        known = self._rosters.get(agency)
        return None if known is None else known.document

    # --- whose key is it? ------------------------------------------------------------------------

    def signer(self, author: Author, now: datetime, index: int) -> VerifyingKey:
        """Find the key that checks what `author` signed, as vouched for at `now` and at that size of the log.

        `SignerUnknown` (or its kind `SignerRosterExpired`) while no roster explains it: hold the step and try
        again after the next one. `SignerKeyRevoked`, `SignerKeyExpired`, `RootDiffers` for good.
        """
        roster = self.roster(author.agency)
        if roster is None:
            raise SignerUnknown("roster")
        self.agency_keys(author.agency)
        try:
            return roster.signer(author.person, author.key, now, index)
        except RosterExpired:
            raise SignerRosterExpired from None
        except KeyRevoked:
            raise SignerKeyRevoked from None
        except KeyExpired:
            raise SignerKeyExpired from None
        except KeyUnknown:
            raise SignerUnknown from None

    def own_signing_key_id(self, person: str, now: datetime) -> str:
        """Name the key with which a person of this agency signs at `now`; refusals as `signer`."""
        roster = self.roster(self.agency)
        if roster is None:
            raise SignerUnknown("roster")
        try:
            return roster.signing_key_id(person, now)
        except KeyRevoked:
            raise SignerKeyRevoked from None
        except KeyExpired:
            raise SignerKeyExpired from None
        except KeyUnknown:
            raise SignerUnknown from None

    def sealing_key(self, party: Party, now: datetime) -> SealingKey:
        """Find a party's key.

        `RecipientUnknown`, `RecipientKeyRevoked`, `RecipientKeyExpired`, `RootDiffers`.
        """
        return self._sealing(party.agency, party.person or party.role, now)

    def records_key(self, agency: str, now: datetime) -> SealingKey:
        """Find the key of an agency's records; refusals as `sealing_key`."""
        roster = self.roster(agency)
        records = None if roster is None else roster.records
        return self._sealing(agency, None if records is None else records.id, now)

    def _sealing(self, agency: str, holder: str | None, now: datetime) -> SealingKey:
        roster = self.roster(agency)
        if roster is None or holder is None:
            raise RecipientUnknown
        self.agency_keys(agency)
        try:
            return roster.sealing_key(holder, now)
        except KeyRevoked:
            raise RecipientKeyRevoked from None
        except KeyExpired:
            raise RecipientKeyExpired from None
        except KeyUnknown:
            raise RecipientUnknown from None

    # --- who is it? ------------------------------------------------------------------------------

    def is_member(self, agency: str, role: str, person: str) -> bool:
        """Whether that person acts for that role, by the agency's newest roster."""
        roster = self.roster(agency)
        return roster is not None and roster.is_member(role, person)

    def is_own_member(self, role: str, person: str) -> bool:
        """Whether that person of this agency acts for that role."""
        return self.is_member(self.agency, role, person)

    def own_roles(self, person: str) -> tuple[str, ...]:
        """Every role of this agency for which `person` acts."""
        roster = self.roster(self.agency)
        return () if roster is None else tuple(role.id for role in roster.roles if person in role.members)

    def entry(self, party: Party) -> Person | Role | None:
        """Give a person's or role's entry in the newest roster, with their name; None if there is none."""
        roster = self.roster(party.agency)
        try:
            if roster is None:
                return None
            return roster.person(party.person) if party.person else roster.role(party.role or "")
        except KeyUnknown:
            return None


def events_of(agency: str, directory: Directory) -> int:
    """How many events of `agency` a log has."""
    try:
        return directory.agency(agency).seq + 1
    except AgencyUnknown:
        return 0
