"""What stands in a roster: the signed list, its entries, and the document that carries both.

Promises: one spelling of each, every size bounded; an entry is pinned by the digest of its exact bytes, and
hidden by its salt; a document prints back as the bytes it was read from.
Never: it believes anything. See `roster`, which does.

The signed list, `Kind.ROSTER`, is strict JSON::

    {"v":1,"agency":"moorfield-primary","version":7,"key":"…32…","created":"…","expires":"…","lead":null,
     "administrators":["…26…"],"custodians":{"need":2,"people":["…26…","…"]},"entries":["…64 hex…","…"]}

and so is each entry beside it::

    {"v":1,"kind":"person","id":"…26…","salt":"…26…","name":"…","post":"…","suspended":null,
     "keys":[{"signing":"…","sealing":"…","not_before":"…","not_after":"…","revoked":null,
              "revoked_from":null}]}
    {"v":1,"kind":"role","id":"…","salt":"…","name":"…","members":["…"],
     "keys":[{"epoch":2,"sealing":"…","created":"…","revoked":null}]}
    {"v":1,"kind":"records","id":"…","salt":"…","keys":[…as a role's…]}

Keys stand newest first. Old ones stay for a while, to judge by them what was signed or sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from keys.errors import Malformed, RosterTooLarge
from keys.record import (
    AgencyId,
    Base64,
    Digest,
    Frozen,
    Id,
    KeyId,
    Name,
    Time,
    canonical_base64,
    decode,
    digest,
    encode,
)
from keys.statement import Kind, Signed, check_json, dump, load, sign
from keys.suite import SIGNATURE_SIZE
from keys.vouched import PersonKey, SharedKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keys.suite import SigningKey

LIST_LIMIT: Final = 256 * 1024  # bytes of the signed list
ENTRY_LIMIT: Final = 24 * 1024
ENTRY_COUNT: Final = 2000
DOCUMENT_LIMIT: Final = 3 * 1024 * 1024  # list and entries together, so that they fit one envelope
ADMINISTRATORS: Final = 50
CUSTODIANS: Final = 7
KEYS_KEPT: Final = 4  # of one person, role or archive: the present and the ones before it

_JSON_LIMIT = 5 * 1024 * 1024  # the same in base64, with its punctuation
Administrators = Annotated[tuple[Id, ...], Field(max_length=ADMINISTRATORS)]
_Long = Annotated[str, StringConstraints(max_length=_JSON_LIMIT), AfterValidator(canonical_base64)]


class _Entry(Frozen):
    v: Annotated[int, Field(ge=1, le=1)] = 1
    id: Id
    salt: Id


class Person(_Entry):
    """A practitioner: name, post, keys newest first, and since when they are suspended, if they are."""

    kind: Literal["person"] = "person"
    name: Annotated[Name, Field(repr=False)]  # printed by accident it would be a name in a log
    post: Annotated[Name, Field(repr=False)]
    suspended: Time | None
    keys: Annotated[tuple[PersonKey, ...], Field(min_length=1, max_length=KEYS_KEPT, repr=False)]


class _Shared(_Entry):
    keys: Annotated[tuple[SharedKey, ...], Field(min_length=1, max_length=KEYS_KEPT, repr=False)]

    @model_validator(mode="after")
    def _newest_first(self) -> Self:
        epochs = [key.epoch for key in self.keys]
        if epochs != sorted(set(epochs), reverse=True):
            raise ValueError("newest first, each epoch once")
        return self


class Role(_Shared):
    """A duty team whose members change; `members` are ids of persons in the same roster."""

    kind: Literal["role"] = "role"
    name: Annotated[Name, Field(repr=False)]
    members: Annotated[tuple[Id, ...], Field(max_length=200)]

    @model_validator(mode="after")
    def _each_member_once(self) -> Self:
        if len(set(self.members)) != len(self.members):
            raise ValueError("each member once")
        return self


class Records(_Shared):
    """The agency's records: its way back to what its leavers left."""

    kind: Literal["records"] = "records"


class Custodians(Frozen):
    """Who holds parts of the records key, by their ids, and how many of them have it together."""

    need: Annotated[int, Field(ge=2, le=CUSTODIANS)]
    people: Annotated[tuple[Id, ...], Field(min_length=2, max_length=CUSTODIANS)]

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if len(set(self.people)) != len(self.people) or self.need > len(self.people):
            raise ValueError("each once, and no more needed than there are")
        return self


