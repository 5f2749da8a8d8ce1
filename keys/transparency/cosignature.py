"""Cosignatures (C2SP tlog-cosignature, `cosignature/v1`): a witness says what it saw, and when.

Promises: a cosignature says that, at its time, this was the largest checkpoint of that log that the witness
had seen, and that each it ever saw began with the one before; it can be taken for nothing else, since what
is signed begins with a line of its own.
Never: it looks whether that is true. A witness cosigns what it has verified, and persists it first.

What is signed, in the example of the specification::

    cosignature/v1
    time 1679315147
    example.com/behind-the-sofa
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

and a signature line then carries the key's id (4 bytes), the time (8) and Ed25519's signature (64). The
witness's name is not signed, so one key under two names would count twice: `policy` refuses that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from keys.errors import CosignatureForged, NoteMalformed, SignatureInvalid
from keys.notekey import NOTE_SIGNATURE_SIZE
from keys.transparency.note import Algorithm, NoteSignature, NoteSigner, VerifierKey

LATEST_TIME: Final = 2**63 - 1

_TIME_SIZE = 8


@dataclass(frozen=True, slots=True)
class TimestampedSignature:
    """What stands in a cosignature's line after the key's id: POSIX seconds, and 64 bytes."""

    timestamp: int
    signature: bytes

    def to_bytes(self) -> bytes:
        """Print it: 72 bytes, the time in big-endian order."""
        return self.timestamp.to_bytes(_TIME_SIZE) + self.signature

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read 72 bytes; `NoteMalformed`."""
        read = cls(int.from_bytes(data[:_TIME_SIZE]), data[_TIME_SIZE:])
        if len(read.signature) != NOTE_SIGNATURE_SIZE or read.timestamp > LATEST_TIME:
            raise NoteMalformed("cosignature")
        return read


def cosign(text: str, timestamp: int, witness: NoteSigner) -> NoteSignature:
    """Cosign a checkpoint's text at `timestamp`, POSIX seconds; the signature's `line` prints it."""
    verifier = witness.verifier
    if verifier.algorithm is not Algorithm.COSIGNATURE:
        raise TypeError("only a witness cosigns")
    if not 0 <= timestamp <= LATEST_TIME:
        raise ValueError("a time is from 0 up to 2^63 - 1 seconds")
    made = TimestampedSignature(timestamp, witness.key.sign(_message(text, timestamp)))
    return NoteSignature(witness.name, verifier.key_id, made.to_bytes())


def verify_cosignature(text: str, signature: NoteSignature, witness: VerifierKey) -> int:
    """Give the time at which `witness` (0x04) cosigned `text`; `CosignatureForged` if it did not."""
    if witness.algorithm is not Algorithm.COSIGNATURE or not witness.names(signature):
        raise CosignatureForged
    try:
        made = TimestampedSignature.from_bytes(signature.signature)
        witness.public.verify(made.signature, _message(text, made.timestamp))
    except (NoteMalformed, SignatureInvalid):
        raise CosignatureForged from None
    return made.timestamp


def _message(text: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()
