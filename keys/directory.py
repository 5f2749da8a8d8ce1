"""The directory: the log's entries, folded to "whose key, when".

Promises: bytes in, trust out. An event counts only if the agency's root signed these exact bytes (for a
succession: the root that the last one committed to) and it follows the agency's last event; the first event
(enrol) brings the root itself, which a pin can hold to the fingerprint that people compared. An anchor counts
only under the agency's signing key, and further on in its audit trail than the last. No two agencies have one
key, or one name but for case, spaces and marks: one that calls itself like another would be written to by
mistake. Whatever is refused is refused by name and leaves the state as it was.
Never: it fetches, stores, or reads a clock; it trusts the order in which a hub tells events only as far as
each agency's own sequence confirms it, or says who is to be believed beyond what a policy says (`standing`).
Names of people are not here (see `roster`), so that they can be removed.

All entries stand in one Merkle tree (`transparency.merkle`): two desks compare what they were shown by
comparing `size` and `root`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from keys.agency import plain
from keys.errors import (
    AgencyUnknown,
    AgencyUnsponsored,
    AlreadySponsored,
    EnrolmentDiffers,
    EventForged,
    EventForked,
    EventNotChained,
    EventReplayed,
    KeyTaken,
    NameTaken,
    RevokedAhead,
    RootDiffers,
    SignatureInvalid,
)
from keys.event import Anchor, Change, Enrol, Logged, Revoke, Sponsor, Succeed, entry_of, read_logged
from keys.fold import Anchored, check_anchor, enrolled, followed, new_signer, newest_anchor
from keys.record import decode, digest
from keys.standing import digits, standing
from keys.statement import Kind, Signed, verify
from keys.suite import VerifyingKey
from keys.transparency.merkle import Tree, completed, leaf_hash, node_hash, root

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keys.agency import AgencyKeys
    from keys.standing import Founding

_NO_PINS: Final[Mapping[str, str]] = MappingProxyType({})


class Directory:
    """All agencies' keys, as the log's entries tell them.

    `pins` gives, for agencies whose root was compared by people, its `fingerprint`; spaces do not matter.
    `whole=False` makes one of only some of the log's entries (an agency's own, a certificate's): it has no
    root, and does not ask who is sponsored; each entry's index may then be given.
    """

    def __init__(self, pins: Mapping[str, str] = _NO_PINS, *, whole: bool = True) -> None:
        self._pins = {agency: "".join(text.split()) for agency, text in pins.items()}
        self._tree = Tree() if whole else None
        self._count = 0
        self._last: int | None = None  # the last entry's index in the log
        self._agencies: dict[str, AgencyKeys] = {}
        self._holders: dict[str, str] = {}  # every key there ever was, and whose it is
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()
        self._known = False  # what is being taken was judged before
        self._promised: set[str] = set()  # digests of the roots that agencies ever committed to
        self._anchors: dict[str, Mapping[str, Anchored]] = {}  # an agency's newest under each of its keys
        self._standing: tuple[Founding, frozenset[str]] | None = None  # as last asked for

    def copy(self) -> Directory:
        """Make a directory that knows the same and grows by itself, to try what may be refused half way."""
        other = Directory(self._pins)
        other._tree = None if self._tree is None else self._tree.copy()
        other._count, other._last, other._standing = self._count, self._last, self._standing
        other._agencies, other._holders = self._agencies.copy(), self._holders.copy()
        other._names, other._anchors = self._names.copy(), self._anchors.copy()
        other._taken, other._promised = self._taken.copy(), self._promised.copy()
        return other

    # --- the log ---------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many entries were taken."""
        return self._count

    @property
    def tree(self) -> Tree:
        """The tree of all entries, for proofs; `ValueError` for a part of the log. Not to be appended to."""
        if self._tree is None:
            raise ValueError("a part of a log has no tree")
        return self._tree

    @property
    def root(self) -> str:
        """The Merkle root of all entries, in hexadecimal."""
        return self.root_at(self.size)

    def root_at(self, size: int) -> str:
        """Give the Merkle root as it was after `size` entries; `ValueError` beyond the present size."""
        if not 0 <= size <= self.size:
            raise ValueError("no such size")
        return self.tree.root_at(size).hex()

    def root_with(self, entries: Sequence[Signed]) -> str:
        """Give the Merkle root that the log would have with these entries at its end."""
        added: dict[tuple[int, int], bytes] = {}

        def nodes(level: int, index: int) -> bytes:
            return added.get((level, index)) or self.tree.nodes(level, index)

        for index, signed in enumerate(entries, self.size):
            added[0, index] = leaf_hash(entry_of(signed))
            for level, place in completed(index):
                added[level, place] = node_hash(nodes(level - 1, 2 * place), nodes(level - 1, 2 * place + 1))
        return root(self.size + len(entries), nodes).hex()

    # --- who is there ----------------------------------------------------------------------------

    def agencies(self) -> tuple[AgencyKeys, ...]:
        """All agencies, in the order of their enrolment."""
        return tuple(self._agencies.values())

    def agency(self, agency: str) -> AgencyKeys:
        """One agency; `AgencyUnknown` otherwise."""
        try:
            return self._agencies[agency]
        except KeyError:
            raise AgencyUnknown from None

    def anchor(self, agency: str) -> Anchor | None:
        """Give the newest anchor of that agency's audit trail whose key counted; None if there is none."""
        anchors = self._anchors.get(agency)
        return newest_anchor(self._agencies[agency], anchors) if anchors else None

    def standing(self, agency: str, policy: Founding) -> bool:
        """Whether others may use that agency's keys: a founder, or sponsored by enough that may."""
        known = self._standing
        if known is None or known[0] is not policy:
            known = self._standing = (policy, standing(self._agencies, policy))
        return agency in known[1]

    def standing_agency(self, agency: str, policy: Founding) -> AgencyKeys:
        """One agency that stands; `AgencyUnknown` or `AgencyUnsponsored` otherwise."""
        keys = self.agency(agency)
        if not self.standing(agency, policy):
            raise AgencyUnsponsored
        return keys

    # --- taking entries --------------------------------------------------------------------------

    def apply(self, signed: Signed, index: int | None = None) -> Logged:
        """Take one event or anchor as the next entry, or raise and stay as before.

        `index` is its place in the log, for a part of a log only.
        `Malformed`, `RootDiffers`, `AgencyUnknown`, `EventForged`, `EventReplayed`, `EventForked`,
        `EventNotChained`, `RootNotCommitted`, `KeyTaken`, `NameTaken`, `EnrolmentDiffers`,
        `AlreadySponsored`, `RevokedAhead`, `TooManyEvents`, `AuditRolledBack`, `AnchorTooSoon`; `KeyRevoked`
        or `KeyUnknown` for an event that speaks of a key, or an anchor signed with one, that cannot be.
        """
        place = self._place(index)
        event, after = self._judged(signed, place)
        leaf = leaf_hash(entry_of(signed))
        if after is None:
            assert isinstance(event, Anchor)
            anchors = self._anchors.get(event.agency, {})
            self._anchors[event.agency] = {**anchors, event.key: Anchored(event, place)}
        else:
            self._holders.update(dict.fromkeys(after.key_ids, event.agency))
            self._names[plain(after.name)] = event.agency
            self._agencies[event.agency] = after
            self._taken.add(after.head)
            self._promised.add(after.next_root)
            self._standing = None
        self._count += 1
        self._last = place
        if self._tree is not None:
            self._tree.append(leaf)
        return event

    def take_known(self, signed: Signed) -> Logged:
        """Take an entry that was judged when it was first taken, without verifying its signature again.

        Only for rows of one's own, believed once `root_at` gave the root that was signed over their bytes.
        """
        self._known = True
        try:
            return self.apply(signed)
        finally:
            self._known = False

    def check(self, signed: Signed) -> Logged:
        """Raise whatever `apply` would raise, and stay as before in any case."""
        return self._judged(signed, self._place(None))[0]

    def _judged(self, signed: Signed, place: int | None) -> tuple[Logged, AgencyKeys | None]:
        """Read and verify an entry; what its agency's keys are after it (None: an anchor changes none)."""
        event = read_logged(signed.payload)
        if isinstance(event, Anchor):
            self._check_anchor(event, signed)
            return event, None
        after = (
            self._enrolled(event, signed, place)
            if isinstance(event, Enrol)
            else self._changed(event, signed, place)
        )
        theirs = (self._holders.get(key_id, event.agency) != event.agency for key_id in after.key_ids)
        if any(theirs) or new_signer(event) in self._promised:
            raise KeyTaken
        return event, after

    def _place(self, index: int | None) -> int | None:
        if self._tree is not None:
            if index not in {None, self._count}:
                raise ValueError("the whole log has no gaps")
            return self._count
        if index is not None and self._last is not None and index <= self._last:
            raise EventNotChained("index")
        return index

    def _enrolled(self, event: Enrol, signed: Signed, place: int | None) -> AgencyKeys:
        first = VerifyingKey.from_bytes(decode(event.root))
        known = self._agencies.get(event.agency)
        if known is not None and known.first_root != first:
            raise RootDiffers
        self._check_signed(signed, first)
        if known is not None:
            raise EventForked
        if plain(event.name) in self._names:
            raise NameTaken
        after = enrolled(event, signed.payload, place)
        if self._pins.get(event.agency, digits(after)) != digits(after):
            raise RootDiffers
        return after

    def _changed(self, event: Change, signed: Signed, place: int | None) -> AgencyKeys:
        known = self.agency(event.agency)
        if isinstance(event, Succeed):
            self._check_signed(signed, VerifyingKey.from_bytes(decode(event.root)))
        elif digest(signed.payload) in self._taken:
            self._check_signed(signed, *known.roots.values())
        else:
            self._check_signed(signed, known.root)
        after = followed(known, event, signed.payload, place)
        if isinstance(event, Sponsor):
            self._check_sponsor(event, known)
        if isinstance(event, Revoke) and place is not None and event.from_index > place:
            raise RevokedAhead
        return after

    def _check_sponsor(self, event: Sponsor, sponsor: AgencyKeys) -> None:
        newcomer = self._agencies.get(event.newcomer)
        if newcomer is None and self._tree is not None:
            raise AgencyUnknown
        if newcomer is not None and newcomer.enrolment != event.enrolment:
            raise EnrolmentDiffers
        if event.newcomer in sponsor.sponsored:
            raise AlreadySponsored

    def _check_signed(self, signed: Signed, *roots: VerifyingKey) -> None:
        """Raise `EventForged` unless one of `roots` signed it, `EventReplayed` if it was taken."""
        if not self._known and not any(_is_signed(Kind.AGENCY_EVENT, signed, one) for one in roots):
            raise EventForged
        if digest(signed.payload) in self._taken:
            raise EventReplayed

    def _check_anchor(self, anchor: Anchor, signed: Signed) -> None:
        keys = self.agency(anchor.agency)
        key = keys.signing_key(anchor.key)
        if not self._known and not _is_signed(Kind.ANCHOR, signed, key):
            raise EventForged
        check_anchor(keys, self._anchors.get(anchor.agency, {}), anchor)


def _is_signed(kind: Kind, signed: Signed, key: VerifyingKey) -> bool:
    try:
        verify(kind, signed, key)
    except SignatureInvalid:
        return False
    return True
