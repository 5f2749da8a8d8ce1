"""What the casebook keeps of keys: rosters, the key log's entries and checkpoints, and what contradicts them.

Promises and never: as `rows`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RosterRow:
    """An agency's roster as the sealed letter that brought it; names are inside, and nowhere else.

    `received_at` as for a step: the size of the key log when it first came.
    """

    agency: str
    version: int
    expires: str
    envelope: bytes
    received: str
    received_at: int


@dataclass(frozen=True, slots=True)
class RosterSent:
    """That `version` of our own roster was queued for `agency` in `envelope_id`, sealed to `key`."""

    agency: str
    version: int
    envelope_id: str
    key: str  # the mailbox key's id


@dataclass(frozen=True, slots=True)
class LogEntryRow:
    """An entry of the key log: an agency's event or its audit anchor, `index` from 0 without gaps."""

    index: int
    payload: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A checkpoint that this desk verified against every entry before it: size, root (hex), the signed note.

    There is one root for each size, and none is added below the largest: a change that would is refused
    whole, so that whoever cosigns what is recorded never cosigns two histories. `quorum` once enough
    witnesses of the policy stand under the note; `cosigned` when this agency's own witness key signed it.
    """

    size: int
    root: str
    note: bytes
    quorum: bool
    at: str
    cosigned: str | None = None


@dataclass(frozen=True, slots=True)
class ContradictionRow:
    """Two histories of one log, kept as evidence: what was `shown` to this desk, and what it had `known`.

    Each is a signed note, or the head that another agency's slip named, as JSON. `digest` is the SHA-256 of
    that note, or of the envelope with the slip; `code` the alarm; `agency` the slip's (None: no slip).
    """

    digest: str
    code: str
    agency: str | None
    shown: bytes
    known: bytes
    at: str
