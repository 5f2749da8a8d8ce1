"""The log in a certificate: whose key was whose, as enough witnesses saw it.

Promises: the checkpoint is one that the policy's log signed and a quorum of its witnesses cosigned; every
event stands in exactly its place below it; each agency's events follow one another from its enrolment on;
every author relied on the beginning of that very log; who signed stands under the policy.
Never: it knows whether an agency's last events were left out, or what the log said later: a tree can show
what is in it, and not that nothing else is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.errors import (
    CertificateIncomplete,
    CertificateRefused,
    DirectoryBehind,
    LogDisagrees,
    LogForked,
)
from exchange.evidence.certificate import in_order
from keys.directory import Directory
from keys.errors import (
    AgencyUnsponsored,
    CheckpointMalformed,
    EventNotChained,
    NoteMalformed,
    Problem,
    ProofInvalid,
)
from keys.event import Enrol, Sponsor, entry_of, read_event
from keys.record import decode
from keys.standing import standing
from keys.transparency.checkpoint import read_checkpoint
from keys.transparency.merkle import EMPTY_ROOT, leaf_hash
from keys.transparency.note import read_note
from keys.transparency.policy import open_checkpoint
from keys.transparency.proof import verify_consistency, verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from exchange.evidence.certificate import Certificate
    from exchange.share.thread import Step
    from keys.transparency.checkpoint import Checkpoint
    from keys.transparency.policy import Policy


class Place:
    """Names the place in the certificate at which a problem was met."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, problem: object, _trace: object) -> None:
        if isinstance(problem, Problem):
            problem.where = f"{self._where}: {problem.where}" if problem.where else self._where


@dataclass(frozen=True, slots=True)
class LogSeen:
    """Up to where the log is shown, and who vouches for it.

    `witnesses` are those of the policy, each with when it cosigned (POSIX seconds); `vouched` is when the
    last one that the quorum needs did. `policy` is the fingerprint of the one that judged, None without: then
    nobody vouches for the log. `unknown` counts the signatures of others, which say nothing.
    """

    checkpoint: Checkpoint
    witnesses: tuple[tuple[str, int], ...]
    vouched: int | None
    policy: str | None
    unknown: int


def log_seen(certificate: Certificate, policy: Policy | None) -> LogSeen:
    """Judge the checkpoint: by the policy, or (None) only for its shape.

    `CheckpointMalformed`, `CheckpointForged`, `CosignatureForged`, `QuorumMissing`; `CertificateRefused` for
    lines that stand in another order than theirs.
    """
    raw = decode(certificate.checkpoint)
    with Place("checkpoint"):
        try:
            note = read_note(raw)
        except NoteMalformed as problem:
            raise CheckpointMalformed(problem.where) from None
        if in_order(note) != note:
            raise CertificateRefused
        if policy is None:
            return LogSeen(read_checkpoint(note.text), (), None, None, len(note.signatures))
        witnessed = open_checkpoint(raw, policy)
        checkpoint = witnessed.require_quorum()
    keys = (policy.log_key, *policy.witness_keys)
    unknown = sum(not any(key.names(one) for key in keys) for one in note.signatures)
    times = sorted((at for _, at in witnessed.witnesses), reverse=True)
    return LogSeen(checkpoint, witnessed.witnesses, times[policy.quorum - 1], policy.fingerprint, unknown)


def check_heads(certificate: Certificate, steps: Sequence[Step], checkpoint: Checkpoint) -> None:
    """Raise unless every log that a slip names is a beginning of the checkpoint's.

    `LogDisagrees` for another log's name, `ProofInvalid` for another history of this one;
    `CertificateIncomplete` if a size has no proof, or a proof belongs to no slip.
    """
    sizes = [head.size for head in certificate.heads]
    if sizes != sorted({step.slip.log.size for step in steps}):
        raise CertificateIncomplete("heads")
    proofs = {head.size: (place, head.proof) for place, head in enumerate(certificate.heads)}
    for named in dict.fromkeys(step.slip.log for step in steps):
        place, proof = proofs[named.size]
        with Place(f"heads[{place}]"):
            if named.origin != checkpoint.origin:
                raise LogDisagrees("origin")
            _check_beginning(named.size, bytes.fromhex(named.root), tuple(map(decode, proof)), checkpoint)


def _check_beginning(size: int, root: bytes, proof: tuple[bytes, ...], checkpoint: Checkpoint) -> None:
    if size:
        verify_consistency(size, root, checkpoint.size, checkpoint.root, proof)
    elif root != EMPTY_ROOT or proof:
        raise ProofInvalid


def directory_of(certificate: Certificate, checkpoint: Checkpoint, roots: Mapping[str, str]) -> Directory:
    """Fold the events, each of them proved to stand in its place; `roots` gives fingerprints to hold to.

    `ProofInvalid`, and what `Directory.apply` raises; `EventNotChained` for a sponsor who spoke too early.
    """
    directory = Directory(roots, whole=False)
    before = -1
    here: set[str] = set()
    promised: set[str] = set()
    for place, logged in enumerate(certificate.events):
        with Place(f"events[{place}]"):
            signed = logged.signed
            event = read_event(signed.payload)
            if logged.index <= before:
                raise CertificateRefused
            before = logged.index
            leaf, proof = leaf_hash(entry_of(signed)), tuple(map(decode, logged.proof))
            verify_inclusion(leaf, logged.index, checkpoint.size, proof, checkpoint.root)
            if isinstance(event, Enrol) and event.agency in promised:
                raise EventNotChained
            directory.apply(signed, logged.index)
            here.add(event.agency)
            if isinstance(event, Sponsor) and event.newcomer not in here:
                promised.add(event.newcomer)
    return directory


def check_standing(directory: Directory, signers: Collection[str], policy: Policy | None) -> None:
    """Raise unless the agencies that signed are here and stand, and no others but who vouched for one here.

    `CertificateIncomplete` or `AgencyUnsponsored`; without a policy nobody knows who stands.
    """
    agencies = {keys.agency: keys for keys in directory.agencies()}
    vouched_for = {keys.agency for keys in agencies.values() if agencies.keys() & set(keys.sponsored)}
    if not agencies.keys() >= set(signers) or not agencies.keys() <= {*signers, *vouched_for}:
        raise CertificateIncomplete("events")
    if policy is not None and not set(signers) <= standing(agencies, policy):
        raise AgencyUnsponsored("events")


def check_whole(
    directory: Directory, signers: Collection[str], checkpoint: Checkpoint, whole: Directory, policy: Policy
) -> None:
    """Raise unless the whole log begins so, with no other event of these agencies, who stand in it still.

    `DirectoryBehind` for a log that does not go as far, `LogForked` for another history,
    `CertificateIncomplete` for an event left out, `AgencyUnsponsored`.
    """
    if whole.size < checkpoint.size:
        raise DirectoryBehind
    if whole.root_at(checkpoint.size) != checkpoint.root.hex():
        raise LogForked
    for keys in directory.agencies():
        places = whole.agency(keys.agency).places
        if tuple(place for place in places if place is None or place < checkpoint.size) != keys.places:
            raise CertificateIncomplete("events")
    if not all(whole.standing(agency, policy) for agency in signers):
        raise AgencyUnsponsored("events")
