"""What is known of one agency's keys: which there are, which is in use, which count for what.

Promises: a key that a rotation replaced still counts for what it signed and sealed; a revoked one counts only
for what was first received while the log was shorter than the revocation's `from_index`; what a root vouched
for after it was stolen ends with that root's revocation.
Never: it changes (a new event makes a new one, see `fold`), or knows a second agency (see `directory`).

Lookups take the log's size at which the recipient first received what is judged, as `index`; None means for
use now, for which every revocation counts.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeVar

from keys.errors import KeyRevoked, KeyUnknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from keys.notekey import NotePublic
    from keys.suite import SealingKey, TransportPublic, VerifyingKey

Everyday = Literal["signing", "mailbox", "transport", "witness"]
EVERYDAY: Final[tuple[Everyday, ...]] = ("signing", "mailbox", "transport", "witness")
_Public = TypeVar("_Public", "VerifyingKey", "SealingKey", "TransportPublic", "NotePublic")


class Said(NamedTuple):
    """Under which root something was said, and at which log index; None where the whole log is not known."""

    root: str
    at: int | None


class Revocation(NamedTuple):
    """From which log index a key counts no more, when that was said, and by which root."""

    from_index: int
    when: str
    said: Said


class ListedKey(NamedTuple):
    """One of an agency's keys: kind and id, whether it is the one in use, and when and from where revoked."""

    kind: Everyday
    key_id: str
    present: bool
    revoked: str | None
    revoked_from: int | None


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """One agency, as its events tell. Every mapping is by key id (but `sponsorships`), oldest first."""

    agency: str
    name: str
    first_root: VerifyingKey  # which people compare
    next_root: str  # SHA-256 of the next root's bytes
    enrolment: str  # digest of the first event's payload
    seq: int
    head: str  # digest of its last event's payload
    changed: str  # when that event was created
    mailbox_epoch: int
    roots: Mapping[str, VerifyingKey]
    current: Mapping[Everyday, str]
    signing_keys: Mapping[str, VerifyingKey]
    mailbox_keys: Mapping[str, SealingKey]
    transport_keys: Mapping[str, TransportPublic]
    witness_keys: Mapping[str, NotePublic]
    vouched: Mapping[str, Said]  # for each everyday key
    revoked: Mapping[str, Revocation] = field(default_factory=dict)
    sponsorships: Mapping[str, Said] = field(default_factory=dict)  # by the newcomer's id
    places: tuple[int | None, ...] = ()  # of its events in the log, where that is known
    changes: int = 0  # rotations, revocations and successions
    changes_of_root: int = 0  # the first two, since the last of the third

    @property
    def root(self) -> VerifyingKey:
        """The present root."""
        return tuple(self.roots.values())[-1]

    @property
    def signing(self) -> VerifyingKey:
        """The present signing key; `KeyRevoked` if it was revoked and not yet replaced. So the next three."""
        return self.signing_key(self.current["signing"])

    @property
    def mailbox(self) -> SealingKey:
        """The present mailbox key."""
        return self.mailbox_key(self.current["mailbox"])

    @property
    def transport(self) -> TransportPublic:
        """The present transport key."""
        return self.transport_key(self.current["transport"])

    @property
    def witness(self) -> NotePublic:
        """The present witness key."""
        return self._in_force(self.witness_keys, self.current["witness"], None)

    @property
    def sponsored(self) -> tuple[str, ...]:
        """The agencies for which this one vouches, and not by a stolen root."""
        return tuple(newcomer for newcomer, said in self.sponsorships.items() if self.stands(said))

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Every key that the agency ever had, its roots too."""
        return (*self.roots, *(key.key_id for key in self.listed()))

    def listed(self) -> tuple[ListedKey, ...]:
        """Every everyday key that this agency ever had, the newest of each kind first."""
        every: tuple[Iterable[str], ...] = (
            self.signing_keys,
            self.mailbox_keys,
            self.transport_keys,
            self.witness_keys,
        )
        return tuple(
            self._listed(kind, key_id)
            for kind, keys in zip(EVERYDAY, every, strict=True)
            for key_id in reversed(tuple(keys))
        )

    def signing_key(self, key_id: str, index: int | None = None) -> VerifyingKey:
        """One signing key, present or past; `KeyUnknown` or `KeyRevoked`. So the next two."""
        return self._in_force(self.signing_keys, key_id, index)

    def mailbox_key(self, key_id: str, index: int | None = None) -> SealingKey:
        """One mailbox key, present or past."""
        return self._in_force(self.mailbox_keys, key_id, index)

    def transport_key(self, key_id: str, index: int | None = None) -> TransportPublic:
        """One transport key, present or past."""
        return self._in_force(self.transport_keys, key_id, index)

    def stands(self, said: Said) -> bool:
        """Whether a root said that before it was stolen, as far as is known."""
        stolen = self.revocation(said.root)
        return stolen is None or said.at is None or said.at < stolen.from_index

    def revocation(self, key_id: str) -> Revocation | None:
        """Give a key's own revocation, also a former root's, unless a thief of the root said it."""
        said = self.revoked.get(key_id)
        return said if said is not None and self.stands(said.said) else None

    def _listed(self, kind: Everyday, key_id: str) -> ListedKey:
        gone = self.revocation(key_id)
        if gone is None and not self.stands(self.vouched[key_id]):
            gone = self.revocation(self.vouched[key_id].root)
        when, where = (None, None) if gone is None else (gone.when, gone.from_index)
        return ListedKey(kind, key_id, key_id == self.current[kind], when, where)

    def _in_force(self, keys: Mapping[str, _Public], key_id: str, index: int | None) -> _Public:
        if key_id not in keys:
            raise KeyUnknown
        gone = self.revocation(key_id)
        if gone is not None and (index is None or gone.from_index <= index):
            raise KeyRevoked
        if not self.stands(self.vouched[key_id]):
            raise KeyRevoked
        return keys[key_id]


def plain(name: str) -> str:
    """Write a name without what an eye may pass over: its letters and digits, all of one case and form."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in text if sign.isalnum()) or text
