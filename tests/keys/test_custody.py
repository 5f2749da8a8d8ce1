"""Splitting a secret: enough parts give it back, fewer say nothing, and what does not fit is refused."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import custody
from keys.custody import Part, combine, recover, split
from keys.errors import Malformed, PartsDoNotFit, TooFewCustodians
from keys.record import decode, encode, new_id
from keys.suite import OpeningKey

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "a" * 32
SPLITS = [(need, of) for of in range(2, 8) for need in range(2, of + 1)]


def _split(secret: bytes, need: int, of: int, key: str = KEY) -> tuple[Part, ...]:
    return split(secret, agency="moorfield-primary", key=key, need=need, of=of)


def _with_shares(part: Part, *shares: bytes) -> Part:
    return Part.model_validate({**dict(iter(part)), "shares": tuple(encode(share) for share in shares)})


def _shares(part: Part) -> list[bytes]:
    return [decode(share) for share in part.shares]


# --- enough --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("need", "of"), SPLITS)
def test_every_group_that_is_large_enough_gives_the_secret_back(need: int, of: int) -> None:
    secret = bytes(range(32))
    parts = _split(secret, need, of)
    assert len(parts) == of
    for size in range(need, of + 1):
        for group in combinations(parts, size):
            assert combine(group) == secret
            assert combine(reversed(group)) == secret


@pytest.mark.parametrize(("need", "of"), SPLITS)
def test_no_smaller_group_is_taken(need: int, of: int) -> None:
    parts = _split(bytes(32), need, of)
    for size in range(need):
        for group in combinations(parts, size):
            with pytest.raises(PartsDoNotFit):
                combine(group)


def test_an_opening_key_is_rebuilt_and_compared_with_its_public_half() -> None:
    key = OpeningKey.generate()
    parts = _split(key.seed, 2, 3, key.sealing_key.key_id)
    back = recover(parts[1:], agency="moorfield-primary", key=key.sealing_key.key_id)
    assert back.seed == key.seed


# --- fewer: the exhaustive argument --------------------------------------------------------------


def _drawn_bits(monkeypatch: pytest.MonkeyPatch, bits: tuple[int, ...]) -> None:
    source: Iterator[int] = iter(bits)
    monkeypatch.setattr(custody.secrets, "token_bytes", lambda size: bytes([next(source)] * size))


def _draws(need: int, of: int) -> int:
    return len(list(combinations(range(of), need))) * (need - 1)


@pytest.mark.parametrize(("need", "of"), [(2, 2), (2, 3), (3, 3), (2, 4), (3, 4), (4, 4)])
def test_fewer_parts_are_distributed_alike_for_every_secret(
    monkeypatch: pytest.MonkeyPatch, need: int, of: int
) -> None:
    """A secret of one bit, every draw there is: what a smaller group sees is counted, and is the same."""
    monkeypatch.setattr(custody, "new_id", lambda: "a" * 26)
    seen: dict[tuple[int, ...], dict[int, Counter[tuple[str, ...]]]] = {}
    for secret, bits in product((0, 1), product((0, 1), repeat=_draws(need, of))):
        _drawn_bits(monkeypatch, bits)
        parts = _split(bytes([secret]), need, of)
        for size in range(1, need):
            for group in combinations(range(of), size):
                view = tuple(share for member in group for share in parts[member].shares)
                seen.setdefault(group, {0: Counter(), 1: Counter()})[secret][view] += 1
    assert seen
    for counted in seen.values():
        assert counted[0] == counted[1]
        assert len(set(counted[0].values())) == 1  # each view equally often, too


@pytest.mark.parametrize(("need", "of"), SPLITS)
def test_whoever_is_fewer_holds_parts_that_fit_every_secret(need: int, of: int) -> None:
    """The same for every size: for any other secret, the missing people may hold parts that make it so.

    Changing, in each layer, the share of one member who is absent by the difference of the secrets turns
    each split of the one into a split of the other, one to one; those present hold the same in both.
    """
    parts = _split(b"\x35", need, of)
    for present in combinations(range(1, of + 1), need - 1):
        for other in (0, 1, 0x34, 0xFF):
            absent = {number: list(parts[number - 1].shares) for number in range(1, of + 1)}
            for group in combinations(range(1, of + 1), need):
                missing = next(number for number in group if number not in present)
                held = [g for g in combinations(range(1, of + 1), need) if missing in g].index(group)
                share = decode(absent[missing][held])[0] ^ 0x35 ^ other
                absent[missing][held] = encode(bytes([share]))
            told = tuple(_with_shares(part, *map(decode, absent[part.number])) for part in parts)
            assert all(told[number - 1] == parts[number - 1] for number in present)
            assert {combine(group) for group in combinations(told, need)} == {bytes([other])}


def test_two_splits_of_one_secret_share_nothing() -> None:
    one, two = _split(bytes(32), 3, 5), _split(bytes(32), 3, 5)
    assert not {share for part in one for share in part.shares} & {
        share for part in two for share in part.shares
    }


# --- what does not fit ---------------------------------------------------------------------------


def test_a_part_twice_is_not_two_parts() -> None:
    parts = _split(bytes(32), 2, 3)
    with pytest.raises(PartsDoNotFit):
        combine((parts[0], parts[0]))
    with pytest.raises(PartsDoNotFit):
        combine((parts[0], parts[1], parts[0]))


def test_parts_of_another_split_of_the_same_secret_are_refused() -> None:
    one, two = _split(bytes(32), 2, 3), _split(bytes(32), 2, 3)
    with pytest.raises(PartsDoNotFit):
        combine((one[0], two[1]))


@pytest.mark.parametrize(
    "change", [{"agency": "moorfield-police"}, {"key": "b" * 32}, {"split": "b" * 26}, {"number": 3}]
)
def test_a_part_under_another_name_is_refused(change: dict[str, object]) -> None:
    key = OpeningKey.generate()
    name = key.sealing_key.key_id
    parts = _split(key.seed, 2, 3, name)
    false = Part.model_validate({**dict(iter(parts[1])), **change})
    with pytest.raises(PartsDoNotFit):
        recover((parts[0], false), agency="moorfield-primary", key=name)


def test_all_parts_under_another_name_are_refused() -> None:
    key, other = OpeningKey.generate(), OpeningKey.generate().sealing_key.key_id
    parts = _split(key.seed, 2, 3, other)
    for agency, name in (("moorfield-primary", key.sealing_key.key_id), ("moorfield-police", other)):
        with pytest.raises(PartsDoNotFit):
            recover(parts, agency=agency, key=name)
    with pytest.raises(PartsDoNotFit):
        recover(parts, agency="moorfield-primary", key=other)  # the seed is another key's


def test_swapped_shares_give_no_key() -> None:
    key = OpeningKey.generate()
    name = key.sealing_key.key_id
    parts = _split(key.seed, 2, 3, name)
    swapped = _with_shares(parts[0], *reversed(_shares(parts[0])))
    for group in ((swapped, parts[1]), (swapped, parts[2]), (swapped, *parts[1:])):
        with pytest.raises(PartsDoNotFit):
            recover(group, agency="moorfield-primary", key=name)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SPLITS), st.data())
def test_an_altered_bit_is_never_taken_for_the_key(terms: tuple[int, int], data: st.DataObject) -> None:
    need, of = terms
    key = OpeningKey.from_seed(bytes(32))
    name = key.sealing_key.key_id
    parts = list(_split(key.seed, need, of, name))
    # Of the group that came, whoever altered must be needed: every share of theirs is changed.
    culprit = data.draw(st.integers(0, need - 1))
    bit = data.draw(st.integers(0, 255))
    flip = (1 << bit).to_bytes(32, "big")
    altered = [bytes(a ^ b for a, b in zip(s, flip, strict=True)) for s in _shares(parts[culprit])]
    parts[culprit] = _with_shares(parts[culprit], *altered)
    with pytest.raises(PartsDoNotFit):
        recover(parts[:need], agency="moorfield-primary", key=name)


def test_parts_of_secrets_of_two_lengths_are_refused() -> None:
    parts = _split(bytes(32), 2, 3)
    longer = _with_shares(parts[1], bytes(33), bytes(33))
    with pytest.raises(PartsDoNotFit):
        combine((parts[0], longer))


def test_a_secret_that_is_no_seed_is_no_key() -> None:
    parts = _split(bytes(31), 2, 3)
    with pytest.raises(PartsDoNotFit):
        recover(parts, agency="moorfield-primary", key=KEY)


@pytest.mark.parametrize(("need", "of"), [(1, 1), (1, 2), (0, 3), (3, 2), (2, 8), (8, 8), (-1, 3)])
def test_impossible_numbers_are_refused(need: int, of: int) -> None:
    with pytest.raises(TooFewCustodians):
        _split(bytes(32), need, of)


@pytest.mark.parametrize("secret", [b"", bytes(65)])
def test_a_secret_of_another_length_is_refused(secret: bytes) -> None:
    with pytest.raises(Malformed):
        _split(secret, 2, 3)


def test_a_name_that_is_none_is_refused_without_a_share_in_the_error() -> None:
    with pytest.raises(Malformed) as refused:
        split(b"canary" * 5, agency="No Such Name", key=KEY, need=2, of=3)
    assert "canary" not in repr(refused.value)


# --- the bytes of a part -------------------------------------------------------------------------


@pytest.mark.parametrize(("need", "of"), SPLITS)
def test_a_part_prints_back_as_it_was_read(need: int, of: int) -> None:
    for part in _split(bytes(range(32)), need, of):
        data = part.to_bytes()
        assert Part.from_bytes(data) == part
        assert Part.from_bytes(data).to_bytes() == data
        assert len(data) < custody.PART_LIMIT


def _text(part: Part, **change: object) -> bytes:
    import json

    return json.dumps({**json.loads(part.to_bytes()), **change}, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"need": 1},
        {"need": 3},
        {"need": 4},
        {"of": 2},
        {"of": 8},
        {"number": 0},
        {"number": 4},
        {"shares": []},
        {"shares": ["AAAA"]},
        {"shares": ["AAAA", "AAAAAAAA"]},
        {"shares": ["AAAA", "AAAA", "AAAA"]},
        {"shares": ["AAAA", "AAB="]},
        {"shares": ["", ""]},
        {"more": 1},
        {"split": "A" * 26},
        {"key": "a" * 31},
    ],
)
def test_anything_but_a_part_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        Part.from_bytes(_text(_split(b"abc", 2, 3)[0], **change))


def test_another_spelling_of_a_part_is_refused() -> None:
    data = _split(b"abc", 2, 3)[0].to_bytes()
    for other in (data + b" ", data.replace(b":", b": ", 1), b"\xef\xbb\xbf" + data, data[:-1], b""):
        with pytest.raises(Malformed):
            Part.from_bytes(other)


def test_a_part_shows_no_share_when_printed_by_accident() -> None:
    part = _split(bytes(range(32)), 2, 3)[0]
    assert not any(share in repr(part) for share in part.shares)
    assert part.split != new_id()
