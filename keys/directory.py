"""The directory: agencies' signed events, folded to "whose key, when".

Promises: bytes in, trust out. An event counts only if the agency's root signed these exact bytes and it
follows the agency's last event; the first event (enrol) brings the root itself, which a pin can hold to the
fingerprint that people compared. No two agencies have one key, or one name but for case, spaces and marks:
one that calls itself like another would be written to by mistake. Whatever is refused is refused by name and
leaves the state as it was.
Never: it fetches, stores, or reads a clock; it trusts the order in which a hub tells events only as far as
each agency's own chain confirms it. Names of people are not here (see `roster`), so that they can be removed.

All agencies' events together form one running digest, `root = SHA-256(root before ‖ SHA-256(payload ‖
signature))`, from 32 zero bytes on: two desks compare what they were shown by comparing `size` and `root`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from keys.agency import AgencyEvent, AgencyKeys, Enrol, Mailbox, Revoke, Rotate, enrolled, read_event
from keys.errors import (
    AgencyUnknown,
    EventForged,
    EventForked,
    EventReplayed,
    KeyTaken,
    NameTaken,
    RootDiffers,
    SignatureInvalid,
)
from keys.record import decode, digest
from keys.statement import Kind, Signed, verify
from keys.suite import VerifyingKey, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "START",
    "AgencyEvent",
    "AgencyKeys",
    "Directory",
    "Enrol",
    "Mailbox",
    "Revoke",
    "Rotate",
    "chain",
    "read_event",
]

START: Final = "0" * 64
_NO_PINS: Final[Mapping[str, str]] = MappingProxyType({})


def chain(before: str, signed: Signed) -> str:
    """Give the directory's running digest after one more event."""
    event = hashlib.sha256(signed.payload + signed.signature).digest()
    return digest(bytes.fromhex(before) + event)


class Directory:
    """All agencies' keys, as their events tell them.

    `pins` gives, for agencies whose root was compared by people, its `fingerprint`; spaces do not matter.
    """

    def __init__(self, pins: Mapping[str, str] = _NO_PINS) -> None:
        self._pins = {agency: "".join(text.split()) for agency, text in pins.items()}
        self._agencies: dict[str, AgencyKeys] = {}
        self._holders: dict[str, str] = {}  # every everyday key there ever was, and whose it is
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()
        self._roots: list[str] = [START]

    @property
    def size(self) -> int:
        """How many events were taken."""
        return len(self._roots) - 1

    @property
    def root(self) -> str:
        """The running digest of all events taken."""
        return self._roots[-1]

    def root_at(self, size: int) -> str:
        """Give the running digest as it was after `size` events; `ValueError` beyond the present size."""
        if not 0 <= size <= self.size:
            raise ValueError("no such size")
        return self._roots[size]

    def agencies(self) -> tuple[AgencyKeys, ...]:
        """All agencies, in the order of their enrolment."""
        return tuple(self._agencies.values())

    def agency(self, agency: str) -> AgencyKeys:
        """One agency; `AgencyUnknown` otherwise."""
        try:
            return self._agencies[agency]
        except KeyError:
            raise AgencyUnknown from None

    def apply(self, signed: Signed) -> AgencyEvent:
        """Take one event, or raise and stay as before.

        `Malformed`, `RootDiffers`, `AgencyUnknown`, `EventForged`, `EventReplayed`, `EventForked`,
        `EventNotChained`, `KeyTaken`, `NameTaken`, or `KeyRevoked`/`KeyUnknown` for a rotation or revocation
        that cannot be.
        """
        event = read_event(signed.payload)
        after = self._enrolled(event, signed) if isinstance(event, Enrol) else self._changed(event, signed)
        keys = {key.key_id: event.agency for key in after.listed()}
        if any(self._holders.get(key_id, agency) != agency for key_id, agency in keys.items()):
            raise KeyTaken
        root = chain(self.root, signed)
        self._holders.update(keys)
        self._names[_plain(after.name)] = event.agency
        self._agencies[event.agency] = after
        self._taken.add(after.head)
        self._roots.append(root)
        return event

    def _enrolled(self, event: Enrol, signed: Signed) -> AgencyKeys:
        root = VerifyingKey.from_bytes(decode(event.root))
        pin = self._pins.get(event.agency)
        if pin is not None and "".join(fingerprint(root.to_bytes()).split()) != pin:
            raise RootDiffers
        known = self._agencies.get(event.agency)
        if known is not None and known.root != root:
            raise RootDiffers
        self._check_new(signed, root)
        if known is not None:
            raise EventForked
        if _plain(event.name) in self._names:
            raise NameTaken
        return enrolled(event, signed.payload)

    def _changed(self, event: Rotate | Revoke, signed: Signed) -> AgencyKeys:
        known = self.agency(event.agency)
        self._check_new(signed, known.root)
        return known.after(event, signed.payload)

    def _check_new(self, signed: Signed, root: VerifyingKey) -> None:
        try:
            verify(Kind.AGENCY_EVENT, signed, root)
        except SignatureInvalid:
            raise EventForged from None
        if digest(signed.payload) in self._taken:
            raise EventReplayed


def _plain(name: str) -> str:
    """Write a name without what an eye may pass over: its letters and digits, all of one case and form."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in text if sign.isalnum()) or text
