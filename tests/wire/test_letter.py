"""A letter has one spelling, every length exact, nothing trailing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ring_shapes import envelope_header, letters

from exchange.errors import EnvelopeRefused, TooLarge
from exchange.wire import limits
from exchange.wire.envelope import POSTAL_SLOTS, WRAP_SIZE
from exchange.wire.letter import SIGNATURE_SIZE, Letter, LetterKind, parse_letter
from exchange.wire.padding import body_length, padme
from keys import entry, suite

SIGNATURE = bytes(range(256)) * 13 + bytes(45)


def test_the_signature_is_the_suites() -> None:
    assert SIGNATURE_SIZE == suite.SIGNATURE_SIZE == len(SIGNATURE)


@given(letters)
@settings(deadline=None)
def test_parsing_undoes_printing(letter: Letter) -> None:
    assert parse_letter(letter.to_bytes()) == letter


@given(letters, st.data())
@settings(deadline=None)
def test_what_parses_prints_the_same_bytes(letter: Letter, data: st.DataObject) -> None:
    printed = bytearray(letter.to_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        printed[data.draw(st.integers(0, len(printed) - 1))] = data.draw(st.integers(0, 255))
    try:
        parsed = parse_letter(bytes(printed))
    except EnvelopeRefused:
        return
    assert parsed.to_bytes() == printed


def test_cut_or_lengthened_it_is_refused() -> None:
    printed = Letter(LetterKind.SLIP, b"{}", SIGNATURE, (b"part one", b"")).to_bytes()
    for length in range(len(printed)):
        with pytest.raises(EnvelopeRefused):
            parse_letter(printed[:length])
    for more in (b"\0", b"\0\0\0\0", b"x" * 50):
        with pytest.raises(EnvelopeRefused, match="trailing"):
            parse_letter(printed + more)


@pytest.mark.parametrize("kind", [0, 3, 255])
def test_unknown_objects_are_refused(kind: int) -> None:
    printed = Letter(LetterKind.ROSTER, b"{}", SIGNATURE, ()).to_bytes()
    with pytest.raises(EnvelopeRefused, match="object"):
        parse_letter(bytes([kind]) + printed[1:])


@pytest.mark.parametrize(
    "letter",
    [
        Letter(LetterKind.SLIP, bytes(limits.SLIP + 1), SIGNATURE, ()),
        Letter(LetterKind.SLIP, b"{}", SIGNATURE, (b"x",) * (limits.PARTS + 1)),
        Letter(LetterKind.ROSTER, bytes(limits.ROSTER + 1), SIGNATURE, ()),
        Letter(LetterKind.ROSTER, b"{}", SIGNATURE, (b"x",) * (limits.ROSTER_ENTRIES + 1)),
        Letter(LetterKind.ROSTER, b"{}", SIGNATURE, (bytes(limits.ROSTER_ENTRY + 1),)),
    ],
)
def test_beyond_the_limits_it_is_neither_printed_nor_parsed(letter: Letter) -> None:
    with pytest.raises(TooLarge):
        letter.to_bytes()
    raw = bytes([letter.object]) + len(letter.payload).to_bytes(4, "big") + letter.payload
    raw += SIGNATURE + len(letter.parts).to_bytes(2, "big")
    raw += b"".join(len(part).to_bytes(4, "big") + part for part in letter.parts)
    with pytest.raises(EnvelopeRefused, match="too large"):
        parse_letter(raw)


def test_the_largest_roster_fits_into_an_envelope_for_every_agency() -> None:
    assert entry.LIST_LIMIT <= limits.ROSTER
    assert entry.ENTRY_LIMIT <= limits.ROSTER_ENTRY
    assert entry.ENTRY_COUNT <= limits.ROSTER_ENTRIES
    letter = 1 + 4 + entry.DOCUMENT_LIMIT + SIGNATURE_SIZE + 2 + 4 * entry.ENTRY_COUNT
    header = len(envelope_header(POSTAL_SLOTS).model_dump_json()) + POSTAL_SLOTS * 40
    assert 6 + header + POSTAL_SLOTS * WRAP_SIZE + body_length(padme(4 + letter)) <= limits.ENVELOPE


def test_a_signature_of_another_length_is_not_printed() -> None:
    with pytest.raises(ValueError, match="another suite"):
        Letter(LetterKind.SLIP, b"{}", SIGNATURE[:-1], ()).to_bytes()
