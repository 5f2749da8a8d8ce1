"""Padding hides lengths as Padmé says, and has one spelling."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import EnvelopeRefused
from exchange.wire.padding import body_length, check_body_length, pad, padme, unpad


def _padme_of_the_paper(length: int) -> int:
    """Algorithm 1 of the PURBs paper, with its own floating-point logarithms (exact for these sizes)."""
    exponent = math.floor(math.log2(length))
    kept = math.floor(math.log2(exponent)) + 1
    mask = (1 << (exponent - kept)) - 1
    return (length + mask) & ~mask


def test_padme_is_the_papers_algorithm() -> None:
    for length in (*range(2, 5000), 10_000, 65_535, 65_536, 1_000_001, 2**31 - 1):
        assert padme(length) == _padme_of_the_paper(length)


@given(st.integers(0, 2**33))
def test_padded_length_is_a_fixed_point_at_least_as_long_and_cheap(length: int) -> None:
    padded = padme(length)
    assert padme(padded) == padded
    assert length <= padded <= length * 1.12


def test_few_lengths_are_told_apart() -> None:
    told = {padme(length) for length in range(256 * 1024)}
    assert len(told) < 300  # out of 262144


@given(st.binary(max_size=5000))
def test_unpad_undoes_pad(data: bytes) -> None:
    assert unpad(pad(data)) == data


@given(st.binary(max_size=600), st.integers(0, 10_000), st.integers(1, 255))
def test_any_other_spelling_of_the_padding_is_refused(data: bytes, at: int, flip: int) -> None:
    padded = bytearray(pad(data))
    at %= len(padded)
    padded[at] ^= flip
    try:
        other = unpad(bytes(padded))
    except EnvelopeRefused:
        return
    assert pad(other) == padded
    assert 4 <= at < 4 + len(data) or at < 4


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0", b"\0\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\1"])
def test_short_and_lying_lengths_are_refused(data: bytes) -> None:
    with pytest.raises(EnvelopeRefused, match="padding"):
        unpad(data)


@given(st.binary(max_size=300), st.integers(-300, 300).filter(bool))
def test_cut_or_lengthened_padding_is_refused(data: bytes, by: int) -> None:
    padded = pad(data)
    changed = padded[:by] if by < 0 else padded + bytes(by)
    with pytest.raises(EnvelopeRefused):
        unpad(changed)


def test_exactly_the_lengths_of_padded_bodies_pass() -> None:
    possible = {body_length(padme(4 + plain)) for plain in range(50_000)}
    for length in range(-10, max(possible)):
        if length in possible:
            check_body_length(length)
        else:
            with pytest.raises(EnvelopeRefused, match="body length"):
                check_body_length(length)
