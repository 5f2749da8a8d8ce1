"""Exact bytes, signed; and JSON that tries to mean two things."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import Malformed, SignatureInvalid
from keys.record import Frozen, Id
from keys.statement import (
    MAX_DEPTH,
    Kind,
    Signed,
    check_json,
    dump,
    load,
    pre_authentication_encoding,
    sign,
    verify,
)
from keys.suite import SigningKey

KEY = SigningKey.from_seed(bytes(range(64)))
LIMIT = 4096


class Inner(Frozen):
    number: int


class Example(Frozen):
    text: str
    inner: tuple[Inner, ...] = ()


def test_the_encoding_is_the_published_one() -> None:
    """The example of the DSSE protocol, in our payload type's place."""
    payload = b"hello world"
    name = Kind.SLIP.value.encode()
    assert pre_authentication_encoding(Kind.SLIP, payload) == b"DSSEv1 %d %b 11 hello world" % (
        len(name),
        name,
    )


def test_kinds_differ_in_type_and_context() -> None:
    assert len({kind.value for kind in Kind}) == len({kind.context for kind in Kind}) == len(Kind)
    assert {kind.context for kind in Kind} == {
        b"readback/cx1/slip",
        b"readback/cx1/roster",
        b"readback/cx1/agency-event",
        b"readback/cx1/anchor",
        b"readback/cx1/transcript",
        b"readback/cx1/opening",
    }


@pytest.mark.parametrize("signed_as", Kind)
@pytest.mark.parametrize("read_as", Kind)
def test_no_kind_passes_for_another(signed_as: Kind, read_as: Kind) -> None:
    signed = sign(signed_as, b"{}", KEY)
    if signed_as is read_as:
        verify(read_as, signed, KEY.verifying_key)
    else:
        with pytest.raises(SignatureInvalid):
            verify(read_as, signed, KEY.verifying_key)


def test_neither_the_type_nor_the_context_alone_makes_a_kind() -> None:
    encoding, other = pre_authentication_encoding(Kind.SLIP, b"{}"), Kind.ROSTER
    for message, context in (
        (encoding, other.context),
        (pre_authentication_encoding(other, b"{}"), Kind.SLIP.context),
        (b"{}", Kind.SLIP.context),
    ):
        with pytest.raises(SignatureInvalid):
            verify(Kind.SLIP, Signed(b"{}", KEY.sign(message, context)), KEY.verifying_key)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"text":"a","text":"a"}',
        b'{"text":"a","t\\u0065xt":"b"}',
        b'{"text":"a","inner":[{"number":1,"number":1}]}',
        b'{"text":"a","inner":[{"number":1.0}]}',
        b'{"text":"a","inner":[{"number":1e3}]}',
        b'{"text":"a","inner":[{"number":NaN}]}',
        b'{"text":"a","inner":[{"number":-Infinity}]}',
        b'{"text":"a","inner":[{"number":1000000000000000}]}',
        b'{"text":"a","inner":[{"number":true}]}',
        b'{"text":"a","inner":[{"number":"1"}]}',
        b'{"text":"a","inner":[{"number":01}]}',
        b'{"text":"a","inner":[{"number":0x1}]}',
        b'{"text":"\\ud800"}',
        b'{"text":"\\udc00\\ud800"}',
        b'{"text":"a\\u0000b"}',
        b'{"text":"a\x00b"}',
        b'{"text":"\xff"}',
        b'{"text":"\xc0\x80"}',
        b'{"text":"\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"text":"a"}',
        '{"text":"a"}'.encode("utf-16"),
        '{"text":"a"}'.encode("utf-32-le"),
        b'{"text":"a"}{"text":"a"}',
        b'{"text":"a"},',
        b'{"text":"a",}',
        b'{"text":"a"/**/}',
        b"{'text':'a'}",
        b'{"text":null}',
        b'{"text":5}',
        b'{"Text":"a"}',
        b'{"text":"a","more":1}',
        b'{"\\ud800":1,"text":"a"}',
        b'["text"]',
        b"",
        b" ",
        b"nul",
    ],
    ids=repr,
)
def test_what_is_not_strict_json_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed):
        load(payload, Example, limit=LIMIT)


def test_a_payload_has_a_size() -> None:
    payload = b'{"text":"a"}'
    assert load(payload, Example, limit=len(payload)).text == "a"
    with pytest.raises(Malformed):
        load(payload, Example, limit=len(payload) - 1)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_has_a_depth(opening: str, closing: str) -> None:
    def nested(depth: int) -> bytes:
        return (opening * depth + "1" + closing * depth).encode()

    check_json(nested(MAX_DEPTH - 1), limit=LIMIT)
    for depth in (MAX_DEPTH + 1, 100, 1500):
        with pytest.raises(Malformed):
            check_json(nested(depth), limit=10**6)
    with pytest.raises(Malformed):
        check_json(b"[" * 500_000, limit=10**6)


def test_a_deeply_hidden_duplicate_or_surrogate_is_found() -> None:
    for bad in (b'{"x":1,"x":1}', b'"\\udfff"', b"1.5"):
        with pytest.raises(Malformed):
            check_json(b'{"a":[{"b":[{"c":' + bad + b"}]}]}", limit=LIMIT)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**13), 10**13)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_plain_json_is_read_as_it_is(data: object) -> None:
    payload = json.dumps(data).encode()
    if payload.count(b"[") + payload.count(b"{") < MAX_DEPTH:
        assert check_json(payload, limit=10**6) == data


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_malformed(payload: bytes) -> None:
    try:
        check_json(payload, limit=LIMIT)
    except Malformed:
        return
    json.loads(payload)


@given(
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    st.lists(st.integers(-(10**13), 10**13)),
)
def test_a_model_reads_back_from_what_it_dumped(text: str, numbers: list[int]) -> None:
    model = Example(text=text, inner=tuple(Inner(number=number) for number in numbers))
    assert load(dump(model), Example, limit=10**6) == model


def test_a_refusal_names_the_place_and_never_the_words() -> None:
    for payload in (
        b'{"text":"a","inner":[{"number":1},{"number":"canary"}]}',
        b'{"text":"a","inner":[{"number":1},{"canary":1}]}',
        b'{"text":{"canary":1}}',
        b'{"text":"a","canary":"canary"}',
        b'{"text":"a","canary":"canary","canary":1}',
    ):
        with pytest.raises(Malformed) as caught:
            load(payload, Example, limit=LIMIT)
        told = f"{caught.value}{caught.value.args}{caught.value.__cause__}"
        assert "canary" not in told
        assert caught.value.__suppress_context__
    with pytest.raises(Malformed) as caught:
        load(b'{"text":"a","inner":[{"number":1},{"number":"x"}]}', Example, limit=LIMIT)
    assert caught.value.where == "inner[1].number"


def test_a_model_that_maps_strangers_words_keeps_them_out_of_the_place() -> None:
    class Keyed(Frozen):
        held: dict[Id, int]

    for payload in (b'{"held":{"canary":1}}', b'{"held":{"%s":"x"}}' % (b"canary" * 5)[:26]):
        with pytest.raises(Malformed) as caught:
            load(payload, Keyed, limit=LIMIT)
        assert "canary" not in str(caught.value)
        assert caught.value.where in {"held, a key that is not allowed", "held[a key]"}