Entry = Person | Role | Records
_KINDS: Final[Mapping[str, type[Entry]]] = {"person": Person, "role": Role, "records": Records}


class RosterList(Frozen):
    """What the agency signs: digests of entries, and the time for which they hold."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    agency: AgencyId
    version: Annotated[int, Field(ge=1, lt=2**48)]
    key: KeyId
    created: Time
    expires: Time
    lead: Id | None
    administrators: Administrators
    custodians: Custodians | None
    entries: Annotated[tuple[Digest, ...], Field(max_length=ENTRY_COUNT)]

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if not self.created < self.expires:
            raise ValueError("expires after it was created")
        if len(set(self.entries)) != len(self.entries):
            raise ValueError("each entry once")
        if len(set(self.administrators)) != len(self.administrators):
            raise ValueError("each administrator once")
        return self


class _Carried(Frozen):
    payload: _Long
    signature: Base64
    entries: Annotated[tuple[_Long, ...], Field(max_length=ENTRY_COUNT)]


@dataclass(frozen=True, slots=True, repr=False)
class RosterDocument:
    """A roster as it travels, sealed to other agencies' desks: list and entries, as exact bytes."""

    payload: bytes
    signature: bytes
    entries: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """Print it, as strict JSON of base64."""
        return dump(
            _Carried(
                payload=encode(self.payload),
                signature=encode(self.signature),
                entries=tuple(encode(entry) for entry in self.entries),
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> RosterDocument:
        """Read what `to_bytes` printed and nothing else; `Malformed` otherwise. It believes nothing."""
        carried = load(data, _Carried, limit=_JSON_LIMIT)
        if dump(carried) != data:
            raise Malformed("not as printed")
        document = cls(
            decode(carried.payload),
            decode(carried.signature),
            tuple(decode(entry) for entry in carried.entries),
        )
        document.check_sizes()
        return document

    def check_sizes(self) -> None:
        """Raise `Malformed` for anything larger than a roster may be."""
        total = len(self.payload) + sum(map(len, self.entries))
        too_long = len(self.payload) > LIST_LIMIT or any(len(entry) > ENTRY_LIMIT for entry in self.entries)
        if too_long or total > DOCUMENT_LIMIT or len(self.entries) > ENTRY_COUNT:
            raise Malformed("roster too large")
        if len(self.signature) != SIGNATURE_SIZE:
            raise Malformed("roster.signature")

    def list(self) -> RosterList:
        """Read the signed list, without believing it; `Malformed` otherwise."""
        return load(self.payload, RosterList, limit=LIST_LIMIT)


def read_entry(data: bytes) -> Entry:
    """Read one entry strictly, without believing it; `Malformed` otherwise."""
    plain = check_json(data, limit=ENTRY_LIMIT)
    model = _KINDS.get(str(plain.get("kind"))) if isinstance(plain, dict) else None
    if model is None:
        raise Malformed("entry.kind")
    return load(data, model, limit=ENTRY_LIMIT)


class RosterDraft(Frozen):
    """What a new version of a roster says besides its entries."""

    agency: AgencyId
    version: Annotated[int, Field(ge=1, lt=2**48)]
    created: Time
    expires: Time
    lead: Id | None = None
    administrators: Administrators = ()
    custodians: Custodians | None = None


def sign_roster(draft: RosterDraft, entries: tuple[Entry, ...], key: SigningKey) -> RosterDocument:
    """Sign a list of `entries`, in their order, with the agency's signing key; `RosterTooLarge` otherwise."""
    raw = tuple(dump(entry) for entry in entries)
    if len(raw) > ENTRY_COUNT:
        raise RosterTooLarge
    signed_list = RosterList(
        agency=draft.agency,
        version=draft.version,
        key=key.verifying_key.key_id,
        created=draft.created,
        expires=draft.expires,
        lead=draft.lead,
        administrators=draft.administrators,
        custodians=draft.custodians,
        entries=tuple(digest(entry) for entry in raw),
    )
    signed: Signed = sign(Kind.ROSTER, dump(signed_list), key)
    document = RosterDocument(signed.payload, signed.signature, raw)
    try:
        document.check_sizes()
    except Malformed:
        raise RosterTooLarge from None
    return document


def excerpt(document: RosterDocument, ids: frozenset[str]) -> RosterDocument:
    """Keep the signed list and only the entries of `ids`: enough to check those, and silent on the others."""
    kept = tuple(entry for entry in document.entries if read_entry(entry).id in ids)
    return RosterDocument(document.payload, document.signature, kept)
