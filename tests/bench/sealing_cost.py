"""What sealing and opening cost beside the bare primitives: a share of 4 KiB, four part slots, one postal slot.

    python tests/bench/sealing_cost.py [ROUNDS]

Bare: the same signature, HPKE wraps, body encryptions and digests by the library's own objects, on bytes of the
same sizes, with nothing parsed, printed, padded or checked. Interleaved, medians; one core, no network, no disk.
The second pair of lines leaves the signature out on both sides, so that it cannot hide what the rings cost.
"""

from __future__ import annotations

import hashlib
import secrets
import statistics
import sys
import time
from typing import TYPE_CHECKING

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

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
from exchange.wire import slip as wire_slip
from exchange.wire.slip import Author, Basis, LogHead, Party, Slip
from keys.record import digest, new_id
from keys.statement import Kind, Signed, sign, verify
from keys.suite import OpeningKey, SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
WORDS = secrets.token_bytes(2048).hex().encode()  # 4 KiB
READERS = [OpeningKey.generate() for _ in range(4)]
MAILBOX = OpeningKey.generate()
STEP, SCHOOL = new_id(), "moorfield-primary"
SIGNER = SigningKey.generate()


def bare_key() -> hpke.MLKEM768X25519PrivateKey:
    return hpke.MLKEM768X25519PrivateKey(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())


BARE = bare_key()
BARE_PUBLIC = BARE.public_key()


def bare_seal(data: bytes, slots: int) -> tuple[list[bytes], bytes]:
    content_key = secrets.token_bytes(32)
    wraps = [SUITE.encrypt(content_key, BARE_PUBLIC, b"i" * 56) for _ in range(slots)]
    cipher = Cobblestone256Encryptor(content_key, hashlib.sha256(b"".join(wraps)).digest())
    return wraps, cipher.update(data) + cipher.finalize()


def bare_open(wraps: list[bytes], body: bytes) -> bytes:
    content_key = SUITE.decrypt(wraps[0], BARE, b"i" * 56)
    cipher = Cobblestone256Decryptor(content_key, hashlib.sha256(b"".join(wraps)).digest())
    return cipher.update(body) + cipher.finalize()


def slip_of(pins: tuple[wire_slip.PartPin, ...]) -> Slip:
    return Slip(
        id=STEP, kind="share", thread=STEP, leg=None, seq=0, prev=(), answers=None,
        author=Author(agency="northshire-childrens", person=STEP, key="k" * 32),
        to=(Party(agency=SCHOOL, person=STEP),), purpose="protect", basis=Basis(code="public-task"),
        urgency="today", due="2026-11-22T17:00:00Z", verdict=None, created="2026-11-22T15:04:05Z",
        expires="2027-11-22T15:04:05Z", log=LogHead(origin="hub", size=1, root=digest(b"")),
        contents=pins, attachments=(),
    )  # fmt: skip


def write_slip() -> tuple[bytes, bytes]:
    """The slip's bytes and its sealed part."""
    part = seal_part(STEP, 0, WORDS, [], [reader.sealing_key for reader in READERS])
    return wire_slip.write(slip_of((part.pin,))), part.ring


def post(signed: Signed, ring: bytes) -> bytes:
    letter = Letter(LetterKind.SLIP, signed.payload, signed.signature, (ring,))
    return seal_envelope(STEP, letter, [PostalSlot(SCHOOL, MAILBOX.sealing_key)])


PAYLOAD, RING = write_slip()
SIGNED = sign(Kind.SLIP, PAYLOAD, SIGNER)
ENVELOPE = post(SIGNED, RING)
LETTER_SIZE = len(open_envelope(ENVELOPE, SCHOOL, {MAILBOX.sealing_key.key_id: MAILBOX}).letter.to_bytes())


def seal_rings() -> None:
    payload, ring = write_slip()
    post(Signed(payload, SIGNED.signature), ring)


def seal() -> None:
    payload, ring = write_slip()
    post(sign(Kind.SLIP, payload, SIGNER), ring)


def open_rings(*, check_signature: bool = False) -> bytes:
    opened = open_envelope(ENVELOPE, SCHOOL, {MAILBOX.sealing_key.key_id: MAILBOX})
    letter = opened.letter
    if check_signature:
        verify(Kind.SLIP, Signed(letter.payload, letter.signature), SIGNER.verifying_key)
    slip = wire_slip.read(letter.payload)
    check_slip_matches(slip, opened)
    part = open_part(letter.parts[0], {READERS[2].sealing_key.key_id: READERS[2]})
    check_part(part, slip.contents[0], letter.parts[0])
    return part.contents


def open_it() -> bytes:
    return open_rings(check_signature=True)


BARE_MLDSA, BARE_ED25519 = MLDSA65PrivateKey.generate(), Ed25519PrivateKey.generate()
BARE_SIGNATURES = BARE_MLDSA.sign(PAYLOAD), BARE_ED25519.sign(PAYLOAD)
BARE_VERIFIERS = BARE_MLDSA.public_key(), BARE_ED25519.public_key()
BARE_PART = bare_seal(WORDS, 4)
BARE_ENVELOPE = bare_seal(bytes(LETTER_SIZE), 1)


def bare_seal_rings() -> None:
    wraps, body = bare_seal(WORDS, 4)
    hashlib.sha256(WORDS).digest()
    hashlib.sha256(b"".join((*wraps, body))).digest()
    bare_seal(bytes(LETTER_SIZE), 1)


def bare_seal_all() -> None:
    BARE_MLDSA.sign(PAYLOAD)
    BARE_ED25519.sign(PAYLOAD)
    bare_seal_rings()


def bare_open_rings() -> None:
    bare_open(*BARE_ENVELOPE)
    bare_open(*BARE_PART)
    hashlib.sha256(WORDS).digest()
    hashlib.sha256(b"".join((*BARE_PART[0], BARE_PART[1]))).digest()


def bare_open_all() -> None:
    BARE_VERIFIERS[0].verify(BARE_SIGNATURES[0], PAYLOAD)
    BARE_VERIFIERS[1].verify(BARE_SIGNATURES[1], PAYLOAD)
    bare_open_rings()


def microseconds(*actions: Callable[[], object], rounds: int) -> list[float]:
    spent: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for action, times in zip(actions, spent, strict=True):
            started = time.perf_counter()
            action()
            times.append(time.perf_counter() - started)
    return [1e6 * statistics.median(times) for times in spent]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    pairs = {
        "sign and seal": (seal, bare_seal_all),
        "open and verify": (open_it, bare_open_all),
        "seal": (seal_rings, bare_seal_rings),
        "open": (open_rings, bare_open_rings),
    }
    print(f"envelope {len(ENVELOPE)} bytes, letter {LETTER_SIZE}, words {len(WORDS)}; {rounds} rounds")
    for name, (ours, bare) in pairs.items():
        spent, least = microseconds(ours, bare, rounds=rounds)
        print(f"{name:16} {spent:6.0f} µs, bare {least:6.0f} µs: {100 * (spent / least - 1):+.0f} %")


if __name__ == "__main__":
    main()
