"""What desk and hub say to each other over HTTP: one home for paths, media types and frames.

What concerns the key log stands in `keylog`.

Promises: both sides build and read every path, header, frame and JSON body with what stands here; each
frame has one spelling, every length is bounded, and nothing trails.
Never: it opens a connection, decides an answer's status, or reads inside an envelope.

    batch, for each envelope:  u32 length ‖ envelope
    mail, cursors rising:      u8 kind (1 envelope, 2 notice) ‖ u64 cursor ‖ u32 length ‖ bytes

Integers are big-endian. A mailbox is the one of the agency that the request's proof names. Reading it from
`after` acknowledges everything up to `after`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from exchange.errors import TooLarge
from exchange.wire import limits
from keys.errors import Malformed
from keys.record import AgencyId, Frozen, Id, Time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ENVELOPES = "/v1/envelopes"  # POST batch: PostResults
MAILBOX = "/v1/mailbox"  # GET ?after=CURSOR&wait=SECONDS&limit=N: mail
ACKNOWLEDGE = "/v1/mailbox/acknowledge"  # POST Acknowledgement: 204
BLOBS = "/v1/blobs"
BLOB = BLOBS + "/{digest}"  # PUT with Content-Range, HEAD, GET with Range
OPENAPI = "/v1/openapi.json"
HOME = "/"  # GET: Welcome

ENVELOPES_TYPE = "application/vnd.readback.envelopes"
MAIL_TYPE = "application/vnd.readback.mail"
BLOB_TYPE = "application/octet-stream"
JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
PROOF_SCHEME = "Readback"  # Authorization: Readback <proof>
HELD_HEADER = "Readback-Held"  # in answers about a blob: how many of its bytes the hub holds for this agency

WAIT_MAX = 60  # seconds that a mailbox may be watched in one request
MAIL_COUNT = 256  # mails in one answer
CURSOR_MAX = 2**63 - 1
CURSOR_LEAP = 2**40  # by which a hub that was set back moves on: more than are given out between two copies
MAIL = limits.BATCH  # bytes of one answer; a single envelope always fits

_LENGTH = 4
_MAIL_HEAD = 1 + 8 + _LENGTH
_NUMBER = r"(0|[1-9][0-9]{0,14})"
_CONTENT_RANGE = re.compile(rf"bytes {_NUMBER}-{_NUMBER}/{_NUMBER}", re.ASCII)
_RANGE = re.compile(rf"bytes={_NUMBER}-{_NUMBER}?", re.ASCII)


class Welcome(Frozen):
    """What answers here, and where its routes are described."""

    service: str
    description: str


class PostResult(Frozen):
    """What became of one envelope of a batch, in the batch's order; `id` is null where it has none."""

    id: Id | None
    status: Literal["accepted", "duplicate", "refused"]
    code: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$")] | None = None


class PostResults(Frozen):
    """The answer to a batch."""

    results: Annotated[tuple[PostResult, ...], Field(max_length=limits.BATCH_COUNT)]


class Acknowledgement(Frozen):
    """Everything up to this cursor is safe at the desk."""

    through: Annotated[int, Field(ge=0, le=CURSOR_MAX)]


class Notice(Frozen):
    """An envelope that expired in somebody's mailbox, told to its sender."""

    notice: Literal["expired"]
    envelope: Id
    mailbox: AgencyId
    at: Time


class ProblemDocument(Frozen):
    """RFC 9457, with the stable code of the refusal and a hint for people."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    hint: str


class MailKind(IntEnum):
    """What stands in a mailbox."""

    ENVELOPE = 1
    NOTICE = 2


@dataclass(frozen=True, slots=True)
class Mail:
    """One thing in a mailbox, at its cursor."""

    kind: MailKind
    cursor: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `start` to `end` (inclusive, as HTTP counts) of `total`."""

    start: int
    end: int
    total: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start + 1


def blob_path(digest: str) -> str:
    """Where the ciphertext with this SHA-256 is kept."""
    return f"{BLOBS}/{digest}"


def write_batch(envelopes: Sequence[bytes]) -> bytes:
    """Frame one or more envelopes for a post; `TooLarge` beyond `BATCH_COUNT` or `BATCH` bytes."""
    batch = b"".join(
        piece for envelope in envelopes for piece in (len(envelope).to_bytes(_LENGTH, "big"), envelope)
    )
    if len(envelopes) > limits.BATCH_COUNT or len(batch) > limits.BATCH:
        raise TooLarge("batch")
    return batch


