"""Files of any size as streams: nothing unverified ends, memory stays constant."""

from __future__ import annotations

import tracemalloc

import pytest
from cryptography.cobblestone import Cobblestone256Encryptor
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import ContentsDisagree, EnvelopeRefused, TooLarge
from exchange.sealing import AttachmentOpener, AttachmentSealer, attachments
from exchange.wire import limits
from exchange.wire.padding import body_length, padme
from exchange.wire.slip import AttachmentPin
from keys.record import digest

FILE = bytes(range(256)) * 200  # four chunks


def _sealed(file: bytes) -> tuple[AttachmentSealer, bytes]:
    sealer = AttachmentSealer()
    return sealer, sealer.update(file) + b"".join(sealer.finish())


def _opened(key: bytes, pin: AttachmentPin, size: int, ciphertext: bytes) -> bytes:
    opener = AttachmentOpener(key, pin, size)
    return opener.update(ciphertext) + opener.finish()


def _open_into(given_out: bytearray, opener: AttachmentOpener, ciphertext: bytes) -> None:
    for start in range(0, len(ciphertext), 1000):
        given_out += opener.update(ciphertext[start : start + 1000])
    given_out += opener.finish()


def _pin(ciphertext: bytes) -> AttachmentPin:
    return AttachmentPin(size=len(ciphertext), digest=digest(ciphertext))


@given(st.lists(st.binary(max_size=40_000), max_size=4), st.integers(1, 50_000))
@settings(deadline=None, max_examples=40)
def test_a_file_comes_back_however_it_is_cut_into_blocks(blocks: list[bytes], step: int) -> None:
    sealer = AttachmentSealer()
    sealed = b"".join([sealer.update(block) for block in blocks] + list(sealer.finish()))
    file = b"".join(blocks)
    assert sealer.size == len(file)
    assert sealer.pin == _pin(sealed)
    assert len(sealed) == body_length(padme(len(file)))
    opener = AttachmentOpener(sealer.key, sealer.pin, len(file))
    opened = b"".join(opener.update(sealed[at : at + step]) for at in range(0, len(sealed), step))
    assert opened + opener.finish() == file


def test_each_file_has_its_own_key_and_looks_like_no_other() -> None:
    first, second = _sealed(FILE), _sealed(FILE)
    assert first[0].key != second[0].key
    assert first[1] != second[1]


def test_there_is_no_pin_before_the_end() -> None:
    sealer = AttachmentSealer()
    sealer.update(FILE)
    with pytest.raises(ValueError, match="not finished"):
        _ = sealer.pin
    ending = sealer.finish()
    next(ending)
    with pytest.raises(ValueError, match="not finished"):
        _ = sealer.pin


def test_cut_at_a_chunks_end_the_file_does_not_finish() -> None:
    sealer, sealed = _sealed(FILE)
    for chunks in range(4):
        cut = sealed[: 56 + chunks * (16 * 1024 + 16)]
        opener = AttachmentOpener(sealer.key, sealer.pin, len(FILE))
        opener.update(cut)
        with pytest.raises(ContentsDisagree, match="size"):
            opener.finish()


def test_cut_anywhere_the_file_does_not_finish_even_where_a_hostile_slip_pins_the_cut() -> None:
    sealer, sealed = _sealed(FILE)
    possible = {body_length(padme(size)): size for size in range(len(sealed))}
    for length in (*range(72, 400), *range(len(sealed) - 400, len(sealed))):
        cut = sealed[:length]
        with pytest.raises(EnvelopeRefused):
            _opened(sealer.key, sealer.pin, len(FILE), cut)
        if (size := possible.get(length)) is not None:
            with pytest.raises(EnvelopeRefused, match="attachment"):
                _opened(sealer.key, _pin(cut), size, cut)


def test_more_than_pinned_is_refused_at_once() -> None:
    sealer, sealed = _sealed(FILE)
    opener = AttachmentOpener(sealer.key, sealer.pin, len(FILE))
    opener.update(sealed)
    with pytest.raises(ContentsDisagree, match="size"):
        opener.update(b"\0")


