"""The roster: an agency vouches for its own people and roles.

Promises: bytes in, trust out. A roster counts only if the agency signed the exact list, each entry is the one
that the list names by its digest, and the list is newer than what is already known and within its time (no
rollback, no freeze; after TUF). A key is given out only for the person or role whose it is, at a moment at
which it is vouched for; no key serves two people.
Never: it reads a clock, or lets a name into the signed list: entries stand there as salted digests alone, so
that a few of them can travel with a certificate while the others stay hidden (`excerpt`).

A moment `now` may lie in the past, and so may `index`, the log's size: a message is judged by both as they
were when its recipient first received it. Without an index, for use now, every revocation counts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from keys.entry import (
    Entry,
    Person,
    Records,
    Role,
    RosterDocument,
    RosterDraft,
    RosterList,
    excerpt,
    read_entry,
    sign_roster,
)
from keys.errors import (
    KeyExpired,
    KeyRevoked,
    KeyUnknown,
    Malformed,
    PersonSuspended,
    RosterExpired,
    RosterForged,
    RosterRolledBack,
    SignatureInvalid,
)
from keys.record import digest, parse_time
from keys.statement import Kind, Signed, verify
from keys.vouched import PersonKey, SharedKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from keys.agency import AgencyKeys
    from keys.entry import Custodians
    from keys.suite import SealingKey, VerifyingKey

__all__ = [
    "Entry",
    "Person",
    "PersonKey",
    "Records",
    "Role",
    "Roster",
    "RosterDocument",
    "RosterDraft",
    "SharedKey",
    "excerpt",
    "open_excerpt",
    "open_roster",
    "sign_roster",
]

SKEW: Final = timedelta(hours=1)  # by which another agency's clock may run ahead
LONGEST: Final = timedelta(days=400)  # a roster that never expires would freeze its readers


class Roster:
    """An agency's people and roles, as it vouched for them in one version. Immutable once made."""

    def __init__(self, listed: RosterList, entries: Iterable[Entry]) -> None:
        """Use `open_roster`; here everything is already believed, and only judged for sense."""
        self.agency: str = listed.agency
        self.version: int = listed.version
        self.created: str = listed.created
        self.expires: str = listed.expires
        self.lead: str | None = listed.lead
        self.administrators: tuple[str, ...] = listed.administrators
        self.custodians: Custodians | None = listed.custodians
        self._entries: dict[str, Entry] = {}
        self._records: Records | None = None
        self._signers: dict[str, tuple[str, PersonKey]] = {}
        self._sealing: dict[str, tuple[str, PersonKey | SharedKey]] = {}
        for entry in entries:
            if entry.id in self._entries:
                raise Malformed("two entries of one id")
            if isinstance(entry, Records):
                if self._records is not None:
                    raise Malformed("two records entries")
                self._records = entry
            self._entries[entry.id] = entry
            for key in entry.keys:
                self._index(entry.id, key)

    def _index(self, holder: str, key: PersonKey | SharedKey) -> None:
        sealing = key.sealing_key.key_id
        if sealing in self._sealing:
            raise Malformed("one key of two holders")
        self._sealing[sealing] = (holder, key)
        if isinstance(key, PersonKey):
            signing = key.verifying_key.key_id
            if signing in self._signers:
                raise Malformed("one key of two holders")
            self._signers[signing] = (holder, key)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry, in the roster's order."""
        return tuple(self._entries.values())

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody, in the roster's order."""
        return tuple(entry for entry in self._entries.values() if isinstance(entry, Person))

    @property
    def roles(self) -> tuple[Role, ...]:
        """Every role, in the roster's order."""
        return tuple(entry for entry in self._entries.values() if isinstance(entry, Role))

    @property
    def records(self) -> Records | None:
        """The agency's records entry, where this roster carries it."""
        return self._records

    @property
    def records_key(self) -> SealingKey:
        """The newest records key; `KeyUnknown` if there is none, `KeyRevoked` if it was revoked."""
        records = self.records
        if records is None:
            raise KeyUnknown
        if records.keys[0].revoked is not None:
            raise KeyRevoked
        return records.keys[0].sealing_key

    def person(self, person: str) -> Person:
        """One person; `KeyUnknown` if this roster has none of that id."""
        entry = self._entries.get(person)
        if not isinstance(entry, Person):
            raise KeyUnknown
        return entry

    def role(self, role: str) -> Role:
        """One role; `KeyUnknown` if this roster has none of that id."""
        entry = self._entries.get(role)
        if not isinstance(entry, Role):
            raise KeyUnknown
        return entry

    def find(self, name: str) -> tuple[Person | Role, ...]:
        """Everybody and every role of exactly that name, but for case; several may share it."""
        wanted = " ".join(name.split()).casefold()
        named = (entry for entry in self._entries.values() if not isinstance(entry, Records))
        return tuple(entry for entry in named if entry.name.casefold() == wanted)

    def members(self, role: str) -> tuple[str, ...]:
        """Give the ids of a role's members; `KeyUnknown` if there is no such role."""
        return self.role(role).members

    def is_member(self, role: str, person: str) -> bool:
        """Whether that person acts for that role; an unknown role has no members."""
        entry = self._entries.get(role)
        return isinstance(entry, Role) and person in entry.members

    def check_current(self, now: datetime) -> None:
        """Raise `RosterExpired` unless `now` lies within the time for which the roster was signed."""
        if now >= parse_time(self.expires):
            raise RosterExpired

    def signer(self, person: str, key_id: str, now: datetime, index: int | None = None) -> VerifyingKey:
        """Give the key that checks what this person signed under `key_id`.

        `KeyUnknown` if the key is not that person's; `KeyRevoked` or `KeyExpired` (or their kinds
        `PersonSuspended`, `RosterExpired`) if at `now`, or at that `index` of the log, it was not vouched
        for.
        """
        holder, key = self._signers.get(key_id, (None, None))
        if key is None or holder != person:
            raise KeyUnknown
        self._check_person(self.person(person), key, now, index)
        return key.verifying_key

    def signing_key_id(self, person: str, now: datetime) -> str:
        """Name the key with which this person signs at `now`: the newest; errors as `signer`."""
        entry = self.person(person)
        self._check_person(entry, entry.keys[0], now)
        return entry.keys[0].verifying_key.key_id

    def sealing_key(self, holder: str, now: datetime) -> SealingKey:
        """Give the key to seal to for a person, a role, or the records: the newest; errors as `signer`.

        A role without members opens nothing: `KeyUnknown`.
        """
        entry = self._entries.get(holder)
        if entry is None or (isinstance(entry, Role) and not entry.members):
            raise KeyUnknown
        return self._judged(entry, entry.keys[0], now)

    def sealing_key_named(self, holder: str, key_id: str, now: datetime) -> SealingKey:
        """Give the holder's key of that name, present or past, if at `now` it counted; errors as `signer`."""
        found, key = self._sealing.get(key_id, (None, None))
        if key is None or found != holder:
            raise KeyUnknown
        return self._judged(self._entries[holder], key, now)

    def holder_of(self, key_id: str) -> str | None:
        """Whose sealing key that is: the id of a person, a role or the records; None if nobody's."""
        return self._sealing.get(key_id, (None, None))[0]

    def _judged(self, entry: Entry, key: PersonKey | SharedKey, now: datetime) -> SealingKey:
        if isinstance(entry, Person) and isinstance(key, PersonKey):
            self._check_person(entry, key, now)
        else:
            self.check_current(now)
            key.check_not_revoked(now)
        return key.sealing_key

    def _check_person(self, person: Person, key: PersonKey, now: datetime, index: int | None = None) -> None:
        self.check_current(now)
        key.check_not_revoked(now, index)
        if person.suspended is not None and parse_time(person.suspended) <= now:
            raise PersonSuspended
        if not parse_time(key.not_before) <= now < parse_time(key.not_after):
            raise KeyExpired


