"""The certificate of closure: one leg of a share, with everything needed to check that it closed.

Promises: it has one spelling; every field in it is checked by `exchange.evidence.verify`, so that no byte
can be changed unnoticed; it holds the agency events and roster entries of those who signed, the events of
the agencies on whose word theirs stand, and nobody else's. The words are in it only if they were asked for.
Never: a date of issue, an issuer's opinion, or anything else that would have to be believed.

What it cannot show is what came *after* the steps it holds: a later amendment may have reopened the share.
It proves that this version was restated and heard, by whom, and when they said so.

An example, shortened::

    {"v":1,"kind":"readback-certificate","thread":"…26…","leg":0,
     "version":"…64 hex…","read_back":"…","hear_back":"…",
     "checkpoint":"…base64…",                            the note with its cosignatures, see `in_order`
     "heads":[{"size":9,"proof":["…base64…"]}],          what the slips name of the log, by size
     "events":[{"index":0,"payload":"…","signature":"…","proof":["…"]}],  as they stand in the log
     "rosters":[{"payload":"…","signature":"…","entries":["…"]}],   by agency, then version
     "steps":[{"payload":"…","signature":"…"}],                     the slips, in the order of their digests
     "words":[{"step":"…64 hex…","part":0,"salt":"…","contents":"…"}]}    in the order of their steps
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from exchange.errors import CertificateRefused
from exchange.wire import limits
from keys.entry import RosterDocument
from keys.errors import Malformed
from keys.record import Digest, Frozen, Id, LogIndex, decode, encode
from keys.statement import Signed, dump, load
from keys.transparency.merkle import HASH_SIZE
from keys.transparency.note import NOTE_LIMIT, Note

if TYPE_CHECKING:
    from collections.abc import Iterable

EVENTS: Final = 10_000
ROSTERS: Final = 100
_LONGEST = 2 * limits.CONTENTS  # characters of base64; what is inside is measured by its own reader
_PROOF = 64  # hashes: a path in a tree of 2^48 leaves has fewer


def _is_canonical(text: str) -> str:
    decode(text)
    return text


def _is_hash(text: str) -> str:
    if len(decode(text)) != HASH_SIZE:
        raise ValueError("a hash has 32 bytes")
    return text


Blob = Annotated[str, StringConstraints(max_length=_LONGEST), AfterValidator(_is_canonical)]
_Hash = Annotated[str, StringConstraints(max_length=44), AfterValidator(_is_hash)]
Proof = Annotated[tuple[_Hash, ...], Field(max_length=_PROOF)]


class Statement(Frozen):
    """A payload and its signature, exactly as they were signed."""

    payload: Blob
    signature: Blob

    @classmethod
    def of(cls, signed: Signed) -> Statement:
        """Print a signed statement."""
        return cls(payload=encode(signed.payload), signature=encode(signed.signature))

    @property
    def signed(self) -> Signed:
        """Give the exact bytes again."""
        return Signed(decode(self.payload), decode(self.signature))


class LoggedEvent(Frozen):
    """An agency's event, its place in the log, and the proof that the checkpoint covers it there."""

    index: LogIndex
    payload: Blob
    signature: Blob
    proof: Proof

    @classmethod
    def of(cls, index: int, signed: Signed, proof: Iterable[bytes]) -> LoggedEvent:
        """Print an event with its proof."""
        return cls(
            index=index,
            payload=encode(signed.payload),
            signature=encode(signed.signature),
            proof=tuple(map(encode, proof)),
        )

    @property
    def signed(self) -> Signed:
        """Give the exact bytes again."""
        return Signed(decode(self.payload), decode(self.signature))


class Head(Frozen):
    """A size of the log that some slip names, and the proof that the checkpoint's log begins with it."""

    size: LogIndex
    proof: Proof

    @classmethod
    def of(cls, size: int, proof: Iterable[bytes]) -> Head:
        """Print a size with its proof."""
        return cls(size=size, proof=tuple(map(encode, proof)))


class Vouched(Frozen):
    """An agency's signed list of its people, with the entries of those alone who signed."""

    payload: Blob
    signature: Blob
    entries: Annotated[tuple[Blob, ...], Field(max_length=limits.STEPS_PER_THREAD)]

    @classmethod
    def of(cls, document: RosterDocument) -> Vouched:
        """Print an excerpt of a roster."""
        entries = tuple(encode(entry) for entry in document.entries)
        return cls(payload=encode(document.payload), signature=encode(document.signature), entries=entries)

    @property
    def document(self) -> RosterDocument:
        """Give the exact bytes again."""
        return RosterDocument(
            decode(self.payload), decode(self.signature), tuple(decode(entry) for entry in self.entries)
        )


class SpokenWords(Frozen):
    """The words of one step, with the salt under which its slip committed to them."""

    step: Digest
    part: Annotated[int, Field(ge=0, lt=limits.PARTS)]
    salt: Blob
    contents: Blob


class Certificate(Frozen):
    """A certificate as it is written; nothing in it is believed before `verify`."""

    v: Annotated[int, Field(ge=1, le=1)] = 1
    kind: Literal["readback-certificate"] = "readback-certificate"
    thread: Id
    leg: Annotated[int, Field(ge=0, lt=limits.RECIPIENTS)]
    version: Digest
    read_back: Digest
    hear_back: Digest
    checkpoint: Annotated[
        str, StringConstraints(max_length=NOTE_LIMIT * 4 // 3 + 4), AfterValidator(_is_canonical)
    ]
    heads: Annotated[tuple[Head, ...], Field(max_length=limits.STEPS_PER_THREAD)]
    events: Annotated[tuple[LoggedEvent, ...], Field(max_length=EVENTS)]
    rosters: Annotated[tuple[Vouched, ...], Field(max_length=ROSTERS)]
    steps: Annotated[tuple[Statement, ...], Field(max_length=limits.STEPS_PER_THREAD)]
    words: Annotated[tuple[SpokenWords, ...], Field(max_length=limits.STEPS_PER_THREAD)]


def read(data: bytes) -> Certificate:
    """Read a certificate strictly, without believing it; `CertificateRefused` otherwise."""
    try:
        certificate = load(data, Certificate, limit=limits.CERTIFICATE)
    except Malformed as problem:
        raise CertificateRefused(problem.where) from None
    if dump(certificate) != data:
        raise CertificateRefused("spelling")
    return certificate


def in_order(note: Note) -> Note:
    """Put a note's lines in their one order in a certificate: the log's, then by name; each once.

    A log signs its checkpoints under its own name, which is their first line.
    """
    origin = note.text.partition("\n")[0]
    lines = dict.fromkeys(note.signatures)
    return Note(note.text, tuple(sorted(lines, key=lambda one: (one.name != origin, one.line))))
