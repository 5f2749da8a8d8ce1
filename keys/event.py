"""What an agency says in the key log: its events, and the anchors of its desk's audit trail.

Promises: each is read strictly, in one spelling, and bounded.
Never: it believes anything. See `agency` and `directory`, which do.

An event is strict JSON, signed as `Kind.AGENCY_EVENT` by the agency's root, a succession by its next root::

    {"v":1,"agency":"moorfield-primary","seq":0,"prev":null,"created":"2026-11-22T15:04:05Z","kind":"enrol",
     "name":"Moorfield Primary School","root":"…","next_root":"…64 hex…","signing":"…",
     "mailbox":{"epoch":1,"key":"…"},"transport":"…","witness":"…"}
    {…,"seq":1,"prev":"…64 hex…",…,"kind":"rotate","signing":null,"mailbox":{"epoch":2,"key":"…"},
     "transport":null,"witness":null}
    {…,"kind":"sponsor","newcomer":"northshire-police","enrolment":"…64 hex…"}
    {…,"kind":"revoke","key":"…32…","from_index":4711}
    {…,"kind":"succeed","root":"…","next_root":"…64 hex…"}

An anchor is signed as `Kind.ANCHOR` by the agency's signing key, and stands outside that sequence::

    {"v":1,"kind":"anchor","agency":"moorfield-primary","key":"…32…","number":8151,"head":"…64 hex…",
     "created":"2026-11-22T15:04:05Z"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from keys.errors import Malformed
from keys.record import AgencyId, Base64, Digest, Frozen, KeyId, LogIndex, Name, Time
from keys.statement import Signed, check_json, dump, load
from keys.suite import SIGNATURE_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENT_LIMIT: Final = 32 * 1024  # bytes of one payload
EVENTS_OF_ONE_AGENCY: Final = 10_000  # of every kind; how many of which, `agency` says
Epoch = Annotated[int, Field(ge=1, lt=2**31)]


class Mailbox(Frozen):
    """A mailbox sealing key; each one's epoch is one more than the last one's."""

    epoch: Epoch
    key: Base64


class _Event(Frozen):
    v: Annotated[int, Field(ge=1, le=1)] = 1
    agency: AgencyId
    seq: Annotated[int, Field(ge=0, lt=EVENTS_OF_ONE_AGENCY)]
    prev: Digest | None  # of that agency's previous payload
    created: Time

    @model_validator(mode="after")
    def _first_has_no_predecessor(self) -> Self:
        if (self.seq == 0) != (self.prev is None):
            raise ValueError("the first event, and no other, has no predecessor")
        return self


class Enrol(_Event):
    """An agency's first event, self-signed by its root; `next_root` is SHA-256 of the next root's bytes."""

    kind: Literal["enrol"] = "enrol"
    seq: Annotated[int, Field(ge=0, le=0)] = 0
    name: Name
    root: Base64
    next_root: Digest
    signing: Base64
    mailbox: Mailbox
    transport: Base64
    witness: Base64


class Rotate(_Event):
    """New keys in place of the present ones; what is null stays. Signed by the root."""

    kind: Literal["rotate"] = "rotate"
    signing: Base64 | None
    mailbox: Mailbox | None
    transport: Base64 | None
    witness: Base64 | None


class Sponsor(_Event):
    """The agency vouches that a newcomer is who it says; `enrolment` is SHA-256 of its enrol payload.

    Signed by the root.
    """

    kind: Literal["sponsor"] = "sponsor"
    newcomer: AgencyId
    enrolment: Digest

    @model_validator(mode="after")
    def _another(self) -> Self:
        if self.newcomer == self.agency:
            raise ValueError("nobody sponsors themselves")
        return self


class Revoke(_Event):
    """One of the agency's own keys, or a former root, counts no more from that log index on.

    Of a former root: neither does what it vouched for from there on. Signed by the root.
    """

    kind: Literal["revoke"] = "revoke"
    key: KeyId
    from_index: LogIndex


class Succeed(_Event):
    """The root that the last one committed to takes its place, and commits to the next. Signed by `root`."""

    kind: Literal["succeed"] = "succeed"
    root: Base64
    next_root: Digest


class Anchor(Frozen):
    """The head of the desk's audit trail: the digest of its entry `number`. Signed by the key named."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    kind: Literal["anchor"] = "anchor"
    agency: AgencyId
    key: KeyId
    number: Annotated[int, Field(ge=1, lt=2**48)]
    head: Digest
    created: Time


AgencyEvent = Enrol | Rotate | Sponsor | Revoke | Succeed
Change = Rotate | Sponsor | Revoke | Succeed
Logged = AgencyEvent | Anchor
_KINDS: Final[Mapping[object, type[Logged]]] = {
    "enrol": Enrol,
    "rotate": Rotate,
    "sponsor": Sponsor,
    "revoke": Revoke,
    "succeed": Succeed,
    "anchor": Anchor,
}


def read_logged(payload: bytes) -> Logged:
    """Read an event or an anchor strictly, without believing it; `Malformed` otherwise."""
    data = check_json(payload, limit=EVENT_LIMIT)
    model = _KINDS.get(str(data.get("kind"))) if isinstance(data, dict) else None
    if model is None:
        raise Malformed("kind")
    logged = load(payload, model, limit=EVENT_LIMIT)
    if dump(logged) != payload:  # spaces would be kept by everybody, for ever
        raise Malformed("not as printed")
    return logged


def read_event(payload: bytes) -> AgencyEvent:
    """Read an event strictly, without believing it; `Malformed` otherwise, also for an anchor."""
    logged = read_logged(payload)
    if isinstance(logged, Anchor):
        raise Malformed("kind")
    return logged


def entry_of(signed: Signed) -> bytes:
    """Print a log entry: the payload, and the signature in its last 3373 bytes.

    `Malformed` for another length: nobody divides an entry's bytes elsewhere, and reads them as another.
    """
    if len(signed.signature) != SIGNATURE_SIZE:
        raise Malformed("entry")
    return signed.payload + signed.signature


def signed_of(entry: bytes) -> Signed:
    """Read a log entry, without believing it; `Malformed` for one too short to hold a signature."""
    if len(entry) <= SIGNATURE_SIZE:
        raise Malformed("entry")
    return Signed(entry[:-SIGNATURE_SIZE], entry[-SIGNATURE_SIZE:])