def read_batch(data: bytes) -> tuple[bytes, ...]:
    """Undo `write_batch`: 1 to `BATCH_COUNT` pieces, each within `ENVELOPE`; `TooLarge`, `Malformed`."""
    if len(data) > limits.BATCH:
        raise TooLarge("batch")
    envelopes: list[bytes] = []
    at = 0
    while at < len(data):
        envelope, at = _counted(data, at, "batch")
        envelopes.append(envelope)
        if len(envelopes) > limits.BATCH_COUNT:
            raise TooLarge("batch")
    if not envelopes:
        raise Malformed("batch")
    return tuple(envelopes)


def write_results(results: Iterable[tuple[str | None, str, str | None]]) -> bytes:
    """Write what became of each envelope (its id, status and code), as `PostResults` would print it."""
    return b'{"results":[%b]}' % b",".join(
        b'{"id":%b,"status":"%b","code":%b}' % (_quoted(name), status.encode(), _quoted(code))
        for name, status, code in results
    )


def _quoted(word: str | None) -> bytes:
    return b"null" if word is None else b'"%b"' % word.encode()


def write_mail(mails: Iterable[Mail]) -> bytes:
    """Frame what a mailbox holds. The caller keeps to `MAIL` bytes and `MAIL_COUNT`."""
    return b"".join(
        piece
        for mail in mails
        for piece in (
            bytes((mail.kind,)) + mail.cursor.to_bytes(8, "big") + len(mail.data).to_bytes(_LENGTH, "big"),
            mail.data,
        )
    )


def mail_size(data: bytes) -> int:
    """How many bytes of an answer one mail of `data` takes."""
    return _MAIL_HEAD + len(data)


def read_mail(data: bytes) -> tuple[Mail, ...]:
    """Undo `write_mail`; cursors must rise. `Malformed` otherwise."""
    if len(data) > MAIL:
        raise Malformed("mail is too long")
    mails: list[Mail] = []
    at, last = 0, 0
    while at < len(data):
        kind, cursor = data[at], int.from_bytes(data[at + 1 : at + 9], "big")
        body, at = _counted(data, at + 9, "mail")
        if kind not in (MailKind.ENVELOPE, MailKind.NOTICE):
            raise Malformed("mail kind")
        if not last < cursor <= CURSOR_MAX or len(mails) == MAIL_COUNT:
            raise Malformed("mail cursor")
        last = cursor
        mails.append(Mail(MailKind(kind), cursor, body))
    return tuple(mails)


def _counted(data: bytes, at: int, where: str) -> tuple[bytes, int]:
    start = at + _LENGTH
    length = int.from_bytes(data[at:start], "big")
    if start > len(data) or start + length > len(data):
        raise Malformed(where)
    if length > limits.ENVELOPE:
        raise TooLarge(where)
    return data[start : start + length], start + length


def write_content_range(part: ByteRange) -> str:
    """`bytes 0-99/200`."""
    return f"bytes {part.start}-{part.end}/{part.total}"


def read_content_range(text: str) -> ByteRange:
    """Read a `Content-Range` of at most `BLOB_RANGE` bytes; `Malformed`, `TooLarge`."""
    match = _CONTENT_RANGE.fullmatch(text)
    if match is None:
        raise Malformed("content-range")
    part = ByteRange(*(int(number) for number in match.groups()))
    if not part.start <= part.end < part.total:
        raise Malformed("content-range")
    if part.length > limits.BLOB_RANGE or part.total > limits.BLOB:
        raise TooLarge("content-range")
    return part


def read_range(text: str, total: int) -> ByteRange:
    """Read a `Range` of one span against `total`, cut to `BLOB_RANGE` bytes; `Malformed` otherwise."""
    match = _RANGE.fullmatch(text)
    if match is None:
        raise Malformed("range")
    start = int(match[1])
    end = min(int(match[2]) if match[2] else total - 1, total - 1, start + limits.BLOB_RANGE - 1)
    if start > end:
        raise Malformed("range")
    return ByteRange(start, end, total)
