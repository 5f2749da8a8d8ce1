"""What a pair of agencies says to each other in one round trip: two kinds, the same for everything around them.

`Composite`: real cx1. A slip with its composite signature, one part of contents sealed to the recipient, their
records key, the sender and theirs, in a postal envelope; the receipt likewise.

`Plain`: what the peers' harness does and no more, in postal envelopes: 4096 bytes under one X-Wing seal with an
Ed25519 signature, and a receipt, which is not sealed, with an Ed25519 signature over their digest.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Protocol

from agencies import unopened
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.sealing import (
    Letter,
    LetterKind,
    PostalSlot,
    check_part,
    check_slip_matches,
    open_envelope,
    open_part,
    seal_envelope,
    seal_part,
)
from exchange.sealing.rings import _ENVELOPE, _open, _seal
from exchange.wire import slip as wire_slip
from exchange.wire.envelope import WRAP_SIZE, EnvelopeHeader, MailboxSlot, parse_envelope
from exchange.wire.padding import LENGTH_SIZE
from exchange.wire.slip import Author, Basis, LogHead, Slip
from exchange.wire.slip import Party as SlipParty
from keys.record import new_id
from keys.statement import Kind, Signed, sign, verify

if TYPE_CHECKING:
    from agencies import Party

MESSAGE = 4096


class Letters(Protocol):
    """How one pair seals and opens."""

    def share(self, sender: Party, recipient: Party) -> tuple[bytes, bytes]:
        """Seal a fresh message; the envelope, and the message."""

    def opened(self, recipient: Party, sender: Party, envelope: bytes) -> bytes:
        """Open and verify it; the message."""

    def receipt(self, recipient: Party, sender: Party, message: bytes) -> bytes:
        """Seal a receipt for a message."""

    def check(self, sender: Party, recipient: Party, envelope: bytes, message: bytes) -> None:
        """Open a receipt and verify that it is for that message."""


class Plain:
    """The peers' workload. Each party's Ed25519 key is its own transport key, to have one."""

    def share(self, sender: Party, recipient: Party) -> tuple[bytes, bytes]:
        message = os.urandom(MESSAGE)
        return self._sealed(sender, recipient, message), message

    def opened(self, recipient: Party, sender: Party, envelope: bytes) -> bytes:
        ring = parse_envelope(envelope)
        data = _open(ring, [(0, recipient.mailbox)], _ENVELOPE)
        sender.transport.public.raw.verify(data[:64], data[64:])
        return data[64:]

    def receipt(self, recipient: Party, sender: Party, message: bytes) -> bytes:
        digest = hashlib.sha256(message).digest()
        return unopened(sender.name, _signature(recipient, digest) + digest)

    def check(self, sender: Party, recipient: Party, envelope: bytes, message: bytes) -> None:
        receipt = envelope[envelope.index(b"}]}") + 3 + WRAP_SIZE + LENGTH_SIZE :][:96]
        assert receipt[64:] == hashlib.sha256(message).digest()
        recipient.transport.public.raw.verify(receipt[:64], receipt[64:])

    def _sealed(self, author: Party, reader: Party, message: bytes) -> bytes:
        slot = MailboxSlot(mailbox=reader.name, key=reader.mailbox.sealing_key.key_id)
        header = EnvelopeHeader(id=new_id(), slots=(slot,))
        return _seal(header, _signature(author, message) + message, [reader.mailbox.sealing_key], _ENVELOPE)


def _signature(author: Party, message: bytes) -> bytes:
    key = author.transport.raw
    assert isinstance(key, Ed25519PrivateKey)
    return key.sign(message)


class Composite:
    """Real slips and parts of suite cx1."""

    def share(self, sender: Party, recipient: Party) -> tuple[bytes, bytes]:
        message = os.urandom(MESSAGE)
        return self._sealed(sender, recipient, message, answers=None), message

    def opened(self, recipient: Party, sender: Party, envelope: bytes) -> bytes:
        opened = open_envelope(
            envelope, recipient.name, {recipient.mailbox.sealing_key.key_id: recipient.mailbox}
        )
        letter = opened.letter
        verify(Kind.SLIP, Signed(letter.payload, letter.signature), sender.signing.verifying_key)
        slip = wire_slip.read(letter.payload)
        check_slip_matches(slip, opened)
        part = open_part(letter.parts[0], {recipient.person.sealing_key.key_id: recipient.person})
        check_part(part, slip.contents[0], letter.parts[0])
        return part.contents

    def receipt(self, recipient: Party, sender: Party, message: bytes) -> bytes:
        digest = hashlib.sha256(message)
        return self._sealed(recipient, sender, digest.digest(), answers=digest.hexdigest())

    def check(self, sender: Party, recipient: Party, envelope: bytes, message: bytes) -> None:
        assert self.opened(sender, recipient, envelope) == hashlib.sha256(message).digest()

    def _sealed(self, author: Party, reader: Party, words: bytes, *, answers: str | None) -> bytes:
        name = new_id()
        keys = [key.sealing_key for key in (reader.person, reader.records, author.person, author.records)]
        part = seal_part(name, 0, words, [], keys)
        share = answers is None
        slip = Slip(
            id=name,
            kind="share" if share else "read_back",
            thread=name,
            leg=None if share else 0,
            seq=0,
            prev=() if answers is None else (answers,),
            answers=answers,
            author=Author(agency=author.name, person="a" * 26, key=author.signing.verifying_key.key_id),
            to=(SlipParty(agency=reader.name, person="b" * 26),),
            purpose="section-47" if share else None,
            basis=Basis(code="public-task") if share else None,
            urgency="today" if share else None,
            due="2026-11-23T17:00:00Z" if share else None,
            verdict=None,
            created="2026-11-22T15:04:05Z",
            expires="2027-11-22T15:04:05Z",
            log=LogHead(origin="hub.test", size=2, root="0" * 64),
            contents=(part.pin,),
            attachments=(),
        )
        signed = sign(Kind.SLIP, wire_slip.write(slip), author.signing)
        letter = Letter(LetterKind.SLIP, signed.payload, signed.signature, (part.ring,))
        return seal_envelope(name, letter, [PostalSlot(reader.name, reader.mailbox.sealing_key)])
