"""An agency's events, folded one by one to its keys; and which anchors of its audit trail may follow which.

Promises: an event follows the agency's last one, or nothing changes; a revoked key never comes back; the root
is no everyday key, and only the one that it committed to succeeds it; no two witness keys of one agency have
one name in notes, where whoever knows the one would take a line of the other for a forgery.
Never: it checks a signature. See `directory`, which does before it folds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar, assert_never

from keys.agency import AgencyKeys, Everyday, Revocation, Said
from keys.errors import (
    AnchorTooSoon,
    AuditRolledBack,
    EventForked,
    EventNotChained,
    EventReplayed,
    KeyRevoked,
    KeyUnknown,
    Malformed,
    RootNotCommitted,
    TooManyEvents,
)
from keys.event import Anchor, Change, Enrol, Revoke, Rotate, Sponsor, Succeed
from keys.notekey import NotePublic
from keys.record import decode, digest
from keys.suite import SealingKey, TransportPublic, VerifyingKey
from keys.transparency.note import Algorithm, VerifierKey

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANGES_OF_ONE_AGENCY: Final = 1000  # every desk keeps them all: a rotation each fortnight for forty years
CHANGES_OF_ONE_ROOT: Final = 400  # so that whoever steals a root leaves room for the next one
ANCHOR_LEAP: Final = (
    2**32
)  # entries between two anchors: a thief's leap to the last number would leave no next
_DAY: Final = len("2026-11-22")
_Key = VerifyingKey | SealingKey | TransportPublic | NotePublic
_Public = TypeVar("_Public", VerifyingKey, SealingKey, TransportPublic, NotePublic)


def enrolled(event: Enrol, payload: bytes, index: int | None) -> AgencyKeys:
    """Begin with an agency's first event, whose exact bytes are `payload`, at that place in the log.

    `Malformed` for a key that is none, or stands in the wrong place.
    """
    root = VerifyingKey.from_bytes(decode(event.root))
    roots = {root.key_id: root}
    _check_commitment(event.next_root, roots)
    signing = _everyday(event.signing, roots, event.next_root)
    mailbox = SealingKey.from_bytes(decode(event.mailbox.key))
    transport = TransportPublic.from_bytes(decode(event.transport))
    witness = NotePublic.from_bytes(decode(event.witness))
    current: dict[Everyday, str] = {
        "signing": signing.key_id,
        "mailbox": mailbox.key_id,
        "transport": transport.key_id,
        "witness": witness.key_id,
    }
    return AgencyKeys(
        agency=event.agency,
        name=event.name,
        first_root=root,
        next_root=event.next_root,
        enrolment=digest(payload),
        seq=0,
        head=digest(payload),
        changed=event.created,
        mailbox_epoch=event.mailbox.epoch,
        roots=roots,
        current=current,
        signing_keys={signing.key_id: signing},
        mailbox_keys={mailbox.key_id: mailbox},
        transport_keys={transport.key_id: transport},
        witness_keys={witness.key_id: witness},
        vouched=dict.fromkeys(current.values(), Said(root.key_id, index)),
        places=(index,),
    )


def followed(keys: AgencyKeys, event: Change, payload: bytes, index: int | None) -> AgencyKeys:
    """Fold one more event of this agency, whose exact bytes are `payload`, at that place in the log.

    `EventForked` where it stands in a taken place or on another predecessor, `EventNotChained` where one is
    missing or time runs backwards, `RootNotCommitted`, `TooManyEvents`, `KeyUnknown` or `KeyRevoked` for keys
    that it cannot speak of, `Malformed` for a key that is none, or stands in the wrong place.
    """
    if event.seq <= keys.seq or (event.seq == keys.seq + 1 and event.prev != keys.head):
        raise EventForked
    if event.seq != keys.seq + 1 or event.created < keys.changed:
        raise EventNotChained
    said = Said(keys.root.key_id, index)
    after = _changed(keys, event, said)
    places = (*keys.places, index)
    return replace(after, seq=event.seq, head=digest(payload), changed=event.created, places=places)


def new_signer(event: Enrol | Change) -> str | None:
    """Give the digest of the signing key that an event brings, if it brings one.

    Nobody proves that they have it. So it must be none that an agency committed to as its next root: else
    whoever sees a succession coming could show that root first, and make it impossible.
    """
    signing = event.signing if isinstance(event, Enrol | Rotate) else None
    return None if signing is None else digest(decode(signing))


class Anchored(NamedTuple):
    """An anchor, and its place in the log; None where that is not known."""

    anchor: Anchor
    at: int | None


def newest_anchor(keys: AgencyKeys, anchors: Mapping[str, Anchored]) -> Anchor | None:
    """Give the newest anchor whose key counted when it came; `anchors` has the newest under each key."""
    found = [one.anchor for one in anchors.values() if _counted_then(keys, one)]
    return max(found, key=lambda anchor: anchor.number, default=None)


def check_anchor(keys: AgencyKeys, anchors: Mapping[str, Anchored], anchor: Anchor) -> None:
    """Raise unless the anchor follows the agency's newest; one that a thief made holds back no other.

    `EventReplayed`, `AuditRolledBack`, `AnchorTooSoon`; `EventNotChained` for a leap that leaves no room.
    """
    if any(anchor == one.anchor for one in anchors.values()):
        raise EventReplayed
    known = newest_anchor(keys, anchors)
    if known is not None and anchor.number <= known.number:
        raise AuditRolledBack
    if known is not None and anchor.created[:_DAY] <= known.created[:_DAY]:
        raise AnchorTooSoon  # every desk keeps them all, for ever
    if anchor.number > max((one.anchor.number for one in anchors.values()), default=0) + ANCHOR_LEAP:
        raise EventNotChained("number")


def _counted_then(keys: AgencyKeys, anchored: Anchored) -> bool:
    try:
        keys.signing_key(anchored.anchor.key, anchored.at)
    except KeyRevoked:
        return False
    return True


def _changed(keys: AgencyKeys, event: Change, said: Said) -> AgencyKeys:
    match event:
        case Sponsor():
            return replace(keys, sponsorships={**keys.sponsorships, event.newcomer: said})
        case Succeed():
            return _succeeded(_counted(keys, 0), event)
        case Rotate():
            return _rotated(_counted(keys, keys.changes_of_root + 1), event, said)
        case Revoke():
            return _without(_counted(keys, keys.changes_of_root + 1), event, said)
        case _:
            assert_never(event)


def _counted(keys: AgencyKeys, of_root: int) -> AgencyKeys:
    if keys.changes >= CHANGES_OF_ONE_AGENCY or of_root > CHANGES_OF_ONE_ROOT:
        raise TooManyEvents
    return replace(keys, changes=keys.changes + 1, changes_of_root=of_root)


def _succeeded(keys: AgencyKeys, event: Succeed) -> AgencyKeys:
    root = VerifyingKey.from_bytes(decode(event.root))
    if digest(root.to_bytes()) != keys.next_root:
        raise RootNotCommitted
    roots = {**keys.roots, root.key_id: root}
    _check_commitment(event.next_root, {**keys.signing_keys, **roots})
    return replace(keys, roots=roots, next_root=event.next_root)


def _rotated(keys: AgencyKeys, event: Rotate, said: Said) -> AgencyKeys:
    new: dict[Everyday, _Key] = {}
    epoch = keys.mailbox_epoch
    if event.signing is not None:
        new["signing"] = _everyday(event.signing, keys.roots, keys.next_root)
    if event.mailbox is not None:
        epoch += 1
        if event.mailbox.epoch != epoch:  # a thief's leap to the last epoch would leave no next one
            raise EventNotChained("mailbox.epoch")
        new["mailbox"] = SealingKey.from_bytes(decode(event.mailbox.key))
    if event.transport is not None:
        new["transport"] = TransportPublic.from_bytes(decode(event.transport))
    if event.witness is not None:
        new["witness"] = _witness(event.witness, keys)
    if any(keys.revocation(key.key_id) for key in new.values()):
        raise KeyRevoked
    return replace(
        keys,
        mailbox_epoch=epoch,
        current={**keys.current, **{kind: key.key_id for kind, key in new.items()}},
        signing_keys=_joined(keys.signing_keys, new.get("signing"), VerifyingKey),
        mailbox_keys=_joined(keys.mailbox_keys, new.get("mailbox"), SealingKey),
        transport_keys=_joined(keys.transport_keys, new.get("transport"), TransportPublic),
        witness_keys=_joined(keys.witness_keys, new.get("witness"), NotePublic),
        vouched={**keys.vouched, **{key.key_id: _first_said(keys, key, said) for key in new.values()}},
    )


def _first_said(keys: AgencyKeys, key: _Key, said: Said) -> Said:
    """Let a key that comes back keep its first place, unless that was under a stolen root."""
    before = keys.vouched.get(key.key_id)
    return before if before is not None and keys.stands(before) else said


def _without(keys: AgencyKeys, event: Revoke, said: Said) -> AgencyKeys:
    former = keys.roots.keys() - {keys.root.key_id}
    if event.key not in keys.vouched and event.key not in former:
        raise KeyUnknown
    if keys.revocation(event.key) is not None:
        raise KeyRevoked
    revocation = Revocation(event.from_index, event.created, said)
    return replace(keys, revoked={**keys.revoked, event.key: revocation})


def _joined(keys: Mapping[str, _Public], new: _Key | None, kind: type[_Public]) -> Mapping[str, _Public]:
    return {**keys, new.key_id: new} if isinstance(new, kind) else keys


def _everyday(text: str, roots: Mapping[str, VerifyingKey], next_root: str) -> VerifyingKey:
    """Read a signing key; the roots stay offline, the next one too."""
    key = VerifyingKey.from_bytes(decode(text))
    if key.key_id in roots or digest(key.to_bytes()) == next_root:
        raise Malformed("signing")
    return key


def _witness(text: str, keys: AgencyKeys) -> NotePublic:
    """Read a witness key whose id of four bytes, with which notes name it, is none of the ones before it."""
    new = NotePublic.from_bytes(decode(text))
    before = [key for key in keys.witness_keys.values() if key != new]
    if _note_id(keys.agency, new) in {_note_id(keys.agency, key) for key in before}:
        raise Malformed("witness")
    return new


def _note_id(agency: str, key: NotePublic) -> bytes:
    return VerifierKey(agency, Algorithm.COSIGNATURE, key).key_id


def _check_commitment(next_root: str, shown: Mapping[str, VerifyingKey]) -> None:
    """Refuse a commitment to a key already in use: whoever stole that one could succeed the root."""
    if any(digest(key.to_bytes()) == next_root for key in shown.values()):
        raise Malformed("next_root")
