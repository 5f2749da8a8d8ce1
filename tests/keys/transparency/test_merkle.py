"""Roots and proofs against RFC 9162's own recursive words; no single altered bit of a proof passes."""

from __future__ import annotations

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import ProofInvalid
from keys.transparency.merkle import (
    EMPTY_ROOT,
    Tree,
    completed,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
)
from keys.transparency.proof import verify_consistency, verify_inclusion

LARGEST = 70
ENTRIES = [f"entry {number}".encode() for number in range(LARGEST)]
MILLION = 1_000_000


def tree_of(size: int) -> Tree:
    tree = Tree()
    for entry in ENTRIES[:size]:
        tree.append(leaf_hash(entry))
    return tree


TREE = tree_of(LARGEST)
sizes = st.integers(1, LARGEST)


def power_below(width: int) -> int:
    power = 1
    while power * 2 < width:
        power *= 2
    return power


def naive_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, word for word."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = power_below(len(entries))
    left, right = naive_root(entries[:split]), naive_root(entries[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def naive_path(index: int, entries: list[bytes]) -> list[bytes]:
    """PATH of §2.1.3.1."""
    if len(entries) == 1:
        return []
    split = power_below(len(entries))
    if index < split:
        return [*naive_path(index, entries[:split]), naive_root(entries[split:])]
    return [*naive_path(index - split, entries[split:]), naive_root(entries[:split])]


def naive_consistency(older: int, entries: list[bytes], known: bool = True) -> list[bytes]:
    """SUBPROOF of §2.1.4.1."""
    if older == len(entries):
        return [] if known else [naive_root(entries)]
    split = power_below(len(entries))
    if older <= split:
        return [*naive_consistency(older, entries[:split], known), naive_root(entries[split:])]
    return [*naive_consistency(older - split, entries[split:], False), naive_root(entries[:split])]


def flips(data: bytes) -> list[bytes]:
    """`data` with one bit altered: every bit of its first and last byte."""
    places = (0, len(data) - 1)
    return [
        data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]
        for place in places
        for bit in range(8)
    ]


def test_the_empty_tree_and_the_first_leaf() -> None:
    assert Tree().root_at(0) == EMPTY_ROOT == hashlib.sha256(b"").digest()
    assert tree_of(1).root_at(1) == leaf_hash(ENTRIES[0])
    assert tree_of(2).root_at(2) == node_hash(leaf_hash(ENTRIES[0]), leaf_hash(ENTRIES[1]))


@given(sizes)
def test_roots_are_those_of_the_recursive_definition(size: int) -> None:
    assert TREE.root_at(size) == naive_root(ENTRIES[:size])
    assert root(size, tree_of(size).nodes) == TREE.root_at(size)


@given(sizes, st.data())
def test_inclusion_proofs_are_those_of_the_recursive_definition_and_verify(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, TREE.nodes)
    assert list(proof) == naive_path(index, ENTRIES[:size])
    verify_inclusion(leaf_hash(ENTRIES[index]), index, size, proof, TREE.root_at(size))


@given(sizes, st.data())
def test_consistency_proofs_are_those_of_the_recursive_definition_and_verify(
    size2: int, data: st.DataObject
) -> None:
    size1 = data.draw(st.integers(1, size2))
    proof = consistency_proof(size1, size2, TREE.nodes)
    assert list(proof) == naive_consistency(size1, ENTRIES[:size2])
    verify_consistency(size1, TREE.root_at(size1), size2, TREE.root_at(size2), proof)


@given(sizes, st.data())
def test_an_inclusion_proof_with_one_altered_bit_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, top = leaf_hash(ENTRIES[index]), TREE.root_at(size)
    proof = inclusion_proof(index, size, TREE.nodes)
    hostile = [(bad, proof, top) for bad in flips(leaf)] + [(leaf, proof, bad) for bad in flips(top)]
    for place, node in enumerate(proof):
        hostile += [(leaf, (*proof[:place], bad, *proof[place + 1 :]), top) for bad in flips(node)]
    hostile += [(leaf, proof[:-1], top)] if proof else []
    hostile += [(leaf, (*proof, top), top), (leaf, (top, *proof), top)]
    for bad_leaf, bad_proof, bad_root in hostile:
        with pytest.raises(ProofInvalid):
            verify_inclusion(bad_leaf, index, size, bad_proof, bad_root)
    with pytest.raises(ProofInvalid):
        verify_inclusion(leaf, index ^ 1, size, proof, top)


@given(sizes, st.data())
def test_a_consistency_proof_with_one_altered_bit_is_refused(size2: int, data: st.DataObject) -> None:
    size1 = data.draw(st.integers(1, size2))
    root1, root2 = TREE.root_at(size1), TREE.root_at(size2)
    proof = consistency_proof(size1, size2, TREE.nodes)
    hostile = [(bad, root2, proof) for bad in flips(root1)] + [(root1, bad, proof) for bad in flips(root2)]
    for place, node in enumerate(proof):
        hostile += [(root1, root2, (*proof[:place], bad, *proof[place + 1 :])) for bad in flips(node)]
    hostile += [(root1, root2, (*proof, root2)), (root1, root2, (root1, *proof))]
    hostile += [(root1, root2, proof[:-1])] if proof else []
    for bad_root1, bad_root2, bad_proof in hostile:
        with pytest.raises(ProofInvalid):
            verify_consistency(size1, bad_root1, size2, bad_root2, bad_proof)


def test_nothing_is_proved_of_nothing_or_of_a_larger_tree() -> None:
    for size1, size2 in ((0, 0), (0, 3), (3, 2), (-1, 3)):
        with pytest.raises(ProofInvalid):
            verify_consistency(size1, TREE.root_at(max(size1, 0)), size2, TREE.root_at(size2), ())
    for index, size in ((0, 0), (3, 3), (-1, 3)):
        with pytest.raises(ProofInvalid):
            verify_inclusion(leaf_hash(ENTRIES[0]), index, size, (), TREE.root_at(size))


def test_a_true_proof_under_a_false_size_is_refused() -> None:
    """The right half of a tree is a tree: its proofs go on where those of the smaller one end."""
    last, top = leaf_hash(ENTRIES[1]), TREE.root_at(2)
    verify_inclusion(last, 1, 2, (leaf_hash(ENTRIES[0]),), top)
    with pytest.raises(ProofInvalid):
        verify_inclusion(last, 0, 1, (leaf_hash(ENTRIES[0]),), top)
    older, newer, proof = TREE.root_at(7), TREE.root_at(8), consistency_proof(7, 8, TREE.nodes)
    verify_consistency(7, older, 8, newer, proof)
    with pytest.raises(ProofInvalid):
        verify_consistency(3, older, 4, newer, proof)


def test_neighbours_cannot_be_divided_otherwise() -> None:
    """A proof's hash one byte longer, and the leaf one shorter, would hash as the same bytes."""
    left, right = leaf_hash(b"left"), leaf_hash(b"right")
    top = node_hash(left, right)
    assert node_hash(left + right[:1], right[1:]) == top
    with pytest.raises(ProofInvalid):
        verify_inclusion(right[1:], 1, 2, (left + right[:1],), top)


@pytest.mark.parametrize("index", range(LARGEST))
def test_a_store_that_writes_what_a_leaf_completes_has_every_node(index: int) -> None:
    kept: dict[tuple[int, int], bytes] = {}
    for at in range(index + 1):
        kept[0, at] = leaf_hash(ENTRIES[at])
        for level, place in completed(at):
            kept[level, place] = node_hash(kept[level - 1, 2 * place], kept[level - 1, 2 * place + 1])
    assert root(index + 1, lambda level, place: kept[level, place]) == TREE.root_at(index + 1)
    assert len(kept) < 2 * (index + 1)


def test_a_place_that_is_not_there_is_refused() -> None:
    tree = tree_of(3)
    for level, index in ((0, 3), (1, 1), (0, -1), (5, 0)):
        with pytest.raises(IndexError):
            tree.nodes(level, index)
    for wrong in (
        lambda: tree.root_at(4),
        lambda: inclusion_proof(3, 3, tree.nodes),
        lambda: consistency_proof(3, 2, tree.nodes),
        lambda: tree.append(b"short"),
    ):
        with pytest.raises(ValueError, match="no such place"):
            wrong()


def test_nothing_to_prove_takes_no_proof() -> None:
    assert consistency_proof(0, 5, TREE.nodes) == consistency_proof(5, 5, TREE.nodes) == ()


@pytest.fixture(scope="module")
def large() -> Tree:
    """A million and one leaves, so that the right edge is ragged; levels are built one after another."""
    tree = Tree()
    tree._levels = [bytearray(b"".join(number.to_bytes(32) for number in range(MILLION + 1)))]
    while len(tree._levels[-1]) >= 64:
        below = memoryview(tree._levels[-1])
        pairs = range(0, len(below) - 63, 64)
        tree._levels.append(
            bytearray(b"".join([hashlib.sha256(b"\x01" + below[at : at + 64]).digest() for at in pairs]))
        )
    return tree


def test_proofs_at_a_million_entries_take_less_than_five_milliseconds_each(large: Tree) -> None:
    size = large.size
    top = large.root_at(size)
    places = [0, 1, size // 3, size // 2, size - 2, size - 1]
    started = time.process_time()
    included = [inclusion_proof(place, size, large.nodes) for place in places]
    consistent = [consistency_proof(place, size, large.nodes) for place in places[1:]]
    each = (time.process_time() - started) / (len(included) + len(consistent))
    assert each < 0.005
    for place, proof in zip(places, included, strict=True):
        verify_inclusion(place.to_bytes(32), place, size, proof, top)
    for place, proof in zip(places[1:], consistent, strict=True):
        verify_consistency(place, large.root_at(place), size, top, proof)


def test_a_proof_at_a_million_entries_reads_few_nodes_and_the_tree_keeps_two_for_each(large: Tree) -> None:
    read: list[tuple[int, int]] = []

    def nodes(level: int, index: int) -> bytes:
        read.append((level, index))
        return large.nodes(level, index)

    inclusion_proof(large.size - 1, large.size, nodes)
    inclusion_proof(12345, large.size, nodes)
    consistency_proof(777_777, large.size, nodes)
    assert len(read) <= 3 * 2 * 20
    assert sum(map(len, large._levels)) <= 64 * large.size
