"""The body format is Cobblestone-256 as published, and a reader that shares no code with ours reads it."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import TYPE_CHECKING

import pytest
from body_reader import read_body
from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag
from sealing_world import SCHOOL, WORDS, key, ring_of, sealed_share

from exchange.sealing import AttachmentSealer, seal_kept, seal_part
from exchange.wire.envelope import Ring, parse_envelope, parse_kept, parse_part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _in_one(content_key: bytes, context: bytes, body: bytes) -> bytes:
    cipher = Cobblestone256Decryptor(content_key, context)
    return bytes(cipher.update(body) + cipher.finalize())


def _in_pieces(content_key: bytes, context: bytes, body: bytes) -> bytes:
    cipher = Cobblestone256Decryptor(content_key, context)
    opened = [cipher.update(body[at : at + 5000]) for at in range(0, len(body), 5000)]
    return b"".join((*opened, cipher.finalize()))


READERS = pytest.mark.parametrize("read", [_in_one, _in_pieces, read_body])


@READERS
def test_wycheproofs_cases_are_judged_as_published(
    read: Callable[[bytes, bytes, bytes], bytes], vectors: Path
) -> None:
    path = vectors / "cobblestone" / "c2sp_chunked_encryption_aes_256_gcm_test.json"
    groups = json.loads(path.read_text())["testGroups"]
    judged = {"valid": 0, "invalid": 0}
    for case in (case for group in groups for case in group["tests"]):
        judged[case["result"]] += 1
        body = zlib.decompress(bytes.fromhex(case["ct"]))
        parts = bytes.fromhex(case["key"]), bytes.fromhex(case["ctx"]), body
        if case["result"] == "valid":
            assert hashlib.sha512(read(*parts)).hexdigest() == case["msgSha512"], case["tcId"]
        else:
            with pytest.raises((ValueError, InvalidTag)):
                read(*parts)
    assert judged == {"valid": 10, "invalid": 25}


def _read_ring(ring: Ring, slot: int, opener: str, label: bytes) -> bytes:
    """`docs/spec/envelope.md` from its page alone, but for the unwrapping of the content key."""
    header_hash = hashlib.sha256(ring.header_bytes).digest()
    content_key = key(opener).unwrap(ring.wraps[slot], label + header_hash + slot.to_bytes(2, "big"))
    context = label + hashlib.sha256(ring.header_bytes + b"".join(ring.wraps)).digest()
    padded = read_body(content_key, context, ring.body)
    length = int.from_bytes(padded[:4], "big")
    assert not any(padded[4 + length :])
    return padded[4 : 4 + length]


def test_the_independent_reader_reads_an_envelope_and_its_part() -> None:
    share = sealed_share()
    letter = _read_ring(parse_envelope(share.envelope), 0, f"{SCHOOL} mailbox", b"readback/cx1/envelope")
    assert letter == share.letter.to_bytes()
    for slot, reader in enumerate(("teacher", "duty role", "school records")):
        part = _read_ring(parse_part(share.parts[0].ring), slot, reader, b"readback/cx1/part")
        assert part == share.parts[0].salt + b"\0" + WORDS


@pytest.mark.parametrize("length", [0, 1, 16_383, 16_384, 40_000, 200_000])
def test_the_independent_reader_reads_bodies_of_several_chunks(length: int) -> None:
    words = (b"chunks " * (length // 7 + 1))[:length]
    part = seal_part("s" * 26, 3, words, [b"k" * 32], [key("teacher").sealing_key]) if length > 1 else None
    if part is not None:
        plain = _read_ring(parse_part(part.ring), 0, "teacher", b"readback/cx1/part")
        assert plain == part.salt + b"\1" + b"k" * 32 + words
    kept = parse_kept(seal_kept(b"name", words, [key("sender").sealing_key]))
    label = b"readback/cx1/kept" + hashlib.sha256(b"name").digest()
    assert _read_ring(kept, 0, "sender", label) == words


def test_the_independent_reader_reads_an_attachment() -> None:
    file = bytes(range(256)) * 300
    sealer = AttachmentSealer()
    sealed = sealer.update(file) + b"".join(sealer.finish())
    plain = read_body(sealer.key, b"readback/cx1/attachment", sealed)
    assert plain[: len(file)] == file
    assert not any(plain[len(file) :])


def test_the_keyring_of_these_tests_is_what_it_says() -> None:
    assert set(ring_of("teacher")) == {key("teacher").sealing_key.key_id}
