"""The outside of an envelope, read fast: exactly what the strict reader says, for anything that it reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import EnvelopeRefused
from exchange.wire import api, limits
from exchange.wire.envelope import (
    POSTAL_SLOTS,
    WRAP_SIZE,
    Address,
    EnvelopeHeader,
    MailboxSlot,
    Ring,
    address_of,
    parse_envelope,
)
from exchange.wire.padding import body_length
from keys.record import new_id
from keys.statement import dump


def envelope(slots: int, *, padded: int = 4) -> bytes:
    header = EnvelopeHeader(
        id=new_id(),
        slots=tuple(MailboxSlot(mailbox=f"agency-{n}", key=(new_id() * 2)[:32]) for n in range(slots)),
    )
    return Ring(header, dump(header), (bytes(WRAP_SIZE),) * slots, bytes(body_length(padded))).to_bytes()


def strictly(data: bytes) -> Address | str:
    try:
        header = parse_envelope(data).header
    except EnvelopeRefused as problem:
        return f"{problem.code} {problem.where}"
    return Address(header.id, tuple(slot.mailbox for slot in header.slots))


def quickly(data: bytes) -> Address | str:
    try:
        return address_of(data)
    except EnvelopeRefused as problem:
        return f"{problem.code} {problem.where}"


@pytest.mark.parametrize("slots", [1, 2, POSTAL_SLOTS])
def test_a_good_envelope(slots: int) -> None:
    data = envelope(slots)
    assert isinstance(quickly(data), Address)
    assert quickly(data) == strictly(data)


ONE, THREE = envelope(1), envelope(3)
replacements = st.sampled_from(
    [
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":1.0'),
        (b'"v":1', b'"v": 1'),
        (b"cx1", b"cx2"),
        (b'"suite"', b'"siute"'),
        (b"agency-1", b"agency-0"),
        (b"agency-0", b"Agency-0"),
        (b"agency-0", b"agency-0\\u0061"),
        (b"agency-0", b"a"),
        (b"}]}", b"}],}"),
        (b"}]}", b"}]} "),
        (b"},{", b"}, {"),
        (b"RBE1", b"RBP1"),
        (b'"id"', b'"id":"x","id"'),
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    data=st.sampled_from([ONE, THREE]),
    change=st.one_of(
        st.tuples(st.just("cut"), st.integers(0, 5000)),
        st.tuples(st.just("flip"), st.integers(0, 5000), st.integers(0, 7)),
        st.tuples(st.just("insert"), st.integers(0, 400), st.binary(min_size=1, max_size=3)),
        st.tuples(st.just("replace"), replacements, st.booleans()),
        st.tuples(st.just("append"), st.binary(max_size=40)),
        st.tuples(st.just("same_key")),
    ),
)
def test_whatever_is_changed(data: bytes, change: tuple[object, ...]) -> None:
    match change:
        case ("cut", int(at)):
            data = data[:at]
        case ("flip", int(at), int(bit)) if at < len(data):
            data = data[:at] + bytes((data[at] ^ (1 << bit),)) + data[at + 1 :]
        case ("insert", int(at), bytes(more)):
            data = data[:at] + more + data[at:]
        case ("append", bytes(more)):
            data += more
        case ("replace", (bytes(old), bytes(new)), bool(mend)) if old in data:
            data = data.replace(old, new, 1)
            if mend:  # the header's length says what stands there now
                length = int.from_bytes(data[4:6], "big") + len(new) - len(old)
                data = data[:4] + length.to_bytes(2, "big") + data[6:]
        case ("same_key",):
            first = data.index(b'"key":"') + 7
            last = data.rindex(b'"key":"') + 7
            data = data[:last] + data[first : first + 32] + data[last + 32 :]
    assert quickly(data) == strictly(data)


@given(st.binary(max_size=600))
def test_any_bytes(data: bytes) -> None:
    assert quickly(data) == strictly(data)
    assert quickly(b"RBE1" + data) == strictly(b"RBE1" + data)


def test_one_slot_too_many_and_one_byte_too_many() -> None:
    header = b'{"v":1,"suite":"cx1","id":"%b","slots":[%b]}' % (
        new_id().encode(),
        b",".join(
            b'{"mailbox":"agency-%d","key":"%b"}' % (n, (new_id() * 2)[:32].encode())
            for n in range(POSTAL_SLOTS + 1)
        ),
    )
    data = (
        b"RBE1"
        + len(header).to_bytes(2, "big")
        + header
        + bytes(WRAP_SIZE * (POSTAL_SLOTS + 1) + body_length(4))
    )
    assert quickly(data) == strictly(data) == "envelope_refused header.slots"
    long = envelope(1, padded=8) + bytes(limits.ENVELOPE)
    assert quickly(long) == strictly(long) == "envelope_refused too long"


names = st.one_of(st.none(), st.just("a" * 26))
statuses = st.sampled_from(["accepted", "duplicate", "refused"])
codes = st.one_of(st.none(), st.from_regex(r"^[a-z_]{1,64}$", fullmatch=True))


@given(st.lists(st.tuples(names, statuses, codes), max_size=4))
def test_results_are_written_as_their_model_prints_them(
    results: list[tuple[str | None, str, str | None]],
) -> None:
    printed = dump(
        api.PostResults.model_validate(
            {"results": tuple({"id": name, "status": status, "code": code} for name, status, code in results)}
        )
    )
    assert api.write_results(results) == printed
