r"""The Merkle tree of RFC 9162 §2.1 (RFC 6962's, over SHA-256): roots and proofs, and a tree in memory.

Promises: everything is computed from complete subtrees, which never change once they are there, so that a
store keeps each once; a root or a proof reads O(log n) of them, and appending writes two on average.
Never: it checks a proof (see `proof`), stores anything but `Tree`'s own bytes, or knows what a leaf says.

A node is named by its level (0 = leaf hashes) and its place from the left: `(level, index)` stands over the
leaves `index << level` up to `(index + 1) << level`, all of which must be there. A tree of seven leaves::

    level 2           2,0                        kept: 0,0 to 0,6; 1,0 to 1,2; 2,0
                    /     \
    level 1      1,0       1,1       1,2         root = H(2,0 ‖ H(1,2 ‖ 0,6))
                /   \     /   \     /   \
    level 0   0,0  0,1  0,2  0,3  0,4  0,5  0,6
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

Nodes = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree `(level, index)`; it is asked for such nodes only."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256 of 0x00 and the entry's exact bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and the two hashes below."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def completed(index: int) -> tuple[tuple[int, int], ...]:
    """Name the inner nodes that leaf `index` completes, from the lowest up; none for an even one.

    A store that appends the leaf writes it as `(0, index)` and then each of these from the two below it,
    `(level - 1, 2 * i)` and `(level - 1, 2 * i + 1)`: one on average, and at most one for each level.
    """
    named = []
    level = 0
    while index & 1:
        index >>= 1
        level += 1
        named.append((level, index))
    return tuple(named)


def root(size: int, nodes: Nodes) -> bytes:
    """Compute the root of the tree's first `size` leaves."""
    _require(size >= 0)
    return _hash_of(0, size, nodes) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """Prove that leaf `index` is in the tree of `size`: RFC 9162 §2.1.3.1, from the leaf up."""
    _require(0 <= index < size)
    first, end = 0, size
    path = []
    while end - first > 1:
        split = first + _split(end - first)
        if index < split:
            path.append(_hash_of(split, end, nodes))
            end = split
        else:
            path.append(_hash_of(first, split, nodes))
            first = split
    return tuple(reversed(path))


def consistency_proof(size1: int, size2: int, nodes: Nodes) -> tuple[bytes, ...]:
    """Prove that the tree of `size2` begins with that of `size1`: RFC 9162 §2.1.4.1, from below up.

    Empty where there is nothing to prove: for equal sizes, and for `size1` 0.
    """
    _require(0 <= size1 <= size2)
    if size1 in {0, size2}:
        return ()
    first, end = 0, size2
    path = []
    while size1 != end:
        split = first + _split(end - first)
        if size1 <= split:
            path.append(_hash_of(split, end, nodes))
            end = split
        else:
            path.append(_hash_of(first, split, nodes))
            first = split
    if first:  # otherwise what remains is the older root itself, which the verifier has
        path.append(_hash_of(first, end, nodes))
    return tuple(reversed(path))


class Tree:
    """A whole tree in memory, two hashes (64 bytes) a leaf: for desks, and for tests."""

    __slots__ = ("_levels",)

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return len(self._levels[0]) // HASH_SIZE

    def copy(self) -> Tree:
        """Make a tree of the same leaves that grows by itself; its hashes are copied."""
        tree = Tree()
        tree._levels = [bytearray(level) for level in self._levels]
        return tree

    def append(self, leaf: bytes) -> None:
        """Add a leaf's hash of 32 bytes at the right."""
        _require(len(leaf) == HASH_SIZE)
        index = self.size
        self._levels[0] += leaf
        for level, place in completed(index):
            if level == len(self._levels):
                self._levels.append(bytearray())
            at = 2 * place * HASH_SIZE
            pair = self._levels[level - 1][at : at + 2 * HASH_SIZE]
            self._levels[level] += hashlib.sha256(b"\x01" + pair).digest()

    def nodes(self, level: int, index: int) -> bytes:
        """Give a complete subtree's hash; `IndexError` where there is none."""
        at = index * HASH_SIZE
        node = bytes(self._levels[level][at : at + HASH_SIZE])
        if len(node) != HASH_SIZE or index < 0:
            raise IndexError
        return node

    def root_at(self, size: int) -> bytes:
        """Compute the root that it had when it had `size` leaves."""
        _require(size <= self.size)
        return root(size, self.nodes)


def _split(width: int) -> int:
    """Give the largest power of two below `width`, which is at least 2: what stands on the left."""
    return 1 << (width - 1).bit_length() - 1


def _hash_of(first: int, end: int, nodes: Nodes) -> bytes:
    """Hash the leaves from `first` up to `end`, where `first` is a place where such a subtree begins."""
    parts = []
    while first < end:
        level = (end - first).bit_length() - 1
        parts.append(nodes(level, first >> level))
        first += 1 << level
    above = parts.pop()
    while parts:
        above = node_hash(parts.pop(), above)
    return above


def _require(held: bool) -> None:
    if not held:
        raise ValueError("there is no such place in the tree")
