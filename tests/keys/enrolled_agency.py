"""An agency for tests, with every private key at hand: what a hostile one could sign is a method away."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from keys.directory import Directory
from keys.event import AgencyEvent, Anchor, Enrol, Mailbox, Revoke, Rotate, Sponsor, Succeed
from keys.notekey import WitnessKey
from keys.record import digest, encode, format_time, new_id
from keys.roster import Person, PersonKey, Records, Role, RosterDocument, RosterDraft, SharedKey, sign_roster
from keys.statement import Kind, Signed, dump, sign
from keys.suite import OpeningKey, SigningKey, TransportKey

if TYPE_CHECKING:
    from keys.entry import Custodians

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def at(days: float = 0) -> str:
    return format_time(NOW + timedelta(days=days))


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@dataclass
class Somebody:
    """A person with their private keys."""

    name: str = "Ann Example"
    id: str = field(default_factory=new_id)
    signing: SigningKey = field(default_factory=SigningKey.generate)
    opening: OpeningKey = field(default_factory=OpeningKey.generate)

    def key(
        self,
        *,
        not_before: float = -1,
        not_after: float = 100,
        revoked: float | None = None,
        revoked_from: int | None = None,
    ) -> PersonKey:
        return PersonKey(
            signing=encode(self.signing.verifying_key.to_bytes()),
            sealing=encode(self.opening.sealing_key.to_bytes()),
            not_before=at(not_before),
            not_after=at(not_after),
            revoked=None if revoked is None else at(revoked),
            revoked_from=revoked_from,
        )

    def entry(self, *keys: PersonKey, suspended: float | None = None) -> Person:
        return Person(
            id=self.id,
            salt=new_id(),
            name=self.name,
            post="social worker",
            suspended=None if suspended is None else at(suspended),
            keys=keys or (self.key(),),
        )


def shared_key(opening: OpeningKey, epoch: int = 1, revoked: float | None = None) -> SharedKey:
    return SharedKey(
        epoch=epoch,
        sealing=encode(opening.sealing_key.to_bytes()),
        created=at(-1),
        revoked=None if revoked is None else at(revoked),
    )


def role(name: str, *members: str, keys: tuple[SharedKey, ...] | None = None) -> Role:
    held = keys or (shared_key(OpeningKey.generate()),)
    return Role(id=new_id(), salt=new_id(), name=name, members=members, keys=held)


def records() -> Records:
    return Records(id=new_id(), salt=new_id(), keys=(shared_key(OpeningKey.generate()),))


@dataclass
class Agency:
    """An agency's keys, and its events as it would sign them."""

    id: str = "northshire-childrens"
    root: SigningKey = field(default_factory=SigningKey.generate)
    next_root: SigningKey = field(default_factory=SigningKey.generate)
    signing: SigningKey = field(default_factory=SigningKey.generate)
    mailbox: OpeningKey = field(default_factory=OpeningKey.generate)
    transport: TransportKey = field(default_factory=TransportKey.generate)
    witness: WitnessKey = field(default_factory=WitnessKey.generate)

    def enrol(self, **other: object) -> Enrol:
        fields: dict[str, object] = {
            "agency": self.id,
            "prev": None,
            "created": at(),
            "name": f"The agency {self.id}",
            "root": encode(self.root.verifying_key.to_bytes()),
            "next_root": digest(self.next_root.verifying_key.to_bytes()),
            "signing": encode(self.signing.verifying_key.to_bytes()),
            "mailbox": Mailbox(epoch=1, key=encode(self.mailbox.sealing_key.to_bytes())),
            "transport": encode(self.transport.public.to_bytes()),
            "witness": encode(self.witness.public.to_bytes()),
        }
        return Enrol.model_validate({**fields, **other})

    def rotate(self, directory: Directory, **other: object) -> Rotate:
        nothing = dict.fromkeys(("signing", "mailbox", "transport", "witness"))
        return Rotate.model_validate({**self._next(directory), **nothing, **other})

    def revoke(self, directory: Directory, key: str, **other: object) -> Revoke:
        return Revoke.model_validate({**self._next(directory), "key": key, "from_index": 0, **other})

    def sponsor(self, directory: Directory, newcomer: Agency, **other: object) -> Sponsor:
        fields = {"newcomer": newcomer.id, "enrolment": digest(dump(newcomer.enrol()))}
        return Sponsor.model_validate({**self._next(directory), **fields, **other})

    def succeed(
        self, directory: Directory, following: SigningKey, root: SigningKey | None = None, **other: object
    ) -> Succeed:
        """The next root succeeds and commits to `following`; sign it with the next root."""
        fields = {
            "root": encode((root or self.next_root).verifying_key.to_bytes()),
            "next_root": digest(following.verifying_key.to_bytes()),
        }
        return Succeed.model_validate({**self._next(directory), **fields, **other})

    def anchor(self, number: int, key: SigningKey | None = None, **other: object) -> Signed:
        signing = key or self.signing
        fields: dict[str, object] = {
            "agency": self.id,
            "key": signing.verifying_key.key_id,
            "number": number,
            "head": digest(str(number).encode()),
            "created": at(number),
        }
        return sign(Kind.ANCHOR, dump(Anchor.model_validate({**fields, **other})), signing)

    def _next(self, directory: Directory) -> dict[str, object]:
        keys = directory.agency(self.id)
        return {"agency": self.id, "seq": keys.seq + 1, "prev": keys.head, "created": at()}

    def signs(
        self, event: AgencyEvent, key: SigningKey | None = None, kind: Kind = Kind.AGENCY_EVENT
    ) -> Signed:
        return sign(kind, dump(event), key or self.root)

    def roster(
        self,
        *entries: Person | Role | Records,
        version: int = 1,
        created: float = 0,
        expires: float = 30,
        lead: str | None = None,
        key: SigningKey | None = None,
        agency: str | None = None,
        administrators: tuple[str, ...] = (),
        custodians: Custodians | None = None,
    ) -> RosterDocument:
        draft = RosterDraft(
            agency=agency or self.id,
            version=version,
            created=at(created),
            expires=at(expires),
            lead=lead,
            administrators=administrators,
            custodians=custodians,
        )
        return sign_roster(draft, entries, key or self.signing)


def enrolled(*agencies: Agency) -> Directory:
    directory = Directory()
    for agency in agencies:
        directory.apply(agency.signs(agency.enrol()))
    return directory
