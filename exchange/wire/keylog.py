"""What desk and hub say to each other about the key log: one home for its paths, models and frames.

Promises: both sides build and read every path and body of the log with what stands here, apart from the
forms that C2SP gives (notes, checkpoints, tiles), which are `keys.transparency`'s; an export is read one line
at a time, each bounded, and ends with the note that it was made under.
Never: it verifies a signature or a proof.

    POST /v1/agencies, /v1/events            an agency's first event; a later one, or an anchor
    GET  /v1/directory?after=N               entries from index N on, none beyond the checkpoint
    GET  /v1/log/checkpoint                  the newest checkpoint's note, with all its cosignatures
    GET  /v1/log/tile/…                      C2SP tlog-tiles below /v1/log
    GET  /v1/log/consistency?from=M&to=N     the proof that the log of M entries is the beginning of that of N
    GET  /v1/log/inclusion?index=I&size=N    the proof that entry I stands in the log of N entries
    POST /v1/log/cosignatures                a witness's cosignature of one of the newest checkpoints
    POST /v1/log/evidence                    a checkpoint of this log that goes beyond what the hub shows

An export is JSON lines: each entry as a `SignedEvent`, in order from the first, then one `NoteDocument`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import Field, StringConstraints

from exchange.wire import limits
from keys.errors import Malformed
from keys.record import Base64, Frozen, decode, encode
from keys.statement import Signed, dump, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

AGENCIES = "/v1/agencies"  # POST SignedEvent (an enrol event): 201
EVENTS = "/v1/events"  # POST SignedEvent (an event or an anchor): 201
DIRECTORY = "/v1/directory"  # GET ?after=N: DirectoryPage
LOG = "/v1/log"  # what C2SP calls the log's prefix
CHECKPOINT = LOG + "/checkpoint"  # GET: a note
ENTRIES = LOG + "/tile/entries/{place}"  # GET: a bundle of entries
TILE = LOG + "/tile/{level}/{place}"  # GET: hashes
CONSISTENCY = LOG + "/consistency"  # GET ?from=M&to=N: ProofDocument
INCLUSION = LOG + "/inclusion"  # GET ?index=I&size=N: ProofDocument
COSIGNATURES = LOG + "/cosignatures"  # POST NoteDocument: 204
EVIDENCE = LOG + "/evidence"  # POST NoteDocument: 204

NOTE_TYPE = "text/plain"
DIRECTORY_PAGE = 500  # entries in one answer
PROOF = 128  # hashes in a proof at most: twice the height of the largest log

EventBase64 = Annotated[str, StringConstraints(max_length=4 * (limits.AGENCY_EVENT // 3 + 1))]
NoteText = Annotated[str, StringConstraints(min_length=1, max_length=limits.NOTE)]
Proof = Annotated[tuple[Base64, ...], Field(max_length=PROOF)]

_EXPORT_LINE = max(4 * limits.AGENCY_EVENT, 2 * limits.NOTE)  # bytes of one line of an export


class SignedEvent(Frozen):
    """One entry: an event or an anchor; its exact payload and the signature over it, in canonical base64."""

    payload: EventBase64
    signature: EventBase64

    @classmethod
    def of(cls, signed: Signed) -> SignedEvent:
        """Write an entry."""
        return cls(payload=encode(signed.payload), signature=encode(signed.signature))

    @property
    def signed(self) -> Signed:
        """The exact bytes; `Malformed` where this is not base64 in its one spelling."""
        try:
            return Signed(decode(self.payload), decode(self.signature))
        except ValueError:
            raise Malformed("base64") from None


class DirectoryPage(Frozen):
    """Entries from an index on, none beyond the checkpoint; that checkpoint; and the proof that leads to it.

    `consistency` is the proof from the index asked for to the checkpoint's size; empty where that index is
    nought, is the checkpoint's size, or lies beyond it.
    """

    entries: Annotated[tuple[SignedEvent, ...], Field(max_length=DIRECTORY_PAGE)]
    checkpoint: NoteText
    consistency: Proof


class ProofDocument(Frozen):
    """A proof's hashes in RFC 9162's order, each in base64."""

    proof: Proof

    @classmethod
    def of(cls, hashes: Iterable[bytes]) -> ProofDocument:
        """Write a proof."""
        return cls(proof=tuple(encode(node) for node in hashes))


class NoteDocument(Frozen):
    """A signed note, as C2SP writes it."""

    note: NoteText


_Line = TypeVar("_Line", SignedEvent, NoteDocument)


def consistency_path(start: int, size: int) -> str:
    """Where the proof is that the log of `start` entries is the beginning of that of `size`."""
    return f"{CONSISTENCY}?from={start}&to={size}"


def inclusion_path(index: int, size: int) -> str:
    """Where the proof is that the entry `index` stands in the log of `size` entries."""
    return f"{INCLUSION}?index={index}&size={size}"


def write_export(entries: Iterable[Signed], note: str) -> Iterator[bytes]:
    """Write a log from its first entry on, line by line, with the note of the checkpoint at its end."""
    for signed in entries:
        yield dump(SignedEvent.of(signed)) + b"\n"
    yield dump(NoteDocument(note=note)) + b"\n"


def read_export(file: BinaryIO) -> Iterator[Signed | str]:
    """Undo `write_export`: every entry, and last the note; `Malformed` for anything else.

    It reads as it is asked, and holds one line at a time.
    """
    while True:
        line = file.readline(_EXPORT_LINE + 1)
        if not line.endswith(b"\n") or len(line) > _EXPORT_LINE:
            raise Malformed("export")
        if line.startswith(b'{"note"'):
            note = _line_of(line, NoteDocument).note
            if file.read(1):
                raise Malformed("export")
            yield note
            return
        yield _line_of(line, SignedEvent).signed


def _line_of(line: bytes, model: type[_Line]) -> _Line:
    """Read one line in its one spelling."""
    read = load(line[:-1], model, limit=_EXPORT_LINE)
    if dump(read) + b"\n" != line:
        raise Malformed("export")
    return read
