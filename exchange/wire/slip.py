"""The slip: what the desks see, signed by the sender over its exact bytes.

Promises: a slip has one spelling; each kind of step carries the fields of its kind and no others; the words
themselves are pinned by commitment and never present.
Never: it holds a name, a word of contents, or a field whose meaning depends on the reader.

An example, shortened::

    {"v":1,"suite":"cx1","id":"…26…","kind":"read_back","thread":"…26…","leg":0,"seq":1,
     "prev":["…64 hex…"],"answers":"…64 hex…","author":{"agency":"northshire-childrens",
     "person":"…","key":"…"},"to":[{"agency":"moorfield-primary","person":"…","role":null}],"purpose":null,
     "basis":null,"urgency":null,"due":null,"verdict":null,"created":"2026-11-22T15:04:05Z","expires":"…",
     "log":{"origin":"…","size":9,"root":"…"},"contents":[{"commitment":"…","length":812,"ring":"…"}],
     "attachments":[]}

`seq` counts one hand's own steps in one leg (or in the thread, where `leg` is null), so that two different
slips at one place are evidence of a fork. `prev` names the heads of that leg as the author knew them.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from exchange.wire import limits
from keys.record import AgencyId, Digest, Frozen, Id, KeyId, Time
from keys.statement import dump, load

StepKind = Literal[
    "share",
    "request",
    "decision",
    "accept",
    "decline",
    "read_back",
    "hear_back",
    "amend",
    "withdraw",
    "refuse",
    "note",
]
Urgency = Literal["immediate", "today", "routine"]
Verdict = Literal["agreed", "corrected"]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]

OF_ONE_LEG = frozenset({"accept", "decline", "read_back", "hear_back", "amend"})
OF_THE_WHOLE = frozenset({"share", "request", "decision", "refuse"})
SPEAKS_OF_LAW = frozenset({"share", "request", "amend"})
MUST_ANSWER = frozenset({"accept", "decline", "read_back", "hear_back", "amend", "withdraw", "refuse"})


_THREAD = "readback/cx1/thread"


class Author(Frozen):
    """Who signed: a person at an agency, under a key."""

    agency: AgencyId
    person: Id
    key: KeyId


class Party(Frozen):
    """To whom: exactly one person, or one role, of an agency."""

    agency: AgencyId
    person: Id | None = None
    role: Id | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.person is None) == (self.role is None):
            raise ValueError("either a person or a role")
        return self


class Basis(Frozen):
    """The lawful basis, with its gateway and the reason why consent is not relied on, where they apply."""

    code: Code
    gateway: Code | None = None
    no_consent: Code | None = None


class LogHead(Frozen):
    """The part of the key log that the author relied on, for others to compare."""

    origin: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/\[\]-]{1,200}$")]
    size: Annotated[int, Field(ge=0, lt=2**48)]
    root: Digest


class PartPin(Frozen):
    """What pins one part: SHA-256(salt ‖ contents), the contents' length, SHA-256 of the sealed ring."""

    commitment: Digest
    length: Annotated[int, Field(ge=2, le=limits.CONTENTS)]
    ring: Digest


class AttachmentPin(Frozen):
    """One attachment: size in bytes and SHA-256, both of the ciphertext."""

    size: Annotated[int, Field(ge=72, le=2 * limits.ATTACHMENT)]
    digest: Digest


class Slip(Frozen):
    """One step of a thread, as the desks see it."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    suite: Literal["cx1"] = "cx1"
    id: Id
    kind: StepKind
    thread: Id
    leg: Annotated[int, Field(ge=0, lt=limits.RECIPIENTS)] | None
    seq: Annotated[int, Field(ge=0, lt=limits.STEPS_PER_THREAD)]
    prev: Annotated[tuple[Digest, ...], Field(max_length=limits.HEADS)]
    answers: Digest | None
    author: Author
    to: Annotated[tuple[Party, ...], Field(max_length=limits.RECIPIENTS)]
    purpose: Code | None
    basis: Basis | None
    urgency: Urgency | None
    due: Time | None
    verdict: Verdict | None
    created: Time
    expires: Time
    log: LogHead
    contents: Annotated[tuple[PartPin, ...], Field(min_length=1, max_length=limits.PARTS)]
    attachments: Annotated[tuple[AttachmentPin, ...], Field(max_length=limits.ATTACHMENTS)]

    @model_validator(mode="after")
    def _fields_of_its_kind(self) -> Self:
        kind = self.kind
        rules = (
            (self.leg is not None or kind not in OF_ONE_LEG, "this kind needs a leg"),
            (self.leg is None or kind not in OF_THE_WHOLE, "this kind has no leg"),
            (self.answers is not None or kind not in MUST_ANSWER, "this kind answers a step"),
            ((self.verdict is not None) == (kind == "hear_back"), "the verdict is the hear-back's"),
            (self.purpose is None or kind in SPEAKS_OF_LAW, "this kind has no purpose"),
            (self.basis is None or kind in SPEAKS_OF_LAW, "this kind has no basis"),
            ((self.urgency is not None) == (kind in SPEAKS_OF_LAW), "urgency"),
            ((self.due is not None) == (kind in SPEAKS_OF_LAW), "due"),
            (bool(self.to) == (kind != "decision"), "recipients"),
            (kind in {"share", "note"} or len(self.to) <= 1, "one recipient"),
            (kind in {"share", "amend"} or not self.attachments, "attachments"),
            (kind == "share" or len(self.contents) == 1, "one part"),
            (len(set(self.to)) == len(self.to), "each recipient once"),
            (len(set(self.prev)) == len(self.prev), "each head once"),
            (self.created < self.expires, "expires after it was created"),
        )
        for holds, rule in rules:
            if not holds:
                raise ValueError(rule)
        return self


def thread_of(agency: str, person: str, step: str) -> str:
    """Name the thread that this person opens with the step of this id: nobody else can open one of that name.

    130 bits of a digest over the three, in the form of an id.
    """
    name = f"{_THREAD}\0{agency}\0{person}\0{step}"
    return b32encode(hashlib.sha256(name.encode()).digest()).decode().lower()[:26]


def write(slip: Slip) -> bytes:
    """Print the exact bytes to sign."""
    return dump(slip)


def read(payload: bytes) -> Slip:
    """Read a slip strictly; `keys.errors.Malformed` otherwise."""
    return load(payload, Slip, limit=limits.SLIP)
