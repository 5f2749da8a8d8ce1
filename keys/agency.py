"""One agency's keys: its signed events, folded.

Promises: an event is read strictly and follows the agency's last one, or nothing changes; a key that was
revoked never comes back; the root is no everyday key.
Never: it checks a signature or knows a second agency. See `directory`, which does both before it folds.

An event is strict JSON, signed as `Kind.AGENCY_EVENT`::

    {"v":1,"kind":"enrol","agency":"moorfield-primary","seq":0,"prev":null,"created":"2026-11-22T15:04:05Z",
     "name":"Moorfield Primary School","root":"…","next_root":"…64 hex…","signing":"…",
     "mailbox":{"epoch":1,"key":"…"},"transport":"…"}
    {"v":1,"kind":"rotate",…,"seq":1,"prev":"…64 hex…",…,"signing":null,"mailbox":{"epoch":2,"key":"…"},
     "transport":null}
    {"v":1,"kind":"revoke",…,"seq":2,"prev":"…64 hex…",…,"key":"…32…"}

`prev` is the SHA-256 of that agency's previous payload. A key that a rotation replaced still counts for what
it signed and sealed; a revoked one does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, Self, TypeVar

from pydantic import Field, model_validator

from keys.errors import EventForked, EventNotChained, KeyRevoked, KeyUnknown, Malformed
from keys.record import (
    AgencyId,
    Base64,
    Digest,
    Frozen,
    KeyId,
    Name,
    Time,
    decode,
    digest,
    parse_time,
)
from keys.statement import check_json, load
from keys.suite import SealingKey, TransportPublic, VerifyingKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

EVENT_LIMIT: Final = 32 * 1024  # bytes of one event's payload
EVENTS_OF_ONE_AGENCY: Final = 1000  # every desk keeps them all: a rotation each fortnight for forty years
Epoch = Annotated[int, Field(ge=1, lt=2**31)]


class Mailbox(Frozen):
    """A mailbox sealing key; the epoch grows with each."""

    epoch: Epoch
    key: Base64


class _Event(Frozen):
    v: Annotated[int, Field(ge=1, le=1)] = 1
    agency: AgencyId
    seq: Annotated[int, Field(ge=0, lt=EVENTS_OF_ONE_AGENCY)]
    prev: Digest | None
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


class Rotate(_Event):
    """New keys in place of the present ones; what is null stays. Signed by the root."""

    kind: Literal["rotate"] = "rotate"
    signing: Base64 | None
    mailbox: Mailbox | None
    transport: Base64 | None


class Revoke(_Event):
    """One of the agency's own keys no longer counts. Signed by the root."""

    kind: Literal["revoke"] = "revoke"
    key: KeyId


AgencyEvent = Enrol | Rotate | Revoke
_KINDS: Final[Mapping[object, type[AgencyEvent]]] = {"enrol": Enrol, "rotate": Rotate, "revoke": Revoke}
_Public = TypeVar("_Public", VerifyingKey, SealingKey, TransportPublic)


def read_event(payload: bytes) -> AgencyEvent:
    """Read an event strictly, without believing it; `Malformed` otherwise."""
    data = check_json(payload, limit=EVENT_LIMIT)
    model = _KINDS.get(str(data.get("kind"))) if isinstance(data, dict) else None
    if model is None:
        raise Malformed("kind")
    return load(payload, model, limit=EVENT_LIMIT)


