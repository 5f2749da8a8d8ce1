"""A ring has one spelling: what parses prints the same bytes, and nothing else parses."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from ring_shapes import envelope_header, envelopes, kept, kept_header, key_id, part_header, parts, ring

from exchange.errors import EnvelopeRefused
from exchange.wire import limits
from exchange.wire.envelope import (
    WRAP_SIZE,
    EnvelopeHeader,
    PartHeader,
    Ring,
    parse_envelope,
    parse_kept,
    parse_part,
)
from exchange.wire.padding import body_length, padme
from keys.suite import WRAP_OVERHEAD

PARSERS = {b"RBE1": parse_envelope, b"RBP1": parse_part, b"RBK1": parse_kept}


def test_a_wrap_is_the_suites_overhead_and_a_content_key() -> None:
    assert WRAP_SIZE == WRAP_OVERHEAD + 32


@given(envelopes | parts | kept)
@settings(max_examples=60, deadline=None)
def test_parsing_then_printing_is_the_identity(original: Ring) -> None:
    data = original.to_bytes()
    parsed = PARSERS[data[:4]](data)
    assert parsed == original
    assert parsed.to_bytes() == data


@pytest.mark.parametrize("good", [ring(envelope_header(2)), ring(part_header(3)), ring(kept_header(1))])
def test_no_other_parser_takes_it(good: Ring) -> None:
    data = good.to_bytes()
    for magic, parse in PARSERS.items():
        if magic != data[:4]:
            with pytest.raises(EnvelopeRefused, match="magic"):
                parse(data)
    for magic in (b"RBE2", b"rbe1", b"\0\0\0\0"):
        for parse in PARSERS.values():
            with pytest.raises(EnvelopeRefused, match="magic"):
                parse(magic + data[4:])


@pytest.mark.parametrize("good", [ring(envelope_header(2)), ring(part_header(2)), ring(kept_header(1))])
def test_cut_at_every_length_it_is_refused_or_has_another_padded_body(good: Ring) -> None:
    data = good.to_bytes()
    parse = PARSERS[data[:4]]
    possible = {body_length(padme(4 + plain)) for plain in range(200)}
    start = len(data) - len(good.body)
    for length in range(len(data)):
        if length - start in possible:  # only a key can tell: see tests/sealing
            assert parse(data[:length]).to_bytes() == data[:length]
        else:
            with pytest.raises(EnvelopeRefused):
                parse(data[:length])


def test_lengthened_by_less_than_a_padding_step_it_is_refused() -> None:
    data = ring(envelope_header(1), plain=5000).to_bytes()
    step = ring(envelope_header(1), plain=5200).to_bytes()
    for more in range(1, len(step) - len(data)):
        with pytest.raises(EnvelopeRefused):
            parse_envelope(data + bytes(more))


def _with_header(header: bytes, slots: int = 1) -> bytes:
    body = ring(envelope_header(1)).body
    return b"RBE1" + len(header).to_bytes(2, "big") + header + bytes(WRAP_SIZE * slots) + body


def _header(**changes: object) -> bytes:
    plain = json.loads(envelope_header(1).model_dump_json()) | changes
    return json.dumps(plain, separators=(",", ":")).encode()


SLOT = {"mailbox": "agency-0", "key": key_id(0)}


def test_the_test_header_itself_is_good() -> None:
    assert parse_envelope(_with_header(_header())).header == envelope_header(1)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff" * 20,
        b"\xef\xbb\xbf" + _header(),
        _header() + b"\n",
        b" " + _header(),
        _header().replace(b":1,", b": 1,"),
        _header().replace(b'"v":1', b'"v":1.0'),
        _header().replace(b'"v":1', b'"v":1e0'),
        _header().replace(b'"v":1', b'"v":true'),
        _header().replace(b'"v":1', b'"v":1,"v":1'),
        _header().replace(b'"v":1,', b""),
        _header().replace(b'"cx1"', b'"\\u0063x1"'),
        _header().replace(b"agency-0", b"agency\\u002d0"),
        _header(v=2),
        _header(v=0),
        _header(v="1"),
        _header(suite="cx2"),
        _header(suite="CX1"),
        _header(suite=None),
        _header(id="short"),
        _header(id=envelope_header(1).id.upper()),
        _header(id=envelope_header(1).id + "\n"),
        _header(more=1),
        _header(slots=[]),
        _header(slots={}),
        _header(slots=[SLOT | {"more": 1}]),
        _header(slots=[{"key": SLOT["key"], "mailbox": SLOT["mailbox"]}]),
        _header(slots=[SLOT | {"mailbox": "Agency"}]),
        _header(slots=[SLOT | {"mailbox": "agency-0\n"}]),
        _header(slots=[SLOT | {"mailbox": "аgency-0"}]),
        _header(slots=[SLOT | {"key": "a" * 31}]),
        _header(slots=[SLOT | {"key": None}]),
        b'{"v":1,"suite":"cx1","id":"' + b"[" * 60000,
        b"[" * 65535,
    ],
)
def test_a_header_that_we_would_not_print_is_refused(header: bytes) -> None:
    with pytest.raises(EnvelopeRefused, match="header"):
        parse_envelope(_with_header(header))


@pytest.mark.parametrize(
    "slots",
    [
        [SLOT, SLOT],
        [SLOT, SLOT | {"key": key_id(1)}],  # one mailbox, two keys
        [SLOT, SLOT | {"mailbox": "agency-1"}],  # one key, two mailboxes
    ],
)
def test_no_mailbox_and_no_key_stands_twice(slots: list[dict[str, str]]) -> None:
    with pytest.raises(EnvelopeRefused, match="header"):
        parse_envelope(_with_header(_header(slots=slots), slots=2))


def test_no_key_stands_twice_in_a_part_or_in_what_is_kept() -> None:
    for header, parse in ((part_header(2), parse_part), (kept_header(2), parse_kept)):
        data = ring(header).to_bytes()
        doubled = data.replace(key_id(1).encode(), key_id(0).encode())
        with pytest.raises(EnvelopeRefused, match="header"):
            parse(doubled)


def test_more_slots_than_the_limit_are_refused() -> None:
    most = [{"mailbox": f"agency-{n}", "key": key_id(n)} for n in range(limits.RECIPIENTS + 2)]
    parse_envelope(_with_header(_header(slots=most[:-1]), slots=len(most) - 1))
    with pytest.raises(EnvelopeRefused, match=r"header\.slots"):
        parse_envelope(_with_header(_header(slots=most), slots=len(most)))


def test_a_part_number_beyond_the_limit_is_refused() -> None:
    data = ring(part_header(1, part=9)).to_bytes()
    for bad in (b'"part":-1', b'"part":09', b'"part":9.', b'"part":"9'):
        header = data.replace(b'"part":9', bad)
        with pytest.raises(EnvelopeRefused):
            parse_part(header)


def test_too_long_is_refused_before_anything_is_read() -> None:
    with pytest.raises(EnvelopeRefused, match="too long"):
        parse_envelope(bytes(limits.ENVELOPE + 1))


def test_a_refusal_never_repeats_what_a_stranger_wrote() -> None:
    canary = "jayden"
    for header in (
        _header(**{canary: 1}),
        _header(suite=canary),
        _header(slots=[SLOT | {"mailbox": canary + "!"}]),
        _header(slots=[SLOT | {canary: "x"}]),
    ):
        with pytest.raises(EnvelopeRefused) as refusal:
            parse_envelope(_with_header(header))
        assert canary not in str(refusal.value)


def test_headers_are_frozen() -> None:
    for header in (envelope_header(1), part_header(1)):
        assert isinstance(header, EnvelopeHeader | PartHeader)
        with pytest.raises(ValueError, match="frozen"):
            header.id = "x"  # type: ignore[misc]  # the point of the test
