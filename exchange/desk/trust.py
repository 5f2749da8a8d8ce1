"""Whom this desk believes: the directory it was shown, and the newest roster of each agency.

Promises: bytes in, trust out. A directory counts only as a continuation of the one already known, and a
roster only if it is newer and signed by its agency with the key in use; with that key's revocation ends what
it vouched for. Whose key a key is comes from here and nowhere else; every refusal has a name of its own, and
leaves what was believed as it was.
Never: it fetches, stores, or reads a clock (`now` is always given); what it says is gone with the process and
comes back from the casebook, verified again.

Everything here is processor time and may run in a thread: rosters can be large (`take_roster`).
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from exchange.desk.pins import Pins
from exchange.errors import (
    DirectoryBehind,
    DirectoryDiffers,
    DirectoryShorter,
    LogDisagrees,
    RecipientKeyExpired,
    RecipientKeyRevoked,
    RecipientUnknown,
    SignerKeyExpired,
    SignerKeyRevoked,
    SignerRosterExpired,
    SignerUnknown,
)
from exchange.sealing import PostalSlot
from exchange.wire.slip import LogHead
from keys.directory import Directory, Revoke, chain
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
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from exchange.wire.slip import Author, Party
    from keys.directory import AgencyKeys
    from keys.roster import Person, Role, Roster, RosterDocument
    from keys.statement import Signed
    from keys.suite import SealingKey, VerifyingKey


class Taken(NamedTuple):
    """What became of a directory's continuation: how many events count, and what was wrong with the next."""

    events: tuple[Signed, ...]
    refusal: KeysProblem | None


@dataclass(frozen=True, slots=True)
class _Known:
    roster: Roster
    document: RosterDocument
    digest: str
    key: str  # with which the agency signed it


class Trust:
    """One desk's view of everybody's keys; see the module.

    `agency` is this desk's own, `origin` the name under which the hub keeps its directory, `pins` the root
    fingerprints that people compared (agency id to `keys.suite.fingerprint`). Of its own agency a desk
    believes what its own ceremonies made (`use_own_keys`), not what a hub shows.
    """

    def __init__(self, agency: str, origin: str, pins: Mapping[str, str] | None = None) -> None:
        self.agency = agency
        self.origin = origin
        self.directory = Directory(pins or {})
        self._own: AgencyKeys | None = None
        self.pins = Pins(pins or {})  # may be replaced at any time
        self._rosters: dict[str, _Known] = {}
        self._lock = Lock()

    def use_own_keys(self, keys: AgencyKeys) -> None:
        """Take over this agency's keys as its home has them."""
        self._own = keys

    # --- the directory ---------------------------------------------------------------------------

    def take_events(self, events: Sequence[Signed], size: int, root: str) -> Taken:
        """Continue the directory with `events`, after which it must have this `size` and `root`.

        `DirectoryShorter` if the hub knows less than it once showed, `DirectoryDiffers` if what it shows does
        not continue what is known: then nothing is taken. If it does, events are taken up to the first that
        no agency could have made; that one's refusal is part of the answer.
        """
        known = self.directory
        if size < known.size:
            raise DirectoryShorter
        if size != known.size + len(events):
            raise DirectoryDiffers("size")
        running = known.root
        for signed in events:
            running = chain(running, signed)
        if running != root:
            raise DirectoryDiffers("root")
        for number, signed in enumerate(events):
            try:
                event = known.apply(signed)
            except KeysProblem as refusal:
                return Taken(tuple(events[:number]), refusal)
            if isinstance(event, Revoke):
                self._void(event)
        return Taken(tuple(events), None)

    def _void(self, event: Revoke) -> None:
        """Forget the roster that a revoked key signed: its version holds back none of the next key's."""
        with self._lock:
            known = self._rosters.get(event.agency)
            if event.agency != self.agency and known is not None and known.key == event.key:
                del self._rosters[event.agency]

    def log_head(self) -> LogHead:
        """Give what this desk's slips say of the directory they rely on."""
        return LogHead(origin=self.origin, size=self.directory.size, root=self.directory.root)

    def check_log_head(self, head: LogHead) -> None:
        """Compare another desk's directory with ours.

        `DirectoryBehind` if theirs is longer than what we were shown so far, `LogDisagrees` if somebody
        shows each of us another one.
        """
        if head.origin != self.origin:
            raise LogDisagrees("origin")
        if head.size > self.directory.size:
            raise DirectoryBehind
        if head.root != self.directory.root_at(head.size):
            raise LogDisagrees("root")

    def agency_keys(self, agency: str) -> AgencyKeys:
        """One agency's keys; `AgencyUnknown`, or `RootDiffers` from what people compared."""
        if agency == self.agency and self._own is not None:
            return self._own
        return self.pins.checked(self.directory.agency(agency))

    def own_events_listed(self) -> int:
        """How many events of this agency the hub's directory lists."""
        try:
            return self.directory.agency(self.agency).seq + 1
        except AgencyUnknown:
            return 0

    def postal_slot(self, agency: str) -> PostalSlot:
        """Say where an envelope for `agency` goes, and under which key; `AgencyUnknown`, `KeyRevoked`."""
        return PostalSlot(agency, self.agency_keys(agency).mailbox)

    # --- rosters ---------------------------------------------------------------------------------

    def take_roster(self, document: RosterDocument, now: datetime, *, expired_too: bool = False) -> Roster:
        """Believe a roster that its agency signed, and use it from now on if it is the newest.

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
        roster = open_roster(document, keys, now, newer_than=newest, expired_too=expired_too)
        if not expired_too and (listed.agency == self.agency or listed.key != keys.signing.key_id):
            raise RosterForged("key")
        with self._lock:
            rival = self._rosters.get(roster.agency)
            if rival is not None and rival.roster.version >= roster.version:
                raise RosterRolledBack
            self._rosters[roster.agency] = _Known(roster, document, name, listed.key)
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

    def signer(self, author: Author, now: datetime) -> VerifyingKey:
        """Find the key that checks what `author` signed, as vouched for at `now`.

        `SignerUnknown` (or its kind `SignerRosterExpired`) while no roster explains it: hold the step and try
        again after the next one. `SignerKeyRevoked`, `SignerKeyExpired`, `RootDiffers` for good.
        """
        roster = self.roster(author.agency)
        if roster is None:
            raise SignerUnknown("roster")
        self.agency_keys(author.agency)
        try:
            return roster.signer(author.person, author.key, now)
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