def test_a_flipped_bit_gives_out_nothing_of_its_chunk_and_never_finishes() -> None:
    sealer, sealed = _sealed(FILE)
    for at in range(0, len(sealed), 501):
        changed = bytearray(sealed)
        changed[at] ^= 1 << at % 8
        opener = AttachmentOpener(sealer.key, _pin(bytes(changed)), len(FILE))
        given_out = bytearray()
        with pytest.raises(EnvelopeRefused):
            _open_into(given_out, opener, bytes(changed))
        assert FILE.startswith(given_out)
        assert len(given_out) <= max(0, at - 56)
        with pytest.raises(EnvelopeRefused):
            opener.finish()


def test_chunks_neither_exchanged_nor_repeated_nor_dropped() -> None:
    sealer, sealed = _sealed(FILE)
    chunk = 16 * 1024 + 16
    head, first, second = sealed[:56], sealed[56 : 56 + chunk], sealed[56 + chunk : 56 + 2 * chunk]
    rest = sealed[56 + 2 * chunk :]
    for hostile in (head + second + first + rest, head + first + first + rest):
        with pytest.raises(EnvelopeRefused):
            _opened(sealer.key, _pin(hostile), len(FILE), hostile)


def test_another_file_with_its_own_valid_seal_is_refused() -> None:
    sealer, _ = _sealed(FILE)
    _, other = _sealed(FILE)
    with pytest.raises(EnvelopeRefused):
        _opened(sealer.key, sealer.pin, len(FILE), other)


def test_the_whole_ciphertext_must_be_the_pinned_one_before_the_last_bytes_come() -> None:
    """Sealed twice under one key by a hostile sealer: both are valid, only one is pinned."""
    sealer, sealed = _sealed(b"short")
    wrong = AttachmentPin(size=len(sealed), digest="0" * 64)
    opener = AttachmentOpener(sealer.key, wrong, 5)
    assert opener.update(sealed) == b""
    with pytest.raises(ContentsDisagree, match="digest"):
        opener.finish()


@pytest.mark.parametrize("lie", [-1, -600, -5000, 5000, limits.ATTACHMENT + 1])
def test_a_lie_about_the_files_size_is_refused(lie: int) -> None:
    file = FILE[:50_000]
    sealer, sealed = _sealed(file)
    with pytest.raises(EnvelopeRefused):
        _opened(sealer.key, sealer.pin, len(file) + lie, sealed)


def test_bytes_hidden_in_the_padding_are_refused() -> None:
    file = FILE[:50_001]
    sealer = AttachmentSealer()
    sealed = sealer.update(file + b"x") + b"".join(sealer.finish())
    assert body_length(padme(len(file))) == len(sealed)
    with pytest.raises(EnvelopeRefused, match="padding"):
        _opened(sealer.key, sealer.pin, len(file), sealed)


def test_a_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ATTACHMENT", 1000)
    sealer = AttachmentSealer()
    sealer.update(bytes(1000))
    with pytest.raises(TooLarge):
        sealer.update(b"x")


def test_the_largest_file_fits_its_pin_and_a_blob() -> None:
    size = body_length(padme(limits.ATTACHMENT))
    assert size <= limits.BLOB
    AttachmentPin(size=size, digest="0" * 64)
    AttachmentPin(size=body_length(padme(0)), digest="0" * 64)


def test_long_padding_comes_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "_BLOCK", 100)
    sealer = AttachmentSealer()
    sealed = sealer.update(FILE[:50_001])
    pieces = list(sealer.finish())
    assert len(pieces) > 10
    assert _opened(sealer.key, sealer.pin, 50_001, sealed + b"".join(pieces)) == FILE[:50_001]


def test_memory_stays_constant() -> None:
    """33 MiB through sealer and opener, padding and all, in far less memory than that."""
    block = bytes(256 * 1024)
    count = 33 * 4 + 1  # just above a power of two: the most padding
    sealer = AttachmentSealer()
    twin = Cobblestone256Encryptor(sealer.key, b"readback/cx1/attachment")
    pin = AttachmentPin(size=body_length(padme(count * len(block))), digest="0" * 64)
    opener = AttachmentOpener(sealer.key, pin, count * len(block))
    tracemalloc.start()
    for _ in range(count):
        sealer.update(block)
        opener.update(twin.update(block))
    padding = sum(len(piece) for piece in sealer.finish())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * limits.MIB
    assert padding > limits.MIB // 2
