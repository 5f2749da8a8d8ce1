"""Checking proofs against roots: RFC 9162 §2.1.3.2 and §2.1.4.2, so that one can read them aloud.

Promises: a proof counts only if it leads from exactly what it is about to exactly the given root, with no
hash missing or left over; anything else, of whatever shape, is `ProofInvalid`.
Never: it decides whether the root itself is to be believed (see `policy`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.errors import ProofInvalid
from keys.transparency.merkle import HASH_SIZE, node_hash

if TYPE_CHECKING:
    from collections.abc import Sequence


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise `ProofInvalid` unless the leaf stands at `index` in the tree of `size` with that root."""
    _require(0 <= index < size)
    _require_hashes((leaf_hash, *proof))
    place, last = index, size - 1  # of our node, and of the level's last one
    reached = leaf_hash
    for sibling in proof:
        _require(last > 0)
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            place, last = _up_to_a_right_child(place, last)
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    _require(last == 0 and reached == root)


def verify_consistency(size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> None:
    """Raise `ProofInvalid` unless the tree of `size2` with `root2` begins with that of `size1` with `root1`.

    Nothing is proved of an empty tree, since every tree begins with it: `size1` is at least 1. Equal sizes
    take an empty proof and equal roots.
    """
    _require(1 <= size1 <= size2)
    _require_hashes(proof)
    if size1 == size2:
        _require(not proof and root1 == root2)
        return
    # A complete older tree is itself the node to begin with, and the proof leaves it out.
    path = proof if size1 & (size1 - 1) else (root1, *proof)
    _require(len(path) > 0)
    start, *siblings = path
    place, last = size1 - 1, size2 - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = start
    for sibling in siblings:
        _require(last > 0)
        if place & 1 or place == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            place, last = _up_to_a_right_child(place, last)
        else:
            newer = node_hash(newer, sibling)
        place, last = place >> 1, last >> 1
    _require(last == 0 and older == root1 and newer == root2)


def _up_to_a_right_child(place: int, last: int) -> tuple[int, int]:
    """Pass the levels on which the node has no sibling, because the tree ends with it."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _require_hashes(proof: Sequence[bytes]) -> None:
    """Other lengths would let the bytes of two neighbours be divided otherwise."""
    _require(all(len(sibling) == HASH_SIZE for sibling in proof))


def _require(held: bool) -> None:
    if not held:
        raise ProofInvalid