def open_roster(  # noqa: PLR0913 - a roster is judged by all of it
    document: RosterDocument | bytes,
    agency_keys: AgencyKeys,
    now: datetime,
    *,
    newer_than: int | None,
    expired_too: bool = False,
    index: int | None = None,
) -> Roster:
    """Believe a whole roster, or raise.

    `newer_than` is the version already known (None: none is); `index` the log's size when this roster first
    came (None: now). `expired_too` allows for one whose time has passed, to judge old steps by it.

    `Malformed`, `RosterForged`, `RosterRolledBack`, `RosterExpired`; `KeyUnknown` or `KeyRevoked` if the
    agency's signing key is.
    """
    document, listed = _signed_list(document, agency_keys, index)
    if newer_than is not None and listed.version <= newer_than:
        raise RosterRolledBack
    if not expired_too and not parse_time(listed.created) - SKEW <= now < parse_time(listed.expires):
        raise RosterExpired
    if tuple(map(digest, document.entries)) != listed.entries:
        raise RosterForged("entries")
    roster = Roster(listed, map(read_entry, document.entries))
    _check_whole(roster)
    return roster


def open_excerpt(
    document: RosterDocument | bytes, agency_keys: AgencyKeys, index: int | None = None
) -> Roster:
    """Believe an `excerpt`, whatever its age, or raise as `open_roster`; who is not in it is unknown."""
    document, listed = _signed_list(document, agency_keys, index)
    digests = tuple(map(digest, document.entries))
    if digests != tuple(entry for entry in listed.entries if entry in digests):
        raise RosterForged("entries")
    return Roster(listed, map(read_entry, document.entries))


def _signed_list(
    document: RosterDocument | bytes, agency_keys: AgencyKeys, index: int | None
) -> tuple[RosterDocument, RosterList]:
    if isinstance(document, bytes):
        document = RosterDocument.from_bytes(document)
    document.check_sizes()
    listed = document.list()
    if listed.agency != agency_keys.agency:
        raise RosterForged("agency")
    key = agency_keys.signing_key(listed.key, index)
    try:
        verify(Kind.ROSTER, Signed(document.payload, document.signature), key)
    except SignatureInvalid:
        raise RosterForged from None
    if parse_time(listed.expires) - parse_time(listed.created) > LONGEST:
        raise Malformed("roster.expires")
    return document, listed


def _check_whole(roster: Roster) -> None:
    known = {person.id for person in roster.people}
    named = [("role.members", role.members) for role in roster.roles]
    named.append(("roster.lead", () if roster.lead is None else (roster.lead,)))
    named.append(("roster.administrators", roster.administrators))
    named.append(("roster.custodians", () if roster.custodians is None else roster.custodians.people))
    for where, people in named:
        if not known.issuperset(people):
            raise Malformed(where)
