"""Signed notes (C2SP signed-note): a text for technical people, and lines by which named keys sign it.

Promises: reading is strict and gives back the very bytes when printed; signatures of keys that one does not
know are kept, and say nothing; a key is known by its name *and* its id, a digest of name, kind and key.
Never: a note is believed because it could be read (see `policy.open_checkpoint`).

A note, from the specification::

    This is an example message.

    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Z…aQM=

and the verifier key (vkey) that verifies it::

    example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k

Source: c2sp.org/signed-note. Of its signature types two are known: Ed25519 (0x01), with which the log signs,
and timestamped Ed25519 cosignatures (0x04, see `cosignature`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final, Self

from keys.errors import Malformed, NoteKeyMalformed, NoteMalformed, SignatureInvalid
from keys.notekey import LogKey, NotePublic, NoteSigningKey, WitnessKey
from keys.record import decode, encode

NOTE_LIMIT: Final = 128 * 1024
SIGNATURES: Final = 256  # in one note; the specification asks for at least 16
NAME_LIMIT: Final = 200
KEY_ID_SIZE: Final = 4

_VKEY_LIMIT = 400
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DASH = "\u2014"


class Algorithm(IntEnum):
    """What kind of signature a key makes; the value is C2SP's signature type."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who says that they signed, and what they signed with."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """Print it: em dash, name, and base64 of key id and signature; with its newline."""
        return f"{_DASH} {self.name} {encode(self.key_id + self.signature)}\n"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read one line with its newline; `NoteMalformed`."""
        dash, _, rest = line.removesuffix("\n").partition(" ")
        name, _, encoded = rest.partition(" ")
        try:
            data = decode(encoded)
        except ValueError:
            raise NoteMalformed("signature") from None
        read = cls(name, data[:KEY_ID_SIZE], data[KEY_ID_SIZE:])
        if dash != _DASH or not is_key_name(name) or not read.signature or read.line != line:
            raise NoteMalformed("signature")
        return read


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Whose signatures one knows: a name, a kind of signature, and the public key."""

    name: str
    algorithm: Algorithm
    public: NotePublic

    @property
    def key_id(self) -> bytes:
        """Four bytes: enough to find the key, not to be the key."""
        kind = bytes([self.algorithm])
        return hashlib.sha256(self.name.encode() + b"\n" + kind + self.public.to_bytes()).digest()[
            :KEY_ID_SIZE
        ]

    @property
    def vkey(self) -> str:
        """Print it as C2SP does: name, id in hexadecimal, and base64 of kind and key, joined by `+`."""
        return f"{self.name}+{self.key_id.hex()}+{encode(bytes([self.algorithm]) + self.public.to_bytes())}"

    @classmethod
    def from_vkey(cls, vkey: str) -> VerifierKey:
        """Read `vkey` in its one spelling; `NoteKeyMalformed`."""
        return _verifier(vkey)

    def names(self, signature: NoteSignature) -> bool:
        """Whether that signature says that this key made it."""
        return signature.name == self.name and signature.key_id == self.key_id

    def verify(self, signature: NoteSignature, text: str) -> None:
        """Raise `SignatureInvalid` unless this key (0x01) made that signature over `text`."""
        if self.algorithm is not Algorithm.ED25519 or not self.names(signature):
            raise SignatureInvalid
        self.public.verify(signature.signature, text.encode())


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A private note key under its name: a log's (0x01) or a witness's (0x04)."""

    name: str
    key: NoteSigningKey

    @property
    def verifier(self) -> VerifierKey:
        """What others know it by."""
        match self.key:
            case LogKey():
                algorithm = Algorithm.ED25519
            case WitnessKey():
                algorithm = Algorithm.COSIGNATURE
            case _:
                raise TypeError("only a log's and a witness's keys sign notes")
        if not is_key_name(self.name):
            raise ValueError("a key's name has no spaces, no plus, and no control characters")
        return VerifierKey(self.name, algorithm, self.key.public)

    def sign(self, text: str) -> NoteSignature:
        """Sign a note's text as a log; a witness signs by `cosignature.cosign`."""
        verifier = self.verifier
        if verifier.algorithm is not Algorithm.ED25519:
            raise TypeError("a witness signs a checkpoint with its time, and nothing else")
        return NoteSignature(self.name, verifier.key_id, self.key.sign(text.encode()))


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a newline, and its signatures in their order."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def to_bytes(self) -> bytes:
        """Print it as it was read."""
        return (self.text + "\n" + "".join(signature.line for signature in self.signatures)).encode()

    def joined(self, *signatures: NoteSignature) -> Note:
        """Add the signatures that it has not yet."""
        new = dict.fromkeys(one for one in signatures if one not in self.signatures)
        return Note(self.text, (*self.signatures, *new))


def read_note(data: bytes) -> Note:
    """Read a note of at most 128 KiB and 256 signatures strictly; `NoteMalformed`. Nothing is verified."""
    if len(data) > NOTE_LIMIT:
        raise NoteMalformed("too long")
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise NoteMalformed("not UTF-8") from None
    if _CONTROL.search(whole):
        raise NoteMalformed("control characters")
    above, separator, below = whole.rpartition("\n\n")
    lines = below.split("\n")
    if not separator or lines.pop() != "":
        raise NoteMalformed("no signatures")
    if not 0 < len(lines) <= SIGNATURES:
        raise NoteMalformed("number of signatures")
    return Note(above + "\n", tuple(NoteSignature.from_line(line + "\n") for line in lines))


def is_key_name(text: str) -> bool:
    """Whether a key may bear that name: some characters, no space of any kind, no plus, no control."""
    return (
        0 < len(text) <= NAME_LIMIT
        and not any(letter.isspace() or letter == "+" or letter < " " for letter in text)
        and not any("\ud800" <= letter <= "\udfff" for letter in text)
    )


@lru_cache(maxsize=1024)
def _verifier(vkey: str) -> VerifierKey:
    name, _, rest = vkey[:_VKEY_LIMIT].partition("+")
    _, _, encoded = rest.partition("+")
    try:
        material = decode(encoded)
        key = VerifierKey(name, Algorithm(material[0]), NotePublic.from_bytes(material[1:]))
    except (ValueError, IndexError, Malformed):
        raise NoteKeyMalformed from None
    if not is_key_name(name) or key.vkey != vkey:  # which is its id too
        raise NoteKeyMalformed
    return key
