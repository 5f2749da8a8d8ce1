"""What the casebook keeps: a frozen row for each thing.

Promises: a row holds ids, states, times and sealed bytes, so that the file on the disk tells nobody what was
said or by whom in words; every time is a `keys.record.Time` (20 characters, UTC, sorts as text).
Never: a row holds a slip, a name, or a word of contents in the clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Turn = Literal["sender", "recipient"]
BlobState = Literal["upload", "uploaded", "download", "present", "refused"]
Awaits = Literal["roster", "directory"]
Stage = Literal["person", "role", "lead"]


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step that this desk accepted, its own or another's; the slip itself stays inside `envelope`.

    `digest` is the SHA-256 of the exact slip bytes and the row's identity: recording it again is no change.
    `envelope` is the sealed envelope as received; for a step of this desk (`mine`) the copy sealed to the
    agency's own mailbox. `answers` is the digest that the slip answers, so that shares which cite a
    request can be found. `received` is when this desk first had it, `created` what its author claims;
    `received_at` is the size of the key log by which it was judged: as this desk knew it then, or as its
    author said they did, whichever is larger. A key revoked from an index up to there does not count for it.
    """

    digest: str
    envelope_id: str
    thread: str
    leg: int | None
    kind: str
    agency: str
    person: str
    seq: int
    answers: str | None
    created: str
    received: str
    received_at: int
    mine: bool
    envelope: bytes


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """Where a thread stands: the fold of its steps, kept so that lists need not open anything.

    `folded` is how many steps the fold saw: the thread's own and the shares that cite its request (see
    `Casebook.folded`); the row is refused with `ThreadMoved` if the casebook holds another number when it
    is written, so that a status can never be that of an older set of steps. `kind`, `agency` and `person`
    are the opening step's, None until it arrives. `state` is a request's state. `open` while anything may
    still happen that somebody waits for; `closed` is the share's own word (no leg open, at least one closed).
    `waiting` is how many causes are missing, `waiting_since` when the first was missed.
    """

    thread: str
    kind: str | None
    agency: str | None
    person: str | None
    state: str | None
    open: bool
    closed: bool
    waiting: int
    waiting_since: str | None
    forks: int
    folded: int
    opened: str | None
    updated: str


@dataclass(frozen=True, slots=True)
class LegRow:
    """Where one leg stands, and whose turn it is; a request or decision has a single row with `leg` None.

    `sender_*` is the author of the opening step, `recipient_*` the party addressed (all None for a decision).
    `open` is false in CLOSED, DECLINED, WITHDRAWN (and a request's ANSWERED, REFUSED, WITHDRAWN): open legs
    are what the inbox lists, so that closed ones cost it nothing. `due` is when the turn's step is due.
    `version`, `read_back`, `hear_back` are the digests in force; a change of any of them, or of the turn,
    starts reminders afresh.
    """

    thread: str
    leg: int | None
    sender_agency: str
    sender_person: str
    recipient_agency: str | None
    recipient_person: str | None
    recipient_role: str | None
    state: str
    open: bool
    turn: Turn | None
    urgency: str | None
    due: str | None
    version: str | None
    read_back: str | None
    hear_back: str | None
    updated: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A leg with its thread, as lists show it."""

    thread: ThreadRow
    leg: LegRow


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An envelope to post: a step's, or (`step` None) a roster's.

    It is posted after every blob it names was uploaded, and after this agency's current roster went to each
    of its `mailboxes`. `envelope` is dropped once the hub has accepted it.
    """

    envelope_id: str
    thread: str | None
    step: str | None
    mailboxes: tuple[str, ...]
    blobs: tuple[str, ...]
    queued: str
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an envelope that this desk queued. None of it ever changes a thread's status.

    `posted`: the hub took it. `refused`: the code with which the hub refused it for good. `expired`: the
    mailboxes from which it was never fetched, each with when the hub gave up.
    """

    envelope_id: str
    thread: str | None
    step: str | None
    mailboxes: tuple[str, ...]
    queued: str
    posted: str | None
    refused: str | None
    expired: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Expiry:
    """A notice of the hub: `envelope_id` lay unfetched in `mailbox` until `at`."""

    envelope_id: str
    mailbox: str
    at: str


@dataclass(frozen=True, slots=True)
class KeptRow:
    """Something that a person keeps at their own desk, sealed to them: a draft, an emphasis, a handle.

    `name` is made of ids and slashes (`emphasis/<step digest>`); `person` is whose it is.
    """

    name: str
    person: str
    thread: str | None
    sealed: bytes
    kept: str


@dataclass(frozen=True, slots=True)
class HeldRow:
    """An envelope that cannot be judged yet, tried again when what it `awaits` changes.

    `digest` is the SHA-256 of the envelope; `agency` the one whose roster is awaited; `code` why it is held.
    `received_at` is the size of the key log when it first came: it is judged by that, however long it waits.
    """

    digest: str
    envelope: bytes
    awaits: Awaits
    agency: str | None
    code: str
    since: str
    received_at: int
    number: int = 0  # its place in the queue, given by the casebook


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """An envelope that was refused, kept as evidence. `code` is the precise reason, for this desk only."""

    digest: str
    envelope: bytes
    code: str
    at: str


@dataclass(frozen=True, slots=True)
class BlobRow:
    """An attachment's ciphertext, by its SHA-256; `size` in bytes. The bytes themselves are in `BlobFolder`.

    An incoming slip's attachments are recorded as `download`, an outgoing one's as `upload`.
    """

    digest: str
    size: int
    state: BlobState
    thread: str | None


@dataclass(frozen=True, slots=True)
class HeardRow:
    """That a read-back was heard by somebody of this agency: numbers for the agency's lead, without a word.

    `hear_back` is the step's digest; `compared` whether the words opened and the two sides were compared.
    `pause` is seconds from the read-back's arrival here to the answer; `took`, of an agreed one, seconds
    from the share, or from the amendment that reopened it.
    """

    hear_back: str
    person: str
    at: str
    agreed: bool
    compared: bool
    pause: int
    took: int | None


@dataclass(frozen=True, slots=True)
class DivergenceRow:
    """How many times a read-back differed in one way, by the comparison's own name for it."""

    hear_back: str
    kind: str
    times: int


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """That somebody was reminded, `to` being a person or role by id (or "", where there is nobody to ask).

    An `occasion` is one turn of one leg (see `desk.notify`): the next turn is another.
    """

    thread: str
    leg: int | None
    occasion: str
    stage: Stage
    to: str
    due: str
    at: str


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """Something an administrator must know: `name` is a stable code, `subject` an id (or "").

    Raising one that stands is no change; `cleared` is when its cause was last seen to be gone.
    """

    name: str
    subject: str
    raised: str
    cleared: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that happened here: `event` and `code` are stable words, everything else an id."""

    event: str
    at: str
    thread: str | None = None
    step: str | None = None
    agency: str | None = None
    person: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry in its place: `chain` is SHA-256 over the one before it and this one's exact line."""

    number: int
    entry: AuditEntry
    chain: str
