"""The policy: which log one believes, whose witnesses must stand by it, and which agencies began it.

It is agreed on once, compared aloud by its fingerprint, and pinned; nothing that arrives can change it.

Promises: a policy is refused unless any two quorums share a witness that is honest, with up to `faults` of
them lying: `2 * quorum > witnesses + faults`. So no two histories can both have a quorum while at most that
many lie. Each witness counts once: names and keys are all different, and the log is no witness of itself.
Never: a checkpoint counts without the signature of the log; a bad signature in the name of a known key is not
passed over but refused, for it shows that somebody tried.

The file, strict JSON (any layout; its fingerprint is of one)::

    {"v":1,"origin":"hub.example","log":"hub.example+…+…","witnesses":["moorfield-primary+…+…",…],
     "quorum":3,"faults":1,"founders":{"moorfield-primary":"01234 56789 …"},"sponsors":2}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from keys.errors import (
    CheckpointForged,
    CheckpointMalformed,
    Malformed,
    NoteMalformed,
    PolicyMalformed,
    PolicyUnsafe,
    QuorumMissing,
    SignatureInvalid,
)
from keys.record import AgencyId, Frozen
from keys.statement import dump, load
from keys.suite import fingerprint
from keys.transparency.checkpoint import Checkpoint, read_checkpoint
from keys.transparency.cosignature import verify_cosignature
from keys.transparency.note import NAME_LIMIT, Algorithm, VerifierKey, read_note

POLICY_LIMIT: Final = 64 * 1024
WITNESSES: Final = 100
FOUNDERS: Final = 200

VKey = Annotated[str, StringConstraints(max_length=400)]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}( [0-9]{5}){11}$")]
_Count = Annotated[int, Field(ge=0, le=WITNESSES)]


class Policy(Frozen):
    """What one pins. Making an unsafe one raises `PolicyUnsafe`, a contradictory one `PolicyMalformed`."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    origin: Annotated[str, StringConstraints(min_length=1, max_length=NAME_LIMIT)]
    log: VKey
    witnesses: Annotated[tuple[VKey, ...], Field(max_length=WITNESSES)]
    quorum: _Count
    faults: _Count
    founders: Annotated[dict[AgencyId, Fingerprint], Field(min_length=1, max_length=FOUNDERS)]
    sponsors: Annotated[int, Field(ge=1, le=FOUNDERS)]

    @model_validator(mode="after")
    def _holds(self) -> Self:
        keys = (self.log_key, *self.witness_keys)
        if self.log_key.algorithm is not Algorithm.ED25519 or self.log_key.name != self.origin:
            raise PolicyMalformed("log")
        if any(key.algorithm is not Algorithm.COSIGNATURE for key in keys[1:]):
            raise PolicyMalformed("witnesses")
        if len({key.name for key in keys}) < len(keys) or len({key.public for key in keys}) < len(keys):
            raise PolicyMalformed("witnesses")
        if not is_safe(len(self.witnesses), self.quorum, self.faults):
            raise PolicyUnsafe
        return self

    @property
    def log_key(self) -> VerifierKey:
        """The log's."""
        return VerifierKey.from_vkey(self.log)

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """The witnesses', in the policy's order."""
        return tuple(VerifierKey.from_vkey(vkey) for vkey in self.witnesses)

    def to_bytes(self) -> bytes:
        """Print it in its one spelling: witnesses and founders sorted."""
        return dump(
            self.model_copy(
                update={
                    "witnesses": tuple(sorted(self.witnesses)),
                    "founders": dict(sorted(self.founders.items())),
                }
            )
        )

    @property
    def fingerprint(self) -> str:
        """Sixty digits of that spelling, for two people to compare aloud."""
        return fingerprint(self.to_bytes())


def is_safe(witnesses: int, quorum: int, faults: int) -> bool:
    """Whether any two quorums share a witness that is honest, with `faults` of them lying.

    Two quorums of q among n share at least 2q - n witnesses, which must be more than f.
    """
    return 0 <= faults < witnesses and quorum <= witnesses and 2 * quorum > witnesses + faults


def read_policy(data: bytes) -> Policy:
    """Read a policy of at most 64 KiB strictly; `PolicyMalformed`, `PolicyUnsafe`."""
    try:
        return load(data, Policy, limit=POLICY_LIMIT)
    except Malformed as malformed:
        raise PolicyMalformed(malformed.where) from None


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that the policy's log signed, and which of its witnesses say that they saw it, when."""

    checkpoint: Checkpoint
    witnesses: tuple[tuple[str, int], ...]
    quorum: bool

    def require_quorum(self) -> Checkpoint:
        """Give the checkpoint if enough witnesses stand by it; `QuorumMissing`."""
        if not self.quorum:
            raise QuorumMissing
        return self.checkpoint


def open_checkpoint(note: bytes, policy: Policy) -> Witnessed:
    """Verify a note of the policy's log; about 0.1 ms of one core for each signature.

    `CheckpointMalformed` for what is no checkpoint, `CheckpointForged` if the log did not sign it or it is
    another log's, `CosignatureForged` if a line bears the name and id of a known witness that did not sign.
    Signatures of others say nothing. Of a witness's several times the latest counts.
    """
    try:
        read = read_note(note)
    except NoteMalformed as malformed:
        raise CheckpointMalformed(malformed.where) from None
    log = policy.log_key
    signed = [signature for signature in read.signatures if log.names(signature)]
    if not signed:
        raise CheckpointForged
    try:
        for signature in signed:
            log.verify(signature, read.text)
    except SignatureInvalid:
        raise CheckpointForged from None
    checkpoint = read_checkpoint(read.text)
    if checkpoint.origin != policy.origin:
        raise CheckpointForged("origin")
    seen = []
    for witness in policy.witness_keys:
        made = [one for one in read.signatures if witness.names(one)]
        if made:
            times = [verify_cosignature(read.text, one, witness) for one in made]
            seen.append((witness.name, max(times)))
    return Witnessed(checkpoint, tuple(seen), len(seen) >= policy.quorum)
