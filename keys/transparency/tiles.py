"""Tiles (C2SP tlog-tiles): the log as files that never change, so that anybody may serve and keep them.

Promises: a place has one path and a path one place; a bundle of entries printed is the bundle that was read.
Never: it fetches a tile, or believes one: what tiles say is checked against a checkpoint's root.

A tile at level L, index N holds the hashes of 256 complete subtrees of 256^L leaves each; the last one of a
level may be partial. Paths, below the log's prefix::

    tile/0/x001/x234/067        256 leaf hashes, 8192 bytes
    tile/0/x001/x234/068.p/8    the 8 leaf hashes that there are so far
    tile/entries/x001/x234/067  the 256 entries themselves, each behind its length in two bytes

Source: c2sp.org/tlog-tiles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from keys.errors import TileMalformed
from keys.transparency.merkle import HASH_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keys.transparency.merkle import Nodes

TILE: Final = 256
LEVELS: Final = 64  # that a path may name; a tree of 10^15 entries has seven
ENTRY_LIMIT: Final = 2**16 - 1
BUNDLE_LIMIT: Final = TILE * (2 + ENTRY_LIMIT)

_HEIGHT = 8  # levels of the tree in one of tiles
_LENGTH = 2
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class TilePlace:
    """Which tile: `level` is None for a bundle of entries; `width` is below 256 for a partial one."""

    level: int | None
    index: int
    width: int = TILE

    @property
    def first(self) -> int:
        """The place, on its level, of what the tile begins with."""
        return self.index * TILE

    def is_in(self, size: int) -> bool:
        """Whether a log of `size` entries has all that this tile holds."""
        return self.first + self.width <= size >> _HEIGHT * (self.level or 0)


def tile_path(level: int | None, index: int, width: int = TILE) -> str:
    """Print the path of a tile, or of a bundle of entries (level None), below the log's prefix."""
    if not (0 <= (level or 0) < LEVELS and index >= 0 and 0 < width <= TILE):
        raise ValueError("there is no such tile")
    digits = f"{index:d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    place = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    partial = "" if width == TILE else f".p/{width}"
    return f"tile/{'entries' if level is None else level}/{place}{partial}"


def read_tile_path(path: str) -> TilePlace:
    """Read such a path in its one spelling; `TileMalformed`."""
    found = _PATH.fullmatch(path)
    if not found:
        raise TileMalformed("path")
    level = None if found["level"] == "entries" else int(found["level"])
    index = int(found["index"].replace("x", "").replace("/", ""))
    width = int(found["width"] or TILE)
    if (level or 0) >= LEVELS or width > TILE or tile_path(level, index, width) != path:
        raise TileMalformed("path")
    return TilePlace(level, index, width)


def write_tile(place: TilePlace, nodes: Nodes) -> bytes:
    """Print a tile of hashes: 32 bytes each. The tree must have all of them (`TilePlace.is_in`)."""
    if place.level is None:
        raise ValueError("entries are printed by write_entries")
    level = place.level * _HEIGHT
    return b"".join(nodes(level, place.first + at) for at in range(place.width))


def read_tile(data: bytes, width: int = TILE) -> tuple[bytes, ...]:
    """Read a tile of `width` hashes; `TileMalformed`."""
    if len(data) != width * HASH_SIZE:
        raise TileMalformed("length")
    return tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE))


def write_entries(entries: Iterable[bytes]) -> bytes:
    """Print a bundle: each entry, of at most 65535 bytes, behind its length."""
    parts = []
    for entry in entries:
        if len(entry) > ENTRY_LIMIT:
            raise ValueError("an entry has at most 65535 bytes")
        parts += [len(entry).to_bytes(_LENGTH), entry]
    return b"".join(parts)


def read_entries(data: bytes, width: int = TILE) -> tuple[bytes, ...]:
    """Read a bundle of exactly `width` entries; `TileMalformed`."""
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < width:
        end = at + _LENGTH + int.from_bytes(data[at : at + _LENGTH])
        entries.append(data[at + _LENGTH : end])
        at = end  # beyond the data where the last entry, or its length, is cut short
    if at != len(data) or len(entries) != width:
        raise TileMalformed("entries")
    return tuple(entries)