class ListedKey(NamedTuple):
    """One of an agency's keys: its kind and id, whether it is the one in use, and when it was revoked."""

    kind: str
    key_id: str
    present: bool
    revoked: str | None


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """What the directory knows of one agency. Immutable: a new event makes a new one."""

    agency: str
    name: str
    root: VerifyingKey
    next_root: str
    seq: int
    head: str  # digest of its last event's payload
    changed: str  # when that event was created
    mailbox_epoch: int
    _current: tuple[str, str, str]  # key ids: signing, mailbox, transport
    _signing: Mapping[str, VerifyingKey]  # here and below: oldest first
    _mailbox: Mapping[str, SealingKey]
    _transport: Mapping[str, TransportPublic]
    _revoked: Mapping[str, str]  # key id → when

    @property
    def signing(self) -> VerifyingKey:
        """The present signing key; `KeyRevoked` if it was revoked and not yet replaced."""
        return self._in_force(self._signing, self._current[0])

    @property
    def mailbox(self) -> SealingKey:
        """The present mailbox key; `KeyRevoked` if it was revoked and not yet replaced."""
        return self._in_force(self._mailbox, self._current[1])

    @property
    def transport(self) -> TransportPublic:
        """The present transport key; `KeyRevoked` if it was revoked and not yet replaced."""
        return self._in_force(self._transport, self._current[2])

    def listed(self) -> tuple[ListedKey, ...]:
        """Every everyday key that this agency ever had, the newest of each kind first."""
        return tuple(
            ListedKey(kind, key_id, present=key_id == current, revoked=self._revoked.get(key_id))
            for kind, keys, current in (
                ("signing", tuple(self._signing)[::-1], self._current[0]),
                ("mailbox", tuple(self._mailbox)[::-1], self._current[1]),
                ("transport", tuple(self._transport)[::-1], self._current[2]),
            )
            for key_id in keys
        )

    def signing_key(self, key_id: str, now: datetime) -> VerifyingKey:
        """One signing key, present or past, as it counted at `now`; `KeyUnknown` or `KeyRevoked`."""
        if key_id not in self._signing:
            raise KeyUnknown
        revoked = self._revoked.get(key_id)
        if revoked is not None and parse_time(revoked) <= now:
            raise KeyRevoked
        return self._signing[key_id]

    def mailbox_key(self, key_id: str) -> SealingKey:
        """One mailbox key, present or past; `KeyUnknown` or `KeyRevoked`."""
        return self._in_force(self._mailbox, key_id)

    def transport_key(self, key_id: str) -> TransportPublic:
        """One transport key, present or past; `KeyUnknown` or `KeyRevoked`."""
        return self._in_force(self._transport, key_id)

    def _in_force(self, keys: Mapping[str, _Public], key_id: str) -> _Public:
        if key_id not in keys:
            raise KeyUnknown
        if key_id in self._revoked:
            raise KeyRevoked
        return keys[key_id]

    def after(self, event: Rotate | Revoke, payload: bytes) -> AgencyKeys:
        """Fold one more event of this agency, whose exact bytes are `payload`.

        `EventForked` where it stands in a taken place or on another predecessor, `EventNotChained` where one
        is missing or time runs backwards, `KeyUnknown`/`KeyRevoked` for keys that it cannot speak of.
        """
        if event.seq <= self.seq or (event.seq == self.seq + 1 and event.prev != self.head):
            raise EventForked
        if event.seq != self.seq + 1 or event.created < self.changed:
            raise EventNotChained
        folded = (
            self._rotated(event) if isinstance(event, Rotate) else self._without(event.key, event.created)
        )
        return replace(folded, seq=event.seq, head=digest(payload), changed=event.created)

    def _rotated(self, event: Rotate) -> AgencyKeys:
        current = list(self._current)
        signing, mailbox, transport = dict(self._signing), dict(self._mailbox), dict(self._transport)
        epoch = self.mailbox_epoch
        if event.signing is not None:
            current[0] = self._add(signing, _everyday(event.signing, self.root))
        if event.mailbox is not None:
            if event.mailbox.epoch <= epoch:
                raise EventNotChained("mailbox.epoch")
            epoch = event.mailbox.epoch
            current[1] = self._add(mailbox, SealingKey.from_bytes(decode(event.mailbox.key)))
        if event.transport is not None:
            current[2] = self._add(transport, TransportPublic.from_bytes(decode(event.transport)))
        return replace(
            self,
            mailbox_epoch=epoch,
            _current=(current[0], current[1], current[2]),
            _signing=signing,
            _mailbox=mailbox,
            _transport=transport,
        )

    def _add(self, keys: dict[str, _Public], key: _Public) -> str:
        if key.key_id in self._revoked:
            raise KeyRevoked
        keys[key.key_id] = key
        return key.key_id

    def _without(self, key_id: str, when: str) -> AgencyKeys:
        if key_id not in {*self._signing, *self._mailbox, *self._transport}:
            raise KeyUnknown
        if key_id in self._revoked:
            raise KeyRevoked
        return replace(self, _revoked={**self._revoked, key_id: when})


def enrolled(event: Enrol, payload: bytes) -> AgencyKeys:
    """Begin the fold with an agency's first event, whose exact bytes are `payload`."""
    root = VerifyingKey.from_bytes(decode(event.root))
    signing = _everyday(event.signing, root)
    mailbox = SealingKey.from_bytes(decode(event.mailbox.key))
    transport = TransportPublic.from_bytes(decode(event.transport))
    return AgencyKeys(
        agency=event.agency,
        name=event.name,
        root=root,
        next_root=event.next_root,
        seq=0,
        head=digest(payload),
        changed=event.created,
        mailbox_epoch=event.mailbox.epoch,
        _current=(signing.key_id, mailbox.key_id, transport.key_id),
        _signing={signing.key_id: signing},
        _mailbox={mailbox.key_id: mailbox},
        _transport={transport.key_id: transport},
        _revoked={},
    )


def _everyday(text: str, root: VerifyingKey) -> VerifyingKey:
    key = VerifyingKey.from_bytes(decode(text))
    if key == root:
        raise Malformed("signing")  # the root stays offline
    return key
