"""Tiles: C2SP's own examples, one spelling for each path, and exact bundles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import TileMalformed
from keys.transparency.merkle import HASH_SIZE, Tree, leaf_hash, node_hash, root
from keys.transparency.tiles import (
    ENTRY_LIMIT,
    TILE,
    TilePlace,
    read_entries,
    read_tile,
    read_tile_path,
    tile_path,
    write_entries,
    write_tile,
)


def test_the_paths_of_the_specification() -> None:
    """From C2SP tlog-tiles.md, commit 5ba5ee83: index 1234067 is x001/x234/067."""
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path(None, 1_234_067, 8) == "tile/entries/x001/x234/067.p/8"
    assert tile_path(1, 0) == "tile/1/000"
    assert read_tile_path("tile/63/000.p/255") == TilePlace(63, 0, 255)


def test_a_log_of_seventy_thousand_has_the_tiles_of_the_specification() -> None:
    """273 full tiles of leaf hashes and one of 112; one full one above, and one of 17; one of 1 above that."""
    size = 70_000
    there = [(0, 272, 256), (0, 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)]
    missing = [(0, 273, 113), (0, 274, 1), (1, 1, 18), (1, 2, 1), (2, 0, 2), (3, 0, 1)]
    assert [TilePlace(*place).is_in(size) for place in there] == [True] * 5
    assert [TilePlace(*place).is_in(size) for place in missing] == [False] * 6
    assert TilePlace(None, 273, 112).is_in(size)
    assert not TilePlace(None, 273, 113).is_in(size)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/067",
        "tile/0/001/067",
        "tile/0/x001/x067",
        "tile/0/x001",
        "tile/00/067",
        "tile/64/067",
        "tile/-1/067",
        "tile/0/067.p/0",
        "tile/0/067.p/256",
        "tile/0/067.p/08",
        "tile/0/067.p/",
        "tile/0/067/",
        "/tile/0/067",
        "tile/0/067\n",
        "tile/entries/../067",
        "tile/0/٠٠١",
        "tile/data/067",
        "tile/0/" + "x001/" * 6 + "067",
    ],
)
def test_another_spelling_is_refused(path: str) -> None:
    with pytest.raises(TileMalformed):
        read_tile_path(path)


@given(st.none() | st.integers(0, 63), st.integers(0, 10**18 - 1), st.integers(1, TILE))
def test_a_path_is_read_as_it_was_printed(level: int | None, index: int, width: int) -> None:
    assert read_tile_path(tile_path(level, index, width)) == TilePlace(level, index, width)


@pytest.mark.parametrize("place", [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_a_place_that_cannot_be_has_no_path(place: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no such tile"):
        tile_path(*place)


def test_tiles_hold_the_trees_own_hashes_and_give_its_root() -> None:
    tree, size = Tree(), 600
    for number in range(size):
        tree.append(leaf_hash(b"%d" % number))
    places = [TilePlace(0, 0), TilePlace(0, 1), TilePlace(0, 2, 88), TilePlace(1, 0, 2)]
    assert all(place.is_in(size) for place in places)
    read = {
        (place.level, place.index): read_tile(write_tile(place, tree.nodes), place.width) for place in places
    }

    def nodes(level: int, index: int) -> bytes:
        """Complete subtrees out of tiles alone."""
        tile_level, height = divmod(level, 8)
        if height == 0:
            return read[tile_level, index // TILE][index % TILE]
        return node_hash(nodes(level - 1, 2 * index), nodes(level - 1, 2 * index + 1))

    assert root(size, nodes) == tree.root_at(size)


def test_a_tile_has_the_length_of_its_width() -> None:
    for length in (0, 31, 33, 64 + 1, 96):
        with pytest.raises(TileMalformed):
            read_tile(bytes(length), 2)
    assert read_tile(bytes(2 * HASH_SIZE), 2) == (bytes(32), bytes(32))
    with pytest.raises(ValueError, match="write_entries"):
        write_tile(TilePlace(None, 0, 1), lambda _level, _index: b"")


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_a_bundle_is_read_as_it_was_printed(entries: list[bytes]) -> None:
    assert list(read_entries(write_entries(entries), len(entries))) == entries


@given(st.binary(max_size=60), st.integers(0, 6))
def test_any_bytes_are_refused_or_printed_as_they_were(data: bytes, width: int) -> None:
    try:
        entries = read_entries(data, width)
    except TileMalformed:
        return
    assert write_entries(entries) == data


def test_an_entry_has_its_largest_size() -> None:
    assert read_entries(write_entries([bytes(ENTRY_LIMIT)]), 1) == (bytes(ENTRY_LIMIT),)
    with pytest.raises(ValueError, match="65535"):
        write_entries([bytes(ENTRY_LIMIT + 1)])


def test_a_bundle_with_an_entry_too_few_or_too_many_is_refused() -> None:
    data = write_entries([b"one", b"two"])
    for wrong in (1, 3):
        with pytest.raises(TileMalformed):
            read_entries(data, wrong)
    for cut in (data[:-1], data + b"\x00", data[:6], data[1:]):
        with pytest.raises(TileMalformed):
            read_entries(cut, 2)
